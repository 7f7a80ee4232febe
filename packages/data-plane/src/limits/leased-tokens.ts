import type { ThrottleSettings } from "@tollgate/config";
import type { LimitSource } from "./source.ts";
import { Lease, WorkerLeases } from "./worker-leases.ts";

/** A lease has at most the tokens that the rate adds in this time, and must be used within it. */
const SLICE_S = 0.05;
const LEASE_MS = 200;

class TokenLease extends Lease {
  readonly throttle: ThrottleSettings;
  /** The most tokens that are asked for before calls wait for them. */
  readonly sliceMax: number;

  constructor(throttle: ThrottleSettings) {
    super();
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
 * LeasedTokens are a worker's tokens. It gets them from the node in slices of at most 50 ms of the rate. If a slice is one token, every call asks, and
 * all workers together are exact.
 */
export class LeasedTokens {
  readonly #source: LimitSource;
  readonly #nowMs: () => number;
  readonly #leases: WorkerLeases<TokenLease>;

  constructor(source: LimitSource, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
    this.#leases = new WorkerLeases(
      {
        leaseMs: LEASE_MS,
        sizeMax: ({ sliceMax }) => sliceMax,
        ask: (bucket, lease, returned) => this.#ask(bucket, lease, returned),
        giveBack: (bucket, { throttle }, returned) => source.take({ bucket, throttle, wanted: 0, returned }),
      },
      nowMs,
    );
  }

  /** 0: a token is taken; else the time until there may be one. */
  take(bucket: string, throttle: ThrottleSettings): number | Promise<number> {
    const lease = this.#leaseOf(bucket, throttle);
    const nowMs = this.#nowMs();
    if (this.#leases.take(bucket, lease, nowMs)) return 0;
    return nowMs < lease.noneUntilMs ? lease.noneUntilMs - nowMs : this.#wait(bucket, lease);
  }

  giveBack(all = false): Promise<void> {
    return this.#leases.giveBack(all);
  }

  #leaseOf(bucket: string, throttle: ThrottleSettings): TokenLease {
    const known = this.#leases.get(bucket);
    if (known && same(known.throttle, throttle)) return known;
    const lease = new TokenLease(throttle);
    this.#leases.set(bucket, lease);
    return lease;
  }

  async #wait(bucket: string, lease: TokenLease): Promise<number> {
    for (;;) {
      if (await this.#leases.takeAsked(bucket, lease)) return 0;
      const waitMs = lease.noneUntilMs - this.#nowMs();
      if (waitMs > 0) return waitMs;
    }
  }

  async #ask(bucket: string, lease: TokenLease, returned: number): Promise<number> {
    const { throttle, size, waiting } = lease;
    const wanted = Math.max(size, waiting);
    const { tokens, retryMs } = await this.#source.take({ bucket, throttle, wanted, returned });
    if (tokens < wanted && (tokens === 0 || retryMs > 0))
      lease.noneUntilMs = this.#nowMs() + Math.max(retryMs, 1);
    return tokens;
  }
}
