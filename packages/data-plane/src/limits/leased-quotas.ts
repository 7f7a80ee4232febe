import type { Allowance } from "@tollgate/pipeline";
import type { LimitSource } from "./source.ts";
import { Lease, WorkerLeases } from "./worker-leases.ts";

/** Calls are leased for so long. */
const LEASE_MS = 100;
/** How long it is remembered that nothing is left: other workers may return calls. */
const EXHAUSTED_MS = 50;
const SIZE_MAX = 4_096;
/** A lease has at most this part of what is left, so that little is out of the others' reach. */
const PART_OF_LEFT = 200;
/** How often a call asks again when others were quicker. */
const TRIES = 20;

class CallLease extends Lease {
  allowance: Allowance;
  /** What the others have, when that was last reported. */
  left = 0;

  constructor(allowance: Allowance) {
    super();
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
  readonly #leases: WorkerLeases<CallLease>;

  constructor(source: LimitSource, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
    this.#leases = new WorkerLeases(
      {
        leaseMs: LEASE_MS,
        sizeMax: () => SIZE_MAX,
        ask: (counter, lease, returned) => this.#ask(counter, lease, returned),
        giveBack: (counter, { allowance }, returned) =>
          source.lease({ counter, allowance, wanted: 0, needed: 0, returned }),
      },
      nowMs,
    );
  }

  use(counter: string, allowance: Allowance): boolean | Promise<boolean> {
    const lease = this.#leaseOf(counter, allowance);
    const nowMs = this.#nowMs();
    if (this.#leases.take(counter, lease, nowMs)) return true;
    return nowMs < lease.noneUntilMs ? false : this.#wait(counter, lease);
  }

  giveBack(all = false): Promise<void> {
    return this.#leases.giveBack(all);
  }

  #leaseOf(counter: string, allowance: Allowance): CallLease {
    const known = this.#leases.get(counter);
    if (known?.allowance === allowance) return known;
    if (known && same(known.allowance, allowance)) {
      known.allowance = allowance;
      return known;
    }
    // Another period, another limit, or what is left was set: what is at hand belongs to the one before.
    if (known) void this.#leases.giveBackOf(counter, known);
    const lease = new CallLease(allowance);
    this.#leases.set(counter, lease);
    return lease;
  }

  async #wait(counter: string, lease: CallLease): Promise<boolean> {
    for (let i = 0; i < TRIES; i++) {
      if (await this.#leases.takeAsked(counter, lease)) return true;
      if (lease.left <= 0) return false;
    }
    return false;
  }

  async #ask(counter: string, lease: CallLease, returned: number): Promise<number> {
    const { allowance, waiting: needed } = lease;
    const wanted = Math.max(1, needed, Math.min(lease.size, Math.floor(lease.left / PART_OF_LEFT)));
    const { calls, left } = await this.#source.lease({ counter, allowance, wanted, needed, returned });
    lease.left = left;
    if (calls + lease.held === 0 && left <= 0) lease.noneUntilMs = this.#nowMs() + EXHAUSTED_MS;
    return calls;
  }
}
