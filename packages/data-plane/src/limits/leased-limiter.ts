import { LRUCache } from "lru-cache";
import type { ThrottleSettings } from "@tollgate/config";
import type { Allowance, Limiter } from "@tollgate/pipeline";
import type { Grant } from "./token-buckets.ts";

/** TakeAsk asks the node for tokens of a bucket. */
export interface TakeAsk {
  readonly bucket: string;
  readonly throttle: ThrottleSettings;
  readonly wanted: number;
  /** Tokens of an earlier lease that were not used. */
  readonly returned: number;
}

/**
 * LimitSource is the node's side, with the buckets and counters of all its workers. One in the same process:
 *
 *     const source: LimitSource = {
 *       take: async ({ bucket, throttle, wanted, returned }) => buckets.take(bucket, throttle, wanted, returned),
 *       use: async (counter, allowance) => quotas.use(counter, allowance),
 *     };
 */
export interface LimitSource {
  take(ask: TakeAsk): Promise<Grant>;
  use(counter: string, allowance: Allowance): Promise<boolean>;
}

/** A lease has the tokens that the rate adds in this time, and must be used within it. */
const SLICE_S = 0.05;
const LEASE_MS = 200;
/** Most leases kept. A lease that is dropped loses its tokens; it never adds any. */
const LEASES_MAX = 50_000;

class Lease {
  throttle: ThrottleSettings;
  tokens = 0;
  endsMs = 0;
  deniedUntilMs = 0;
  /** Calls that wait for the pending reply. */
  waiting = 0;
  asked: Promise<void> | undefined = undefined;

  constructor(throttle: ThrottleSettings) {
    this.throttle = throttle;
  }
}

const same = (a: ThrottleSettings, b: ThrottleSettings) =>
  a === b || (a.rateLimit === b.rateLimit && a.burstLimit === b.burstLimit);

/**
 * LeasedLimiter is a worker's limiter. It gets tokens from the node in slices of 50 ms of the rate, so that a call seldom has
 * to ask. If a slice is one token, every call asks, and all workers together are exact.
 */
export class LeasedLimiter implements Limiter {
  readonly #source: LimitSource;
  readonly #nowMs: () => number;
  readonly #leases = new LRUCache<string, Lease>({ max: LEASES_MAX });

  constructor(source: LimitSource, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  take(bucket: string, throttle: ThrottleSettings): boolean | Promise<boolean> {
    const lease = this.#leaseOf(bucket, throttle);
    const nowMs = this.#nowMs();
    if (lease.tokens > 0 && nowMs < lease.endsMs) {
      lease.tokens--;
      return true;
    }
    return nowMs < lease.deniedUntilMs ? false : this.#wait(bucket, lease);
  }

  use(counter: string, allowance: Allowance): Promise<boolean> {
    return this.#source.use(counter, allowance);
  }

  #leaseOf(bucket: string, throttle: ThrottleSettings): Lease {
    const known = this.#leases.get(bucket);
    if (known && same(known.throttle, throttle)) return known;
    const lease = new Lease(throttle);
    this.#leases.set(bucket, lease);
    return lease;
  }

  async #wait(bucket: string, lease: Lease): Promise<boolean> {
    lease.waiting++;
    lease.asked ??= this.#ask(bucket, lease);
    try {
      await lease.asked;
    } finally {
      lease.waiting--;
    }
    if (lease.tokens > 0) {
      lease.tokens--;
      return true;
    }
    return this.#nowMs() < lease.deniedUntilMs ? false : this.#wait(bucket, lease);
  }

  async #ask(bucket: string, lease: Lease): Promise<void> {
    // All calls that are waiting at the end of this turn are covered by one request.
    await Promise.resolve();
    const { throttle, tokens } = lease;
    lease.tokens = 0;
    const slice = Math.min(Math.floor(throttle.rateLimit * SLICE_S), Math.floor(throttle.burstLimit / 4));
    const wanted = Math.max(slice, lease.waiting, 1);
    try {
      const grant = await this.#source.take({ bucket, throttle, wanted, returned: tokens });
      const nowMs = this.#nowMs();
      lease.tokens = grant.tokens;
      lease.endsMs = nowMs + LEASE_MS;
      // Fewer tokens than wanted means that the bucket is empty.
      if (grant.tokens < wanted) lease.deniedUntilMs = nowMs + Math.max(grant.retryMs, 1);
    } finally {
      lease.asked = undefined;
    }
  }
}
