import { LRUCache } from "lru-cache";

/** Most leases kept. What a dropped lease had at hand is lost; dropping one never adds any. */
const LEASES_MAX = 50_000;

/** Lease is what a worker has at hand of one limit. */
export class Lease {
  /** Tokens or calls that may be given out until `endsMs`. */
  held = 0;
  endsMs = 0;
  /** Until when it is known that the node has none. */
  noneUntilMs = 0;
  /** How many are asked for ahead: twice as many after each lease that was used up in time, half as many after one that was not. */
  size = 1;
  /** With fewer than this at hand, the next lease is asked for. */
  low = 0;
  /** Calls that wait for the pending reply. */
  waiting = 0;
  asked: Promise<void> | undefined = undefined;
}

/** LeaseSource is where the leases of one kind of limit come from. */
export interface LeaseSource<L extends Lease> {
  /** How long what is granted may be used. */
  readonly leaseMs: number;
  /** The most that is asked for ahead. */
  sizeMax(lease: L): number;
  /** Asks for more, gives back what was not used in time, and resolves to what was granted. */
  ask(name: string, lease: L, returned: number): Promise<number>;
  giveBack(name: string, lease: L, returned: number): Promise<unknown>;
}

/**
 * WorkerLeases are what a worker has leased from its node, by the name of the limit. The next lease is asked for before the last is used up, so
 * that a call seldom waits.
 */
export class WorkerLeases<L extends Lease> {
  readonly #source: LeaseSource<L>;
  readonly #nowMs: () => number;
  readonly #leases = new LRUCache<string, L>({ max: LEASES_MAX });
  /** Leases that had something when they were last asked for. */
  readonly #held = new Map<string, L>();

  constructor(source: LeaseSource<L>, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  get(name: string): L | undefined {
    return this.#leases.get(name);
  }

  set(name: string, lease: L): void {
    this.#leases.set(name, lease);
  }

  /** take gives out one of what is at hand. */
  take(name: string, lease: L, nowMs: number): boolean {
    if (lease.held === 0 || nowMs >= lease.endsMs) return false;
    lease.held--;
    // Nobody waits for it: the call that finds nothing asks again, and gets the error.
    if (lease.held < lease.low && !lease.asked && nowMs >= lease.noneUntilMs)
      lease.asked = this.#ask(name, lease).catch(() => undefined);
    return true;
  }

  /** takeAsked waits for the pending reply, or for a new one, and gives out one of what is at hand then. */
  async takeAsked(name: string, lease: L): Promise<boolean> {
    lease.waiting++;
    lease.asked ??= this.#ask(name, lease);
    try {
      await lease.asked;
    } finally {
      lease.waiting--;
    }
    if (lease.held === 0) return false;
    lease.held--;
    return true;
  }

  /** giveBack returns what was not used in time; `all`: whatever there is, because this worker ends. */
  async giveBack(all: boolean): Promise<void> {
    const nowMs = this.#nowMs();
    const given: Promise<void>[] = [];
    for (const [name, lease] of this.#held)
      if (!lease.asked && (all || nowMs >= lease.endsMs)) given.push(this.giveBackOf(name, lease));
    await Promise.all(given);
  }

  /** giveBackOf returns what one lease has at hand. */
  async giveBackOf(name: string, lease: L): Promise<void> {
    this.#held.delete(name);
    const { held } = lease;
    if (held === 0) return;
    lease.held = 0;
    lease.size = Math.max(1, lease.size >> 1);
    await this.#source.giveBack(name, lease, held).catch(() => undefined);
  }

  async #ask(name: string, lease: L): Promise<void> {
    // All calls that are waiting at the end of this turn are covered by one request.
    await Promise.resolve();
    const isLate = lease.held > 0 && this.#nowMs() >= lease.endsMs;
    const returned = isLate ? lease.held : 0;
    if (isLate) lease.held = 0;
    const { leaseMs } = this.#source;
    lease.size = isLate
      ? Math.max(1, lease.size >> 1)
      : Math.min(lease.size * 2, this.#source.sizeMax(lease));
    try {
      lease.held += await this.#source.ask(name, lease, returned);
      lease.low = lease.held >> 2;
      lease.endsMs = this.#nowMs() + leaseMs;
      if (lease.held > 0) this.#held.set(name, lease);
    } finally {
      lease.asked = undefined;
    }
  }
}
