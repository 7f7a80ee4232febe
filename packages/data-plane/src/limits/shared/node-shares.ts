import { LRUCache } from "lru-cache";
import type { Redis } from "@tollgate/redis";
import type { NodeRoll } from "./node-roll.ts";

const TICK_MS = 20;
const SHARES_MAX = 200_000;

/** What becomes of calls while the server cannot be reached and the last lease is over. */
export type WithoutRedis = "fair" | "open" | "closed";

/** What the shares of every kind of limit need. */
export interface SharesOptions {
  readonly redis: Redis;
  readonly roll: NodeRoll;
  readonly withoutRedis: WithoutRedis;
  readonly nowMs: () => number;
  /** The most shares of a kind that a node has. Memory for all of them is taken at once. */
  readonly sharesMax?: number;
}

interface Waiter<Ask, Grant> {
  readonly ask: Ask;
  readonly sinceMs: number;
  readonly resolve: (grant: Grant) => void;
}

/** NodeShare is a node's share of one limit, with what is under way for it. */
export class NodeShare<Ask, Grant> {
  isOrdered = false;
  /** Resolves when the last order has had its reply, or none in time. */
  ordered: Promise<void> = Promise.resolve();
  /** Whether a call has waited too long for the order that is under way: no other waits for it. */
  isSlow = false;
  waiters: Waiter<Ask, Grant>[] = [];
}

/** ShareKind is what differs between kinds of limits. */
export interface ShareKind<S extends NodeShare<Ask, Grant>, Ask, Grant> {
  /** A call waits for a reply at most this long. */
  readonly waitMs: number;
  /** Sends an order to the server and takes its reply. Rejects if there is none. */
  order(share: S): Promise<void>;
  /** What a call gets from what there is now. */
  grant(share: S, ask: Ask, nowMs: number): Grant;
  /** Whether there is nothing to settle, to return or to ask for. */
  isSettled(share: S, nowMs: number): boolean;
  /** Whether that is to be done now. */
  isDue(share: S, nowMs: number): boolean;
  /** The server was lost. */
  lost(share: S, nowMs: number): void;
  /** Settles for the last time: everything that is at hand goes back. Never rejects. */
  settle(share: S): Promise<void>;
}

/** NodeShares are a node's shares of limits that all nodes have together, by name: ordered from the server, and renewed in the background. */
export class NodeShares<S extends NodeShare<Ask, Grant>, Ask, Grant> implements AsyncDisposable {
  readonly #roll: NodeRoll;
  readonly #nowMs: () => number;
  readonly #kind: ShareKind<S, Ask, Grant>;
  readonly #shares: LRUCache<string, S>;
  /** Those with something to settle, to return or to ask for. */
  readonly #pending = new Set<S>();
  readonly #timer: NodeJS.Timeout;

  /** `tick` is called before each round of renewals. */
  constructor(
    { roll, nowMs, sharesMax = SHARES_MAX }: SharesOptions,
    kind: ShareKind<S, Ask, Grant>,
    tick: (nowMs: number) => void = () => undefined,
  ) {
    this.#roll = roll;
    this.#nowMs = nowMs;
    this.#kind = kind;
    this.#shares = new LRUCache({
      max: sharesMax,
      dispose: (share, _name, reason) => {
        if (reason === "evict") void kind.settle(share);
      },
    });
    this.#timer = setInterval(() => {
      const now = nowMs();
      tick(now);
      this.#renew(now);
    }, TICK_MS).unref();
    roll.onLost(() => this.lost());
  }

  get(name: string): S | undefined {
    return this.#shares.get(name);
  }

  set(name: string, share: S): void {
    this.#shares.set(name, share);
  }

  values(): Iterable<S> {
    return this.#shares.values();
  }

  /** pending says that a share may have something to settle, to return or to ask for. */
  pending(share: S): void {
    this.#pending.add(share);
  }

  orderSoon(share: S): void {
    if (share.isOrdered) return;
    share.isOrdered = true;
    // What else is asked for in this turn goes with it.
    share.ordered = Promise.resolve().then(() => this.#order(share));
  }

  /** granted resolves to what a call gets after the next reply, or after waiting too long for it. */
  granted(share: S, ask: Ask, nowMs: number): Promise<Grant> {
    return new Promise((resolve) => {
      share.waiters.push({ ask, sinceMs: nowMs, resolve });
    });
  }

  /** lost: the server cannot be reached, or has lost its data. */
  lost(): void {
    const nowMs = this.#nowMs();
    for (const share of this.#shares.values()) {
      this.#kind.lost(share, nowMs);
      this.#serve(share, nowMs);
    }
  }

  async #order(share: S): Promise<void> {
    try {
      await this.#kind.order(share);
    } catch {
      this.#roll.failed();
    } finally {
      share.isOrdered = false;
      share.isSlow = false;
      this.#serve(share, this.#nowMs());
    }
  }

  /** Gives those who waited what there is now. */
  #serve(share: S, nowMs: number): void {
    const { waiters } = share;
    if (waiters.length === 0) return;
    share.waiters = [];
    for (const { ask, resolve } of waiters) resolve(this.#kind.grant(share, ask, nowMs));
  }

  #renew(nowMs: number): void {
    for (const share of this.#pending) {
      const [first] = share.waiters;
      if (first && nowMs - first.sinceMs > this.#kind.waitMs) {
        share.isSlow = true;
        this.#serve(share, nowMs);
      }
      if (!this.#roll.isOnline) continue;
      if (this.#kind.isSettled(share, nowMs)) {
        if (!share.isOrdered) this.#pending.delete(share);
      } else if (this.#kind.isDue(share, nowMs)) this.orderSoon(share);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#pending].map((share) => this.#kind.settle(share)));
  }
}
