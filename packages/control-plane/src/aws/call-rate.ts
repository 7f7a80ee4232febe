import { CommonError } from "@tollgate/aws-api";
import type { ThrottleSettings } from "@tollgate/config";

interface Bucket {
  tokens: number;
  filledMs: number;
}

/** CallRate limits the rate of control calls per account and user, in this control plane. */
export class CallRate {
  readonly #buckets = new Map<string, Bucket>();

  /** take throws if a call exceeds the rate. */
  take(accountId: string, throttle: ThrottleSettings | undefined, nowMs = performance.now()): void {
    if (!throttle) return;
    const { rateLimit, burstLimit } = throttle;
    const bucket = this.#buckets.get(accountId) ?? { tokens: burstLimit, filledMs: nowMs };
    this.#buckets.set(accountId, bucket);
    const filled = bucket.tokens + ((nowMs - bucket.filledMs) / 1000) * rateLimit;
    bucket.tokens = Math.min(burstLimit, filled);
    bucket.filledMs = nowMs;
    if (bucket.tokens < 1) throw new CommonError("throttled", "Too Many Requests");
    bucket.tokens -= 1;
  }
}
