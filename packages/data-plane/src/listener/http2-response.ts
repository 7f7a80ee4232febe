import { validateHeaderName, validateHeaderValue } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { ClientRequest, ClientResponse } from "./client-stream.ts";

/** They are about a connection of HTTP/1.1, and may not be on a stream (RFC 9113, 8.2.2). */
const OF_CONNECTIONS = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** isBodiless says of which responses HTTP has no body. */
const isBodiless = (method: string | undefined, status: number): boolean =>
  method === "HEAD" || status === 204 || status === 205 || status === 304;

/** Http2Response is the response on a stream of HTTP/2. What the client still sends after it is not read: its stream is reset. */
export class Http2Response implements ClientResponse {
  /** Streams end one by one. */
  shouldKeepAlive = true;
  readonly #stream: ServerHttp2Stream;
  readonly #request: ClientRequest;
  #hasBody = true;
  /** Of the body, so far. */
  #writtenBytes = 0;

  constructor(stream: ServerHttp2Stream, request: ClientRequest) {
    this.#stream = stream;
    this.#request = request;
  }

  get headersSent(): boolean {
    return this.#stream.headersSent;
  }

  get destroyed(): boolean {
    return this.#stream.destroyed;
  }

  get writableLength(): number {
    return this.#stream.writableLength;
  }

  get writableNeedDrain(): boolean {
    return this.#stream.writableNeedDrain;
  }

  /** What the client has taken of the body. */
  get takenBytes(): number {
    return this.#writtenBytes - this.#stream.writableLength;
  }

  get #isOpen(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed;
  }

  writeContinue(): void {
    if (this.#isOpen && !this.headersSent) this.#stream.additionalHeaders({ ":status": 100 });
  }

  writeHead(status: number, ...rest: [string[]] | [string, string[]]): void {
    if (!this.#isOpen) return;
    const given = rest.at(-1) as string[];
    const headers: string[] = [":status", String(status)];
    for (let i = 0; i < given.length; i += 2) {
      const name = (given[i] as string).toLowerCase();
      if (OF_CONNECTIONS.has(name)) continue;
      // Node's engine would send a pseudo-header, which its client refuses, and drop a header without a name.
      if (name === "" || name.startsWith(":")) validateHeaderName(name);
      const value = given[i + 1] as string;
      // HTTP/2 would send a line feed, of which a client of HTTP/1 behind it makes a header of its own.
      validateHeaderValue(name, value);
      headers.push(name, value);
    }
    this.#hasBody = !isBodiless(this.#request.method, status);
    this.#stream.respond(headers as never, { endStream: !this.#hasBody });
  }

  write(chunk: Buffer): boolean {
    if (!this.#hasBody || !this.#isOpen) return true;
    this.#writtenBytes += chunk.length;
    return this.#stream.write(chunk);
  }

  end(chunk?: Buffer | string, encoding?: BufferEncoding): void {
    const stream = this.#stream;
    if (!this.#isOpen) return;
    if (this.#hasBody) {
      if (chunk === undefined || chunk.length === 0) stream.end();
      else {
        this.#writtenBytes += Buffer.byteLength(chunk, encoding);
        if (encoding === undefined) stream.end(chunk);
        else stream.end(chunk, encoding);
      }
    }
    // RFC 9113, 8.1: the response is whole, and the rest of the request is of no use.
    if (!this.#request.complete) stream.close(constants.NGHTTP2_NO_ERROR);
  }

  destroy(): void {
    if (this.#isOpen) this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  /** reset ends the stream for a client that is too slow. */
  reset(): void {
    if (this.#isOpen) this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  on(event: "close" | "drain", listener: () => void): void {
    this.#stream.on(event, () => listener.call(this));
  }
}
