import type { IncomingMessage, ServerResponse } from "node:http";
import type { Call, Exchange } from "@tollgate/pipeline";
import type { Turn } from "./turn.ts";

/** Above this a streamed answer waits for its client. */
const PENDING_MAX_BYTES = 64 * 1024;
/** Up to this a body leaves in one write with its head, as one string. */
const ONE_WRITE_MAX_BYTES = 16 * 1024;
/** How long a client may go on to send a body that nobody reads, after it has its answer. */
const LINGER_MS = 2_000;
/** So much of a body that nobody read is thrown away before its connection is closed. */
const DISCARDED_MAX_BYTES = 64 * 1024 * 1024;
/** Status of a call whose client left before it had an answer (nginx's convention). */
const CLIENT_GONE = 499;

/** ListenerState is what all exchanges of a listener share. */
export interface ListenerState {
  /** The listener stops: connections end with the answer under way. */
  draining: boolean;
}

/** HttpExchange is one request and its response on a connection. Its bytes move when its turn ends. */
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

  /** clientGone is told by the listener when the connection closed before the answer was complete. */
  clientGone(): void {
    if (this.#ended) return;
    if (!this.#headSent) this.call.status = CLIENT_GONE;
    this.#cut = true;
    this.#ended = true;
    this.#turn.answered(this);
    this.onClientGone?.();
  }

  /** passOn writes what came of a streamed answer, but never what would complete it: that waits until the call is on record. */
  passOn(): void {
    if (this.#ended || this.#pending.length === 0) return;
    const complete = this.#lengthBytes >= 0 && this.#givenBytes >= this.#lengthBytes;
    if (complete) {
      // Nothing follows but the end, and the end comes only to who goes on.
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
    // X-HTTP-Method-Override made a HEAD of it: its client still waits for a body of the length that it is told.
    if (this.call.method === "HEAD" && this.body.method !== "HEAD") this.#lengthBytes = 0;
    const lengthBytes = this.#lengthBytes >= 0 ? this.#lengthBytes : (wholeBytes ?? -1);
    const bodiless = this.#status === 204 || this.#status === 304;
    const headers = this.#headers;
    if (lengthBytes >= 0 && !bodiless) headers.push("Content-Length", String(lengthBytes));
    if (this.#statusText === "") this.#response.writeHead(this.#status, headers);
    else this.#response.writeHead(this.#status, this.#statusText, headers);
  }

  /** complete lets the last bytes go. */
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

  /** The rest of a body that nobody read is thrown away: a client that still sends could not read its answer otherwise. */
  #discardBody(): void {
    const { body } = this;
    // Closed right behind the answer, the connection would be reset while the client sends, and the answer with it.
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

  /** abandon gives the connection up. */
  abandon(): void {
    this.#ended = true;
    this.#response.destroy();
  }

  /** refuse takes the place of complete when the call could not be put on record: an answer that is not billed is not given. */
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
