import type { Allowance } from "@tollgate/pipeline";
import type { QuotaOrder, QuotaReply, Standing } from "@tollgate/redis";

/** Calls that are leased ahead are returned if they are not made in this time. */
export const LEASE_MS = 200;
/** All nodes together lease at most one in so many of the calls that are left. */
const PART_OF_LEFT = 100;
/**
 * What nodes keep to give out without the server is one in so many of the calls that are left, for all nodes together. It is leased before, as all calls
 * that are given out: what others used since then, and whether they or the server are still there, does not matter.
 */
const RESERVE_PART = 200;
/** What is kept on the disk is ahead of the count by one in so many calls of the limit, so that it is seldom written and never too few. */
const KEPT_PART = 500;
const AHEAD_MAX = 65_536;
/** What a node keeps of a counter that it had no calls of for so long is returned: others may need it. */
const IDLE_MS = 30_000;
/** Epochs besides the one that counts of which a node remembers how it stood. */
const OTHERS_MAX = 6;

/** What a node remembers of a counter over its own end. */
export interface QuotaMemory {
  readonly used: number;
  readonly epoch: string;
  /** When what is left was set, where that is in the count; 0: it was not. */
  readonly grantUnixMs: number;
  /** Calls that it gave out without having leased them, and that are not settled. */
  readonly alone: number;
  /** Calls that it gave out, as this run of it has them: the others are in the count already. */
  readonly spent: number;
}

/** What an order says besides what the share knows. */
export interface QuotaOccasion {
  readonly node: string;
  readonly sequence: number;
  readonly nodes: number;
  readonly epoch: string;
  /** Whether calls may be leased, or the node only tells how it stands. */
  readonly mayLease: boolean;
  /** How long it lasts until all nodes have told the server of this epoch how they stand. */
  readonly learningForMs: number;
  readonly needed: number;
  readonly nowMs: number;
}

/**
 * QuotaShare is what one node has of the calls of one counter in one period. `held` and `reserve` are leased and not given out; `spent` are given out,
 * also those that its workers may still return. This file is the whole arithmetic; time is what the caller says it is.
 */
export class QuotaShare {
  allowance: Allowance;
  held = 0;
  /** Calls that are given out only while the server does not reply. */
  reserve = 0;
  heldUntilMs = 0;
  spent = 0;
  /** What is left for all nodes, when that was last reported. */
  left = 0;
  /** The epoch of the last reply. */
  seenEpoch = "";
  orderedMs = Number.NEGATIVE_INFINITY;
  /** What was last kept on the disk. */
  #kept: QuotaMemory | undefined;
  /** Whether a call found none since the last order. */
  isShort = false;
  #toldSpent = 0;
  #toldOut = 0;
  /**
   * What a server that has lost its data starts from. It is never more than the server had of this node: the nodes' counts differ by their orders, and
   * the highest of them is what the server starts from, to which each adds what it gave out since its own.
   */
  #base: Standing;
  /**
   * The one before it, or what comes next: an epoch counts once all nodes have told the server in it how they stand, because until then its count lacks what the others gave
   * out. As not all nodes take it for that at the same moment, each tells of the other epochs, too. The newest is the last.
   */
  #others: readonly Standing[] = [];
  /** When the newest of them is what counts, if its epoch lasts so long. */
  #lastsMs = Number.POSITIVE_INFINITY;
  #learningForMs = 0;
  #givenSince = 0;
  #ahead = 1;
  #wantedHeld = 0;
  #reserveAim = 0;
  /** Calls that were given out without having been leased, and those of them that the last order settles. */
  unsettled = 0;
  #inOrder = 0;

  constructor(allowance: Allowance, memory: QuotaMemory | undefined) {
    this.allowance = allowance;
    this.seenEpoch = memory?.epoch ?? "";
    this.unsettled = memory?.alone ?? 0;
    this.spent = memory?.spent ?? 0;
    this.#base = {
      spent: this.spent - this.unsettled,
      out: 0,
      seen: memory?.used ?? 0,
      epoch: this.seenEpoch,
      grantUnixMs: memory?.grantUnixMs ?? 0,
    };
  }

  take(wanted: number): number {
    const given = Math.min(wanted, this.held);
    this.held -= given;
    this.spent += given;
    this.#givenSince += given;
    if (given === 0) this.isShort = true;
    return given;
  }

  /** takeAlone gives out calls without the server: what was leased for that, after what is held. */
  takeAlone(wanted: number): number {
    const held = this.take(wanted);
    const given = Math.min(wanted - held, this.reserve);
    this.reserve -= given;
    this.spent += given;
    return held + given;
  }

  /** takeFreely gives out calls that nobody counts now; they are settled later. */
  takeFreely(wanted: number): number {
    this.spent += wanted;
    this.unsettled += wanted;
    return wanted;
  }

  /** lost: the server cannot be reached now, or has lost its data. */
  lost(nowMs: number): void {
    this.#adopt(nowMs);
    this.#lastsMs = Number.POSITIVE_INFINITY;
  }

  /** learned: all nodes have told the server in this epoch how they stand. */
  learned(epoch: string, nowMs: number): void {
    if (this.#others.at(-1)?.epoch !== epoch) return;
    this.#lastsMs = nowMs;
    this.#adopt(nowMs);
  }

  /** returnIdle returns whether there is a reserve to return, because the node had no calls for long. */
  returnIdle(nowMs: number): boolean {
    if (this.reserve === 0 || nowMs - this.orderedMs < IDLE_MS) return false;
    this.release();
    return true;
  }

  /** release gives up all that is not given out, with the next order. */
  release(): void {
    this.heldUntilMs = 0;
    this.reserve = this.#reserveAim = 0;
  }

  /** renew holds the calls to another limit, or to what is left now: what was leased before that is not given out, but returned with the next order. */
  renew(allowance: Allowance): void {
    this.allowance = allowance;
    this.release();
    this.held = 0;
  }

  /**
   * Whether the disk knows of fewer calls than were given out, or might be: then it is to be written before more of them are. What is kept is of the epoch
   * that counts: until all nodes have told the server in the next one, its count lacks what the others gave out.
   */
  get isBeyondKept(): boolean {
    const { seen, epoch, grantUnixMs } = this.#base;
    const kept = this.#kept;
    if (epoch === "") return false;
    return !kept || seen > kept.used || epoch !== kept.epoch || grantUnixMs !== kept.grantUnixMs;
  }

  /** toKeep returns what is to be kept on the disk: no less than the count is until the next time. */
  toKeep(): QuotaMemory {
    const { seen, epoch, grantUnixMs } = this.#base;
    const ahead = epoch === "" ? 0 : Math.floor(this.allowance.limit / KEPT_PART);
    this.#kept = { used: seen + ahead, epoch, grantUnixMs, alone: this.unsettled, spent: this.spent };
    return this.#kept;
  }

  giveBack(calls: number, nowMs: number): void {
    this.held += calls;
    this.spent -= calls;
    this.#givenSince -= calls;
    this.heldUntilMs = Math.max(this.heldUntilMs, nowMs + LEASE_MS / 2);
  }

  get isLow(): boolean {
    return this.held < this.#ahead / 2 && this.left > 0;
  }

  isPending(nowMs: number): boolean {
    return (
      this.spent !== this.#toldSpent ||
      this.held + this.reserve !== this.#toldOut ||
      (this.held > 0 && nowMs >= this.heldUntilMs)
    );
  }

  #adopt(nowMs: number): void {
    const newest = this.#others.at(-1);
    if (!newest || nowMs < this.#lastsMs) return;
    this.#others = [this.#base];
    this.#base = newest;
    this.#lastsMs = Number.POSITIVE_INFINITY;
  }

  order(occasion: QuotaOccasion): QuotaOrder {
    const { node, sequence, nodes, epoch, mayLease, learningForMs, needed, nowMs } = occasion;
    if (this.#others.at(-1)?.epoch !== epoch) this.#lastsMs = Number.POSITIVE_INFINITY;
    this.#adopt(nowMs);
    this.#learningForMs = learningForMs;
    // What is returned before the server has heard of this share is not taken off.
    if (nowMs >= this.heldUntilMs && needed === 0 && this.#isKnownIn(epoch)) this.held = 0;
    const pastMs = Math.max(20, nowMs - this.orderedMs);
    const used = (Math.max(0, this.#givenSince) * LEASE_MS) / 2 / pastMs;
    this.#ahead = Math.min(AHEAD_MAX, this.isShort ? Math.max(used, this.#ahead * 2) : Math.max(used, 0));
    this.#givenSince = 0;
    this.isShort = false;
    this.orderedMs = nowMs;
    this.#inOrder = this.unsettled;
    const holding = this.held + this.reserve;
    this.#lower(epoch, this.spent + holding);
    this.#wantedHeld = Math.max(needed, Math.floor(this.#ahead) - this.held, 0);
    return {
      offset: this.allowance.offset,
      wanted: mayLease ? this.#wantedHeld + Math.max(0, this.#reserveAim - this.reserve) : 0,
      needed,
      part: nodes * PART_OF_LEFT,
      node,
      sequence,
      spent: this.spent,
      holding,
      toldSpent: this.#base.spent,
      toldOut: this.#base.out,
      seen: this.#base.seen,
      seenEpoch: this.#base.epoch,
      seenGrantUnixMs: this.#base.grantUnixMs,
      others: this.#others.filter(({ grantUnixMs }) => grantUnixMs === this.#base.grantUnixMs),
      epoch,
    };
  }

  #isKnownIn(epoch: string): boolean {
    return this.#base.epoch === epoch || this.#others.some((one) => one.epoch === epoch);
  }

  /** The order that is sent may return calls, and its reply may be lost: others may see a count without them. */
  #lower(epoch: string, total: number): void {
    this.#base = lowered(this.#base, epoch, total);
    this.#others = this.#others.map((one) => lowered(one, epoch, total));
  }

  /** `isLate`: the order was sent in an epoch that is over. */
  replied(order: QuotaOrder, reply: QuotaReply, nowMs: number, isLate = false): void {
    const { granted, used, epoch } = reply;
    // What another server granted is in no count that this one has.
    if (!isLate) this.held += granted;
    if (granted > 0) this.heldUntilMs = nowMs + LEASE_MS;
    this.#toldSpent = order.spent;
    this.#toldOut = order.holding + granted;
    if (!isLate) this.#learn(order, reply, nowMs);
    this.seenEpoch = epoch;
    this.left = Math.max(0, this.allowance.limit - used);
    if (!isLate) this.#keepReserve(order, granted, reply.leased);
    this.unsettled -= this.#inOrder;
    this.#inOrder = 0;
  }

  /** A part of what was granted is kept for when the server is away, and what of it is too much by now is given out. Where nothing is left, all of it is. */
  #keepReserve({ needed, part }: QuotaOrder, granted: number, leased: number): void {
    this.#reserveAim = Math.floor(((this.left + leased) * PART_OF_LEFT) / (part * RESERVE_PART));
    if (granted < needed && this.left === 0) this.#reserveAim = 0;
    const spare = Math.max(granted - this.#wantedHeld, Math.floor((granted - needed) / 2), 0);
    const more = Math.min(this.#reserveAim - this.reserve, spare);
    this.reserve += more;
    this.held -= more;
  }

  #learn(
    { spent, holding, epoch }: QuotaOrder,
    { granted, used, grantUnixMs }: QuotaReply,
    nowMs: number,
  ): void {
    const standing = { epoch, spent, out: holding + granted, seen: used, grantUnixMs };
    if (epoch === this.#base.epoch) this.#base = standing;
    else {
      const others = this.#others.filter((one) => one.epoch !== epoch);
      this.#others = [...others.slice(1 - OTHERS_MAX), standing];
      this.#lastsMs = nowMs + this.#learningForMs;
      this.#adopt(nowMs);
    }
  }
}

function lowered(standing: Standing, epoch: string, total: number): Standing {
  if (standing.epoch !== epoch) return standing;
  const spent = Math.min(standing.spent, total);
  return { ...standing, spent, out: Math.min(standing.out, total - spent) };
}
