import type { Socket } from "node:net";
import type {
  Answering,
  ClientConnection,
  ReceivedRequest,
  ServingConnection,
  StartExchange,
} from "./client-connection.ts";
import { type Awaited, ClientProgress } from "./client-progress.ts";
import type { HeldBytes } from "./held-bytes.ts";
import { rawReply } from "./raw-reply.ts";
import type { StreamTurns } from "./stream-turns.ts";

/** So many requests may wait for the response to the one before; then the connection is not read. */
const WAITING_MAX = 16;
/** What was read before that goes on to be parsed, and a short request takes many times its bytes: above so many the connection is ended. */
const WAITING_END = 64;
/** What a waiting request takes in memory, besides the bytes of its head. */
const WAITING_BYTES = 4 * 1024;
/** Of a message that is not whole yet, so much is not counted: it is less than what its connection takes. */
const UNCOUNTED_BYTES = 4 * 1024;
/** How long, and how much of, what a client continues to send after its last response is read. */
const LINGER_MS = 2_000;
const DISCARDED_MAX_BYTES = 64 * 1024 * 1024;

/** What a request keeps in memory while it waits. */
const sizeOf = ({ request: { url = "", rawHeaders } }: ReceivedRequest): number =>
  rawHeaders.reduce((bytes, text) => bytes + text.length, WAITING_BYTES + url.length);

/** RequestSource is what reads the requests of a connection, where the gateway does that itself. */
export interface RequestSource {
  /** The client cannot send more now: what it has sent of a body has not been read. */
  readonly isHeldBack: boolean;
  /** Called once an interval: ends what takes too long. */
  check(nowMs: number): void;
  /** Takes no more requests, and ends the connection after those that it has. */
  drain(): void;
  /** Reads no more: what comes belongs to others. */
  leave(): void;
}

export interface ConnectionOptions {
  readonly start: StartExchange;
  /** Counts what its requests keep in memory while they wait. */
  readonly held: HeldBytes;
  /** Bodies of its requests take turns with others. */
  readonly streams: StreamTurns;
  readonly nowMs: number;
  /** Hears that it was ended because too many requests wait. */
  readonly flooded: () => void;
}

/**
 * Connection is one client's connection. Requests on it are handled one after the other, also where they arrive together (RFC 9112, 9.3.2):
 * so responses are in order, nothing overtakes one that is due, and whoever sends requests without waiting keeps no more than one busy.
 */
export class Connection implements ClientConnection, ServingConnection {
  socket: Socket;
  readonly source: string;
  readonly streams: StreamTurns;
  readonly #start: StartExchange;
  readonly #held: HeldBytes;
  /** Counts that it was ended because too many requests wait. */
  readonly #flooded: () => void;
  /** undefined: Node reads them, and sees to their times. */
  #requests: RequestSource | undefined = undefined;
  #current: Answering | undefined = undefined;
  /** The request that was begun last; the rest of it may still be on its way. */
  #arriving: ReceivedRequest["request"] | undefined = undefined;
  idleSinceMs: number;
  #waiting: ReceivedRequest[] = [];
  /** What they keep in memory. */
  #waitingBytes = 0;
  /** Sent after the responses that are due: nothing after them can be read. */
  #lastReply: string | undefined = undefined;
  #leavesBody = false;
  #closing = false;
  #isUpgraded = false;
  #isRelayed = false;
  /** In another protocol: what of its client's message waits for the rest. */
  #unfinishedBytes = 0;
  readonly progress: ClientProgress;

  constructor(socket: Socket, source: string, { start, held, streams, nowMs, flooded }: ConnectionOptions) {
    this.socket = socket;
    this.source = source;
    this.streams = streams;
    this.#start = start;
    this.#held = held;
    this.#flooded = flooded;
    this.progress = new ClientProgress(socket);
    this.idleSinceMs = nowMs;
  }

  /** No request is being handled, although one may be on its way. */
  get isIdle(): boolean {
    return !this.#current && !this.#closing && !this.#isUpgraded;
  }

  get busyWith(): number {
    return this.#current ? 1 : 0;
  }

  get isUpgraded(): boolean {
    return this.#isUpgraded;
  }

  /** readBy: its requests are read by the gateway itself. */
  readBy(requests: RequestSource): void {
    this.#requests = requests;
  }

  check(nowMs: number): void {
    this.#requests?.check(nowMs);
  }

  drain(): void {
    this.#requests?.drain();
  }

  /** secured: its client speaks through TLS from now on. How fast it sends and reads is still counted below that. */
  secured(socket: Socket): void {
    this.socket = socket;
  }

  /** upgraded: it speaks another protocol from now on, and has no requests any more. */
  upgraded(): void {
    this.#isUpgraded = true;
  }

  /** relayed: another node has its requests, and sees to their times. Whether its client reads what came of them is seen here only. */
  relayed(): void {
    this.#isUpgraded = this.#isRelayed = true;
  }

  /** keeps counts what an upgraded client's message takes while the rest of it is still to come. False: there is no room for it. */
  keeps(bytes: number): boolean {
    const counted = bytes > UNCOUNTED_BYTES ? bytes : 0;
    const more = counted - this.#unfinishedBytes;
    if (more > 0 && !this.#held.hold(more, this.source)) return false;
    if (more < 0) this.#held.release(-more);
    this.#unfinishedBytes = counted;
    return true;
  }

  /** What is being waited for: that the client reads its response, or that it sends its body; undefined: nothing of it. */
  get awaited(): Awaited {
    if (this.#closing) return undefined;
    if (this.#isRelayed) return this.socket.writableLength > 0 ? "read" : undefined;
    if (this.#isUpgraded) return this.#unfinishedBytes > 0 && !this.socket.isPaused() ? "message" : undefined;
    if (this.socket.writableLength > 0) return "read";
    const isMissing = this.#arriving?.complete === false && !this.#current?.awaitsInvitation;
    const isHeldBack = this.#requests?.isHeldBack === true || this.socket.isPaused();
    return isMissing && !isHeldBack ? "body" : undefined;
  }

  get heldBytes(): number {
    return this.#waitingBytes + this.#unfinishedBytes + (this.#current?.heldBytes ?? 0);
  }

  /** giveUp ends the connection: its client is too slow, or keeps what others need. The status is for one that is still sending. */
  giveUp(status: number): void {
    this.#current?.release();
    this.#dropWaiting();
    if (this.awaited === "body" && this.#current?.fail(status)) return;
    this.socket.destroy();
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** So many requests wait that the connection is not read. */
  get isFull(): boolean {
    return this.#waiting.length >= WAITING_MAX;
  }

  /** take handles a request, or keeps it until its turn comes. */
  take(received: ReceivedRequest): void {
    if (this.#closing || this.#lastReply !== undefined) return;
    if (!this.#current) {
      this.#begin(received);
      return;
    }
    const bytes = sizeOf(received);
    if (this.#waiting.length === WAITING_END || !this.#held.hold(bytes, this.source)) {
      this.#closing = true;
      this.#dropWaiting();
      this.#flooded();
      this.socket.destroy();
      return;
    }
    this.#waitingBytes += bytes;
    this.#waiting.push(received);
    if (this.isFull) this.socket.pause();
  }

  #dropWaiting(): void {
    this.#waiting = [];
    this.#held.release(this.#waitingBytes);
    this.#waitingBytes = 0;
  }

  #nextWaiting(): ReceivedRequest | undefined {
    if (this.#waiting.length === 0) return undefined;
    const next = this.#waiting.shift();
    if (next) this.#waitsNoMore(next);
    if (this.#waiting.length === WAITING_MAX - 1) this.socket.resume();
    return next;
  }

  #waitsNoMore(received: ReceivedRequest): void {
    const bytes = sizeOf(received);
    this.#waitingBytes -= bytes;
    this.#held.release(bytes);
  }

  #begin(received: ReceivedRequest): void {
    this.#arriving = received.request;
    this.#current = this.#start(received, this);
  }

  /** ended is called when the last byte of a response is with the kernel, or the connection is gone. */
  ended(exchange: Answering, nowMs: number): void {
    exchange.release();
    if (exchange !== this.#current) return;
    this.#current = undefined;
    this.idleSinceMs = nowMs;
    if (this.#closing || !this.socket.writable) {
      this.#dropWaiting();
      return;
    }
    if (this.#leavesBody) {
      this.#dropWaiting();
      this.linger();
      return;
    }
    const next = this.#nextWaiting();
    if (next) this.#begin(next);
    else if (this.#lastReply !== undefined) this.#close(this.#lastReply);
  }

  /** leaveBody: the rest of the current request's body is not read, and would be taken for the next request: this response is the last. */
  leaveBody(): void {
    this.#leavesBody = true;
    this.socket.destroySoon = () => this.linger();
  }

  /** fail: what arrived cannot be read as a request. Responses that are due go first. */
  fail(status: number): void {
    if (this.#closing || this.#lastReply !== undefined || this.#current?.fail(status)) return;
    this.#lastReply = rawReply(status);
    const last = this.#waiting.at(-1);
    if (last?.request.complete === false) {
      this.#waiting.pop();
      this.#waitsNoMore(last);
    }
    if (this.#current) this.socket.pause();
    else this.#close(this.#lastReply);
  }

  #close(reply: string): void {
    this.socket.write(reply, "latin1");
    this.linger();
  }

  /** refuseUpgrade ends a connection that was upgraded with a response of HTTP, whether or not the client closes its side. Node does not watch it any more. */
  refuseUpgrade(response: Buffer | string): void {
    const { socket } = this;
    socket.on("error", () => socket.destroy());
    socket.write(response, "latin1");
    this.linger();
  }

  /** linger ends the connection, but reads on for a moment: one with unread bytes is reset, and its client may lose the response. */
  linger(): void {
    if (this.#closing) return;
    this.#closing = true;
    const { socket } = this;
    let bytes = 0;
    // Nothing of it is parsed any more.
    this.#requests?.leave();
    socket.removeAllListeners("data");
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > DISCARDED_MAX_BYTES) socket.destroy();
    });
    socket.end();
    socket.resume();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }
}
