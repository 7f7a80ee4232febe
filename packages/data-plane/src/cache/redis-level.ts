import { createHmac } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { Kept } from "@tollgate/pipeline";
import { seal, unseal } from "@tollgate/pipeline/node";
import {
  type CacheFound,
  claimCached,
  findCached,
  forgetCached,
  keepCached,
  type Redis,
} from "@tollgate/redis";
import type { CacheName } from "./cache-messages.ts";
import type { NodesLevel } from "./nodes-level.ts";

/** After a lookup that was late or failed, none is tried for so long: a slow server costs few calls those milliseconds. */
const PAUSE_MS = 500;
/** What another node makes is waited for at most this long: the node may be dead. */
const WAIT_MAX_MS = 1_000;
/** What another node makes is looked for again after these times. */
const POLL_MIN_MS = 2;
const POLL_MAX_MS = 25;
/** A node that has not made an entry in this time makes it no more: the longest integration timeout, and the time limit of an authorizer. */
const CLAIM_MS: Readonly<Record<CacheName, number>> = { decisions: 12_000, responses: 30_000 };
/** What an entry costs in Redis besides its text. */
const OVERHEAD_BYTES = 128;
const EXPIRY_BYTES = 8;

export interface RedisLevelOptions {
  readonly redis: Redis;
  readonly cache: CacheName;
  /** Names the node and its start. */
  readonly node: string;
  /** What all nodes have, and nobody else: 32 bytes. */
  readonly secret: Uint8Array;
  /** The most that this node keeps in Redis. */
  readonly maxBytes: number;
  /** A lookup takes at most this long; then it is as if there were no Redis. */
  readonly lookupMs: number;
  readonly nowMs: () => number;
  readonly unixMs: () => number;
}

/**
 * RedisLevel is what all nodes have of a cache, behind each node's own. Whoever can write to Redis could else decide who may call: entries are sealed with
 * a secret of the nodes, bound to their names and their time. No call waits for the server longer than a lookup may take.
 */
export class RedisLevel implements NodesLevel {
  readonly #options: RedisLevelOptions;
  readonly #secret: Uint8Array;
  /** Entries that this node keeps in Redis, with their sizes. */
  readonly #own: LRUCache<string, number>;
  #pausedUntilMs = 0;
  #hits = 0;
  #failures = 0;

  constructor(options: RedisLevelOptions) {
    this.#options = options;
    const { secret, cache, maxBytes, redis } = options;
    this.#secret = createHmac("sha256", secret).update(`tollgate cache ${cache}`).digest();
    this.#own = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (bytes) => bytes,
      dispose: (_bytes, name, reason) => {
        if (reason === "evict") void forgetCached(redis, name).catch(() => this.#failed());
      },
    });
  }

  /** Whether a lookup makes sense now. */
  get isReachable(): boolean {
    return this.#options.redis.isConnected && this.#options.nowMs() >= this.#pausedUntilMs;
  }

  get status() {
    return { hits: this.#hits, failures: this.#failures, ownBytes: this.#own.calculatedSize };
  }

  #nameOf(key: string): string {
    return `${this.#options.cache}:${key}`;
  }

  async find(key: string, waitMs: number): Promise<Kept | undefined> {
    const { nowMs } = this.#options;
    const deadline = nowMs() + Math.min(waitMs, WAIT_MAX_MS);
    for (let pauseMs = POLL_MIN_MS; this.isReachable; pauseMs = Math.min(pauseMs * 2, POLL_MAX_MS)) {
      const found = await this.#look(key);
      if (found?.kind === "entry") return this.#open(key, found);
      if (found?.kind !== "being made" || nowMs() + pauseMs >= deadline) return undefined;
      await delay(pauseMs);
    }
    return undefined;
  }

  /** undefined: the server does not reply, or not in time. */
  async #look(key: string): Promise<CacheFound | undefined> {
    const { redis, node, cache, lookupMs } = this.#options;
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(late.resolve, lookupMs, undefined);
    const look = findCached(redis, this.#nameOf(key), { node, claimMs: CLAIM_MS[cache] }).catch(
      () => undefined,
    );
    const found = await Promise.race([look, late.promise]);
    clearTimeout(timer);
    if (!found) this.#failed();
    return found;
  }

  #failed(): void {
    this.#failures++;
    this.#pausedUntilMs = this.#options.nowMs() + PAUSE_MS;
  }

  #open(key: string, { text, ttlMs }: { readonly text: string; readonly ttlMs: number }): Kept | undefined {
    try {
      const plain = unseal(this.#secret, this.#nameOf(key), Buffer.from(text, "base64"));
      const leftMs = Number(plain.readBigInt64BE()) - this.#options.unixMs();
      if (leftMs <= 0 || ttlMs <= 0) return undefined;
      this.#hits++;
      return { bytes: plain.subarray(EXPIRY_BYTES), ttlMs: Math.min(leftMs, ttlMs) };
    } catch {
      return undefined; // written by somebody else, or with another secret
    }
  }

  /** made keeps what this node has made. Nobody waits for it. */
  made(key: string, bytes: Uint8Array | undefined, ttlMs: number): void {
    const { redis, node, maxBytes } = this.#options;
    if (!redis.isConnected) return;
    const name = this.#nameOf(key);
    const sealed = bytes && ttlMs > 0 ? this.#seal(name, bytes, ttlMs) : "";
    const size = sealed.length + name.length + OVERHEAD_BYTES;
    const text = sealed !== "" && size <= maxBytes ? sealed : undefined;
    void keepCached(redis, name, { node, text, ttlMs }).then(
      (isKept) => {
        if (isKept) this.#own.set(name, size, { ttl: ttlMs });
      },
      () => this.#failed(),
    );
  }

  #seal(name: string, bytes: Uint8Array, ttlMs: number): string {
    const expiry = Buffer.alloc(EXPIRY_BYTES);
    expiry.writeBigInt64BE(BigInt(Math.floor(this.#options.unixMs() + ttlMs)));
    return seal(this.#secret, name, Buffer.concat([expiry, bytes])).toString("base64");
  }

  /** remove forgets an entry for all nodes; this node makes the next one. */
  remove(key: string): void {
    const { redis, node, cache } = this.#options;
    if (!redis.isConnected) return;
    const claim = { node, claimMs: CLAIM_MS[cache] };
    void claimCached(redis, this.#nameOf(key), claim).catch(() => this.#failed());
  }
}
