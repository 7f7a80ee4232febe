import {
  type Call,
  type Connection,
  type ConnectionAddress,
  type ConnectionOrder,
  DONE,
  messageCall,
  newConnectionId,
  type OrderOutcome,
  type Router,
  respond,
  run,
  selectRoute,
  serviceUnavailable,
  Unavailable,
  type WebSocketStage,
} from "@tollgate/pipeline";
import type { ListenerState } from "../listener/listener-state.ts";
import type { Turn } from "../listener/turn.ts";
import type { OrphanedConnection } from "../worker/protocol.ts";
import { type Clock, ConnectionEnds, type SettleEnd, VANISHED } from "./connection-ends.ts";
import type { ConnectionMinutes } from "./connection-minutes.ts";
import { MessageExchange } from "./message-exchange.ts";
import { MessageTurns } from "./message-turns.ts";
import type { WebSocketClient } from "./web-socket-client.ts";

/** AWS ends a connection without messages, and one that is this old (quotas for WebSocket APIs). */
const IDLE_MAX_MS = 10 * 60_000;
const AGE_MAX_MS = 2 * 60 * 60_000;
const SWEEP_MS = 1_000;

const GOING_AWAY = 1001;
const GOING_AWAY_REASON = "Going away";
/** A draining worker ends its connections in so many waves, so that their clients do not all come back at once. */
const WAVES = 20;
const WAVE_MS = 100;
/** A wave is not smaller than this. */
const WAVE_MIN = 50;
/** So much may wait in a worker for all clients that do not read. */
const ALL_UNREAD_MAX_BYTES = 64 * 1024 * 1024;
/** DELETE @connections. */
const DELETED = 1000;
const DELETED_REASON = "Connection Closed Normally";
/** WatchConnections hears of a worker's connections: somebody else reports the ends of those that the worker cannot. */
export interface WatchConnections extends SettleEnd {
  opened(connection: Connection): void;
  /** The minutes of all connections that began until then are recorded. */
  counted(unixMs: number): void;
}

export interface WebSocketsOptions {
  /** Names this worker in the ids of its connections. */
  readonly ownerTag: string;
  readonly router: Router;
  readonly turn: Turn;
  readonly listener: ListenerState;
  /** Whether a message of an address is taken: the worker may have too much to do. */
  readonly isTaken: (address: string) => boolean;
  readonly minutes: ConnectionMinutes;
  readonly watched: WatchConnections;
  readonly report: (error: unknown, call: Call) => void;
  readonly clock: Clock;
}

/** WebSockets are the clients of a worker that are connected to WebSocket APIs. */
export class WebSockets {
  readonly #options: WebSocketsOptions;
  readonly #clients = new Map<string, WebSocketClient>();
  #timer: NodeJS.Timeout | undefined = undefined;
  #sweptGeneration: Router["generation"] | undefined = undefined;
  readonly #ends: ConnectionEnds;
  readonly #turns: MessageTurns;
  /** The minutes that began until then are recorded. */
  #countedUnixMs = 0;
  /** Clients that are gone, of which messages are still to be handled. */
  #leaving = 0;
  #isDrained = false;

  constructor(options: WebSocketsOptions) {
    this.#options = options;
    const begin = (client: WebSocketClient, message: Buffer) => this.#begin(client, message);
    this.#turns = new MessageTurns(begin, options.listener.held, options.turn.streams);
    this.#ends = new ConnectionEnds({
      ...options,
      settle: options.watched,
      stageOf: (connection) => this.#stageOf(connection),
    });
  }

  get count(): number {
    return this.#clients.size;
  }

  /** newId is the id of a connection that is to be opened. */
  newId(): string {
    for (;;) {
      const id = newConnectionId(this.#options.ownerTag);
      if (!this.#clients.has(id)) return id;
    }
  }

  #stageOf({ apiId, stageName }: Connection): WebSocketStage | undefined {
    const stage = this.#options.router.generation.stages.get(apiId)?.get(stageName);
    return stage && "messages" in stage ? (stage as WebSocketStage) : undefined;
  }

  /** opening says that a client is about to be let in: should this worker be killed once it was, somebody else reports its end. */
  opening(connection: Connection): void {
    this.#options.watched.opened(connection);
  }

  /** opened adds a client that was let in. */
  opened(client: WebSocketClient): void {
    this.#clients.set(client.connection.id, client);
    if (this.#isDrained) client.cut();
    if (this.#timer || this.#isDrained) return;
    this.#timer = setInterval(() => this.sweep(), SWEEP_MS);
    this.#timer.unref();
  }

  /** received handles a message, or keeps it until its client has its turn. Of a client that is lost, those that waited unread come last. */
  received(client: WebSocketClient, message: Buffer): void {
    if (client.isEnded) return;
    client.lastActiveUnixMs = this.#options.clock.unixMs();
    this.#turns.received(client, message);
  }

  /** sendsMore: a client has sent more frames than are taken in a turn. They are read when its next one has come. */
  sendsMore(client: WebSocketClient): void {
    this.#turns.sendsMore(client);
  }

  /** A message is a call of the route that it selects in the version of the API that is live. */
  #begin(client: WebSocketClient, message: Buffer): void {
    const { turn, listener, report, clock, isTaken } = this.#options;
    const { connection } = client;
    const stage = this.#stageOf(connection);
    if (!stage) return;
    const at = { nowMs: clock.nowMs(), unixMs: clock.unixMs() };
    turn.began(at.nowMs);
    client.began();
    const exchange = new MessageExchange({ turn, listener }, client);
    const call = messageCall(connection, stage, message, exchange, at);
    exchange.call = call;
    if (!isTaken(connection.sourceIp) || !exchange.hold(message.length)) {
      call.route = stage.messages.otherwise;
      void respond(call, serviceUnavailable);
      return;
    }
    const go = () => {
      if (call.route) void run(call, call.route, report);
    };
    const selecting = selectRoute(call, stage);
    if (!selecting) go();
    else
      void selecting.then(go, (error: unknown) => {
        if (!(error instanceof Unavailable)) report(error, call);
        void respond(call, serviceUnavailable);
      });
  }

  /** closed handles the end of a connection. */
  closed(client: WebSocketClient, code: number, reason: string): void {
    const { connection } = client;
    if (!this.#clients.delete(connection.id)) return;
    const { clock, minutes } = this.#options;
    this.#count(client, clock.unixMs());
    const closing = client.closingOf(code, reason);
    // What it sent before comes before.
    this.#leaving++;
    client.afterWaiting(() => {
      this.#leaving--;
      // Not before that is said: nobody else is to record the last minute again.
      this.#ends.report(connection, closing, () => void minutes.commit());
    });
  }

  /** orphaned reports the ends of connections of a worker that has ended, and records the rest of their minutes. */
  orphaned(orphans: readonly OrphanedConnection[]): Promise<void> {
    return this.#ends.adopt(orphans);
  }

  /** left handles a client that $connect allowed, and that could not be let in any more. */
  left(connection: Connection): void {
    this.#ends.report(connection, VANISHED);
  }

  #count(client: WebSocketClient, unixMs: number): void {
    const minutes = client.takeMinutes(unixMs);
    if (minutes > 0) this.#options.minutes.add(client.connection, minutes);
  }

  /** sweep ends connections that are idle, too old, without a stage or too full, and counts the minutes of the others. */
  sweep(): void {
    const { clock, router } = this.#options;
    const unixMs = clock.unixMs();
    const isChanged = router.generation !== this.#sweptGeneration;
    this.#sweptGeneration = router.generation;
    let unreadBytes = 0;
    for (const client of this.#clients.values()) {
      unreadBytes += client.unreadBytes;
      this.#count(client, unixMs);
      const { lastActiveUnixMs, connection } = client;
      if (
        unixMs - lastActiveUnixMs >= IDLE_MAX_MS ||
        unixMs - connection.connectedAtUnixMs >= AGE_MAX_MS ||
        (isChanged && !this.#stageOf(connection))
      )
        client.close(GOING_AWAY, GOING_AWAY_REASON);
    }
    if (unreadBytes > ALL_UNREAD_MAX_BYTES) this.#cutUnread(unreadBytes);
    this.#commitMinutes(unixMs);
  }

  /** Said before it is done: a worker that is killed in between loses these minutes, and nobody records them twice. */
  #commitMinutes(unixMs: number): void {
    const { minutes, watched } = this.#options;
    if (this.#clients.size > 0) watched.counted(unixMs);
    if (minutes.commit()) this.#countedUnixMs = unixMs;
    else watched.counted(this.#countedUnixMs);
  }

  /** Each client may leave a little unread, but not all of them together: those that left most are cut. */
  #cutUnread(bytes: number): void {
    const unread = [...this.#clients.values()].filter(({ unreadBytes }) => unreadBytes > 0);
    unread.sort((a, b) => b.unreadBytes - a.unreadBytes);
    let leftBytes = bytes;
    for (const client of unread) {
      if (leftBytes <= ALL_UNREAD_MAX_BYTES / 2) return;
      leftBytes -= client.unreadBytes;
      client.cut();
    }
  }

  /** order gives an order to a connection of this worker; undefined: it has no such connection. */
  order(
    { apiId, stageName, connectionId }: ConnectionAddress,
    order: ConnectionOrder,
  ): OrderOutcome | undefined {
    const client = this.#clients.get(connectionId);
    const { connection } = client ?? {};
    if (!client?.isOpen || connection?.apiId !== apiId || connection.stageName !== stageName)
      return undefined;
    const { key } = connection;
    const done = key ? { key } : DONE;
    if (order.type === "get") return { ...done, status: client.status };
    if (order.type === "delete") client.close(DELETED, DELETED_REASON);
    else {
      if (client.gather()) this.#options.turn.atEnd(() => client.letGo());
      client.post(order.message, this.#options.clock.unixMs());
      // One that does not read was cut instead.
      if (!client.isOpen) return undefined;
    }
    return done;
  }

  /** drain ends all connections in waves, and resolves when their APIs know of it or the time is over. */
  async drain(timeoutMs: number): Promise<void> {
    const { clock } = this.#options;
    const untilMs = clock.nowMs() + timeoutMs;
    const waveSize = Math.max(WAVE_MIN, Math.ceil(this.#clients.size / WAVES));
    while ((this.#clients.size > 0 || this.#leaving + this.#ends.count > 0) && clock.nowMs() < untilMs) {
      let ended = 0;
      for (const client of this.#clients.values()) {
        if (!client.isOpen) continue;
        if (ended++ === waveSize) break;
        client.close(GOING_AWAY, GOING_AWAY_REASON);
      }
      await new Promise((resolve) =>
        setTimeout(resolve, Math.min(WAVE_MS, Math.max(1, untilMs - clock.nowMs()))),
      );
    }
    this.#isDrained = true;
    for (const client of this.#clients.values()) client.cut();
    clearInterval(this.#timer);
    // Nobody reports ends that are not reported by now, and no sweep follows.
    this.#options.minutes.commit();
  }
}
