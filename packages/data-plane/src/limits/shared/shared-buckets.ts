import type { ThrottleSettings } from "@tollgate/config";
import { orderTokens } from "@tollgate/redis";
import type { Buckets, Grant, TakeAsk } from "../source.ts";
import { NodeShare, NodeShares, type SharesOptions } from "./node-shares.ts";
import { TokenShare } from "./token-share.ts";

/** What was given out on credit is settled at the latest after this time. */
const SETTLE_MS = 40;
/** A bucket that gave less than was wanted is not asked again sooner. */
const PAUSE_MS = 10;
/** A call waits for a reply at most this long, and only if its node has neither a token nor the knowledge that there is none. */
const WAIT_MS = 25;
const RETRY_MAX_MS = 1_000;

class Bucket extends NodeShare<number, Grant> {
  readonly name: string;
  readonly tokens: TokenShare;
  /** The server's epoch at its last reply. */
  epoch = "";
  /** Until when the bucket is left alone, because it was just found empty. */
  pausedUntilMs = 0;

  constructor(name: string, tokens: TokenShare) {
    super();
    this.name = name;
    this.tokens = tokens;
  }
}

/** SharedBuckets are a node's shares of the buckets of all nodes: leases and credit. */
export class SharedBuckets implements Buckets, AsyncDisposable {
  readonly #options: SharesOptions;
  readonly #buckets: NodeShares<Bucket, number, Grant>;

  constructor(options: SharesOptions) {
    this.#options = options;
    this.#buckets = new NodeShares(options, {
      waitMs: WAIT_MS,
      order: (bucket) => this.#order(bucket),
      grant: (bucket, wanted, nowMs) => this.#grant(bucket, wanted, nowMs),
      isSettled: ({ tokens }, nowMs) => !tokens.isPending(nowMs),
      isDue: (bucket, nowMs) => this.#isDue(bucket, nowMs),
      lost: ({ tokens }) => tokens.lost(),
      settle: (bucket) => this.#settle(bucket),
    });
  }

  take({ bucket: name, throttle, wanted, returned }: TakeAsk): Grant | Promise<Grant> {
    const nowMs = this.#options.nowMs();
    const bucket = this.#bucketOf(name, throttle, nowMs);
    const { tokens: share } = bucket;
    this.#buckets.pending(bucket);
    share.giveBack(returned, nowMs);
    if (wanted === 0) return { tokens: 0, retryMs: 0 };
    if (this.#isAlone(bucket)) return this.#takeAlone(share, wanted, nowMs);
    const tokens = share.take(wanted, nowMs, false);
    if (tokens > 0) {
      if (share.isLow || share.isShort) this.#orderSoon(bucket, nowMs);
      return { tokens, retryMs: 0 };
    }
    return this.#none(bucket, wanted, nowMs);
  }

  #bucketOf(name: string, throttle: ThrottleSettings, nowMs: number): Bucket {
    const known = this.#buckets.get(name);
    if (known) {
      const { rateLimit, burstLimit } = known.tokens.throttle;
      if (rateLimit === throttle.rateLimit && burstLimit === throttle.burstLimit) return known;
      void this.#settle(known);
    }
    const { nodes } = this.#options.roll;
    const tokens = new TokenShare(throttle, nodes, nowMs);
    // A changed limit: the bucket says what is left, with the first reply.
    if (known) tokens.replied({ granted: 0, left: 1 }, nodes, nowMs);
    const bucket = new Bucket(name, tokens);
    this.#buckets.set(name, bucket);
    return bucket;
  }

  #isAlone({ isSlow }: Bucket): boolean {
    return isSlow || !this.#options.roll.isOnline;
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
  #none(bucket: Bucket, wanted: number, nowMs: number): Grant | Promise<Grant> {
    const emptyMs = Math.max(bucket.tokens.emptyForMs(nowMs), bucket.pausedUntilMs - nowMs);
    if (emptyMs > 0) return { tokens: 0, retryMs: Math.min(RETRY_MAX_MS, emptyMs) };
    const granted = this.#buckets.granted(bucket, wanted, nowMs);
    this.#orderSoon(bucket, nowMs);
    return granted;
  }

  #orderSoon(bucket: Bucket, nowMs: number): void {
    if (nowMs >= bucket.pausedUntilMs) this.#buckets.orderSoon(bucket);
  }

  #isDue({ tokens, pausedUntilMs }: Bucket, nowMs: number): boolean {
    if (nowMs < pausedUntilMs) return false;
    if (nowMs - tokens.orderedMs >= SETTLE_MS) return true;
    return (tokens.isShort || tokens.isLow) && tokens.emptyForMs(nowMs) === 0;
  }

  async #order(bucket: Bucket): Promise<void> {
    const { redis, roll, nowMs } = this.#options;
    const { tokens: share, name } = bucket;
    const waiting = bucket.waiters.reduce((sum, { ask: wanted }) => sum + wanted, 0);
    const isForgotten = bucket.epoch !== "" && bucket.epoch !== roll.epoch;
    const order = share.order(waiting, nowMs(), isForgotten);
    try {
      const reply = await orderTokens(redis, name, share.throttle, order);
      const now = nowMs();
      share.replied(reply, roll.nodes, now);
      bucket.epoch = roll.epoch;
      if (reply.granted < order.wanted) bucket.pausedUntilMs = now + PAUSE_MS;
    } catch (error) {
      share.failed(order);
      throw error;
    }
  }

  /** What a call that has waited gets. */
  #grant(bucket: Bucket, wanted: number, nowMs: number): Grant {
    const { tokens: share } = bucket;
    if (this.#isAlone(bucket)) return this.#takeAlone(share, wanted, nowMs);
    const tokens = share.take(wanted, nowMs, false);
    const emptyMs = Math.max(share.emptyForMs(nowMs), PAUSE_MS);
    return { tokens, retryMs: tokens > 0 ? 0 : Math.min(RETRY_MAX_MS, emptyMs) };
  }

  async #settle({ name, tokens: share }: Bucket): Promise<void> {
    const { redis, nowMs, roll } = this.#options;
    share.leaseEndsMs = 0;
    const { returned, used } = share.order(0, nowMs(), false);
    if (!roll.isOnline || returned + used === 0) return;
    await orderTokens(redis, name, share.throttle, { wanted: 0, returned, used }).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#buckets[Symbol.asyncDispose]();
  }
}
