import { LRUCache } from "lru-cache";
import type { Allowance } from "@tollgate/pipeline";
import type { LimitSource, QuotaLease } from "./source.ts";

/** Calls are leased for so long. */
const LEASE_MS = 100;
/** How long it is remembered that nothing is left: other workers may return calls. */
const EXHAUSTED_MS = 50;
const SIZE_MAX = 4_096;
/** A lease has at most this part of what is left, so that little is out of the others' reach. */
const PART_OF_LEFT = 200;
/** How often a call asks again when others were quicker. */
const TRIES = 20;
const LEASES_MAX = 50_000;

class Lease {
  allowance: Allowance;
  calls = 0;
  endsMs = 0;
  exhaustedUntilMs = 0;
  /** What the others have, when that was last reported. */
  left = 0;
  size = 1;
  /** With fewer than this at hand, the next lease is asked for. */
  low = 0;
  waiting = 0;
  asked: Promise<void> | undefined = undefined;

  constructor(allowance: Allowance) {
    this.allowance = allowance;
  }
}

const same = (a: Allowance, b: Allowance) =>
  a === b ||
  (a.period === b.period && a.limit === b.limit && a.grant?.grantTimeUnixMs === b.grant?.grantTimeUnixMs);

/**
 * LeasedQuotas are a worker's calls of allowances. It gets several at once, more where they are used, so that most calls are decided without a
 * question; near the end of an allowance it gets them one by one, so that no worker keeps what another needs.
 */
export class LeasedQuotas {
  readonly #source: LimitSource;
  readonly #nowMs: () => number;
  readonly #leases = new LRUCache<string, Lease>({ max: LEASES_MAX });
  readonly #held = new Map<string, Lease>();

  constructor(source: LimitSource, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  use(counter: string, allowance: Allowance): boolean | Promise<boolean> {
    const lease = this.#leaseOf(counter, allowance);
    const nowMs = this.#nowMs();
    if (lease.calls > 0 && nowMs < lease.endsMs) {
      lease.calls--;
      if (lease.calls < lease.low && !lease.asked)
        lease.asked = this.#ask(counter, lease).catch(() => undefined);
      return true;
    }
    return nowMs < lease.exhaustedUntilMs ? false : this.#wait(counter, lease);
  }

  /** giveBack returns what was not used in time; `all`: whatever there is, because this worker ends. */
  async giveBack(all = false): Promise<void> {
    const nowMs = this.#nowMs();
    const given: Promise<unknown>[] = [];
    for (const [counter, lease] of this.#held)
      if (!lease.asked && (all || nowMs >= lease.endsMs)) given.push(this.#return(counter, lease));
    await Promise.all(given);
  }

  async #return(counter: string, lease: Lease): Promise<void> {
    this.#held.delete(counter);
    const { calls: returned, allowance } = lease;
    if (returned === 0) return;
    lease.calls = 0;
    lease.size = Math.max(1, lease.size >> 1);
    await this.#source.lease({ counter, allowance, wanted: 0, needed: 0, returned }).catch(() => undefined);
  }

  #leaseOf(counter: string, allowance: Allowance): Lease {
    const known = this.#leases.get(counter);
    if (known?.allowance === allowance) return known;
    if (known && same(known.allowance, allowance)) {
      known.allowance = allowance;
      return known;
    }
    // Another period, another limit, or what is left was set: what is at hand belongs to the one before.
    if (known) void this.#return(counter, known);
    const lease = new Lease(allowance);
    this.#leases.set(counter, lease);
    return lease;
  }

  async #wait(counter: string, lease: Lease): Promise<boolean> {
    for (let i = 0; i < TRIES; i++) {
      lease.waiting++;
      lease.asked ??= this.#ask(counter, lease);
      try {
        await lease.asked;
      } finally {
        lease.waiting--;
      }
      if (lease.calls > 0) {
        lease.calls--;
        return true;
      }
      if (lease.left <= 0) return false;
    }
    return false;
  }

  async #ask(counter: string, lease: Lease): Promise<void> {
    // All calls that are waiting at the end of this turn are covered by one request.
    await Promise.resolve();
    const isLate = lease.calls > 0 && this.#nowMs() >= lease.endsMs;
    const returned = isLate ? lease.calls : 0;
    if (isLate) lease.calls = 0;
    lease.size = isLate ? Math.max(1, lease.size >> 1) : Math.min(lease.size * 2, SIZE_MAX);
    const { allowance, waiting: needed } = lease;
    const wanted = Math.max(1, needed, Math.min(lease.size, Math.floor(lease.left / PART_OF_LEFT)));
    try {
      this.#granted(
        counter,
        lease,
        await this.#source.lease({ counter, allowance, wanted, needed, returned }),
      );
    } finally {
      lease.asked = undefined;
    }
  }

  #granted(counter: string, lease: Lease, { calls, left }: QuotaLease): void {
    const nowMs = this.#nowMs();
    lease.calls += calls;
    lease.low = lease.calls >> 2;
    lease.left = left;
    lease.endsMs = nowMs + LEASE_MS;
    if (lease.calls > 0) this.#held.set(counter, lease);
    else if (left <= 0) lease.exhaustedUntilMs = nowMs + EXHAUSTED_MS;
  }
}
