import { STATUS_CODES } from "node:http";

/** replyBody is what a response of the gateway itself says, outside of all APIs. */
export const replyBody = (status: number, message = STATUS_CODES[status] ?? ""): string =>
  JSON.stringify({ message });

const ALLOW = "Allow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n";

export interface RawReplyParts {
  readonly message?: string;
  /** Lines of the head, each with its end. */
  readonly head?: string;
}

/** rawReply is a whole response of the gateway itself, as bytes for a connection that is closed after it. */
export function rawReply(status: number, { message, head = "" }: RawReplyParts = {}): string {
  const body = replyBody(status, message);
  const allow = status === 405 ? ALLOW : "";
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${head}${allow}Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
}

const byCode: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_INVALID_TRANSFER_ENCODING: 501,
  HPE_INVALID_VERSION: 505,
};

/** statusOfError is the status for a request that cannot be read. */
export const statusOfError = ({ code }: NodeJS.ErrnoException): number => byCode[code ?? ""] ?? 400;
