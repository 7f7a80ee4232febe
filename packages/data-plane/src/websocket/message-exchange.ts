import { Readable } from "node:stream";
import type { Call, Exchange, ResponseSource } from "@tollgate/pipeline";
import type { ListenerState } from "../listener/listener-state.ts";
import type { HeldExchange, Turn } from "../listener/turn.ts";

/** Nobody reads it: the message is there from the start. */
const NO_BODY = Readable.from([]);

/** ExchangeEnd is where the response to a message goes. */
export interface ExchangeEnd {
  /** Sends a string as text, and bytes as such. */
  send(message: Buffer | string): void;
  /** The call is over. */
  ended(): void;
}

export interface MessageExchangeOptions {
  readonly turn: Turn;
  readonly listener: ListenerState;
}

/** MessageExchange is one message of a client, or the end of its connection, and the message that goes back, if any does. */
export class MessageExchange implements Exchange, HeldExchange {
  readonly #options: MessageExchangeOptions;
  readonly #end: ExchangeEnd;
  call: Call = undefined as never; // set before anything else happens
  source: ResponseSource | undefined = undefined;
  #chunks: Buffer[] = [];
  #reply: Buffer | string | undefined = undefined;
  #heldBytes = 0;
  #isOver = false;

  constructor(options: MessageExchangeOptions, end: ExchangeEnd) {
    this.#options = options;
    this.#end = end;
    options.listener.callsInFlight++;
  }

  get body(): Readable {
    return NO_BODY;
  }

  hold(bytes: number): boolean {
    if (this.#isOver || !this.#options.listener.held.hold(bytes, this.call.sourceIp)) return false;
    this.#heldBytes += bytes;
    return true;
  }

  reply(status: number, _headers: string[], body: Buffer | string | undefined): void {
    this.call.status = status;
    this.#reply = body;
    this.call.responseBytes = body === undefined ? 0 : Buffer.byteLength(body);
    this.#options.turn.answered(this);
  }

  start(status: number): void {
    this.call.status = status;
  }

  write(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    return true;
  }

  end(): void {
    this.reply(this.call.status, [], Buffer.concat(this.#chunks));
  }

  retract(): boolean {
    this.#chunks = [];
    return true;
  }

  destroy(): void {
    this.reply(this.call.status, [], undefined);
  }

  passOn(): void {
    // A message leaves as a whole.
  }

  complete(): void {
    if (this.#reply !== undefined) this.#end.send(this.#reply);
    this.#close();
  }

  /** A response that is not billed is not sent. */
  refuse(): void {
    this.#close();
  }

  abandon(): void {
    this.#close();
  }

  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { listener } = this.#options;
    listener.callsInFlight--;
    listener.held.release(this.#heldBytes);
    this.#end.ended();
  }
}
