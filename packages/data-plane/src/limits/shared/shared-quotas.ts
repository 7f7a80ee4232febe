import type { Allowance } from "@tollgate/pipeline";
import {
  isFirstPeriod,
  orderCalls,
  type QuotaOrder,
  type QuotaTerms,
  RedisUnavailable,
} from "@tollgate/redis";
import type { QuotaAsk, QuotaLease, Quotas } from "../source.ts";
import { NodeShare, NodeShares, type SharesOptions } from "./node-shares.ts";
import type { JournalEntry, QuotaJournal } from "./quota-journal.ts";
import type { LifeLease, QuotaLives } from "./quota-lives.ts";
import { type QuotaOccasion, QuotaShare } from "./quota-share.ts";

/** What was given out is settled at the latest after this time. */
const SETTLE_MS = 100;
/** How long it is remembered that nothing is left: other nodes may return calls. */
const EXHAUSTED_MS = 50;
/** A call waits for a reply at most this long. */
const WAIT_MS = 50;
const JOURNAL_EVERY_MS = 1_000;
/** So many counters that only the disk knows are told to the server at once. */
const TOLD_AT_ONCE = 500;
/** How often what is kept on the disk of periods that have ended is removed: a node may run for years. */
const FORGET_EVERY_MS = 3_600_000;

const grantTimeOf = ({ grant }: Allowance): number => grant?.grantTimeUnixMs ?? 0;

/** Of what the disk has. The limit decides nothing where nothing is leased. */
const termsOf = ({ counter, period, endsUnixMs }: JournalEntry): QuotaTerms => ({
  counter,
  period,
  endsUnixMs,
  limit: 0,
  grantUnixMs: 0,
  granted: 0,
});

class Counter extends NodeShare<QuotaAsk, QuotaLease> {
  readonly name: string;
  readonly calls: QuotaShare;
  /** Whether the period is the first of its counter: undefined until the server has said so. */
  isFirst: boolean | undefined;
  exhaustedUntilMs = 0;

  constructor(name: string, calls: QuotaShare) {
    super();
    this.name = name;
    this.calls = calls;
    this.isFirst = calls.allowance.offset === 0 ? false : undefined;
  }

  get terms(): QuotaTerms {
    const { period, endsUnixMs, limit, grant } = this.calls.allowance;
    const set = { grantUnixMs: grantTimeOf(this.calls.allowance), granted: grant?.remaining ?? 0 };
    return { counter: this.name, period, endsUnixMs, limit, ...set };
  }
}

export interface SharedQuotasOptions extends SharesOptions {
  readonly journal: QuotaJournal;
  readonly lives: QuotaLives;
}

/** SharedQuotas are a node's calls of the quotas of all nodes: leased in chunks, never more than there are. */
export class SharedQuotas implements Quotas, AsyncDisposable {
  readonly #options: SharedQuotasOptions;
  readonly #counters: NodeShares<Counter, QuotaAsk, QuotaLease>;
  /** Counters of which the disk does not have what was given out without being leased. */
  readonly #changed = new Set<Counter>();
  /** Counters that this life leases calls of, and that are not kept as such yet. */
  #begun: LifeLease[] = [];
  #journalMs = 0;
  #forgotMs: number;
  #epoch = "";
  /** Counters that the server has not heard of in this epoch. */
  readonly #untold = new Set<Counter>();
  /** Those of them that only the disk knows. */
  #kept: readonly JournalEntry[] = [];
  #isTelling = false;
  #sequence = 0;
  #isLearning = false;

  constructor(options: SharedQuotasOptions) {
    const { roll, nowMs } = options;
    this.#options = options;
    this.#forgotMs = nowMs();
    this.#counters = new NodeShares(
      options,
      {
        waitMs: WAIT_MS,
        order: (counter) => this.#order(counter),
        grant: (counter, ask) => this.#grant(counter, ask),
        isSettled: ({ calls }, now) => !calls.isPending(now) && calls.seenEpoch === roll.epoch,
        isDue: ({ calls }, now) =>
          (calls.held > 0 && now >= calls.heldUntilMs) || now - calls.orderedMs >= SETTLE_MS,
        lost: ({ calls }, now) => calls.lost(now),
        settle: (counter) => this.#settle(counter),
      },
      (now) => this.#tick(now),
    );
  }

  together<T>(work: () => T): T {
    return work();
  }

  lease(ask: QuotaAsk): QuotaLease | Promise<QuotaLease> {
    const { allowance, wanted, returned } = ask;
    const nowMs = this.#options.nowMs();
    const name = `${ask.counter} ${allowance.period}`;
    let counter = this.#counters.get(name);
    if (!counter) {
      if (wanted === 0) return { calls: 0, left: 0 };
      this.#counters.set(name, (counter = this.#counterOf(ask.counter, allowance)));
    }
    const { calls: share } = counter;
    const isChanged = this.#isNew(share.allowance, allowance);
    if (isChanged) {
      share.renew(allowance);
      counter.exhaustedUntilMs = 0;
    }
    this.#counters.pending(counter);
    // What was given out before what is left was set is not in the count: it adds nothing to what is left now.
    if (grantTimeOf(allowance) === grantTimeOf(share.allowance)) share.giveBack(returned, nowMs);
    if (wanted === 0) return { calls: 0, left: share.left };
    // What is left was set by hand, or the limit is another: what is held was leased before that.
    if (!isChanged) {
      const calls = share.take(wanted);
      if (calls > 0) {
        if (share.isLow) this.#counters.orderSoon(counter);
        return { calls, left: share.left + share.held };
      }
    }
    return this.#none(counter, ask, nowMs);
  }

  #counterOf(name: string, allowance: Allowance): Counter {
    const { journal } = this.#options;
    const { period, endsUnixMs } = allowance;
    const memory = journal.read(name, period);
    const share = new QuotaShare(allowance, memory);
    this.#begun.push({ counter: name, period, endsUnixMs, inherited: memory?.alone ?? 0 });
    return new Counter(name, share);
  }

  /** A worker that has not heard of a change yet still asks with what was there before. */
  #isNew(known: Allowance, given: Allowance): boolean {
    if (known === given) return false;
    const [before, now] = [grantTimeOf(known), grantTimeOf(given)];
    return now > before || (now === before && known.limit !== given.limit);
  }

  get #isLeasing(): boolean {
    return this.#options.roll.isLeasing;
  }

  #none(counter: Counter, ask: QuotaAsk, nowMs: number): QuotaLease | Promise<QuotaLease> {
    if (!this.#isLeasing || counter.isSlow) return this.#takeAlone(counter, ask.wanted);
    if (nowMs < counter.exhaustedUntilMs) return { calls: 0, left: 0 };
    const granted = this.#counters.granted(counter, ask, nowMs);
    this.#counters.orderSoon(counter);
    return granted;
  }

  /** Without the server: what is held, then what the policy allows. */
  #takeAlone(counter: Counter, wanted: number): QuotaLease {
    const { calls: share } = counter;
    const calls = share.takeAlone(wanted);
    if (calls > 0 || this.#options.withoutRedis !== "open") return { calls, left: share.held };
    this.#changed.add(counter);
    return { calls: share.takeFreely(wanted), left: wanted };
  }

  /** What a call that has waited gets. */
  #grant(counter: Counter, { wanted }: QuotaAsk): QuotaLease {
    if (!this.#isLeasing || counter.isSlow) return this.#takeAlone(counter, wanted);
    const { calls: share } = counter;
    return { calls: share.take(wanted), left: share.left + share.held };
  }

  #occasion(mayLease: boolean, needed: number): QuotaOccasion {
    const { roll, lives, nowMs } = this.#options;
    const node = lives.own.name;
    const { nodes, epoch, learningForMs } = roll;
    const sequence = ++this.#sequence;
    return { node, sequence, nodes, epoch, mayLease, learningForMs, needed, nowMs: nowMs() };
  }

  /** If the terms are others when a reply arrives, what it grants is of those before, and calls wait for another one. */
  async #order(counter: Counter): Promise<void> {
    const { calls: share } = counter;
    for (;;) {
      const { allowance } = share;
      await this.#exchange(counter);
      if (share.allowance === allowance) return;
      share.renew(share.allowance);
      counter.exhaustedUntilMs = 0;
    }
  }

  async #exchange(counter: Counter): Promise<void> {
    const { redis, roll, nowMs } = this.#options;
    const { calls: share, terms } = counter;
    counter.isFirst ??= await isFirstPeriod(redis, terms);
    // In which epoch the server is that is connected now is not known yet.
    if (!roll.isOnline) throw new RedisUnavailable("the node has not signed in again");
    const needed = counter.waiters.reduce((sum, { ask }) => sum + ask.needed, 0);
    const order = share.order(this.#occasion(this.#isLeasing, needed));
    const reply = await orderCalls(redis, terms, { ...order, offset: counter.isFirst ? order.offset : 0 });
    const now = nowMs();
    const { unsettled } = share;
    const isLate = !roll.isOnline || roll.epoch !== order.epoch;
    share.replied(order, reply, now, isLate);
    if (!isLate) this.#untold.delete(counter);
    if (share.left === 0 && share.held === 0) counter.exhaustedUntilMs = now + EXHAUSTED_MS;
    if (share.isBeyondKept && !this.#keep([counter])) this.#changed.add(counter);
    if (unsettled > 0) this.#changed.add(counter);
  }

  #tick(nowMs: number): void {
    const { roll } = this.#options;
    this.keepLeases();
    if (roll.isOnline) this.#learn();
    if (nowMs - this.#journalMs >= JOURNAL_EVERY_MS) this.#keepChanged(nowMs);
    if (nowMs - this.#forgotMs >= FORGET_EVERY_MS) this.#forget(nowMs);
  }

  /** keepLeases writes down of which counters calls are leased. */
  keepLeases(): void {
    if (this.#begun.length > 0 && this.#options.lives.leased(this.#begun)) this.#begun = [];
  }

  /** In another epoch the server has lost its data, and hears from each node what it knew. */
  #learn(): void {
    const { roll, nowMs } = this.#options;
    if (roll.epoch !== this.#epoch) this.#forgotten(roll.epoch);
    if (this.#kept.length > 0) void this.#tellKept();
    else if (this.#untold.size === 0) roll.told(this.#epoch);
    const wasLearning = this.#isLearning;
    this.#isLearning = roll.learningForMs > 0;
    if (wasLearning && !this.#isLearning)
      for (const { calls } of this.#counters.values()) calls.learned(this.#epoch, nowMs());
  }

  #forgotten(epoch: string): void {
    const isLoss = this.#epoch !== "";
    this.#epoch = epoch;
    this.#untold.clear();
    this.#kept = this.#options.journal.ofOtherEpochs(epoch, Date.now());
    if (isLoss) this.#counters.lost();
    for (const counter of this.#counters.values())
      if (counter.calls.seenEpoch !== epoch && counter.calls.allowance.endsUnixMs > Date.now()) {
        this.#untold.add(counter);
        this.#counters.pending(counter);
      }
  }

  /** Tells the server of counters that have had no calls since this process started, or for long: nobody else may know of them. */
  async #tellKept(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    const { roll, redis } = this.#options;
    const { epoch } = roll;
    const some = this.#kept.slice(0, TOLD_AT_ONCE);
    try {
      const unknown = some.filter(({ counter, period }) => !this.#counters.get(`${counter} ${period}`));
      await Promise.all(unknown.map((entry) => orderCalls(redis, termsOf(entry), this.#remembered(entry))));
      if (roll.isOnline && roll.epoch === epoch && this.#kept[0] === some[0])
        this.#kept = this.#kept.slice(some.length);
    } catch {
      roll.failed();
    } finally {
      this.#isTelling = false;
    }
  }

  /** An order that leases nothing, and says what the disk has of a counter. */
  #remembered({ used, epoch: seenEpoch, grantUnixMs: seenGrantUnixMs }: JournalEntry): QuotaOrder {
    const { lives, roll } = this.#options;
    const nothing = {
      offset: 0,
      wanted: 0,
      needed: 0,
      part: 1,
      spent: 0,
      holding: 0,
      toldSpent: 0,
      toldOut: 0,
    };
    const sequence = ++this.#sequence;
    const { epoch } = roll;
    return {
      ...nothing,
      node: lives.own.name,
      sequence,
      seen: used,
      seenEpoch,
      seenGrantUnixMs,
      others: [],
      epoch,
    };
  }

  #keepChanged(nowMs: number): void {
    this.#journalMs = nowMs;
    if (this.#keep([...this.#changed])) this.#changed.clear();
  }

  #keep(counters: readonly Counter[]): boolean {
    const entries = counters.map(({ name: counter, calls }) => {
      const { period, endsUnixMs } = calls.allowance;
      return { counter, period, endsUnixMs, ...calls.toKeep() };
    });
    return this.#options.journal.keep(entries);
  }

  #forget(nowMs: number): void {
    this.#forgotMs = nowMs;
    const { journal, lives } = this.#options;
    journal.forgetEnded(Date.now());
    lives.forgetEnded(Date.now());
  }

  async #settle(counter: Counter): Promise<void> {
    const { redis, roll, nowMs } = this.#options;
    // What it grants is given to calls that wait.
    await counter.ordered;
    const { calls: share, terms, isFirst } = counter;
    share.release();
    this.#untold.delete(counter);
    if (!roll.isOnline || !share.isPending(nowMs())) return;
    const order = share.order(this.#occasion(false, 0));
    const offset = isFirst ? order.offset : 0;
    await orderCalls(redis, terms, { ...order, offset }).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#counters[Symbol.asyncDispose]();
    this.#keepChanged(this.#options.nowMs());
  }
}
