/** BadMessage: what was sent is not a message in HTTP/1.1. Nothing else on its connection can be trusted. */
export class BadMessage extends Error {
  readonly code = "ERR_BAD_MESSAGE";
  /** What a server replies to such a request. */
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}
