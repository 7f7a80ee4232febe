import { LRUCache } from "lru-cache";
import type { ThrottleSettings } from "@tollgate/config";
import { orderTokens, type Redis } from "@tollgate/redis";
import type { Buckets, Grant, TakeAsk } from "../source.ts";
import type { NodeRoll } from "./node-roll.ts";
import { TokenShare } from "./token-share.ts";

/** What becomes of calls while the server cannot be reached and the last lease is over. */
export type WithoutRedis = "fair" | "open" | "closed";

const TICK_MS = 20;
/** What was given out on credit is settled at the latest after this time. */
const SETTLE_MS = 40;
/** A bucket that gave less than was wanted is not asked again sooner. */
const PAUSE_MS = 10;
/** A call waits for a reply at most this long, and only if its node has neither a token nor the knowledge that there is none. */
const WAIT_MS = 25;
const RETRY_MAX_MS = 1_000;
const BUCKETS_MAX = 200_000;

interface Waiter {
  readonly wanted: number;
  readonly sinceMs: number;
  readonly resolve: (grant: Grant) => void;
}

interface Entry {
  readonly name: string;
  readonly share: TokenShare;
  isOrdered: boolean;
  /** Whether a call has waited too long for the order that is under way: no other waits for it. */
  isSlow: boolean;
  /** The server's epoch at its last reply. */
  epoch: string;
  /** Until when the bucket is left alone, because it was just found empty. */
  pausedUntilMs: number;
  waiters: Waiter[];
}

export interface SharedBucketsOptions {
  readonly redis: Redis;
  readonly roll: NodeRoll;
  readonly withoutRedis: WithoutRedis;
  readonly nowMs: () => number;
}

/** SharedBuckets are a node's shares of the buckets of all nodes: leases and credit, renewed in the background. */
export class SharedBuckets implements Buckets, AsyncDisposable {
  readonly #options: SharedBucketsOptions;
  readonly #entries: LRUCache<string, Entry>;
  /** Entries with something to settle, to return or to ask for. */
  readonly #pending = new Set<Entry>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: SharedBucketsOptions) {
    this.#options = options;
    this.#entries = new LRUCache({
      max: BUCKETS_MAX,
      dispose: (entry, _name, reason) => {
        if (reason === "evict") void this.#settle(entry);
      },
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
    options.roll.onLost(() => this.#lost());
  }

  take({ bucket, throttle, wanted, returned }: TakeAsk): Grant | Promise<Grant> {
    const nowMs = this.#options.nowMs();
    const entry = this.#entryOf(bucket, throttle, nowMs);
    const { share } = entry;
    this.#pending.add(entry);
    share.giveBack(returned, nowMs);
    if (wanted === 0) return { tokens: 0, retryMs: 0 };
    if (!this.#options.roll.isOnline || entry.isSlow) return this.#takeAlone(share, wanted, nowMs);
    const tokens = share.take(wanted, nowMs, false);
    if (tokens > 0) {
      if (share.isLow || share.isShort) this.#orderSoon(entry, nowMs);
      return { tokens, retryMs: 0 };
    }
    return this.#none(entry, wanted, nowMs);
  }

  #entryOf(name: string, throttle: ThrottleSettings, nowMs: number): Entry {
    const known = this.#entries.get(name);
    if (known) {
      const { rateLimit, burstLimit } = known.share.throttle;
      if (rateLimit === throttle.rateLimit && burstLimit === throttle.burstLimit) return known;
      void this.#settle(known);
    }
    const share = new TokenShare(throttle, this.#options.roll.nodes, nowMs);
    // A changed limit: the bucket says what is left, with the first reply.
    if (known) share.replied({ granted: 0, left: 1 }, this.#options.roll.nodes, nowMs);
    const entry = { name, share, isOrdered: false, isSlow: false, epoch: "", pausedUntilMs: 0, waiters: [] };
    this.#entries.set(name, entry);
    return entry;
  }

  #takeAlone(share: TokenShare, wanted: number, nowMs: number): Grant {
    const leased = share.takeLeased(wanted, nowMs);
    if (leased > 0) return { tokens: leased, retryMs: 0 };
    const { withoutRedis, roll } = this.#options;
    if (withoutRedis === "open") return { tokens: wanted, retryMs: 0 };
    const tokens = withoutRedis === "closed" ? 0 : share.take(wanted, nowMs, true);
    const perTokenMs = (1000 * roll.nodes) / share.throttle.rateLimit;
    return { tokens, retryMs: tokens > 0 ? 0 : Math.min(RETRY_MAX_MS, perTokenMs) };
  }

  /** There is no token here: none at all, or one that must be waited for. */
  #none(entry: Entry, wanted: number, nowMs: number): Grant | Promise<Grant> {
    const emptyMs = Math.max(entry.share.emptyForMs(nowMs), entry.pausedUntilMs - nowMs);
    if (emptyMs > 0) return { tokens: 0, retryMs: Math.min(RETRY_MAX_MS, emptyMs) };
    return new Promise((resolve) => {
      entry.waiters.push({ wanted, sinceMs: nowMs, resolve });
      this.#orderSoon(entry, nowMs);
    });
  }

  #orderSoon(entry: Entry, nowMs: number): void {
    if (entry.isOrdered || nowMs < entry.pausedUntilMs) return;
    entry.isOrdered = true;
    // What else is asked for in this turn goes with it.
    queueMicrotask(() => void this.#order(entry));
  }

  async #order(entry: Entry): Promise<void> {
    const { redis, roll, nowMs } = this.#options;
    const { share, name } = entry;
    const waiting = entry.waiters.reduce((sum, { wanted }) => sum + wanted, 0);
    const isForgotten = entry.epoch !== "" && entry.epoch !== roll.epoch;
    const order = share.order(waiting, nowMs(), isForgotten);
    try {
      const reply = await orderTokens(redis, name, share.throttle, order);
      const now = nowMs();
      share.replied(reply, roll.nodes, now);
      entry.epoch = roll.epoch;
      if (reply.granted < order.wanted) entry.pausedUntilMs = now + PAUSE_MS;
    } catch {
      share.failed(order);
      roll.failed();
    } finally {
      entry.isOrdered = false;
      entry.isSlow = false;
      this.#serve(entry);
    }
  }

  /** Gives those who waited what there is now. */
  #serve(entry: Entry): void {
    const { waiters, share } = entry;
    if (waiters.length === 0) return;
    entry.waiters = [];
    const { roll, nowMs } = this.#options;
    const now = nowMs();
    for (const { wanted, resolve } of waiters) {
      if (!roll.isOnline || entry.isSlow) {
        resolve(this.#takeAlone(share, wanted, now));
        continue;
      }
      const tokens = share.take(wanted, now, false);
      const emptyMs = Math.max(share.emptyForMs(now), PAUSE_MS);
      resolve({ tokens, retryMs: tokens > 0 ? 0 : Math.min(RETRY_MAX_MS, emptyMs) });
    }
  }

  #tick(): void {
    const { roll, nowMs } = this.#options;
    const now = nowMs();
    for (const entry of this.#pending) {
      const { share, waiters } = entry;
      if (waiters.length > 0 && now - (waiters[0] as Waiter).sinceMs > WAIT_MS) {
        entry.isSlow = true;
        this.#serve(entry);
      }
      if (!roll.isOnline) continue;
      if (!share.isPending(now)) {
        if (!entry.isOrdered) this.#pending.delete(entry);
      } else if (share.isShort || share.isLow || now - share.orderedMs >= SETTLE_MS)
        if (share.emptyForMs(now) === 0 || now - share.orderedMs >= SETTLE_MS) this.#orderSoon(entry, now);
    }
  }

  #lost(): void {
    for (const entry of this.#entries.values()) {
      entry.share.lost();
      this.#serve(entry);
    }
  }

  /** Settles with a bucket for the last time: everything that is at hand goes back. */
  async #settle({ name, share }: Entry): Promise<void> {
    const { redis, nowMs, roll } = this.#options;
    share.leaseEndsMs = 0;
    const { returned, used } = share.order(0, nowMs(), false);
    if (!roll.isOnline || returned + used === 0) return;
    await orderTokens(redis, name, share.throttle, { wanted: 0, returned, used }).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#pending].map((entry) => this.#settle(entry)));
  }
}
