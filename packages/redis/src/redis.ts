import { setTimeout as delay } from "node:timers/promises";
import { type Logger, type MetricReading, metricNames, watchFiles } from "@tollgate/telemetry";
import { type Connection, connectionOf, type RedisLibrary } from "./connection.ts";
import type { Script } from "./script.ts";
import type { RedisSettings } from "./settings.ts";

/** RedisUnavailable: the server did not reply, or not in time. What was sent may have been done. */
export class RedisUnavailable extends Error {}

export type RedisArgument = string | Buffer;

/**
 * Redis is a connection to the Redis or Valkey that all processes share. Nothing waits for a server that is away: a command fails at once without
 * a connection, and after TOLLGATE_REDIS_TIMEOUT_MS with one.
 */
export interface Redis extends AsyncDisposable {
  /** A key of ours; what several keys must share to be used in one step is in braces. */
  key(name: string): string;
  /** Runs a command on the server that has the key. */
  command<T>(key: string, args: readonly RedisArgument[]): Promise<T>;
  /** Runs a script with one key on the server that has it. */
  run<T>(script: Script, key: string, args: readonly RedisArgument[]): Promise<T>;
  /** Hears what is published on a channel, also after the connection was lost and came back; what was published meanwhile is not heard. */
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
  /** Hears of each connection that fails or is lost: the server behind the next one may have other data. */
  onLost(listener: () => void): void;
  /** Resolves with whether the server is connected, at the latest after a time. */
  connected(timeoutMs: number): Promise<boolean>;
  readonly isConnected: boolean;
  readings(): readonly MetricReading[];
}

const CONNECT_AGAIN_MS = 500;
/** How long a connection with new certificates or passwords may take. */
const REPLACE_MS = 5_000;
const UNANSWERED = Symbol("unanswered");

class SharedRedis implements Redis {
  readonly #library: RedisLibrary;
  readonly #settings: RedisSettings;
  readonly #logger: Logger;
  #connection: Connection;
  readonly #watch: Disposable | undefined;
  readonly #subscriptions: { readonly channel: string; readonly listener: (message: string) => void }[] = [];
  #ended = false;
  #failures = 0;
  #commands = 0;
  readonly #lost: (() => void)[] = [];
  /** The last that was logged: a server that is away is reported once, not with each attempt. */
  #told = "";

  constructor(library: RedisLibrary, settings: RedisSettings, logger: Logger) {
    this.#library = library;
    this.#settings = settings;
    this.#logger = logger;
    this.#connection = this.#newConnection();
    const { tls, login, sentinelPassword } = settings;
    const secrets = [login.password?.file, sentinelPassword?.file];
    const files = [tls.authorities, tls.certificate, tls.key, ...secrets].filter(
      (file) => file !== undefined,
    );
    if (files.length > 0) this.#watch = watchFiles(files, () => this.#replace());
    void this.#connect();
  }

  #newConnection(): Connection {
    const connection: Connection = connectionOf(this.#library, this.#settings, {
      failed: (error) => connection === this.#connection && this.#failed(error),
      ready: () => connection === this.#connection && this.#ready(),
    });
    return connection;
  }

  /** Certificates or passwords have changed: the connection is replaced by one that uses them, if it can be made. */
  async #replace(): Promise<void> {
    const next = this.#newConnection();
    try {
      await Promise.race([next.connect(), delay(REPLACE_MS, undefined, { ref: false })]);
      if (!next.isReady() || this.#ended)
        throw new RedisUnavailable("no connection with the new certificates or password");
      for (const { channel, listener } of this.#subscriptions) await next.subscribe(channel, listener);
    } catch (error) {
      next.destroy();
      throw error;
    }
    const old = this.#connection;
    this.#connection = next;
    old.destroy();
    this.#ready();
  }

  get isConnected(): boolean {
    return this.#connection.isReady();
  }

  key(name: string): string {
    return `${this.#settings.prefix}:${name}`;
  }

  /** A client that was connected connects again by itself; the first connection is ours to repeat. */
  async #connect(): Promise<void> {
    const connection = this.#connection;
    // One that replaces it is connected already.
    while (!this.#ended && connection === this.#connection) {
      try {
        await connection.connect();
        return;
      } catch (error) {
        if (connection !== this.#connection) return;
        this.#failed(error as Error);
        await delay(CONNECT_AGAIN_MS, undefined, { ref: false });
      }
    }
  }

  #failed(error: Error): void {
    if (this.#ended) return;
    this.#failures++;
    for (const listener of this.#lost) listener();
    const text = error.message || error.name;
    if (text === this.#told) return;
    this.#told = text;
    this.#logger.warn({ error: text }, "Redis is not available");
  }

  #ready(): void {
    if (this.#told === "") return;
    this.#told = "";
    this.#logger.info("Redis is available again");
  }

  onLost(listener: () => void): void {
    this.#lost.push(listener);
  }

  async connected(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    while (!this.isConnected && performance.now() < deadline) await delay(5);
    return this.isConnected;
  }

  async command<T>(key: string, args: readonly RedisArgument[]): Promise<T> {
    this.#commands++;
    if (!this.isConnected) throw new RedisUnavailable("Redis is not connected");
    const late = Promise.withResolvers<typeof UNANSWERED>();
    const timer = setTimeout(late.resolve, this.#settings.timeoutMs, UNANSWERED);
    try {
      const reply = await Promise.race([this.#connection.send(key, args), late.promise]);
      if (reply === UNANSWERED)
        throw new RedisUnavailable(`Redis did not reply within ${this.#settings.timeoutMs} ms`);
      return reply as T;
    } finally {
      clearTimeout(timer);
    }
  }

  async run<T>({ digest, text }: Script, key: string, args: readonly RedisArgument[]): Promise<T> {
    try {
      return await this.command<T>(key, ["EVALSHA", digest, "1", key, ...args]);
    } catch (error) {
      if (!(error as Error).message.startsWith("NOSCRIPT")) throw error;
      return this.command<T>(key, ["EVAL", text, "1", key, ...args]);
    }
  }

  /** A cluster and sentinels refuse subscriptions while they are away. A connection that replaces this one takes them over. */
  async subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    this.#subscriptions.push({ channel, listener });
    const connection = this.#connection;
    while (!this.#ended && connection === this.#connection) {
      try {
        await connection.subscribe(channel, listener);
        return;
      } catch {
        await delay(CONNECT_AGAIN_MS, undefined, { ref: false });
      }
    }
  }

  readings(): readonly MetricReading[] {
    const own = { attributes: {} } as const;
    return [
      {
        ...own,
        name: metricNames.redisConnected,
        kind: "gauge",
        unit: "",
        value: this.isConnected ? 1 : 0,
      },
      {
        ...own,
        name: metricNames.redisCommands,
        kind: "counter",
        unit: "{command}",
        value: this.#commands,
      },
      {
        ...own,
        name: metricNames.redisFailures,
        kind: "counter",
        unit: "{failure}",
        value: this.#failures,
      },
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#watch?.[Symbol.dispose]();
    this.#connection.destroy();
  }
}

/** openRedis connects in the background, again and again, until it is disposed. */
export const openRedis = async (settings: RedisSettings, logger: Logger): Promise<Redis> =>
  new SharedRedis(await import("@redis/client"), settings, logger);
