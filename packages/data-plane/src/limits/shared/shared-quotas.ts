import type { Allowance } from "@tollgate/pipeline";
import { isFirstPeriod, orderCalls, RedisUnavailable } from "@tollgate/redis";
import type { QuotaAsk, QuotaLease, Quotas } from "../source.ts";
import { NodeShares, type SharesOptions } from "./node-shares.ts";
import { grantTimeOf, QuotaCounter } from "./quota-counter.ts";
import type { QuotaJournal } from "./quota-journal.ts";
import type { LifeLease, QuotaLives } from "./quota-lives.ts";
import { type QuotaOccasion, QuotaShare } from "./quota-share.ts";
import { RememberedCounters } from "./remembered-counters.ts";

/** What was given out is settled at the latest after this time. */
const SETTLE_MS = 100;
const EXHAUSTED_MS = 50;
/** A call waits for a reply at most this long. */
const WAIT_MS = 50;
const JOURNAL_EVERY_MS = 1_000;
/** How often what is kept on the disk of periods that have ended is removed: a node may run for years. */
const FORGET_EVERY_MS = 3_600_000;

export interface SharedQuotasOptions extends SharesOptions {
  readonly journal: QuotaJournal;
  readonly lives: QuotaLives;
}

/** SharedQuotas are a node's calls of the quotas of all nodes: leased in chunks, never more than there are. */
export class SharedQuotas implements Quotas, AsyncDisposable {
  readonly #options: SharedQuotasOptions;
  readonly #counters: NodeShares<QuotaCounter, QuotaAsk, QuotaLease>;
  /** Counters of which the disk does not have what was given out without being leased. */
  readonly #changed = new Set<QuotaCounter>();
  /** Counters that this life leases calls of, and that are not kept as such yet. */
  #begun: LifeLease[] = [];
  #journalMs = 0;
  #forgotMs: number;
  #epoch = "";
  /** Counters that the server has not heard of in this epoch. */
  readonly #untold = new Set<QuotaCounter>();
  /** Those of them that only the disk knows. */
  readonly #remembered: RememberedCounters;
  /** Those that are left out of memory, until that is settled and kept on the disk. */
  readonly #leaving = new Map<string, { readonly counter: QuotaCounter }>();
  #sequence = 0;
  #isLearning = false;

  constructor(options: SharedQuotasOptions) {
    const { roll, nowMs } = options;
    this.#options = options;
    this.#forgotMs = nowMs();
    this.#remembered = new RememberedCounters({
      ...options,
      life: options.lives.own.name,
      sequence: () => ++this.#sequence,
      isInMemory: (name) => this.#isInMemory(name),
    });
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
      counter = this.#leaving.get(name)?.counter ?? this.#counterOf(ask.counter, allowance);
      this.#leaving.delete(name);
      this.#counters.set(name, counter);
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

  #counterOf(name: string, allowance: Allowance): QuotaCounter {
    const { journal, lives } = this.#options;
    const { period, endsUnixMs } = allowance;
    const memory = journal.read(name, period);
    const isOwn = memory?.life === lives.own.name;
    const share = new QuotaShare(
      allowance,
      memory && { ...memory, spent: isOwn ? memory.spent : memory.alone },
    );
    this.#begun.push({ counter: name, period, endsUnixMs, inherited: memory?.alone ?? 0 });
    return new QuotaCounter(name, share);
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

  #none(counter: QuotaCounter, ask: QuotaAsk, nowMs: number): QuotaLease | Promise<QuotaLease> {
    if (!this.#isLeasing || counter.isSlow) return this.#takeAlone(counter, ask.wanted);
    if (nowMs < counter.exhaustedUntilMs) return { calls: 0, left: 0 };
    const granted = this.#counters.granted(counter, ask, nowMs);
    this.#counters.orderSoon(counter);
    return granted;
  }

  /** Without the server: what is held, then what the policy allows. */
  #takeAlone(counter: QuotaCounter, wanted: number): QuotaLease {
    const { calls: share } = counter;
    const calls = share.takeAlone(wanted);
    if (calls > 0 || this.#options.withoutRedis !== "open") return { calls, left: share.held };
    this.#changed.add(counter);
    return { calls: share.takeFreely(wanted), left: wanted };
  }

  #grant(counter: QuotaCounter, { wanted }: QuotaAsk): QuotaLease {
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
  async #order(counter: QuotaCounter): Promise<void> {
    const { calls: share } = counter;
    for (;;) {
      const { allowance } = share;
      await this.#exchange(counter);
      if (share.allowance === allowance) return;
      share.renew(share.allowance);
      counter.exhaustedUntilMs = 0;
    }
  }

  async #exchange(counter: QuotaCounter): Promise<void> {
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
    this.keepLeases();
    if (this.#options.roll.isOnline) this.#learn();
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
    if (!this.#remembered.isTold) void this.#remembered.tell();
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
    this.#remembered.begin(epoch);
    if (isLoss) this.#counters.lost();
    for (const counter of this.#counters.values())
      if (counter.calls.seenEpoch !== epoch && counter.calls.allowance.endsUnixMs > Date.now()) {
        this.#untold.add(counter);
        this.#counters.pending(counter);
      }
  }

  /** What is in memory is reported by its own orders. */
  #isInMemory(name: string): boolean {
    const counter = this.#counters.get(name);
    if (counter && counter.calls.seenEpoch !== this.#epoch) this.#untold.add(counter);
    return counter !== undefined;
  }

  #keepChanged(nowMs: number): void {
    this.#journalMs = nowMs;
    for (const counter of this.#counters.values())
      if (counter.calls.returnIdle(nowMs)) this.#counters.pending(counter);
    if (this.#keep([...this.#changed])) this.#changed.clear();
  }

  #keep(counters: readonly QuotaCounter[]): boolean {
    const entries = counters.map(({ name: counter, calls }) => {
      const { period, endsUnixMs } = calls.allowance;
      return { counter, period, endsUnixMs, life: this.#options.lives.own.name, ...calls.toKeep() };
    });
    return this.#options.journal.keep(entries);
  }

  #forget(nowMs: number): void {
    this.#forgotMs = nowMs;
    const { journal, lives } = this.#options;
    journal.forgetEnded(Date.now());
    lives.forgetEnded(Date.now());
  }

  /** What a counter has used is not forgiven when it comes back into memory. */
  async #settle(counter: QuotaCounter): Promise<void> {
    const leaving = { counter };
    this.#leaving.set(counter.key, leaving);
    await this.#settleCalls(counter);
    if (this.#leaving.get(counter.key) !== leaving) return;
    this.#leaving.delete(counter.key);
    this.#changed.delete(counter);
    this.#keep([counter]);
    const { allowance, seenEpoch } = counter.calls;
    const entry = this.#options.journal.read(counter.name, allowance.period);
    if (this.#untold.delete(counter) && seenEpoch !== this.#epoch && entry) this.#remembered.add(entry);
  }

  async #settleCalls(counter: QuotaCounter): Promise<void> {
    const { redis, roll, nowMs } = this.#options;
    // What it grants is given to calls that wait.
    await counter.ordered;
    const { calls: share, terms, isFirst } = counter;
    share.release();
    if (!roll.isOnline || !share.isPending(nowMs())) return;
    const order = share.order(this.#occasion(false, 0));
    try {
      const reply = await orderCalls(redis, terms, { ...order, offset: isFirst ? order.offset : 0 });
      share.replied(order, reply, nowMs(), !roll.isOnline || roll.epoch !== order.epoch);
    } catch {
      // What it had leased stays used.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#counters[Symbol.asyncDispose]();
    this.#keepChanged(this.#options.nowMs());
  }
}
