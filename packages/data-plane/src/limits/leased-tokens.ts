import { LRUCache } from "lru-cache";
import type { ThrottleSettings } from "@tollgate/config";
import type { Grant, LimitSource } from "./source.ts";

/** A lease has at most the tokens that the rate adds in this time, and must be used within it. */
const SLICE_S = 0.05;
const LEASE_MS = 200;
/** Most leases kept. A lease that is dropped loses its tokens; it never adds any. */
const LEASES_MAX = 50_000;

class Lease {
  readonly throttle: ThrottleSettings;
  /** The most tokens that are asked for before calls wait for them. */
  readonly sliceMax: number;
  /** Twice as many after each lease that was used up in time, half as many after one that was not. */
  size = 1;
  /** With fewer than this at hand, the next lease is asked for. */
  low = 0;
  tokens = 0;
  endsMs = 0;
  deniedUntilMs = 0;
  /** Calls that wait for the pending reply. */
  waiting = 0;
  asked: Promise<void> | undefined = undefined;

  constructor(throttle: ThrottleSettings) {
    this.throttle = throttle;
    this.sliceMax = Math.max(
      1,
      Math.min(Math.floor(throttle.rateLimit * SLICE_S), Math.floor(throttle.burstLimit / 4)),
    );
  }
}

const same = (a: ThrottleSettings, b: ThrottleSettings) =>
  a === b || (a.rateLimit === b.rateLimit && a.burstLimit === b.burstLimit);

/**
 * LeasedTokens are a worker's tokens. It gets them from the node in slices of at most 50 ms of the rate, the next one before the last is used
 * up, so that a call seldom waits. If a slice is one token, every call asks, and all workers together are exact.
 */
export class LeasedTokens {
  readonly #source: LimitSource;
  readonly #nowMs: () => number;
  readonly #leases = new LRUCache<string, Lease>({ max: LEASES_MAX });
  /** Leases that had tokens when they were last asked for. */
  readonly #held = new Map<string, Lease>();

  constructor(source: LimitSource, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  /** 0: a token is taken; else the time until there may be one. */
  take(bucket: string, throttle: ThrottleSettings): number | Promise<number> {
    const lease = this.#leaseOf(bucket, throttle);
    const nowMs = this.#nowMs();
    if (lease.tokens > 0 && nowMs < lease.endsMs) {
      lease.tokens--;
      if (lease.tokens < lease.low && !lease.asked && nowMs >= lease.deniedUntilMs)
        this.#askAhead(bucket, lease);
      return 0;
    }
    return nowMs < lease.deniedUntilMs ? lease.deniedUntilMs - nowMs : this.#wait(bucket, lease);
  }

  /** giveBack returns what was not used in time; `all`: whatever there is, because this worker ends. */
  async giveBack(all = false): Promise<void> {
    const nowMs = this.#nowMs();
    const given: Promise<unknown>[] = [];
    for (const [bucket, lease] of this.#held) {
      if (lease.asked || (!all && nowMs < lease.endsMs)) continue;
      this.#held.delete(bucket);
      const { tokens: returned, throttle } = lease;
      if (returned === 0) continue;
      lease.tokens = 0;
      lease.size = Math.max(1, lease.size >> 1);
      given.push(this.#source.take({ bucket, throttle, wanted: 0, returned }).catch(() => undefined));
    }
    await Promise.all(given);
  }

  #leaseOf(bucket: string, throttle: ThrottleSettings): Lease {
    const known = this.#leases.get(bucket);
    if (known && same(known.throttle, throttle)) return known;
    const lease = new Lease(throttle);
    this.#leases.set(bucket, lease);
    return lease;
  }

  #askAhead(bucket: string, lease: Lease): void {
    // Nobody waits for it: the call that finds nothing asks again, and gets the error.
    lease.asked = this.#ask(bucket, lease).catch(() => undefined);
  }

  async #wait(bucket: string, lease: Lease): Promise<number> {
    lease.waiting++;
    lease.asked ??= this.#ask(bucket, lease);
    try {
      await lease.asked;
    } finally {
      lease.waiting--;
    }
    if (lease.tokens > 0) {
      lease.tokens--;
      return 0;
    }
    const waitMs = lease.deniedUntilMs - this.#nowMs();
    return waitMs > 0 ? waitMs : this.#wait(bucket, lease);
  }

  async #ask(bucket: string, lease: Lease): Promise<void> {
    // All calls that are waiting at the end of this turn are covered by one request.
    await Promise.resolve();
    const isLate = lease.tokens > 0 && this.#nowMs() >= lease.endsMs;
    const returned = isLate ? lease.tokens : 0;
    if (isLate) lease.tokens = 0;
    lease.size = isLate ? Math.max(1, lease.size >> 1) : Math.min(lease.size * 2, lease.sliceMax);
    const wanted = Math.max(lease.size, lease.waiting);
    try {
      const { throttle } = lease;
      this.#granted(bucket, lease, wanted, await this.#source.take({ bucket, throttle, wanted, returned }));
    } finally {
      lease.asked = undefined;
    }
  }

  #granted(bucket: string, lease: Lease, wanted: number, { tokens, retryMs }: Grant): void {
    const nowMs = this.#nowMs();
    lease.tokens += tokens;
    lease.low = lease.tokens >> 2;
    lease.endsMs = nowMs + LEASE_MS;
    if (lease.tokens > 0) this.#held.set(bucket, lease);
    if (tokens < wanted && (tokens === 0 || retryMs > 0)) lease.deniedUntilMs = nowMs + Math.max(retryMs, 1);
  }
}
