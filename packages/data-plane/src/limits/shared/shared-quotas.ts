import { LRUCache } from "lru-cache";
import type { Allowance } from "@tollgate/pipeline";
import { isFirstPeriod, orderCalls, type QuotaTerms, type Redis } from "@tollgate/redis";
import type { QuotaAsk, QuotaLease, Quotas } from "../source.ts";
import type { NodeRoll } from "./node-roll.ts";
import type { QuotaJournal } from "./quota-journal.ts";
import type { LifeLease, QuotaLives } from "./quota-lives.ts";
import { QuotaShare } from "./quota-share.ts";
import type { WithoutRedis } from "./shared-buckets.ts";

const TICK_MS = 20;
/** What was given out is settled at the latest after this time. */
const SETTLE_MS = 100;
/** How long it is remembered that nothing is left: other nodes may return calls. */
const EXHAUSTED_MS = 50;
/** A call waits for a reply at most this long. */
const WAIT_MS = 50;
const JOURNAL_EVERY_MS = 1_000;
/** How often what is kept on the disk of periods that have ended is removed: a node may run for years. */
const FORGET_EVERY_MS = 3_600_000;
const COUNTERS_MAX = 200_000;

interface Waiter {
  readonly ask: QuotaAsk;
  readonly sinceMs: number;
  readonly resolve: (lease: QuotaLease) => void;
}

interface Entry {
  readonly counter: string;
  readonly share: QuotaShare;
  isOrdered: boolean;
  isSlow: boolean;
  /** Whether the period is the first of its counter: undefined until the server has said so. */
  isFirst: boolean | undefined;
  exhaustedUntilMs: number;
  waiters: Waiter[];
}

export interface SharedQuotasOptions {
  readonly redis: Redis;
  readonly roll: NodeRoll;
  readonly journal: QuotaJournal;
  readonly lives: QuotaLives;
  readonly withoutRedis: WithoutRedis;
  readonly nowMs: () => number;
}

function termsOf(counter: string, { period, endsUnixMs, limit, grant }: Allowance): QuotaTerms {
  const set = { grantUnixMs: grant?.grantTimeUnixMs ?? 0, granted: grant?.remaining ?? 0 };
  return { counter, period, endsUnixMs, limit, ...set };
}

/** SharedQuotas are a node's calls of the quotas of all nodes: leased in chunks, renewed in the background, never more than there are. */
export class SharedQuotas implements Quotas, AsyncDisposable {
  readonly #options: SharedQuotasOptions;
  readonly #entries: LRUCache<string, Entry>;
  readonly #pending = new Set<Entry>();
  readonly #changed = new Set<Entry>();
  /** Counters that this life leases calls of, and that are not kept as such yet. */
  #begun: LifeLease[] = [];
  readonly #timer: NodeJS.Timeout;
  #journalMs = 0;
  #forgotMs: number;
  #epoch = "";

  constructor(options: SharedQuotasOptions) {
    this.#options = options;
    this.#forgotMs = options.nowMs();
    this.#entries = new LRUCache({
      max: COUNTERS_MAX,
      dispose: (entry, _name, reason) => {
        if (reason === "evict") void this.#settle(entry);
      },
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
    options.roll.onLost(() => this.#lost());
  }

  together<T>(work: () => T): T {
    return work();
  }

  lease(ask: QuotaAsk): QuotaLease | Promise<QuotaLease> {
    const { counter, allowance, wanted, returned } = ask;
    const nowMs = this.#options.nowMs();
    const name = `${counter} ${allowance.period}`;
    let entry = this.#entries.get(name);
    if (!entry) {
      if (wanted === 0) return { calls: 0, left: 0 };
      this.#entries.set(name, (entry = this.#entryOf(counter, allowance, nowMs)));
    }
    const { share } = entry;
    const isChanged = this.#isNew(share.allowance, allowance);
    if (isChanged) {
      share.allowance = allowance;
      entry.exhaustedUntilMs = 0;
    }
    this.#pending.add(entry);
    share.giveBack(returned, nowMs);
    if (wanted === 0) return { calls: 0, left: share.left };
    // What is left was set by hand, or the limit is another: what is held was leased before that.
    if (!isChanged) {
      const calls = share.take(wanted);
      if (calls > 0) {
        if (share.isLow) this.#orderSoon(entry);
        return { calls, left: share.left + share.held };
      }
    }
    return this.#none(entry, ask, nowMs);
  }

  #entryOf(counter: string, allowance: Allowance, nowMs: number): Entry {
    const { journal, roll } = this.#options;
    const { period, endsUnixMs } = allowance;
    const memory = journal.read(counter, period);
    const share = new QuotaShare(allowance, memory);
    this.#begun.push({ counter, period, endsUnixMs, inherited: memory?.alone ?? 0 });
    if (!this.#isLeasing) share.lost(roll.nodes, nowMs);
    const isFirst = allowance.offset === 0 ? false : undefined;
    return { counter, share, isOrdered: false, isSlow: false, isFirst, exhaustedUntilMs: 0, waiters: [] };
  }

  /** A worker that has not heard of a change yet still asks with what was there before. */
  #isNew(known: Allowance, given: Allowance): boolean {
    if (known === given) return false;
    const [before, now] = [known.grant?.grantTimeUnixMs ?? 0, given.grant?.grantTimeUnixMs ?? 0];
    return now > before || (now === before && known.limit !== given.limit);
  }

  get #isLeasing(): boolean {
    const { roll } = this.#options;
    return roll.isOnline && roll.learningForMs === 0;
  }

  #none(entry: Entry, ask: QuotaAsk, nowMs: number): QuotaLease | Promise<QuotaLease> {
    if (!this.#isLeasing || entry.isSlow) return this.#alone(entry, ask.wanted);
    if (nowMs < entry.exhaustedUntilMs) return { calls: 0, left: 0 };
    return new Promise((resolve) => {
      entry.waiters.push({ ask, sinceMs: nowMs, resolve });
      this.#orderSoon(entry);
    });
  }

  /** Without the server: what is held, then what the policy allows. */
  #alone(entry: Entry, wanted: number): QuotaLease {
    const { share } = entry;
    const held = share.take(wanted);
    if (held > 0) return { calls: held, left: share.held };
    const { withoutRedis } = this.#options;
    if (withoutRedis === "closed") return { calls: 0, left: 0 };
    this.#changed.add(entry);
    if (withoutRedis === "open") return { calls: share.takeFreely(wanted), left: wanted };
    return { calls: share.takeAlone(wanted), left: 0 };
  }

  #orderSoon(entry: Entry): void {
    if (entry.isOrdered) return;
    entry.isOrdered = true;
    queueMicrotask(() => void this.#order(entry));
  }

  async #order(entry: Entry): Promise<void> {
    const { redis, roll, lives, nowMs } = this.#options;
    const { share, counter } = entry;
    const node = lives.own.name;
    try {
      const terms = termsOf(counter, share.allowance);
      entry.isFirst ??= await isFirstPeriod(redis, terms);
      const needed = entry.waiters.reduce((sum, { ask }) => sum + ask.needed, 0);
      const mayLease = this.#isLeasing;
      const occasion = { node, nodes: roll.nodes, epoch: roll.epoch, mayLease, needed, nowMs: nowMs() };
      const order = share.order(occasion);
      const reply = await orderCalls(redis, terms, { ...order, offset: entry.isFirst ? order.offset : 0 });
      const now = nowMs();
      share.replied(order, reply, now);
      if (share.left === 0 && share.held === 0) entry.exhaustedUntilMs = now + EXHAUSTED_MS;
      this.#changed.add(entry);
    } catch {
      roll.failed();
    } finally {
      entry.isOrdered = false;
      entry.isSlow = false;
      this.#serve(entry);
    }
  }

  #serve(entry: Entry): void {
    const { waiters, share } = entry;
    if (waiters.length === 0) return;
    entry.waiters = [];
    for (const { ask, resolve } of waiters)
      if (!this.#isLeasing || entry.isSlow) resolve(this.#alone(entry, ask.wanted));
      else resolve({ calls: share.take(ask.wanted), left: share.left + share.held });
  }

  #tick(): void {
    const { roll, nowMs } = this.#options;
    const now = nowMs();
    this.keepLeases();
    if (roll.isOnline && roll.epoch !== this.#epoch) this.#forgotten(roll.epoch);
    if (now - this.#journalMs >= JOURNAL_EVERY_MS) this.#keep(now);
    if (now - this.#forgotMs >= FORGET_EVERY_MS) this.#forget(now);
    for (const entry of this.#pending) {
      const { share, waiters } = entry;
      if (waiters.length > 0 && now - (waiters[0] as Waiter).sinceMs > WAIT_MS) {
        entry.isSlow = true;
        this.#serve(entry);
      }
      if (!roll.isOnline) continue;
      const isReturned = share.held > 0 && now >= share.heldUntilMs;
      if (!share.isPending(now) && share.seenEpoch === roll.epoch) {
        if (!entry.isOrdered) this.#pending.delete(entry);
      } else if (isReturned || now - share.orderedMs >= SETTLE_MS) this.#orderSoon(entry);
    }
  }

  /** keepLeases writes down of which counters calls are leased. */
  keepLeases(): void {
    if (this.#begun.length > 0 && this.#options.lives.leased(this.#begun)) this.#begun = [];
  }

  /** Another epoch: the server has lost its data, and hears from each node what it knew. */
  #forgotten(epoch: string): void {
    const isLoss = this.#epoch !== "";
    this.#epoch = epoch;
    if (!isLoss) return;
    this.#lost();
    for (const entry of this.#entries.values())
      if (entry.share.allowance.endsUnixMs > Date.now()) this.#pending.add(entry);
  }

  #lost(): void {
    const { roll, nowMs } = this.#options;
    for (const entry of this.#entries.values()) {
      entry.share.lost(roll.nodes, nowMs());
      this.#serve(entry);
    }
  }

  #keep(nowMs: number): void {
    this.#journalMs = nowMs;
    const entries = [...this.#changed].map(({ counter, share }) => {
      const { period, endsUnixMs } = share.allowance;
      const { seen, seenEpoch, seenGrantUnixMs, unsettled } = share;
      return {
        counter,
        period,
        endsUnixMs,
        used: seen,
        epoch: seenEpoch,
        grantUnixMs: seenGrantUnixMs,
        alone: unsettled,
      };
    });
    if (this.#options.journal.keep(entries)) this.#changed.clear();
  }

  #forget(nowMs: number): void {
    this.#forgotMs = nowMs;
    const { journal, lives } = this.#options;
    journal.forgetEnded(Date.now());
    lives.forgetEnded(Date.now());
  }

  /** Settles a counter for the last time: what is held goes back. */
  async #settle({ counter, share, isFirst }: Entry): Promise<void> {
    const { redis, roll, lives, nowMs } = this.#options;
    share.heldUntilMs = 0;
    if (!roll.isOnline || !share.isPending(nowMs())) return;
    const occasion = {
      node: lives.own.name,
      nodes: roll.nodes,
      epoch: roll.epoch,
      mayLease: false,
      needed: 0,
      nowMs: nowMs(),
    };
    const order = share.order(occasion);
    await orderCalls(redis, termsOf(counter, share.allowance), {
      ...order,
      offset: isFirst ? order.offset : 0,
    }).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#pending].map((entry) => this.#settle(entry)));
    this.#keep(this.#options.nowMs());
  }
}
