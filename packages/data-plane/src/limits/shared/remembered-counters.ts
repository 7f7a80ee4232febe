import { orderCalls, type QuotaOrder, type QuotaTerms, type Redis } from "@tollgate/redis";
import type { NodeRoll } from "./node-roll.ts";
import type { JournalEntry, QuotaJournal } from "./quota-journal.ts";

/** So many counters are reported at once. */
const AT_ONCE = 500;

export interface RememberedCountersOptions {
  readonly redis: Redis;
  readonly roll: NodeRoll;
  readonly journal: Pick<QuotaJournal, "ofOtherEpochs">;
  /** Names this run of the node. */
  readonly life: string;
  /** Each order of a node has a higher one than those before it. */
  readonly sequence: () => number;
  /** Whether the counter is in memory: its own order tells it then. */
  readonly isInMemory: (counter: string) => boolean;
}

/** Of what the disk has. The limit decides nothing where nothing is leased. */
const termsOf = ({ counter, period, endsUnixMs }: JournalEntry): QuotaTerms => ({
  counter,
  period,
  endsUnixMs,
  limit: 0,
  grantUnixMs: 0,
  granted: 0,
});

/**
 * RememberedCounters tells a server that has lost its data of the counters that the node has on its disk only, because they had no calls since its start or for long: nobody else
 * may know of them.
 */
export class RememberedCounters {
  readonly #options: RememberedCountersOptions;
  #left: readonly JournalEntry[] = [];
  #isTelling = false;

  constructor(options: RememberedCountersOptions) {
    this.#options = options;
  }

  /** begin: nothing has been reported in this epoch. */
  begin(epoch: string): void {
    this.#left = this.#options.journal.ofOtherEpochs(epoch, Date.now());
  }

  /** A counter that has left the memory without having been reported. */
  add(entry: JournalEntry): void {
    this.#left = [...this.#left, entry];
  }

  get isTold(): boolean {
    return this.#left.length === 0;
  }

  /** Reports some of them. What the server did not reply to is reported again. */
  async tell(): Promise<void> {
    if (this.#isTelling || this.isTold) return;
    this.#isTelling = true;
    const { roll } = this.#options;
    const { epoch } = roll;
    const some = this.#left.slice(0, AT_ONCE);
    try {
      await Promise.all(some.map((entry) => this.#tellOne(entry)));
      if (roll.isOnline && roll.epoch === epoch && this.#left[0] === some[0])
        this.#left = this.#left.slice(some.length);
    } catch {
      roll.failed();
    } finally {
      this.#isTelling = false;
    }
  }

  async #tellOne(entry: JournalEntry): Promise<void> {
    const { redis, isInMemory } = this.#options;
    if (!isInMemory(`${entry.counter} ${entry.period}`))
      await orderCalls(redis, termsOf(entry), this.#orderOf(entry));
  }

  /** An order that leases nothing, and says what the disk has of a counter. */
  #orderOf({
    life,
    used,
    epoch: seenEpoch,
    grantUnixMs: seenGrantUnixMs,
    ...entry
  }: JournalEntry): QuotaOrder {
    const { roll, life: node, sequence } = this.#options;
    const spent = life === node ? entry.spent - entry.alone : 0;
    const wish = { offset: 0, wanted: 0, needed: 0, part: 1 };
    const standing = { spent, holding: 0, toldSpent: spent, toldOut: 0 };
    const memory = { seen: used, seenEpoch, seenGrantUnixMs, others: [] };
    return { ...wish, ...standing, ...memory, node, sequence: sequence(), epoch: roll.epoch };
  }
}
