import type { IncomingMessage, ServerResponse } from "node:http";
import type { Call, Exchange } from "@tollgate/pipeline";
import type { Turn } from "./turn.ts";

/** Above this a streamed response waits for its client. */
const PENDING_MAX_BYTES = 64 * 1024;
/** Up to this size a body is written together with its head, as one string. */
const ONE_WRITE_MAX_BYTES = 16 * 1024;
/** How long a client may continue to send an unread body after its response was sent. */
const LINGER_MS = 2_000;
/** How much of an unread body is discarded before its connection is closed. */
const DISCARDED_MAX_BYTES = 64 * 1024 * 1024;
/** Status of a call whose client disconnected before it got a response (nginx's convention). */
const CLIENT_GONE = 499;

/** ListenerState is what all exchanges of a listener share. */
export interface ListenerState {
  /** The listener is stopping: connections end after their current response. */
  draining: boolean;
}

/** HttpExchange is one request and its response on a connection. Its bytes are written when its turn ends. */
export class HttpExchange implements Exchange {
  readonly #response: ServerResponse;
  readonly #turn: Turn;
  readonly #listener: ListenerState;
  readonly body: IncomingMessage;
  call: Call = undefined as never; // set by the listener before anything else happens
  onDrain: (() => void) | undefined = undefined;
  onClientGone: (() => void) | undefined = undefined;

  #status = 0;
  #statusText = "";
  #headers: string[] = [];
  #lengthBytes = -1;
  #text: string | undefined = undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #givenBytes = 0;
  #headSent = false;
  #ended = false;
  #cut = false;
  #waiting = false;
  #draining = false;

  constructor(request: IncomingMessage, response: ServerResponse, turn: Turn, listener: ListenerState) {
    this.body = request;
    this.#response = response;
    this.#turn = turn;
    this.#listener = listener;
  }

  reply(status: number, headers: string[], body: Buffer | string | undefined): void {
    if (this.#ended) return;
    this.start(status, "", headers, 0);
    if (typeof body === "string") {
      this.#text = body;
      this.#lengthBytes = Buffer.byteLength(body);
    } else if (body !== undefined && body.length > 0) {
      this.#pending.push(body);
      this.#lengthBytes = body.length;
    }
    this.call.responseBytes = this.call.method === "HEAD" ? 0 : this.#lengthBytes;
    this.end();
  }

  start(status: number, statusText: string, headers: string[], lengthBytes: number | undefined): void {
    this.#status = this.call.status = status;
    this.#statusText = statusText;
    this.#headers = headers;
    this.#lengthBytes = lengthBytes ?? -1;
  }

  write(chunk: Buffer): boolean {
    if (this.#ended) return true;
    if (this.#pending.length === 0) this.#turn.streaming(this);
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    this.#givenBytes += chunk.length;
    this.call.responseBytes = this.#givenBytes;
    const goOn = this.#pendingBytes < PENDING_MAX_BYTES && !this.#response.writableNeedDrain;
    if (!goOn) this.#waiting = true;
    return goOn;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#turn.answered(this);
  }

  destroy(): void {
    this.#cut = true;
    this.end();
  }

  /** clientGone is called by the listener if the connection closes before the response is complete. */
  clientGone(): void {
    if (this.#ended) return;
    if (!this.#headSent) this.call.status = CLIENT_GONE;
    this.#cut = true;
    this.#ended = true;
    this.#turn.answered(this);
    this.onClientGone?.();
  }

  /** passOn writes the available part of a streamed response, but never its last part: that waits until the call is recorded. */
  passOn(): void {
    if (this.#ended || this.#pending.length === 0) return;
    const complete = this.#lengthBytes >= 0 && this.#givenBytes >= this.#lengthBytes;
    if (complete) {
      // Only the end is missing, and it arrives only after the upstream resumes.
      this.#goOn();
      return;
    }
    this.#sendHead(undefined);
    for (const chunk of this.#takePending()) this.#response.write(chunk);
    if (!this.#waiting) return;
    if (this.#response.writableNeedDrain) this.#listenForDrain();
    else this.#goOn();
  }

  #takePending(): Buffer[] {
    const chunks = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    return chunks;
  }

  #listenForDrain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#response.on("drain", () => this.#goOn());
  }

  #goOn(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.onDrain?.();
  }

  #sendHead(wholeBytes: number | undefined): void {
    if (this.#headSent) return;
    this.#headSent = true;
    if (this.#listener.draining) this.#response.shouldKeepAlive = false;
    // X-HTTP-Method-Override turned the call into HEAD: its client still waits for a body of the announced length.
    if (this.call.method === "HEAD" && this.body.method !== "HEAD") this.#lengthBytes = 0;
    const lengthBytes = this.#lengthBytes >= 0 ? this.#lengthBytes : (wholeBytes ?? -1);
    const bodiless = this.#status === 204 || this.#status === 304;
    const headers = this.#headers;
    if (lengthBytes >= 0 && !bodiless) headers.push("Content-Length", String(lengthBytes));
    if (this.#statusText === "") this.#response.writeHead(this.#status, headers);
    else this.#response.writeHead(this.#status, this.#statusText, headers);
  }

  /** complete sends the last bytes. */
  complete(): void {
    const response = this.#response;
    if (this.#cut) {
      response.destroy();
      return;
    }
    if (!this.body.complete && this.#status === 413) this.#discardBody();
    const chunks = this.#takePending();
    if (this.#text !== undefined) {
      this.#sendHead(undefined);
      response.end(this.#text);
      return;
    }
    const known = !this.#headSent && (this.call.method !== "HEAD" || this.#givenBytes > 0);
    this.#sendHead(known ? this.#givenBytes : undefined);
    const only = chunks[0];
    if (only === undefined) response.end();
    else if (chunks.length === 1 && only.length <= ONE_WRITE_MAX_BYTES)
      response.end(only.toString("latin1"), "latin1");
    else {
      for (const chunk of chunks.slice(0, -1)) response.write(chunk);
      response.end(chunks.at(-1));
    }
  }

  /** The unread rest of a body is discarded: otherwise a client that is still sending could not read its response. */
  #discardBody(): void {
    const { body } = this;
    // If the connection were closed right after the response, it would be reset while the client sends, and the response would be lost.
    if (body.httpVersion === "1.1") this.#response.shouldKeepAlive = true;
    setTimeout(() => body.complete || body.socket.destroy(), LINGER_MS).unref();
    let bytes = 0;
    body.removeAllListeners("data");
    body.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > DISCARDED_MAX_BYTES) body.destroy();
    });
    body.resume();
  }

  /** abandon closes the connection. */
  abandon(): void {
    this.#ended = true;
    this.#response.destroy();
  }

  /** refuse replaces complete if the call could not be recorded: a response that is not billed is not sent. */
  refuse(): void {
    if (this.#headSent || this.#cut) {
      this.#response.destroy();
      return;
    }
    this.#response.writeHead(503, [
      "Content-Type",
      "application/json",
      "Retry-After",
      "1",
      "Content-Length",
      "33",
    ]);
    this.#response.end('{"message":"Service Unavailable"}');
  }
}
