import { Readable } from "node:stream";

/** So much of a body may wait to be read before its client has to wait. */
const WAITING_MAX_BYTES = 64 * 1024;

/** RequestBody is the body of a request, as it arrives. */
export class RequestBody extends Readable {
  readonly #goOn: () => void;

  /** `goOn` is called when it has room again. */
  constructor(goOn: () => void) {
    super({ highWaterMark: WAITING_MAX_BYTES });
    this.#goOn = goOn;
  }

  override _read(): void {
    this.#goOn();
  }

  /** abort ends it where its client has left: nobody takes it for whole. */
  abort(): void {
    this.destroy(this.listenerCount("error") > 0 ? new Error("the client left") : undefined);
  }
}
