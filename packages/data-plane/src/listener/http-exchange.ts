import { STATUS_CODES } from "node:http";
import type { Call, Exchange, RequestStream, ResponseSource } from "@tollgate/pipeline";
import type { Answering, ReceivedRequest, ServingConnection } from "./client-connection.ts";
import type { ClientRequest, ClientResponse } from "./client-stream.ts";
import type { ListenerState } from "./listener-state.ts";
import { refuse } from "./paced-refusals.ts";
import { replyBody } from "./raw-reply.ts";
import type { Stream } from "./stream-turns.ts";
import type { Turn } from "./turn.ts";

/** So much of a streamed response may wait for its client without being counted. A shorter one is kept until it is complete. */
const PENDING_MAX_BYTES = 64 * 1024;
/** Up to this size a body is written together with its head, as one string. */
const ONE_WRITE_MAX_BYTES = 16 * 1024;
/** A body of up to this size that nobody read is read to its end, so that its connection can be used again. */
const DRAINED_MAX_BYTES = 64 * 1024;
/** Status of a call whose client disconnected before it got a response (nginx's convention). */
const CLIENT_GONE = 499;
/** Status of a response that cannot be written. */
const BAD_GATEWAY = 502;

const hasNoBody = (status: number): boolean => status === 204 || status === 304;

/** HttpExchange is one request and its response on a connection. Its bytes are written when its turn ends. */
export class HttpExchange implements Exchange, Answering, Stream {
  readonly #request: ClientRequest;
  readonly #response: ClientResponse;
  readonly #turn: Turn;
  readonly #listener: ListenerState;
  readonly #connection: ServingConnection;
  call: Call = undefined as never; // set by the listener before anything else happens
  source: ResponseSource | undefined = undefined;

  #status = 0;
  #statusText = "";
  #headers: string[] = [];
  #lengthBytes = -1;
  #text: string | undefined = undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #givenBytes = 0;
  #headSent = false;
  /** The client sends its body only when it is asked to. */
  #mustInvite: boolean;
  #mustClose = false;
  /** Kept in memory, of the request and of the response. */
  #heldBytes = 0;
  /** Part of it: what of the response may wait for the client besides PENDING_MAX_BYTES. */
  #bufferBytes = 0;
  /** It is over, or its client is given up: what it took from now on nobody would give back. */
  #released = false;
  #ended = false;
  #cut = false;
  #abandoned = false;
  /** Its upstream waits for the client. */
  #waiting = false;
  /** Its upstream waits for a turn of its own. */
  #waitsForTurn = false;
  #draining = false;

  constructor(
    { request, response, mustInvite }: ReceivedRequest,
    connection: ServingConnection,
    turn: Turn,
    listener: ListenerState,
  ) {
    this.#request = request;
    this.#response = response;
    this.#connection = connection;
    this.#mustInvite = mustInvite;
    this.#turn = turn;
    this.#listener = listener;
  }

  get awaitsInvitation(): boolean {
    return this.#mustInvite;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  hold(bytes: number): boolean {
    if (this.#released) return false;
    if (!this.#listener.held.hold(bytes, this.#connection.source)) {
      // Where memory is short, a client that may never read its response should not keep the connection, too.
      this.#response.shouldKeepAlive = false;
      return false;
    }
    this.#heldBytes += bytes;
    return true;
  }

  release(): void {
    this.#released = true;
    this.#listener.held.release(this.#heldBytes);
    this.#heldBytes = this.#bufferBytes = 0;
  }

  /** The request's body. Only now is a client that waits for 100 Continue asked to send it. */
  get body(): RequestStream {
    if (this.#mustInvite) {
      this.#mustInvite = false;
      this.#response.writeContinue();
    }
    return this.#request.body;
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
    const queuedBytes = this.#pendingBytes + this.#response.writableLength;
    const passes = this.#turn.streams.passes(chunk.length);
    if (this.#isShort) return true;
    if (!passes) this.#waitsForTurn = true;
    if (queuedBytes >= PENDING_MAX_BYTES && !this.#buffers(queuedBytes)) this.#waiting = true;
    return !this.#waiting && !this.#waitsForTurn;
  }

  /** A short response leaves as a whole: if its upstream breaks off, another can be given instead. */
  get #isShort(): boolean {
    return !this.#headSent && this.#lengthBytes >= 0 && this.#lengthBytes < PENDING_MAX_BYTES;
  }

  /** Whether so much of the response may wait for its client. Its upstream is not kept busy by that. */
  #buffers(queuedBytes: number): boolean {
    const { held, responseBufferBytes } = this.#listener;
    if (queuedBytes <= this.#bufferBytes) return true;
    if (this.#released || queuedBytes > responseBufferBytes) return false;
    const moreBytes = Math.min(queuedBytes + PENDING_MAX_BYTES, responseBufferBytes) - this.#bufferBytes;
    if (!held.spare(moreBytes)) return false;
    this.#bufferBytes += moreBytes;
    this.#heldBytes += moreBytes;
    return true;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#turn.answered(this);
  }

  retract(): boolean {
    if (this.#headSent || this.#ended) return false;
    this.#takePending();
    this.#givenBytes = 0;
    return true;
  }

  destroy(): void {
    this.#cut = true;
    this.end();
  }

  fail(status: number): boolean {
    if (this.#request.complete || this.#ended) return false;
    this.#mustClose = true;
    if (this.#headSent) this.destroy();
    else this.reply(status, ["Content-Type", "application/json"], replyBody(status));
    this.source?.clientGone();
    return true;
  }

  /** closed is called by the listener when the last byte of the response is with the kernel, or the connection is closed. */
  closed(): void {
    if (!this.#ended) this.#clientGone();
    this.#listener.callsInFlight--;
    this.#connection.ended(this, this.call.endMs);
  }

  #clientGone(): void {
    if (!this.#headSent) this.call.status = CLIENT_GONE;
    this.#cut = true;
    this.#ended = true;
    this.#turn.answered(this);
    this.source?.clientGone();
  }

  /** passOn writes the available part of a streamed response, but never its last part: that waits until the call is recorded. */
  passOn(): void {
    if (this.#ended || this.#isShort || this.#pending.length === 0) return;
    const complete = this.#lengthBytes >= 0 && this.#givenBytes >= this.#lengthBytes;
    if (complete) {
      // Only the end is missing, and it arrives only after the upstream resumes.
      this.#drained();
      this.goOn();
      return;
    }
    this.#sendHead(undefined);
    for (const chunk of this.#takePending()) this.#response.write(chunk);
    if (this.#waitsForTurn) this.#turn.streams.wait(this);
    if (!this.#waiting) return;
    if (this.#response.writableNeedDrain) this.#listenForDrain();
    else this.#drained();
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
    this.#response.on("drain", () => this.#drained());
  }

  #drained(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    if (!this.#waitsForTurn) this.source?.drained();
  }

  /** goOn is called when its turn has come. */
  goOn(): void {
    if (!this.#waitsForTurn) return;
    this.#waitsForTurn = false;
    if (!this.#waiting) this.source?.drained();
  }

  #sendHead(wholeBytes: number | undefined): void {
    if (this.#headSent) return;
    this.#headSent = true;
    if (this.#listener.draining && !this.#connection.hasWaiting) this.#response.shouldKeepAlive = false;
    // X-HTTP-Method-Override turned the call into HEAD: its client still waits for a body of the announced length.
    if (this.call.method === "HEAD" && this.#request.method !== "HEAD") this.#lengthBytes = 0;
    const lengthBytes = this.#lengthBytes >= 0 ? this.#lengthBytes : (wholeBytes ?? -1);
    const headers = this.#headers;
    if (lengthBytes >= 0 && !hasNoBody(this.#status)) headers.push("Content-Length", String(lengthBytes));
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
    if (!this.#request.complete) this.#leaveBody();
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

  /** Nobody reads the rest of the body: a short one is read to its end, else the connection is closed after the response. */
  #leaveBody(): void {
    const { contentLengthBytes } = this.call;
    const { body } = this.#request;
    body.removeAllListeners("data");
    body.resume();
    const isShort = contentLengthBytes >= 0 && contentLengthBytes <= DRAINED_MAX_BYTES;
    if (isShort && !this.#mustInvite && !this.#mustClose) return;
    this.#response.shouldKeepAlive = false;
    this.#connection.leaveBody();
  }

  /** abandon replaces a response that cannot be written: its client gets 502, or the connection is closed if it is too late for that. */
  abandon(): void {
    const wasEnded = this.#ended;
    this.#ended = true;
    if (this.#abandoned || this.#response.headersSent || this.#cut) this.#cut = true;
    else {
      // Node has taken the status of a head that it refused: after one without a body, it sends none.
      const isBodiless = this.#headSent && hasNoBody(this.#status);
      this.#headSent = false;
      this.#takePending();
      // With its reason: the one that Node has taken is of the other status.
      this.start(
        BAD_GATEWAY,
        STATUS_CODES[BAD_GATEWAY] ?? "",
        ["Content-Type", "application/json"],
        undefined,
      );
      this.#text = isBodiless ? "" : replyBody(BAD_GATEWAY);
      this.#lengthBytes = this.call.responseBytes = this.#text.length;
    }
    this.#abandoned = true;
    this.source?.clientGone();
    if (wasEnded) this.complete();
    else this.#turn.answered(this);
  }

  /** refuse replaces complete if the call could not be recorded: a response that is not billed is not sent. */
  refuse(): void {
    if (this.#headSent || this.#cut) {
      this.#response.destroy();
      return;
    }
    if (!this.#request.complete) this.#leaveBody();
    refuse(this.#response);
  }
}
