import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type SessionOptions,
} from "node:http2";
import type { Socket } from "node:net";
import type {
  Answering,
  ClientConnection,
  ReceivedRequest,
  ServingConnection,
  StartExchange,
} from "./client-connection.ts";
import type { ClientLimits } from "./client-limits.ts";
import { type Awaited, ClientProgress } from "./client-progress.ts";
import { FrameCredit, type Moved } from "./frame-credit.ts";
import { Http2Request, readHttp2Head } from "./http2-request.ts";
import { Http2Response } from "./http2-response.ts";
import type { Peer } from "./peer.ts";
import { replyBody } from "./raw-reply.ts";
import type { StreamTurns } from "./stream-turns.ts";

/** As Envoy advises for the edge: streams at a time, and how much of all bodies together may be on its way. */
const STREAMS_MAX = 100;
const CONNECTION_WINDOW_BYTES = 1024 * 1024;
const HEADER_PAIRS_MAX = 512;
/** A client that resets its requests as it sends them gets work done that it never pays for (CVE-2023-44487): as nghttp2 advises. */
const RESET_BURST = 1_000;
const RESETS_PER_SECOND = 33;
const INVALID_FRAMES_MAX = 100;
const REJECTED_STREAMS_MAX = 100;
const PINGS_MAX = 10;
/** Each is acknowledged. In an interval of checks, more than so many have no other purpose (CVE-2019-9512, CVE-2019-9515). */
const ACKNOWLEDGED_MAX = 500;

/** In a GOAWAY: no stream is refused yet. */
const LAST_STREAM_ID = 2 ** 31 - 1;

/** The frame of a head, in a record of TLS of its own. */
const HEAD_FRAME_BYTES = 64;

/** What sessions of HTTP/2 allow their clients. */
const sessionOptions = (headMaxBytes: number): SessionOptions & Readonly<Record<string, unknown>> => ({
  settings: { maxConcurrentStreams: STREAMS_MAX, maxHeaderListSize: headMaxBytes, enablePush: false },
  // Upstreams repeat headers that should be there once: their clients get them, as by HTTP/1.1.
  strictSingleValueFields: false,
  maxHeaderListPairs: HEADER_PAIRS_MAX,
  maxOutstandingPings: PINGS_MAX,
  maxSessionInvalidFrames: INVALID_FRAMES_MAX,
  maxSessionRejectedStreams: REJECTED_STREAMS_MAX,
  streamResetBurst: RESET_BURST,
  streamResetRate: RESETS_PER_SECOND,
});

/** What is known of a stream besides its exchange. */
interface Served {
  readonly request: Http2Request;
  readonly response: Http2Response;
  readonly startedMs: number;
  /** Bytes in both directions when they last changed, and when that was. */
  movedBytes: number;
  movedMs: number;
}

export interface Http2ConnectionOptions {
  /** The connection below TLS: what moves is counted there. */
  readonly carrier: Socket;
  readonly socket: Socket;
  readonly source: string;
  readonly peer: Peer;
  readonly start: StartExchange;
  /** Bodies of its requests take turns with others. */
  readonly streams: StreamTurns;
  readonly limits: ClientLimits;
  readonly headMaxBytes: number;
  readonly nowMs: number;
}

/**
 * Http2Connection is one client's connection with HTTP/2. Its requests are handled at the same time, each on its stream; a client that reads or
 * sends too slowly loses its stream, and one that has nothing on its way its connection.
 */
export class Http2Connection implements ClientConnection, ServingConnection {
  readonly socket: Socket;
  readonly source: string;
  readonly progress: ClientProgress;
  /** Streams have their own order. */
  readonly hasWaiting = false;
  readonly isUpgraded = false;
  idleSinceMs: number;
  readonly #start: StartExchange;
  readonly #turns: StreamTurns;
  readonly #limits: ClientLimits;
  readonly #session: ServerHttp2Session;
  readonly #streams = new Map<Answering, Served>();
  readonly #credit = new FrameCredit();
  #checkedMs: number;
  /** Of the heads of its requests, and of the bodies of those that are over, in bytes. */
  #requestedBytes = 0;
  /** Since the last check. */
  #acknowledgements = 0;
  #hadStream = false;
  #isLeaving = false;

  constructor(options: Http2ConnectionOptions) {
    const { carrier, socket, source, peer, start, streams, limits, headMaxBytes, nowMs } = options;
    this.socket = carrier;
    this.source = source;
    this.progress = new ClientProgress(carrier);
    this.idleSinceMs = nowMs;
    this.#checkedMs = nowMs;
    this.#start = start;
    this.#turns = streams;
    this.#limits = limits;
    const remote = { peer };
    const session = performServerHandshake(socket, sessionOptions(headMaxBytes));
    this.#session = session;
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.on("error", () => carrier.destroy());
    session.on("ping", this.#acknowledged);
    session.on("remoteSettings", this.#acknowledged);
    session.on(
      "stream",
      (stream: ServerHttp2Stream, _headers: IncomingHttpHeaders, _flags: number, raw: unknown) =>
        this.#take(stream, raw as string[], remote),
    );
  }

  #take(stream: ServerHttp2Stream, raw: string[], remote: Http2Request["socket"]): void {
    stream.on("error", () => undefined); // "close" follows
    const isFirst = !this.#hadStream;
    this.#hadStream = true;
    if (isFirst && this.#isLeaving) this.#goAway();
    for (const text of raw) this.#requestedBytes += text.length;
    this.#requestedBytes += HEAD_FRAME_BYTES;
    const head = readHttp2Head(raw);
    const request = new Http2Request(stream, head, remote, this.#turns);
    const response = new Http2Response(stream, request);
    if (head.refusal !== undefined) {
      response.writeHead(head.refusal, ["content-type", "application/json"]);
      response.end(replyBody(head.refusal));
      return;
    }
    const received: ReceivedRequest = { request, response, mustInvite: head.mustInvite };
    const nowMs = performance.now();
    this.#streams.set(this.#start(received, this), {
      request,
      response,
      startedMs: nowMs,
      movedBytes: 0,
      movedMs: nowMs,
    });
  }

  /** A client asked for nothing but an acknowledgement. */
  readonly #acknowledged = (): void => {
    if (++this.#acknowledgements > ACKNOWLEDGED_MAX)
      this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  };

  get isIdle(): boolean {
    return this.#streams.size === 0;
  }

  get busyWith(): number {
    return this.#streams.size;
  }

  get heldBytes(): number {
    let bytes = 0;
    for (const exchange of this.#streams.keys()) bytes += exchange.heldBytes;
    return bytes;
  }

  get awaited(): Awaited {
    let awaited: Awaited;
    for (const [exchange, { request, response }] of this.#streams) {
      if (response.writableLength > 0) return "read";
      if (!request.complete && !request.isHeldBack && !exchange.awaitsInvitation) awaited = "body";
    }
    return awaited;
  }

  /** check is called once an interval: streams that stand still end, and so does a connection that is idle for too long. */
  check(nowMs: number): void {
    const { idleTimeoutMs, requestTimeoutMs, readTimeoutMs, timeoutMs } = this.#limits;
    this.#acknowledgements = 0;
    if (this.#credit.isOverdrawn(this.#moved(), nowMs - this.#checkedMs)) {
      this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return;
    }
    this.#checkedMs = nowMs;
    if (this.isIdle) {
      if (nowMs - this.idleSinceMs > idleTimeoutMs) this.#session.close();
      return;
    }
    for (const [exchange, served] of this.#streams) {
      const { request, response, startedMs } = served;
      const bytes = request.receivedBytes + response.takenBytes;
      if (bytes !== served.movedBytes) {
        served.movedBytes = bytes;
        served.movedMs = nowMs;
      }
      const stillMs = nowMs - served.movedMs;
      if (response.writableLength > 0) {
        if (stillMs > readTimeoutMs) response.reset();
      } else if (!request.complete && !exchange.awaitsInvitation) {
        const isSlow = !request.isHeldBack && stillMs > timeoutMs;
        if (isSlow || nowMs - startedMs > requestTimeoutMs) exchange.fail(408);
      }
    }
  }

  #moved(): Moved {
    const { bytesRead: read, bytesWritten: written } = this.socket;
    let requested = this.#requestedBytes;
    for (const { request } of this.#streams.values()) requested += request.receivedBytes;
    return { read, written, requested };
  }

  giveUp(status: number): void {
    const isSending = this.awaited === "body";
    for (const [exchange, { request }] of this.#streams) {
      // A request that has arrived is not to blame: it goes on, with what it keeps.
      if (isSending && request.complete) continue;
      exchange.release();
      if (isSending) exchange.fail(status);
    }
    if (!isSending) this.socket.destroy();
  }

  /** leave asks the client to go once it has made a request: one that was asked before could make none at all, and would lose what it came for. */
  leave(): void {
    this.#isLeaving = true;
    if (this.#hadStream) this.#goAway();
  }

  /** Sends a GOAWAY that refuses no stream yet, so that what the client has sent by then is not lost (RFC 9113, 6.8). */
  #goAway(): void {
    if (!this.#session.destroyed) this.#session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM_ID);
  }

  /** drain takes no more streams, and ends the connection with the last one. */
  drain(): void {
    if (!this.#session.destroyed) this.#session.close();
  }

  ended(exchange: Answering, nowMs: number): void {
    exchange.release();
    this.#requestedBytes += this.#streams.get(exchange)?.request.receivedBytes ?? 0;
    this.#streams.delete(exchange);
    this.idleSinceMs = nowMs;
  }

  leaveBody(): void {
    // Its response resets the stream.
  }
}
