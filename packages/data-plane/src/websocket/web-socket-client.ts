import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Closing, Connection, ConnectionStatus } from "@tollgate/pipeline";
import type { Stream } from "../listener/stream-turns.ts";
import { minutesBegun } from "./connection-minutes.ts";
import { FRAME_MAX_BYTES, type FrameSizes } from "./frame-sizes.ts";
import type { ExchangeEnd } from "./message-exchange.ts";

/** So much may wait for a client that does not read; then its connection is cut. */
const UNREAD_MAX_BYTES = 1024 * 1024;

/** So much is gathered before it is sent. */
const GATHERED_MAX_BYTES = 64 * 1024;

/** What RFC 6455 calls the ends of a connection that nobody gave a status (7.4.1). */
const NO_STATUS = 1005;
const NO_STATUS_REASON = "Client-side close frame status not set";

/** TakeTurns decides when messages that wait are handled. */
interface TakeTurns {
  /** One of the others has been handled. */
  wait(client: WebSocketClient): void;
  /** The turn of their client has come. */
  goOn(client: WebSocketClient): void;
}

/** Messages that are not handled yet. */
interface Waiting {
  readonly messages: Buffer[];
  next: number;
  readonly turns: TakeTurns;
  after: (() => void) | undefined;
}

export interface WebSocketClientOptions {
  readonly connection: Connection;
  readonly socket: WebSocket;
  /** The connection below the WebSocket. */
  readonly stream: Socket;
  readonly frames: FrameSizes;
  readonly nowUnixMs: number;
}

/** WebSocketClient is a client that is connected. It has no timers and no functions of its own: there are very many. */
export class WebSocketClient implements ExchangeEnd, Stream {
  readonly connection: Connection;
  readonly socket: WebSocket;
  readonly frames: FrameSizes;
  /** The connection below the WebSocket. */
  readonly #stream: Socket;
  lastActiveUnixMs: number;
  inFlight = 0;
  /** Its next message waits for its turn. */
  waitsForTurn = false;
  #waiting: Waiting | undefined = undefined;
  #isPaused = false;
  #isGathering = false;
  #minutes = 0;
  /** Why the gateway ended the connection. */
  #closing: Closing | undefined = undefined;
  #isCut = false;

  constructor({ connection, socket, stream, frames, nowUnixMs }: WebSocketClientOptions) {
    this.connection = connection;
    this.socket = socket;
    this.#stream = stream;
    this.frames = frames;
    this.lastActiveUnixMs = nowUnixMs;
  }

  get isOpen(): boolean {
    return this.#closing === undefined && this.socket.readyState === this.socket.OPEN;
  }

  /** The gateway has ended the connection, so that nothing its client sends counts any more. One that was lost is not ended by that. */
  get isEnded(): boolean {
    return this.#closing !== undefined || this.#isCut;
  }

  get status(): ConnectionStatus {
    const { connectedAtUnixMs, sourceIp, userAgent } = this.connection;
    return { connectedAtUnixMs, sourceIp, userAgent, lastActiveAtUnixMs: this.lastActiveUnixMs };
  }

  /** What was sent, and not taken by the kernel yet: the client does not read it, or not this fast. */
  get unreadBytes(): number {
    return this.socket.bufferedAmount;
  }

  /** began is called for each message. */
  began(): void {
    this.inFlight++;
  }

  ended(): void {
    this.inFlight--;
    if (this.#waiting) this.#waiting.turns.wait(this);
    else this.#resume();
  }

  goOn(): void {
    this.waitsForTurn = false;
    if (this.#waiting) this.#waiting.turns.goOn(this);
    else this.#resume();
  }

  get hasWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** wait keeps a message until its turn has come. What its client sends meanwhile is not read. */
  wait(message: Buffer, turns: TakeTurns): void {
    this.#waiting ??= { messages: [], next: 0, turns, after: undefined };
    this.#waiting.messages.push(message);
    this.pause();
  }

  /** nextWaiting is the message that waits longest; undefined: none does. */
  nextWaiting(): Buffer | undefined {
    const waiting = this.#waiting;
    const message = waiting?.messages[waiting.next++];
    if (waiting && waiting.next === waiting.messages.length) {
      this.#waiting = undefined;
      this.#resume();
      if (waiting.after) queueMicrotask(waiting.after);
    }
    return message;
  }

  /** afterWaiting calls back when no message waits: at once, or when the last one was begun. */
  afterWaiting(call: () => void): void {
    if (this.#waiting) this.#waiting.after = call;
    else call();
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.socket.pause();
  }

  /** One that is being closed is read too: its client confirms that. */
  #resume(): void {
    if (!this.#isPaused || this.waitsForTurn) return;
    this.#isPaused = false;
    this.socket.resume();
  }

  /** send sends a message in frames of AWS's size. A client that does not read what it gets is cut off. */
  send(message: Buffer | string): void {
    const { socket } = this;
    if (!this.isOpen) return;
    if (this.unreadBytes > UNREAD_MAX_BYTES) {
      this.cut();
      return;
    }
    const binary = typeof message !== "string";
    if (Buffer.byteLength(message) <= FRAME_MAX_BYTES) {
      socket.send(message, { binary });
      return;
    }
    const bytes = Buffer.from(message);
    for (let at = 0; at < bytes.length; at += FRAME_MAX_BYTES)
      socket.send(bytes.subarray(at, at + FRAME_MAX_BYTES), {
        binary,
        fin: at + FRAME_MAX_BYTES >= bytes.length,
      });
  }

  /** gather makes what is sent from now on leave together, when it is let go. False: it does already. */
  gather(): boolean {
    if (this.#isGathering) return false;
    this.#isGathering = true;
    this.#stream.cork();
    return true;
  }

  letGo(): void {
    if (!this.#isGathering) return;
    this.#isGathering = false;
    this.#stream.uncork();
  }

  /** post sends what a backend gave: text, where it is valid as such. */
  post(message: Buffer, nowUnixMs: number): void {
    this.lastActiveUnixMs = nowUnixMs;
    // What is gathered counts as unread.
    if (this.unreadBytes > GATHERED_MAX_BYTES) this.letGo();
    this.send(isUtf8(message) ? message.toString("utf8") : message);
  }

  /** close ends the connection with a status and a reason that the client gets, too. */
  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.#closing = { code, reason };
    this.socket.close(code, reason);
  }

  /** failed: the socket itself ends the connection, and not the client. */
  failed(closing: Closing): void {
    this.#closing ??= closing;
  }

  /** cut ends a connection whose client does not read, so would get no reason. */
  cut(): void {
    this.#isCut = true;
    this.socket.terminate();
  }

  /** closingOf is how the connection ended, where the socket says that it ended with a code and a reason. */
  closingOf(code: number, reason: string): Closing {
    return this.#closing ?? { code, reason: code === NO_STATUS ? NO_STATUS_REASON : reason };
  }

  /** takeMinutes is how many minutes of the connection have begun that were not taken. */
  takeMinutes(nowUnixMs: number): number {
    const taken = Math.max(0, minutesBegun(this.connection.connectedAtUnixMs, nowUnixMs) - this.#minutes);
    this.#minutes += taken;
    return taken;
  }
}
