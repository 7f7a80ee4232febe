import type { Logger } from "@tollgate/telemetry";
import type { Life, LifeLease, QuotaLives } from "./quota-lives.ts";

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** What metering has not counted in this time after it was sent is lost: the calls count as used. */
const GIVE_UP_MS = 3_600_000;
/** Counters that are settled at once. */
const AT_ONCE = 500;

/** PastUsage is what is known of the sources of usage events that earlier lives of a node had. */
export interface PastUsage {
  /** Full names of sources that have ended and are not closed: some of their events may be on this disk only. */
  unsent(): Promise<ReadonlySet<string>>;
  /** How many calls sources recorded of each counter; undefined: not all of them are counted yet, or nobody replies. */
  count(sources: readonly string[], leases: readonly LifeLease[]): Promise<readonly number[] | undefined>;
}

export interface PastLivesOptions {
  readonly lives: QuotaLives;
  readonly usage: PastUsage;
  /** Settles a counter for a life: so many calls were made of what it had leased. Returns how many are available again. Rejects if the server does not reply. */
  readonly close: (life: Life, lease: LifeLease, spent: number) => Promise<number | undefined>;
  /** Writes down what this life took over from those before. */
  readonly keepLeases: () => void;
  /** Forgets what the journal has of calls that were given out without the server: they are settled with their life. */
  readonly forgetAlone: (lease: LifeLease) => void;
  readonly nowMs: () => number;
  readonly unixMs: () => number;
  readonly logger: Logger;
}

/**
 * PastLives settles what earlier runs of this node had leased of quotas when they were killed: metering has counted which calls they made, the rest is
 * given back. A run is settled when all its events are counted, and only then, so that no call is given back that was made.
 */
export class PastLives implements AsyncDisposable {
  readonly #options: PastLivesOptions;
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();
  #ended = false;
  #retryMs = RETRY_MIN_MS;
  #uncountedSinceMs: number | undefined;

  constructor(options: PastLivesOptions) {
    this.#options = options;
    this.#again(0);
  }

  #again(ms: number): void {
    if (this.#ended) return;
    this.#timer = setTimeout(() => {
      this.#last = this.#attempt();
    }, ms).unref();
  }

  async #attempt(): Promise<void> {
    try {
      if (await this.settle()) return;
    } catch (error) {
      this.#options.logger.debug(
        { error: String(error) },
        "what a killed node had leased is not settled yet",
      );
    }
    this.#again(this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
  }

  /** settle returns whether no earlier life is left. One after the other, because each took over what those before it had given out. */
  async settle(): Promise<boolean> {
    const { lives, logger } = this.#options;
    for (const life of lives.past) {
      const back = await this.#settleOne(life);
      if (back === undefined) return false;
      lives.forget(life);
      if (back !== 0)
        logger.info({ life: life.name, calls: back }, "leased calls of a killed node are settled");
    }
    return true;
  }

  /** How many calls are available again; undefined: it is not known yet what the life has used. */
  async #settleOne(life: Life): Promise<number | undefined> {
    const { lives, usage, unixMs } = this.#options;
    const leases = lives.leasesOf(life, unixMs());
    if (leases.length === 0) return 0;
    // In this order: a source that is closed between the two has left the spool, and must be known as closed then.
    const unsent = await usage.unsent();
    const sources = lives.sourcesOf(life);
    const open = sources.filter(({ isClosed }) => !isClosed);
    if (open.some(({ name }) => unsent.has(name))) return undefined;
    if (open.length > 0) return this.#missing(life);
    const recorded = sources.map(({ name }) => name);
    let back = 0;
    for (let i = 0; i < leases.length; i += AT_ONCE) {
      const some = leases.slice(i, i + AT_ONCE);
      const counts = recorded.length > 0 ? await usage.count(recorded, some) : some.map(() => 0);
      if (!counts) return this.#uncounted(life);
      const settled = some.map((lease, j) => this.#close(life, lease, counts[j] ?? 0));
      for (const calls of await Promise.all(settled)) back += calls ?? 0;
    }
    this.#uncountedSinceMs = undefined;
    return back;
  }

  /** Metering has not counted everything: it never will where events are lost. */
  #uncounted(life: Life): number | undefined {
    const now = this.#options.nowMs();
    this.#uncountedSinceMs ??= now;
    if (now - this.#uncountedSinceMs < GIVE_UP_MS) return undefined;
    this.#uncountedSinceMs = undefined;
    return this.#missing(life);
  }

  /** Of calls whose events are lost, nobody knows how many there were. */
  #missing({ name }: Life): number {
    this.#options.logger.warn(
      { life: name },
      "usage of a killed node is missing: what it had leased counts as used",
    );
    return 0;
  }

  /** What was given out without the server is settled by the life that took it over; if none has, with the one that gave it out. */
  #close(life: Life, lease: LifeLease, calls: number): Promise<number | undefined> {
    const { lives, keepLeases, forgetAlone, close } = this.#options;
    keepLeases();
    const handedOn = lives.inheritedAfter(life, lease);
    if (handedOn === undefined) forgetAlone(lease);
    return close(life, lease, calls + lease.inherited - (handedOn ?? 0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#last;
  }
}
