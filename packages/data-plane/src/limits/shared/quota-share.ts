import type { Allowance } from "@tollgate/pipeline";
import type { QuotaOrder, QuotaReply, Standing } from "@tollgate/redis";

/** Calls that are leased ahead are returned if they are not made in this time. */
export const LEASE_MS = 200;
/** What a node knows of a counter is recent for so long. */
const RECENT_MS = 300;
/** All nodes together lease at most one in so many of the calls that are left. */
const PART_OF_LEFT = 100;
/** Without the server, a node uses this much of its equal part of what was left: others leased some of it after that was reported. */
const RECENT_PART = 0.8;
/** The same where the last report is old, or where there was none. */
const OLD_PART = 0.2;
const UNKNOWN_PART = 0.01;
/** Below so many calls a node, what others leased since may be all of it. */
const RECENT_MIN = 200;
const AHEAD_MAX = 65_536;
/** Epochs besides the one that counts of which a node remembers how it stood. */
const OTHERS_MAX = 6;

/** What a node remembers of a counter over its own end. */
export interface QuotaMemory {
  readonly used: number;
  readonly epoch: string;
  /** When what is left was set, where that is in the count; 0: it was not. */
  readonly grantUnixMs: number;
  /** Calls that it gave out without the server and that are not settled. */
  readonly alone: number;
}

/** What an order says besides what the share knows. */
export interface QuotaOccasion {
  readonly node: string;
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
 * QuotaShare is what one node has of the calls of one counter in one period. `held` are leased and not given out; `spent` are given out, also those that
 * its workers may still return. This file is the whole arithmetic; time is what the caller says it is.
 */
export class QuotaShare {
  allowance: Allowance;
  held = 0;
  heldUntilMs = 0;
  spent = 0;
  /** What is left for all nodes, when that was last reported. */
  left = 0;
  /** The server's count then, its epoch, and when what is left was set that is in the count. */
  seen = 0;
  seenEpoch = "";
  seenGrantUnixMs = 0;
  toldMs = Number.NEGATIVE_INFINITY;
  orderedMs = Number.NEGATIVE_INFINITY;
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
  /** How long the epoch of the last order was to be learned in. */
  #learningForMs = 0;
  #givenSince = 0;
  #ahead = 1;
  /** Calls that may be given out without the server: once, until it knows again what all nodes gave out, however often it is lost. */
  #alone: number | undefined;
  /** When what is left was last reported before that. */
  #aloneToldMs = Number.NEGATIVE_INFINITY;
  /** Calls that were given out without the server and are not settled, and those of them that the last order settles. */
  unsettled = 0;
  #inOrder = 0;
  readonly #memory: QuotaMemory | undefined;

  constructor(allowance: Allowance, memory: QuotaMemory | undefined) {
    this.allowance = allowance;
    this.seen = memory?.used ?? 0;
    this.seenEpoch = memory?.epoch ?? "";
    this.seenGrantUnixMs = memory?.grantUnixMs ?? 0;
    this.unsettled = this.spent = memory?.alone ?? 0;
    this.#memory = memory;
    this.#base = {
      spent: 0,
      out: 0,
      seen: this.seen,
      epoch: this.seenEpoch,
      grantUnixMs: this.seenGrantUnixMs,
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

  /** takeAlone gives out calls without the server, after what is held: a part of what was left, which is settled later. */
  takeAlone(wanted: number): number {
    const left = this.#alone ?? 0;
    const given = Math.min(wanted, left);
    this.#alone = left - given;
    return this.takeFreely(given);
  }

  /** takeFreely gives out calls that nobody counts now; they are settled later. */
  takeFreely(wanted: number): number {
    this.spent += wanted;
    this.unsettled += wanted;
    return wanted;
  }

  /** lost: the server cannot be reached now, or has lost its data. What may be given out without it depends on how old this node's knowledge is. */
  lost(nodes: number, nowMs: number): void {
    this.#adopt(nowMs);
    this.#lastsMs = Number.POSITIVE_INFINITY;
    if (this.#alone !== undefined && this.toldMs === this.#aloneToldMs) return;
    this.#aloneToldMs = this.toldMs;
    this.#alone = Math.min(this.#alone ?? Number.POSITIVE_INFINITY, this.#partOfLeft(nodes, nowMs));
  }

  #partOfLeft(nodes: number, nowMs: number): number {
    if (this.toldMs === Number.NEGATIVE_INFINITY) return this.#aloneAtStart(nodes);
    const isRecent = nowMs - this.toldMs <= RECENT_MS;
    if (!isRecent) return Math.floor((this.left * OLD_PART) / nodes);
    return this.left < RECENT_MIN * nodes ? 0 : Math.floor((this.left * RECENT_PART) / nodes);
  }

  /** What a node may give out before the first report: no more than was left when it ended, and what it gave out without the server is off. */
  #aloneAtStart(nodes: number): number {
    const { limit, grant } = this.allowance;
    const unknown = Math.ceil((limit * UNKNOWN_PART) / nodes);
    const { epoch, used, grantUnixMs, alone } = this.#memory ?? {
      epoch: "",
      used: 0,
      grantUnixMs: 0,
      alone: 0,
    };
    const isSet = grant !== undefined && grant.grantTimeUnixMs > grantUnixMs;
    const left = isSet ? grant.remaining : limit - used;
    const most = isSet || epoch !== "" ? Math.min(unknown, Math.floor(left / nodes)) : unknown;
    return Math.max(0, most - alone);
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
      this.held !== this.#toldOut ||
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

  order({ node, nodes, epoch, mayLease, learningForMs, needed, nowMs }: QuotaOccasion): QuotaOrder {
    if (this.#others.at(-1)?.epoch !== epoch) this.#lastsMs = Number.POSITIVE_INFINITY;
    this.#adopt(nowMs);
    this.#learningForMs = learningForMs;
    if (nowMs >= this.heldUntilMs && needed === 0) this.held = 0;
    const pastMs = Math.max(20, nowMs - this.orderedMs);
    const used = (Math.max(0, this.#givenSince) * LEASE_MS) / 2 / pastMs;
    this.#ahead = Math.min(AHEAD_MAX, this.isShort ? Math.max(used, this.#ahead * 2) : Math.max(used, 0));
    this.#givenSince = 0;
    this.isShort = false;
    this.orderedMs = nowMs;
    this.#inOrder = this.unsettled;
    this.#lower(epoch, this.spent + this.held);
    return {
      offset: this.allowance.offset,
      wanted: mayLease ? Math.max(needed, Math.floor(this.#ahead) - this.held, 0) : 0,
      needed,
      part: nodes * PART_OF_LEFT,
      node,
      spent: this.spent,
      holding: this.held,
      toldSpent: this.#base.spent,
      toldOut: this.#base.out,
      seen: this.#base.seen,
      seenEpoch: this.#base.epoch,
      seenGrantUnixMs: this.#base.grantUnixMs,
      others: this.#others.filter(({ grantUnixMs }) => grantUnixMs === this.#base.grantUnixMs),
      epoch,
    };
  }

  /** The order that is sent may return calls, and its reply may be lost: others may see a count without them. */
  #lower(epoch: string, total: number): void {
    const lowerOf = (one: Standing) => (one.epoch === epoch ? lowered(one, total) : one);
    this.#base = lowerOf(this.#base);
    this.#others = this.#others.map(lowerOf);
  }

  /** `isLate`: the order was sent in an epoch that is over. */
  replied(order: QuotaOrder, reply: QuotaReply, nowMs: number, isLate = false): void {
    const { granted, used, epoch, grantUnixMs } = reply;
    this.held += granted;
    if (granted > 0) this.heldUntilMs = nowMs + LEASE_MS;
    this.#toldSpent = order.spent;
    this.#toldOut = order.holding + granted;
    if (!isLate) this.#learn(order, reply, nowMs);
    this.seen = used;
    this.seenEpoch = epoch;
    this.seenGrantUnixMs = grantUnixMs;
    this.left = Math.max(0, this.allowance.limit - used);
    this.toldMs = nowMs;
    // Until all nodes have told the server how they stand, less is left than it says.
    if (!isLate && this.#learningForMs === 0) this.#alone = undefined;
    this.unsettled -= this.#inOrder;
    this.#inOrder = 0;
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

function lowered(standing: Standing, total: number): Standing {
  const spent = Math.min(standing.spent, total);
  return { ...standing, spent, out: Math.min(standing.out, total - spent) };
}
