import { BadMessage } from "./bad-message.ts";
import { LINE_END, readFields } from "./fields.ts";

const LINE_MAX_BYTES = 16 * 1024;
const TOO_LARGE = 413;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
/** A size with extensions (RFC 9112, 7.1.1), without the blanks that it lets a reader ignore; a value may be empty. */
const CHUNK_LINE = new RegExp(`^([0-9a-fA-F]{1,13})(?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED})?)?)*$`);
/** What says how long a message or its connection lasts comes in front of it (RFC 9110, 6.5.1): some readers would follow it here, and others not. */
const FRAMING = new Set(["content-length", "transfer-encoding", "connection"]);
const LF = 10;

/** Deliver takes a piece of the body, which is overwritten afterwards; false: no more of it for now. */
export type Deliver = (bytes: Buffer, from: number, to: number) => boolean;

/** Where a body in chunks is: before a chunk, in it, behind it, or in the trailers. */
const Part = { SIZE: 0, DATA: 1, DATA_END: 2, TRAILERS: 3 } as const;

/** MessageBody finds where the body of one message ends (RFC 9112, 6 and 7), and leaves out what is only framing. */
export class MessageBody {
  /** Bytes that are missing of the body or of its chunk; infinite: it ends with the connection. */
  #missingBytes = 0;
  #isChunked = false;
  #part: (typeof Part)[keyof typeof Part] = Part.SIZE;
  /** A line that has not arrived completely, and the trailers so far. */
  #line = "";
  #trailers = "";
  #extensionBytes = 0;
  readonly #extensionsMaxBytes: number;
  isComplete = true;

  /** `extensionsMaxBytes`: of all chunks of a body together. Those of one chunk are limited anyway, with its size. */
  constructor(extensionsMaxBytes = Number.POSITIVE_INFINITY) {
    this.#extensionsMaxBytes = extensionsMaxBytes;
  }

  get endsWithConnection(): boolean {
    return this.#missingBytes === Number.POSITIVE_INFINITY;
  }

  /** How many bytes of the body are missing; 0: that is not known, or it is complete. */
  get missingBytes(): number {
    return this.#isChunked || this.endsWithConnection ? 0 : this.#missingBytes;
  }

  /** begin: of so many bytes. */
  begin(bytes: number): void {
    this.#isChunked = false;
    this.#missingBytes = bytes;
    this.isComplete = bytes === 0;
  }

  beginChunks(): void {
    this.#isChunked = true;
    this.#missingBytes = 0;
    this.#part = Part.SIZE;
    this.#line = this.#trailers = "";
    this.#extensionBytes = 0;
    this.isComplete = false;
  }

  /** take reads on, and returns where it stopped: behind the body, or where `deliver` asked to wait. Throws BadMessage. */
  take(bytes: Buffer, from: number, to: number, deliver: Deliver): number {
    if (!this.#isChunked) return this.#takeSized(bytes, from, to, deliver);
    let at = from;
    while (at < to && !this.isComplete) {
      if (this.#part === Part.DATA) {
        const end = Math.min(to, at + this.#missingBytes);
        this.#missingBytes -= end - at;
        if (this.#missingBytes === 0) this.#part = Part.DATA_END;
        if (!deliver(bytes, at, end)) return end;
        at = end;
      } else at = this.#takeLine(bytes, at, to);
    }
    return at;
  }

  #takeSized(bytes: Buffer, from: number, to: number, deliver: Deliver): number {
    const end = Math.min(to, from + this.#missingBytes);
    this.#missingBytes -= end - from;
    this.isComplete = this.#missingBytes === 0;
    deliver(bytes, from, end);
    return end;
  }

  #takeLine(bytes: Buffer, from: number, to: number): number {
    const found = bytes.indexOf(LF, from);
    const end = found < 0 || found >= to ? to : found + 1;
    this.#line += bytes.toString("latin1", from, end);
    if (this.#line.length + this.#trailers.length > LINE_MAX_BYTES)
      throw new BadMessage("the framing of a chunk is too long", TOO_LARGE);
    if (end === to && bytes[to - 1] !== LF) return end;
    if (!this.#line.endsWith(LINE_END))
      throw new BadMessage("a line of a body in chunks does not end with CRLF");
    const line = this.#line.slice(0, -LINE_END.length);
    this.#line = "";
    this.#read(line);
    return end;
  }

  #read(line: string): void {
    if (this.#part === Part.SIZE) {
      const size = CHUNK_LINE.exec(line)?.[1];
      if (size === undefined)
        throw new BadMessage("the size of a chunk is not a number, or its extensions are wrong");
      this.#extensionBytes += line.length - size.length;
      if (this.#extensionBytes > this.#extensionsMaxBytes)
        throw new BadMessage("the extensions of the chunks are too long", TOO_LARGE);
      this.#missingBytes = Number.parseInt(size, 16);
      this.#part = this.#missingBytes === 0 ? Part.TRAILERS : Part.DATA;
    } else if (this.#part === Part.DATA_END) {
      if (line !== "") throw new BadMessage("a chunk is longer than its size");
      this.#part = Part.SIZE;
    } else if (line !== "") this.#trailers += line + LINE_END;
    else {
      const bytes = Buffer.from(this.#trailers, "latin1");
      const names = readFields(bytes, 0, this.#trailers, 0, bytes.length).filter((_, i) => i % 2 === 0);
      if (names.some((name) => FRAMING.has(name.toLowerCase())))
        throw new BadMessage("a trailer says how long the message or its connection lasts");
      this.isComplete = true;
    }
  }
}
