import { LRUCache } from "lru-cache";
import type { ThrottleSettings } from "@tollgate/config";
import type { Buckets, Grant, TakeAsk } from "./source.ts";

interface Bucket {
  tokens: number;
  filledMs: number;
  throttle: ThrottleSettings;
}

const SWEEP_EVERY = 10_000;
/** Most buckets kept. Clients choose the keys of rate-based rules: one that sends ever new keys only pushes out its own. */
const BUCKETS_MAX = 200_000;
/** The longest wait that is returned: the throttle may have changed by then. */
const RETRY_MAX_MS = 1_000;

/** TokenBuckets are exact token buckets: `burstLimit` tokens at most, `rateLimit` new ones a second (AWS: throttle). */
export class TokenBuckets implements Buckets {
  readonly #nowMs: () => number;
  readonly #buckets = new LRUCache<string, Bucket>({ max: BUCKETS_MAX });
  #asksUntilSweep = SWEEP_EVERY;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Buckets in memory. */
  get size(): number {
    return this.#buckets.size;
  }

  /** take gives up to `wanted` tokens, after putting back the unused ones of an earlier lease. */
  take({ bucket: name, throttle, wanted, returned }: TakeAsk): Grant {
    const nowMs = this.#nowMs();
    const { rateLimit, burstLimit } = throttle;
    const bucket = this.#buckets.get(name) ?? { tokens: burstLimit, filledMs: nowMs, throttle };
    this.#buckets.set(name, bucket);
    const refill = ((nowMs - bucket.filledMs) * rateLimit) / 1000;
    bucket.tokens = Math.min(burstLimit, bucket.tokens + refill + returned);
    bucket.filledMs = nowMs;
    bucket.throttle = throttle;
    const tokens = Math.min(wanted, Math.floor(bucket.tokens));
    bucket.tokens -= tokens;
    if (--this.#asksUntilSweep === 0) this.#sweep(nowMs);
    return { tokens, retryMs: tokens < wanted ? retryAfter(bucket.tokens, rateLimit) : 0 };
  }

  /** Removes the buckets that are full again, which a new one is, too. */
  #sweep(nowMs: number): void {
    this.#asksUntilSweep = Math.max(SWEEP_EVERY, this.#buckets.size);
    for (const [name, { tokens, filledMs, throttle }] of this.#buckets)
      if (tokens + ((nowMs - filledMs) * throttle.rateLimit) / 1000 >= throttle.burstLimit)
        this.#buckets.delete(name);
  }
}

const retryAfter = (tokens: number, rateLimit: number): number =>
  rateLimit > 0 ? Math.min(RETRY_MAX_MS, ((1 - tokens) * 1000) / rateLimit) : RETRY_MAX_MS;
