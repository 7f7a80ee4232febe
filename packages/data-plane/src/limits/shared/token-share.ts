import type { ThrottleSettings } from "@tollgate/config";

/** Tokens that are asked for ahead last this long, and are returned if they are not used in that time. */
export const LEASE_MS = 200;
/** What is asked for ahead: the calls of so much time, as they came lately. */
const AHEAD_MS = 60;
/** A node never holds more than the tokens that the rate adds in this time. */
const AHEAD_MAX_S = 0.1;

/** What a node asks a bucket for, with what it owes. */
export interface ShareOrder {
  readonly wanted: number;
  readonly returned: number;
  readonly used: number;
}

/**
 * TokenShare is what one node has of a bucket that all nodes share. This file is the whole arithmetic; time is what the caller says it is.
 *
 * - `leased`: tokens that the bucket has given to this node alone.
 * - `credit`: the node's equal part of what was left in the bucket when it last replied, growing with its part of the rate. With no lease at hand the
 *   node gives out its credit, and the bucket takes it off with the next order. So a call need not wait for the bucket, the sum of all credits is what
 *   the bucket has, and without a bucket each node goes on with its part of the limit.
 */
export class TokenShare {
  readonly throttle: ThrottleSettings;
  leased = 0;
  leaseEndsMs = 0;
  /** Given out on credit and not yet settled. */
  debt = 0;
  /** Whether a call found no token since the last order. */
  isShort = false;
  /** Whether the bucket could not be reached since the last order. */
  isLost = false;
  orderedMs = Number.NEGATIVE_INFINITY;
  repliedMs = Number.NEGATIVE_INFINITY;
  #credit: number;
  #creditMs: number;
  #nodes: number;
  /** What was left in the bucket at the last reply. */
  #left: number;
  /** Tokens given out since the last order. */
  #given = 0;
  #ahead = 0;

  constructor(throttle: ThrottleSettings, nodes: number, nowMs: number) {
    this.throttle = throttle;
    this.#nodes = nodes;
    this.#credit = throttle.burstLimit / nodes;
    this.#creditMs = nowMs;
    this.#left = throttle.burstLimit;
  }

  /** The most credit that there can be. A node without a bucket can give out a token at a time, however many nodes there are. */
  #creditMax(isAlone: boolean): number {
    const part = this.throttle.burstLimit / this.#nodes;
    return isAlone && this.throttle.burstLimit >= 1 ? Math.max(1, part) : part;
  }

  #refill(nowMs: number, isAlone: boolean): void {
    const pastMs = Math.max(0, nowMs - this.#creditMs);
    this.#creditMs = nowMs;
    const added = (pastMs * this.throttle.rateLimit) / 1000 / this.#nodes;
    this.#credit = Math.min(Math.max(this.#creditMax(isAlone), this.#credit), this.#credit + added);
  }

  /** take gives out up to `wanted` tokens: leased ones first, then credit. `isAlone`: the bucket cannot be reached. */
  take(wanted: number, nowMs: number, isAlone: boolean): number {
    const fromLease = nowMs < this.leaseEndsMs ? Math.min(wanted, this.leased) : 0;
    this.leased -= fromLease;
    this.#refill(nowMs, isAlone);
    const onCredit = Math.max(0, Math.min(wanted - fromLease, Math.floor(this.#credit)));
    this.#credit -= onCredit;
    this.debt += onCredit;
    const given = fromLease + onCredit;
    this.#given += given;
    if (given < wanted) this.isShort = true;
    return given;
  }

  /** takeLeased gives out leased tokens only. */
  takeLeased(wanted: number, nowMs: number): number {
    const given = nowMs < this.leaseEndsMs ? Math.min(wanted, this.leased) : 0;
    this.leased -= given;
    this.#given += given;
    return given;
  }

  /** giveBack takes back tokens that were given out and not used. */
  giveBack(tokens: number, nowMs: number): void {
    if (tokens <= 0) return;
    this.leased += tokens;
    this.#given -= tokens;
    this.leaseEndsMs = Math.max(this.leaseEndsMs, nowMs + LEASE_MS / 2);
  }

  /** The time until the bucket may have a token, as far as this node knows; 0: it may have one now. */
  emptyForMs(nowMs: number): number {
    const missing = 1 - this.#left;
    if (missing <= 0) return 0;
    if (this.throttle.rateLimit <= 0) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.repliedMs + (missing * 1000) / this.throttle.rateLimit - nowMs);
  }

  /** Whether there is something to settle, to return or to ask for. */
  isPending(nowMs: number): boolean {
    return (
      this.debt > 0 ||
      this.isShort ||
      (this.leased > 0 && nowMs >= this.leaseEndsMs) ||
      (this.#ahead >= 1 && this.leased < this.#ahead / 2)
    );
  }

  /** Whether more will soon be asked for, although there are tokens now. */
  get isLow(): boolean {
    return this.#ahead >= 1 && this.leased < this.#ahead / 2;
  }

  /**
   * order is what to send to the bucket now; calls that wait are `waiting`. It must be followed by replied or failed. `isForgotten`: the bucket has lost
   * what it had, and is full again.
   */
  order(waiting: number, nowMs: number, isForgotten: boolean): ShareOrder {
    this.#refill(nowMs, false);
    const isLate = nowMs >= this.leaseEndsMs;
    const returned = isLate ? this.leased : 0;
    if (isLate) this.leased = 0;
    // A bucket that was away has filled up meanwhile, whatever its nodes gave out: none takes off more than its own share is short of. A bucket that is
    // full because it has forgotten everything takes off all of that.
    const short = Math.max(0, this.#creditMax(false) - this.#credit);
    const owed = this.isLost ? Math.min(short, this.debt) : this.debt;
    const used = isForgotten ? short : owed;
    const ahead = this.#aheadNow(waiting, nowMs);
    this.debt = 0;
    this.isLost = false;
    this.isShort = false;
    this.#given = 0;
    this.orderedMs = nowMs;
    return { wanted: Math.max(waiting, Math.floor(ahead) - this.leased, 0), returned, used };
  }

  /** What to hold: the calls of a moment, as they came since the last order; twice as many where they found too few. */
  #aheadNow(waiting: number, nowMs: number): number {
    const pastMs = Math.max(20, nowMs - this.orderedMs);
    const needed = (Math.max(0, this.#given) * AHEAD_MS) / pastMs;
    const { rateLimit, burstLimit } = this.throttle;
    const most = Math.max(waiting, Math.floor(Math.min(rateLimit * AHEAD_MAX_S, burstLimit / 2)));
    const held = this.isShort ? Math.max(1, needed * 2) : Math.max(needed, this.#ahead / 2);
    this.#ahead = Math.min(most, held);
    return this.#ahead;
  }

  /** replied takes the bucket's reply. Credit that was given out since the order is still owed. */
  replied({ granted, left }: { granted: number; left: number }, nodes: number, nowMs: number): void {
    this.leased += granted;
    this.leaseEndsMs = nowMs + LEASE_MS;
    this.#nodes = nodes;
    this.#left = left;
    this.#credit = left / nodes - this.debt;
    this.#creditMs = nowMs;
    this.repliedMs = nowMs;
  }

  /** lost: the bucket cannot be reached now. */
  lost(): void {
    this.isLost = true;
  }

  /** failed: nobody knows what became of an order. What it owed is still owed. */
  failed({ used }: ShareOrder): void {
    this.debt += used;
    this.isLost = true;
  }
}
