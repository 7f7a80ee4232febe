import type { Socket } from "node:net";
import type { buildConnector, Dispatcher } from "undici";
import { Connection, type Owner } from "./connection.ts";
import { Exchange } from "./exchange.ts";
import { type GivenRequest, requestHead } from "./request-head.ts";

const SWEEP_MS = 500;

export interface Http1PoolOptions {
  /** Most connections. */
  readonly connections: number;
  /** How long a connection is kept that is not used, unless the upstream says otherwise. */
  readonly keptMs: number;
  /** Makes connections whose sockets have the options `onread`. */
  readonly connect: buildConnector.connector;
}

/** Client is what a pool of undici and this one have in common, as far as it is used. */
export interface Client {
  /** Sends a request, at once or when there is a connection for it. */
  dispatch(request: GivenRequest, handler: Dispatcher.DispatchHandler): void;
  /** Takes no more requests, and resolves when those that it has are over. */
  close(): Promise<void>;
  /** Ends everything. */
  destroy(): Promise<void>;
}

/**
 * Http1Pool is a client of one upstream that speaks HTTP/1.1 without TLS. It does what a Pool of undici does, for less: all connections are read
 * into one buffer, a head is written as one string, and nothing is kept for a call that is over. Requests are sent once a turn, after everything
 * that arrived in it: what an upstream sent unasked is noticed before its connection is used again.
 */
export class Http1Pool implements Client, Owner {
  readonly #target: buildConnector.Options;
  readonly #options: Http1PoolOptions;
  readonly #all = new Set<Connection>();
  /** Connections without an exchange; the one that was used last is used next. */
  readonly #idle: Connection[] = [];
  #connecting = 0;
  /** Exchanges of this turn, and those that found no connection. */
  #arrived: Exchange[] = [];
  readonly #waiting = new Set<Exchange>();
  #scheduled = false;
  #sweeper: NodeJS.Timeout | undefined = undefined;
  #closed: PromiseWithResolvers<void> | undefined = undefined;

  constructor(origin: string, options: Http1PoolOptions) {
    const { hostname, host, protocol, port } = new URL(origin);
    this.#target = { hostname: hostname.replace(/^\[|\]$/g, ""), host, protocol, port };
    this.#options = options;
  }

  dispatch(request: GivenRequest, handler: Dispatcher.DispatchHandler): void {
    let exchange: Exchange;
    try {
      if (this.#closed) throw new Error("the client is closed");
      const head = requestHead(request, this.#target.host as string);
      exchange = new Exchange(head, request, handler, this.#forget);
    } catch (error) {
      handler.onResponseError?.(undefined as never, error as Error);
      return;
    }
    handler.onRequestStart?.(exchange, undefined);
    if (exchange.aborted) return;
    this.#arrived.push(exchange);
    this.#schedule();
  }

  readonly #forget = (exchange: Exchange): void => {
    this.#waiting.delete(exchange);
    this.#settle();
  };

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#send);
  }

  readonly #send = (): void => {
    this.#scheduled = false;
    for (const exchange of this.#waiting) {
      const connection = this.#nextIdle();
      if (!connection) break;
      this.#waiting.delete(exchange);
      connection.send(exchange);
    }
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const exchange of arrived) {
      if (exchange.aborted) continue;
      const connection = this.#waiting.size === 0 ? this.#nextIdle() : undefined;
      if (connection) connection.send(exchange);
      else this.#waiting.add(exchange);
    }
    this.#connectIfNeeded();
    this.#settle();
  };

  #nextIdle(): Connection | undefined {
    const nowMs = performance.now();
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (connection.isUsable && nowMs - connection.idleSinceMs < connection.keptMs) return connection;
      connection.abandon();
    }
    return undefined;
  }

  /** Each exchange that waits has a connection on the way, as far as there may be more. */
  #connectIfNeeded(): void {
    const { connections, connect } = this.#options;
    while (this.#connecting < this.#waiting.size && this.#all.size + this.#connecting < connections) {
      this.#connecting++;
      connect(this.#target, (...[error, socket]) => {
        this.#connecting--;
        if (socket) this.#opened(socket);
        else this.#failed(error as Error);
      });
    }
  }

  #opened(socket: Socket): void {
    const connection = new Connection(socket, this, this.#options.keptMs);
    this.#all.add(connection);
    this.#keep(connection);
  }

  /** Others may still be on the way, for those that wait longer. */
  #failed(error: Error): void {
    const [oldest] = this.#waiting;
    if (oldest && this.#waiting.size > this.#connecting) {
      this.#waiting.delete(oldest);
      oldest.failed(error);
    }
    if (this.#waiting.size > 0) this.#schedule();
    this.#settle();
  }

  released(connection: Connection, hadWaited: boolean): void {
    if (!hadWaited) {
      this.#keep(connection);
      return;
    }
    // What follows the response was not read while it waited: there is one turn to read it.
    const keep = () => connection.isUsable && this.#keep(connection);
    setImmediate(() => setImmediate(keep));
  }

  #keep(connection: Connection): void {
    connection.idleSinceMs = performance.now();
    this.#idle.push(connection);
    if (this.#waiting.size > 0) this.#schedule();
    else if (this.#closed) connection.abandon();
    else this.#sweeper ??= setTimeout(this.#sweep, SWEEP_MS).unref();
  }

  closed(connection: Connection): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (this.#waiting.size > 0) this.#schedule();
    this.#settle();
  }

  readonly #sweep = (): void => {
    this.#sweeper = undefined;
    const nowMs = performance.now();
    const isOld = ({ idleSinceMs, keptMs }: Connection) => nowMs + SWEEP_MS - idleSinceMs >= keptMs;
    for (const connection of this.#idle.filter(isOld)) connection.abandon();
    if (this.#idle.length > 0) this.#sweeper = setTimeout(this.#sweep, SWEEP_MS).unref();
  };

  #settle(): void {
    if (!this.#closed) return;
    if (this.#all.size + this.#connecting + this.#waiting.size + this.#arrived.length === 0)
      this.#closed.resolve();
  }

  close(): Promise<void> {
    this.#closed ??= Promise.withResolvers();
    for (const connection of this.#idle.splice(0)) connection.abandon();
    this.#settle();
    return this.#closed.promise;
  }

  destroy(): Promise<void> {
    this.#closed ??= Promise.withResolvers();
    const error = new Error("the client is closed");
    const unsent = [...this.#waiting, ...this.#arrived];
    this.#waiting.clear();
    this.#arrived = [];
    for (const exchange of unsent) exchange.failed(error);
    for (const connection of this.#all) connection.fail(error);
    clearTimeout(this.#sweeper);
    this.#closed.resolve();
    return this.#closed.promise;
  }
}
