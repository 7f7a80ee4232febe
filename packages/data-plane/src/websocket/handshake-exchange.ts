import { STATUS_CODES } from "node:http";
import { type Duplex, Readable } from "node:stream";
import type { Call, Exchange, ResponseSource } from "@tollgate/pipeline";
import type { ListenerState } from "../listener/listener-state.ts";
import type { HeldExchange, Turn } from "../listener/turn.ts";

/** Status of a handshake whose client left before it was let in (nginx's convention). */
const CLIENT_GONE = 499;

export interface HandshakeExchangeOptions {
  readonly socket: Duplex;
  readonly turn: Turn;
  readonly listener: ListenerState;
  /** The client is let in, once that is on record. */
  readonly admit: () => void;
  /** The client is not let in, and gets this response of HTTP. */
  readonly refused: (response: Buffer) => void;
  /** The client left after $connect had allowed it. */
  readonly left: () => void;
}

/** HandshakeExchange is a client's request to be let in. A status of 2xx lets it in; all else is an ordinary response, with which its connection ends. */
export class HandshakeExchange implements Exchange, HeldExchange {
  readonly #options: HandshakeExchangeOptions;
  call: Call = undefined as never; // set before anything else happens
  source: ResponseSource | undefined = undefined;
  #status = 0;
  #headers: string[] = [];
  #chunks: (Buffer | string)[] = [];
  #heldBytes = 0;
  #isEnded = false;
  #isOver = false;
  #isGone = false;

  constructor(options: HandshakeExchangeOptions) {
    this.#options = options;
    options.listener.callsInFlight++;
    options.socket.once("close", this.#closed);
  }

  /** A handshake has no body. */
  readonly body: Readable = Readable.from([]);

  /** The sub-protocol that the response names; undefined: none. */
  get subProtocol(): string | undefined {
    const at = this.#headers.findIndex((name, i) => i % 2 === 0 && /^sec-websocket-protocol$/i.test(name));
    return at < 0 ? undefined : this.#headers[at + 1];
  }

  readonly #closed = (): void => {
    this.#isGone = true;
    if (this.#isEnded) return;
    this.source?.clientGone();
  };

  hold(bytes: number): boolean {
    if (!this.#options.listener.held.hold(bytes, this.call.sourceIp)) return false;
    this.#heldBytes += bytes;
    return true;
  }

  reply(status: number, headers: string[], body: Buffer | string | undefined): void {
    this.start(status, "", headers);
    if (body !== undefined) this.#chunks.push(body);
    this.end();
  }

  start(status: number, _statusText: string, headers: string[]): void {
    this.#status = status;
    this.#headers = headers;
  }

  write(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    return true;
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.call.status = this.#isGone ? CLIENT_GONE : this.#status;
    this.call.responseBytes = this.#isAllowed
      ? 0
      : this.#chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0);
    this.#options.turn.answered(this);
  }

  get #isAllowed(): boolean {
    return this.#status >= 200 && this.#status < 300;
  }

  retract(): boolean {
    this.#chunks = [];
    return !this.#isEnded;
  }

  destroy(): void {
    this.#isGone = true;
    this.end();
  }

  passOn(): void {
    // A response leaves as a whole.
  }

  complete(): void {
    this.#over();
    const { readable, writable } = this.#options.socket;
    // A connection that is destroyed says so before it is closed.
    const isGone = this.#isGone || !readable || !writable;
    if (this.#isAllowed && isGone) {
      // One that only stopped sending would stay half open for ever.
      this.#options.socket.destroy();
      this.#options.left();
    } else if (this.#isAllowed) this.#options.admit();
    else
      this.#send(this.#status, this.#headers, Buffer.concat(this.#chunks.map((chunk) => Buffer.from(chunk))));
  }

  refuse(): void {
    this.#over();
    this.#send(503, [], Buffer.alloc(0));
    if (this.#isAllowed) this.#options.left();
  }

  abandon(): void {
    this.#over();
    this.#options.socket.destroy();
  }

  /** One that fails while it completes is abandoned after that. */
  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { socket, listener } = this.#options;
    socket.off("close", this.#closed);
    listener.callsInFlight--;
    listener.held.release(this.#heldBytes);
  }

  #send(status: number, headers: readonly string[], body: Buffer): void {
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nDate: ${new Date().toUTCString()}\r\n`;
    for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
    head += `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    this.#options.refused(Buffer.concat([Buffer.from(head, "latin1"), body]));
  }
}
