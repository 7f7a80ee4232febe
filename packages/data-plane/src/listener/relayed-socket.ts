import { constants, type ServerHttp2Stream } from "node:http2";
import { Duplex } from "node:stream";
import type { ClientSocket } from "./client-socket.ts";

/** So much waits for whoever reads it, before the edge node is told to wait. */
const BUFFER_BYTES = 64 * 1024;

/**
 * RelayedSocket is a client's connection that an edge node has accepted: a stream of its connection to this node, with the members that a connection
 * of TCP has.
 */
class RelayedSocket extends Duplex {
  readonly remoteAddress: string;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #stream: ServerHttp2Stream;
  #idle: NodeJS.Timeout | undefined;

  constructor(stream: ServerHttp2Stream, remoteAddress: string) {
    super({ allowHalfOpen: true, decodeStrings: true, highWaterMark: BUFFER_BYTES });
    this.remoteAddress = remoteAddress;
    this.#stream = stream;
    stream.on("data", (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      this.#idle?.refresh();
      if (!this.push(chunk)) stream.pause();
    });
    stream.on("end", () => this.push(null));
    stream.on("error", () => undefined); // "close" follows
    stream.on("close", () => this.destroy());
  }

  /** What of it the edge node has not taken. */
  get writeQueueSize(): number {
    return this.#stream.writableLength;
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.bytesWritten += chunk.length;
    this.#idle?.refresh();
    this.#stream.write(chunk, done);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "buffer", done);
  }

  override _final(done: () => void): void {
    this.#stream.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idle);
    if (!this.#stream.closed) this.#stream.close(this.#endCode());
    done(error);
  }

  /** How the edge node learns of the end; a stream without a response was not processed (RFC 9113, 8.7). */
  #endCode(): number {
    if (!this.#stream.headersSent) return constants.NGHTTP2_REFUSED_STREAM;
    return this.writableFinished ? constants.NGHTTP2_NO_ERROR : constants.NGHTTP2_CANCEL;
  }

  destroySoon(): void {
    if (!this.writableEnded) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  /** As of a socket: "timeout" where nothing moves for so long; 0: never. */
  setTimeout(timeoutMs: number): this {
    clearTimeout(this.#idle);
    this.#idle = timeoutMs > 0 ? setTimeout(() => this.emit("timeout"), timeoutMs).unref() : undefined;
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** relayedSocket is a stream of an edge node as a client's connection. */
export const relayedSocket = (stream: ServerHttp2Stream, address: string): ClientSocket =>
  new RelayedSocket(stream, address) as unknown as ClientSocket;
