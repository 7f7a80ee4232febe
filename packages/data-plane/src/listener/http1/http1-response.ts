import { validateHeaderName, validateHeaderValue } from "node:http";
import type { Socket } from "node:net";
import { isToken, isValue } from "@tollgate/http1";
import type { ClientResponse } from "../client-stream.ts";
import { dateLine, statusLine } from "./response-lines.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const LAST_CHUNK = "0\r\n\r\n";
const CLOSE = /(?:^|\W)close(?:$|\W)/i;
const CHUNKED = /(?:^|\W)chunked(?:$|\W)/i;
/** One bit for each length that the name of a header has which matters. */
const LENGTHS = (1 << 4) | (1 << 10) | (1 << 14) | (1 << 17);

const hasNoBody = (status: number): boolean => status === 204 || status === 304 || status < 200;

/** ResponseOptions is what a response depends on besides what is written. */
export interface ResponseOptions {
  readonly isHead: boolean;
  /** HTTP/1.0: its client knows no chunks. */
  readonly isOld: boolean;
  readonly isKept: boolean;
  /** The client waits to be asked for its body, and may send other bytes instead if it never is. */
  readonly mustInvite: boolean;
}

/** Answered is what a response tells its connection. */
export interface ResponseOwner {
  readonly socket: Socket;
  /** "Connection: keep-alive" and how long, with the ends of the lines. */
  readonly keepAliveLines: string;
  /** It has begun, and is the one whose bytes are written until it is closed. */
  began(response: Http1Response): void;
  /** Its last byte is with the kernel. */
  ended(response: Http1Response): void;
}

/** What the headers that were given leave to be said. */
interface Given {
  hasDate: boolean;
  hasConnection: boolean;
  hasKeepAlive: boolean;
  isFramed: boolean;
}

/** Http1Response writes the response to a request of HTTP/1.1: as few writes as possible, each to the socket itself. */
export class Http1Response implements ClientResponse {
  shouldKeepAlive: boolean;
  headersSent = false;
  destroyed = false;
  readonly #owner: ResponseOwner;
  readonly #socket: Socket;
  readonly #isHead: boolean;
  readonly #isOld: boolean;
  #mustInvite: boolean;
  /** A head that has not been written yet. */
  #head = "";
  #hasBody = true;
  #isChunked = false;
  #isLast = false;
  #onClose: (() => void) | undefined = undefined;
  #onDrain: (() => void) | undefined = undefined;

  constructor(owner: ResponseOwner, { isHead, isOld, isKept, mustInvite }: ResponseOptions) {
    this.#owner = owner;
    this.#socket = owner.socket;
    this.#isHead = isHead;
    this.#isOld = isOld;
    this.#mustInvite = mustInvite;
    this.shouldKeepAlive = isKept;
  }

  get writableLength(): number {
    return this.#socket.writableLength;
  }

  get writableNeedDrain(): boolean {
    return this.#socket.writableNeedDrain;
  }

  on(event: "close" | "drain", listener: () => void): void {
    if (event === "drain") this.#onDrain = listener;
    else {
      this.#onClose = listener;
      this.#owner.began(this);
    }
  }

  writeContinue(): void {
    this.#mustInvite = false;
    this.#socket.write(CONTINUE, "latin1");
  }

  /** Throws where HTTP does not allow what is given: nothing is written then. */
  writeHead(status: number, ...rest: [string[]] | [string, string[]]): void {
    const headers = rest.at(-1) as string[];
    const reason = rest.length === 2 ? (rest[0] as string) : undefined;
    if (reason !== undefined && !isValue(reason))
      throw new TypeError("the reason has a character that is not allowed");
    // Its client may send its body without having been asked, or another request: nobody could tell.
    if (this.#mustInvite) this.shouldKeepAlive = false;
    this.#hasBody = !this.#isHead && !hasNoBody(status);
    const given: Given = { hasDate: false, hasConnection: false, hasKeepAlive: false, isFramed: false };
    this.#isLast = this.#isChunked = false;
    let head = reason === undefined ? statusLine(status) : `HTTP/1.1 ${status} ${reason}\r\n`;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string;
      const value = headers[i + 1] as string;
      if (!isToken(name)) validateHeaderName(name);
      if (!isValue(value)) validateHeaderValue(name, value);
      head += `${name}: ${value}\r\n`;
      if (name.length < 18 && ((LENGTHS >> name.length) & 1) === 1)
        this.#readOwn(given, name.toLowerCase(), value);
    }
    this.#head = head + this.#restOfHead(given, status);
    this.headersSent = true;
  }

  #readOwn(given: Given, lower: string, value: string): void {
    if (lower === "date") given.hasDate = true;
    else if (lower === "keep-alive") given.hasKeepAlive = true;
    else if (lower === "content-length") given.isFramed = true;
    else if (lower === "transfer-encoding") {
      given.isFramed = true;
      this.#isChunked = CHUNKED.test(value);
    } else if (lower === "connection") {
      given.hasConnection = true;
      if (CLOSE.test(value)) this.#isLast = true;
      else this.shouldKeepAlive = true;
    }
  }

  #restOfHead({ hasDate, hasConnection, hasKeepAlive, isFramed }: Given, status: number): string {
    let rest = hasDate ? "" : dateLine(Date.now());
    if (this.#isChunked && hasNoBody(status)) this.#isChunked = this.shouldKeepAlive = false;
    if (!hasConnection) {
      if (this.shouldKeepAlive && (isFramed || !this.#isOld))
        rest += hasKeepAlive ? "Connection: keep-alive\r\n" : this.#owner.keepAliveLines;
      else {
        this.#isLast = true;
        rest += "Connection: close\r\n";
      }
    }
    if (!isFramed && this.#hasBody) {
      if (this.#isOld) this.#isLast = true;
      else {
        this.#isChunked = true;
        rest += "Transfer-Encoding: chunked\r\n";
      }
    }
    if (!this.#hasBody) this.#isChunked = false;
    return `${rest}\r\n`;
  }

  #takeHead(): string {
    const head = this.#head;
    this.#head = "";
    return head;
  }

  write(chunk: Buffer): boolean {
    const socket = this.#socket;
    const head = this.#takeHead();
    if (!this.#hasBody || chunk.length === 0) return head === "" || socket.write(head, "latin1");
    socket.cork();
    if (head !== "") socket.write(head, "latin1");
    this.#writeChunk(chunk);
    socket.uncork();
    return !socket.writableNeedDrain;
  }

  #writeChunk(chunk: Buffer): void {
    const socket = this.#socket;
    if (this.#isChunked) socket.write(`${chunk.length.toString(16)}\r\n`, "latin1");
    socket.write(chunk);
    if (this.#isChunked) socket.write("\r\n", "latin1");
  }

  end(body?: Buffer | string, encoding: "latin1" | "utf8" = "utf8"): void {
    const socket = this.#socket;
    const head = this.#takeHead();
    const last = this.#isChunked ? LAST_CHUNK : "";
    if (!this.#hasBody || body === undefined || body.length === 0) {
      if (head + last !== "") socket.write(head + last, "latin1");
    } else if (typeof body === "string") socket.write(head + this.#framed(body, encoding) + last, encoding);
    else {
      socket.cork();
      if (head !== "") socket.write(head, "latin1");
      this.#writeChunk(body);
      if (last !== "") socket.write(last, "latin1");
      socket.uncork();
    }
    this.#leave();
  }

  #framed(text: string, encoding: "latin1" | "utf8"): string {
    if (!this.#isChunked) return text;
    return `${Buffer.byteLength(text, encoding).toString(16)}\r\n${text}\r\n`;
  }

  /** Its last byte has been written: it is over when the kernel has it. */
  #leave(): void {
    const socket = this.#socket;
    if (socket.writableLength === 0) this.#left();
    else socket.write("", "latin1", () => this.#left());
  }

  #left(): void {
    if (this.destroyed) return;
    if (this.#isLast) this.#socket.destroySoon();
    this.#owner.ended(this);
    this.closed();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** closed: it is over, or its client is gone. */
  closed(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#onClose?.();
  }

  /** drained: what was written has left. */
  drained(): void {
    this.#onDrain?.();
  }
}
