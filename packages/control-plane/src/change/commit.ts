import { AsyncLocalStorage } from "node:async_hooks";
import { noteWrite } from "../audit/audit-log.ts";
import type { EntityDigest } from "../audit/audit-record.ts";
import type { AccountState, Mirror } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store/store.ts";
import { CommitBatch } from "./commit-batch.ts";
import type { ExpandedChange } from "./expanded-change.ts";
import { type Outcome as Computed, decideSoon, SideLane } from "./side-lane.ts";
import type { ChangeRequest } from "./wanted-change.ts";

const ATTEMPTS_MAX = 20;
/** How long a call waits until this control plane has read its change, or the one that came before it. */
const MIRRORED_MAX_MS = 10_000;

export interface Transaction extends Pick<ChangeRequest, "accountId" | "expectedRevision" | "dryRun"> {
  readonly decide: (state: AccountState) => Promise<ExpandedChange>;
}

export interface Committed {
  readonly revision: number;
  readonly change: ExpandedChange;
}

/** What a transaction has come to. Without `digests`, nothing was written. */
interface Outcome extends Committed {
  readonly digests?: readonly EntityDigest[];
}

/** A transaction that is not committed yet. */
interface Waiting extends Pick<PromiseWithResolvers<Outcome>, "resolve" | "reject"> {
  readonly expectedRevision: number;
  readonly dryRun: boolean;
  /** In the context of the call that waits. */
  readonly decide: Transaction["decide"];
  attempts: number;
  /** It is committed with no other: a commit of several failed. */
  isAlone: boolean;
  /** What it came to in a side lane. It goes into none once more, so that it is not computed again and again. */
  returned?: { readonly lane: SideLane; readonly computed: Computed };
  isLate?: boolean;
}

/** The transactions of an account. */
class Queue {
  /** In the order in which they are committed. */
  readonly waiting: Waiting[] = [];
  readonly lanes = new Set<SideLane>();
  /** They come first, from the next commit on. */
  readonly returned: Waiting[] = [];
  isRunning = false;

  takeReturned(): void {
    for (const { returned } of this.returned) if (returned) this.lanes.delete(returned.lane);
    this.waiting.unshift(...this.returned.splice(0));
  }

  get isEmpty(): boolean {
    return this.waiting.length + this.returned.length === 0;
  }
}

/** A transaction whose change is part of a batch. */
interface Decided {
  readonly waiting: Waiting;
  readonly change: ExpandedChange;
  readonly digests: readonly EntityDigest[];
}

/**
 * Writer runs transactions on accounts. A change is computed from the mirror and committed only if the account's head has not changed since;
 * otherwise it is computed again. So checked references are still valid when they are stored, with any number of control planes. Within
 * one process, transactions of an account are queued, so that they do not conflict; those that wait and are of different APIs are committed
 * together. What takes long to compute is passed by those that wait behind it.
 */
export class Writer {
  readonly #store: Store;
  readonly #mirror: Mirror;
  /** By account. */
  readonly #queues = new Map<string, Queue>();

  constructor(store: Store, mirror: Mirror) {
    this.#store = store;
    this.#mirror = mirror;
  }

  async run({ accountId, expectedRevision = 0, dryRun = false, decide }: Transaction): Promise<Committed> {
    const { promise, ...settle } = Promise.withResolvers<Outcome>();
    const inContext = AsyncLocalStorage.snapshot();
    const waiting: Waiting = {
      ...settle,
      expectedRevision,
      dryRun,
      decide: (state) => inContext(decide, state),
      attempts: 0,
      isAlone: false,
    };
    const queue = this.#queues.get(accountId) ?? new Queue();
    this.#queues.set(accountId, queue);
    queue.waiting.push(waiting);
    void this.#commitAll(accountId, queue);
    const { revision, change, digests } = await promise;
    if (digests) noteWrite(revision, digests);
    return { revision, change };
  }

  async #commitAll(accountId: string, queue: Queue): Promise<void> {
    if (queue.isRunning) return;
    queue.isRunning = true;
    while (!queue.isEmpty) {
      queue.takeReturned();
      await this.#commitNext(accountId, queue);
    }
    queue.isRunning = false;
    if (queue.lanes.size === 0) this.#queues.delete(accountId);
  }

  /** Lets a transaction be computed while others are committed. */
  #pass(accountId: string, queue: Queue, waiting: Waiting, lane: SideLane): void {
    queue.waiting.splice(queue.waiting.indexOf(waiting), 1);
    queue.lanes.add(lane);
    waiting.isLate = true;
    void lane.outcome.then((computed) => {
      waiting.returned = { lane, computed };
      queue.returned.push(waiting);
      return this.#commitAll(accountId, queue);
    });
  }

  /** Settles at least one of the transactions that wait, or counts an attempt. It never rejects. */
  async #commitNext(accountId: string, queue: Queue): Promise<void> {
    const { waiting } = queue;
    const state = this.#mirror.account(accountId);
    const batch = new CommitBatch(accountId, state);
    const decided: Decided[] = [];
    for (let next = waiting[0]; next && batch.hasRoom; next = waiting[decided.length]) {
      const one = await this.#decide(next, state, batch, decided.length === 0);
      if (!one) break;
      if (one instanceof SideLane) {
        this.#pass(accountId, queue, next, one);
        continue;
      }
      if (!("digests" in one)) return void waiting.shift();
      decided.push(one);
      // Another control plane was faster once: the less has to be computed, the sooner this one is.
      if (next.isAlone || next.attempts > 0) break;
    }
    if (decided.length > 0) await this.#commit(batch, decided, queue);
  }

  /**
   * Adds the change of a transaction to a batch. "settled": it needs no commit. undefined: it has to wait for the batch, and is decided again. Only the
   * first one is settled by what it finds, because the others may find something else after the batch.
   */
  async #decide(
    waiting: Waiting,
    state: AccountState,
    batch: CommitBatch,
    isFirst: boolean,
  ): Promise<Decided | Settled | SideLane | undefined> {
    const { expectedRevision, dryRun, resolve, reject, isAlone } = waiting;
    if (!isFirst && (expectedRevision !== 0 || dryRun || isAlone)) return undefined;
    const { revision } = state;
    try {
      if (expectedRevision !== 0 && expectedRevision !== revision)
        throw new Refusal(
          "conflict",
          `the account is at revision ${revision}, not ${expectedRevision}: read it again and retry`,
        );
      const change = await this.#compute(waiting, state);
      if (change instanceof SideLane) return change;
      const writesNothing = dryRun || change.puts.length + change.deletes.length === 0;
      if (writesNothing && !isFirst) return undefined;
      if (writesNothing) {
        resolve({ revision, change });
        return SETTLED;
      }
      const digests = batch.add(change);
      return digests && { waiting, change, digests };
    } catch (error) {
      if (!isFirst) return undefined;
      reject(error);
      return SETTLED;
    }
  }

  async #compute(waiting: Waiting, state: AccountState): Promise<ExpandedChange | SideLane> {
    const { returned, isLate, attempts, expectedRevision, decide } = waiting;
    const { revision } = state;
    if (returned?.lane.isValidAt(revision, returned.computed)) {
      if ("error" in returned.computed) throw returned.computed.error;
      return returned.computed.change;
    }
    if (isLate || attempts > 0 || expectedRevision !== 0) return decide(state);
    return decideSoon(revision, () => decide(state));
  }

  /** Commits a batch of the first transactions of a queue, and takes those out of it that are settled by that. */
  async #commit(
    batch: CommitBatch,
    decided: readonly Decided[],
    { waiting: queue, lanes }: Queue,
  ): Promise<void> {
    try {
      const revision = await this.#write(batch);
      if (revision === undefined) return this.#failed(decided, queue);
      for (const lane of lanes) lane.passedBy(batch.baseRevision, revision, batch.apis);
      queue.splice(0, decided.length);
      for (const { waiting, change, digests } of decided) waiting.resolve({ revision, change, digests });
    } catch (error) {
      // What one of them has too much of, the others need not have. What may have been stored must not be stored again.
      if (decided.length > 1 && !(error instanceof Refusal)) {
        for (const { waiting } of decided) waiting.isAlone = true;
        return;
      }
      queue.splice(0, decided.length);
      for (const { waiting } of decided) waiting.reject(error);
    }
  }

  /** Another control plane has committed first: all are decided again, but not without an end. */
  #failed(decided: readonly Decided[], queue: Waiting[]): void {
    for (const { waiting } of decided) {
      if (++waiting.attempts < ATTEMPTS_MAX) continue;
      queue.splice(queue.indexOf(waiting), 1);
      waiting.reject(new Refusal("conflict", "too many concurrent writes to this account; try again"));
    }
  }

  /** The revision of the commit. undefined: another transaction was committed first. */
  async #write(batch: CommitBatch): Promise<number | undefined> {
    const { committed, revision } = await this.#store.commit(batch.commit);
    // If the store is away again before this control plane has read the change, it is stored all the same.
    const isMirrored = await this.#mirror.reached(revision, MIRRORED_MAX_MS);
    if (committed) return revision;
    if (isMirrored) return undefined;
    throw new Refusal(
      "unavailable",
      "another change was stored that this control plane cannot read yet: nothing was changed; try again later",
    );
  }
}

const SETTLED = { isSettled: true } as const;
type Settled = typeof SETTLED;
