import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { BadMessage, checkHeadStart, MessageBody, type RequestHead, readRequestHead } from "@tollgate/http1";
import type { ClientLimits } from "../client-limits.ts";
import type { ClientSocket } from "../client-socket.ts";
import type { Connection, RequestSource } from "../connection.ts";
import type { Stream } from "../stream-turns.ts";
import { Http1Request } from "./http1-request.ts";
import { Http1Response, type ResponseOwner } from "./http1-response.ts";
import { type ByteReader, type Taken, takeBytes } from "./in-place.ts";
import { upgradeRequest } from "./upgrade-request.ts";

const HEAD_END = Buffer.from("\r\n\r\n");
const CR = 13;
const LF = 10;
const CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i;
/** An idle connection is kept longer than its client is told, so that a request that is on its way is not lost. */
const IDLE_MARGIN_MS = 1_000;
/** Of all chunks of a body together: they take as long to read as bytes that count towards the limit of the body. */
const EXTENSIONS_MAX_BYTES = 16 * 1024;

export interface RequestReaderOptions {
  readonly limits: Pick<ClientLimits, "timeoutMs" | "requestTimeoutMs" | "idleTimeoutMs">;
  readonly headMaxBytes: number;
  readonly keepAliveLines: string;
  /** Whether a request begins another protocol. */
  readonly shouldUpgrade: (request: IncomingMessage) => boolean;
  /** Takes the connection of such a request, and what came behind it. */
  readonly upgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
}

/** RequestReader reads the requests of one connection of HTTP/1.1, with or without TLS, and hands them to it. */
export class RequestReader implements ByteReader, RequestSource, ResponseOwner, Stream {
  readonly socket: ClientSocket;
  readonly #connection: Connection;
  readonly #options: RequestReaderOptions;
  #taken: Taken | undefined = undefined;
  /** The beginning of a head, and how much of it has been looked at. */
  #partial: Buffer | undefined = undefined;
  #checkedTo = 0;
  /** The request whose body is arriving. */
  #arriving: Http1Request | undefined = undefined;
  #body: MessageBody | undefined = undefined;
  /** The response to it, where that may be over before. */
  #responseToIt: Http1Response | undefined = undefined;
  /** Since when the request that is arriving does; 0: none is. */
  #beganMs: number;
  #isHeldBack = false;
  #waitsForTurn = false;
  /** What comes is not read as requests any more. */
  #isOver = false;
  /** There is no request behind the last one. */
  #isLast = false;
  #isDraining = false;
  #response: Http1Response | undefined = undefined;

  constructor(socket: ClientSocket, connection: Connection, options: RequestReaderOptions) {
    this.socket = socket;
    this.#connection = connection;
    this.#options = options;
    this.#beganMs = performance.now();
  }

  /** begin reads what has arrived and what will. */
  begin(): void {
    const { socket } = this;
    socket.on("error", () => undefined); // "close" follows
    socket.on("end", () => this.#ended());
    socket.on("close", () => this.#closed());
    socket.on("drain", () => this.#response?.drained());
    this.#taken = takeBytes(socket, this);
    this.#taken.begin();
  }

  get isHeldBack(): boolean {
    return this.#isHeldBack || this.#waitsForTurn;
  }

  get keepAliveLines(): string {
    return this.#options.keepAliveLines;
  }

  received(buffer: Buffer, bytes: number): boolean {
    if (this.#isOver) return true;
    let from = buffer;
    let to = bytes;
    if (this.#partial) {
      from = Buffer.concat([this.#partial, buffer.subarray(0, bytes)]);
      to = from.length;
      this.#partial = undefined;
    }
    try {
      let at = 0;
      while (at < to && !this.#isOver)
        at = this.#arriving ? this.#takeBody(from, at, to) : this.#takeHead(from, at, to);
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      this.#fail(error.status);
    }
    return !this.isHeldBack;
  }

  /** Nothing but a body of a known length may be read to where it belongs, up to its end. */
  room(): Buffer | undefined {
    const missingBytes = this.#arriving ? (this.#body as MessageBody).missingBytes : 0;
    return missingBytes > 0 ? this.#arriving?.room(missingBytes) : undefined;
  }

  #fail(status: number): void {
    this.#isOver = true;
    this.#connection.fail(status);
  }

  #takeHead(bytes: Buffer, from: number, to: number): number {
    let at = from;
    // Some clients send an empty line behind a body (RFC 9112, 2.2).
    while (at < to && (bytes[at] === CR || bytes[at] === LF)) at++;
    if (at === to) return at;
    if (this.#isLast) throw new BadMessage("a request follows the last one");
    const end = bytes.indexOf(HEAD_END, at);
    const isWhole = end >= 0 && end + HEAD_END.length <= to;
    if ((isWhole ? end : to) - at > this.#options.headMaxBytes)
      throw new BadMessage("the head is too long", 431);
    if (!isWhole) {
      this.#keepPartial(bytes, at, to);
      return to;
    }
    this.#checkedTo = 0;
    return this.#begin(readRequestHead(bytes, at, end + 2), bytes, end + HEAD_END.length, to);
  }

  #keepPartial(bytes: Buffer, at: number, to: number): void {
    this.#checkedTo = checkHeadStart(bytes, at, to, this.#checkedTo);
    this.#partial = Buffer.from(bytes.subarray(at, to));
    if (this.#beganMs === 0) this.#beganMs = performance.now();
  }

  /** Hands a request to its connection, and returns where the bytes go on behind what was taken of them. */
  #begin(head: RequestHead, bytes: Buffer, at: number, to: number): number {
    const { method, version, expectation, isChunked, lengthBytes, isKept } = head;
    const request = new Http1Request(head, this.socket);
    const hasBody = isChunked || lengthBytes > 0;
    this.#isLast = !isKept;
    // The gateway is no tunnel.
    if (method === "CONNECT") this.#fail(405);
    else if (expectation !== undefined && !CONTINUE.test(expectation)) this.#fail(417);
    if (this.#isOver || (head.offersUpgrade && this.#upgrades(request, hasBody, bytes.subarray(at, to))))
      return to;
    const mustInvite = expectation !== undefined;
    const response = new Http1Response(this, {
      isHead: method === "HEAD",
      isOld: version === "1.0",
      isKept,
      mustInvite,
    });
    let next = at;
    if (hasBody) {
      this.#expectBody(request, isChunked ? -1 : lengthBytes);
      // Whoever needs a body that is there already does not have to wait for it.
      if (!isChunked && lengthBytes <= to - at) next = this.#takeBody(bytes, at, to);
      if (this.#arriving) this.#responseToIt = response;
    } else this.#beganMs = 0;
    this.#connection.take({ request, response, mustInvite });
    if (this.socket.destroyed) this.#isOver = true;
    return next;
  }

  /** Whether the connection goes on in another protocol. */
  #upgrades(request: Http1Request, hasBody: boolean, behind: Buffer): boolean {
    const { shouldUpgrade, upgrade } = this.#options;
    const upgraded = upgradeRequest(request, this.socket);
    if (!shouldUpgrade(upgraded)) return false;
    this.#isOver = true;
    this.#taken?.leave();
    // A handshake has no body (RFC 6455, 4.1): where it ends, the other protocol begins.
    if (hasBody) this.socket.destroy();
    else upgrade(upgraded, this.socket, Buffer.from(behind));
    return true;
  }

  /** -1: it is in chunks. */
  #expectBody(request: Http1Request, lengthBytes: number): void {
    request.expectBody(this.#hasRoom);
    this.#arriving = request;
    this.#body ??= new MessageBody(EXTENSIONS_MAX_BYTES);
    if (lengthBytes < 0) this.#body.beginChunks();
    else this.#body.begin(lengthBytes);
    if (this.#beganMs === 0) this.#beganMs = performance.now();
  }

  #takeBody(bytes: Buffer, from: number, to: number): number {
    const body = this.#body as MessageBody;
    const at = body.take(bytes, from, to, this.#deliver);
    if (body.isComplete) {
      this.#arriving?.received();
      this.#arriving = undefined;
      // A body that nobody reads any more never says that it has room again.
      if (this.#responseToIt?.destroyed) this.#isHeldBack = false;
      this.#responseToIt = undefined;
      this.#beganMs = 0;
    }
    return at;
  }

  readonly #deliver = (bytes: Buffer, from: number, to: number): boolean => {
    // What has been read of the connection is taken to its end.
    if (this.#arriving?.receive(bytes, from, to) === false) this.#isHeldBack = true;
    const { streams } = this.#connection;
    if (!streams.passes(to - from)) {
      this.#waitsForTurn = true;
      streams.wait(this);
    }
    return true;
  };

  goOn(): void {
    this.#waitsForTurn = false;
    if (!this.#isHeldBack) this.#readOn();
  }

  /** The body has room again. */
  readonly #hasRoom = (): void => {
    if (!this.#isHeldBack) return;
    this.#isHeldBack = false;
    if (!this.#waitsForTurn) this.#readOn();
  };

  #readOn(): void {
    if (!this.#isOver && !this.#connection.isFull) this.#taken?.goOn();
  }

  began(response: Http1Response): void {
    this.#response = response;
  }

  ended(response: Http1Response): void {
    if (this.#response === response) this.#response = undefined;
    // Nobody will read the body of its request any more.
    if (!this.#arriving) this.#hasRoom();
  }

  /** The client sends nothing more. */
  #ended(): void {
    if (this.#isOver) return;
    if (this.#partial || this.#arriving) this.#fail(400);
    else this.socket.end();
  }

  #closed(): void {
    this.#isOver = true;
    this.#arriving?.abort();
    this.#response?.closed();
  }

  /** check is called once an interval: a request that takes too long is refused, and a connection that is idle for too long ends. */
  check(nowMs: number): void {
    const { timeoutMs, requestTimeoutMs, idleTimeoutMs } = this.#options.limits;
    if (this.#isOver) return;
    if (this.#beganMs > 0) {
      if (nowMs - this.#beganMs <= (this.#arriving ? requestTimeoutMs : timeoutMs)) return;
      // Whoever never said anything gets no response.
      if (this.socket.bytesRead === 0) this.socket.destroy();
      else this.#fail(408);
      return;
    }
    const { isIdle, idleSinceMs } = this.#connection;
    if (isIdle && (this.#isDraining || nowMs - idleSinceMs > idleTimeoutMs + IDLE_MARGIN_MS))
      this.socket.destroy();
  }

  drain(): void {
    this.#isDraining = true;
    if (this.#beganMs === 0 && this.#connection.isIdle) this.socket.destroy();
  }

  leave(): void {
    this.#isOver = true;
    this.#taken?.leave();
  }
}
