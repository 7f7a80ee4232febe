import type { Socket } from "node:net";

const START = "HTTP/1.";
/** "HTTP/1.1 100" */
const STATUS_END = 12;
/** A larger head is left to the parser, which refuses it. */
const HEAD_MAX_BYTES = 16 * 1024;
const ZERO = 48;
const ONE = 49;
const NINE = 57;
const SPACE = 32;

const isDigit = (code: number | undefined): boolean => code !== undefined && code >= ZERO && code <= NINE;

/** Whether bytes begin like an interim response, as far as they go. 101 is none: nobody asks for another protocol. */
function beginsInterim(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, STATUS_END);
  for (let i = 0; i < Math.min(length, START.length); i++) if (bytes[i] !== START.charCodeAt(i)) return false;
  if (length > 7 && !isDigit(bytes[7])) return false;
  if (length > 8 && bytes[8] !== SPACE) return false;
  if (length > 9 && bytes[9] !== ONE) return false;
  if (length > 10 && !isDigit(bytes[10])) return false;
  if (length < STATUS_END) return true;
  return isDigit(bytes[11]) && !(bytes[10] === ZERO && bytes[11] === ONE);
}

/** InterimResponses takes interim responses off the bytes of an upstream. */
class InterimResponses {
  readonly #read: () => Buffer | null;
  /** Something of a request was written, and nothing of its final response was read. */
  isExpected = false;
  /** The beginning of what may be one. */
  #kept: Buffer | undefined = undefined;

  constructor(read: () => Buffer | null) {
    this.#read = read;
  }

  /** What follows the interim responses that `chunk` begins with; null: it has not arrived. */
  skip(chunk: Buffer): Buffer | null {
    let bytes = this.#kept ? Buffer.concat([this.#kept, chunk]) : chunk;
    this.#kept = undefined;
    while (beginsInterim(bytes)) {
      const end = bytes.indexOf("\r\n\r\n");
      const isWhole = end >= 0 && bytes.length > STATUS_END;
      if (!isWhole && bytes.length > HEAD_MAX_BYTES) break;
      const rest = isWhole ? bytes.subarray(end + 4) : bytes;
      if (isWhole && rest.length > 0) {
        bytes = rest;
        continue;
      }
      const more = this.#read();
      if (more === null) {
        this.#kept = isWhole ? undefined : bytes;
        return null;
      }
      bytes = isWhole ? more : Buffer.concat([bytes, more]);
    }
    this.isExpected = false;
    return bytes;
  }
}

/**
 * ignoreInterimResponses lets a connection's reader see final responses only. A client must be able to parse any number of interim ones that it
 * did not ask for, and may ignore them (RFC 9110, 15.2); undici ends the connection where one is 100 Continue.
 */
export function ignoreInterimResponses(socket: Socket): void {
  const read = socket.read.bind(socket);
  const write = socket.write.bind(socket) as (...args: readonly unknown[]) => boolean;
  const interim = new InterimResponses(read as () => Buffer | null);
  socket.write = (chunk: unknown, encoding?: unknown, written?: unknown): boolean => {
    interim.isExpected = true;
    return write(chunk, encoding, written);
  };
  socket.read = (size?: number) => {
    const chunk = read(size) as Buffer | null;
    return chunk === null || !interim.isExpected ? chunk : interim.skip(chunk);
  };
}
