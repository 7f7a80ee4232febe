import { chunkArtifactName, factCatalogue, parseArtifactName, problemAt } from "@tollgate/config/runtime";
import type { Artifact, RefusedPart, Update } from "@tollgate/config-stream";
import type { Logger } from "@tollgate/telemetry";
import { type CrashFile, type LeftOut, leftOutKey, type Trial } from "./crash-file.ts";

/** What was applied for so long without a crash is not what causes the next one. */
const TRIAL_MS = 30_000;
/** The end of the whole node says less about its cause than that of a worker: only what is this new is suspected. */
const NODE_TRIAL_MS = 10_000;
const CRASHES_MAX = 2;
/** What is left out is tried again after this time; each time that it crashes the node again, after twice as long. */
const LEFT_OUT_MS = 60 * 60_000;
const LEFT_OUT_MAX_MS = 24 * LEFT_OUT_MS;
/** For how long after that it is remembered. */
const REMEMBERED_MS = 7 * LEFT_OUT_MAX_MS;
/** Ends that the config does not cause: an operator, or the system, ended the process. */
const FROM_OUTSIDE: readonly (NodeJS.Signals | null)[] = ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"];

const facts = factCatalogue({
  ARTIFACT_CRASHED: ({ crashes }: { crashes: number }) =>
    `was left out, because the node crashed ${crashes} times soon after it had been applied; the version before stays live`,
});

/** Withdrawal is what a node stops using: each artifact, and the last good version that it uses instead, if there is one. */
export interface Withdrawal {
  readonly refused: readonly RefusedPart[];
  readonly restored: readonly Artifact[];
  /** Names without a last good version. */
  readonly removed: readonly string[];
}

export interface CrashGuardOptions {
  readonly file: CrashFile;
  /** Makes an update live on the workers. */
  readonly apply: (update: Update) => Promise<readonly RefusedPart[]>;
  /** Called when artifacts that were applied are left out. */
  readonly onWithdrawal: (withdrawal: Withdrawal) => void;
  /** Called when artifacts that were left out have been tried again. `refused`: they cannot be used. */
  readonly onRetry: (artifacts: readonly Artifact[], refused: readonly RefusedPart[]) => void;
  readonly logger: Logger;
  readonly nowUnixMs?: () => number;
  readonly nowMs?: () => number;
}

/**
 * CrashGuard leaves out config that crashes the node. Whatever was new at two crashes, of a worker or of the whole node, is replaced by its
 * last good version and refused, until it changes or is tried again.
 */
export class CrashGuard implements Disposable {
  readonly #options: CrashGuardOptions;
  readonly #live = new Map<string, Artifact>();
  readonly #trials: Map<string, Trial>;
  readonly #leftOut: Map<string, LeftOut>;
  /** What is left out of the newest config. */
  readonly #heldBack = new Map<string, Artifact>();
  /** Removed chunks that the last good version of what is on trial needs. */
  readonly #removedChunks = new Map<string, Artifact>();
  readonly #proving: NodeJS.Timeout;
  #version = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: CrashGuardOptions) {
    this.#options = options;
    const { trials, leftOut, chunks } = options.file.read();
    for (const artifact of chunks) this.#removedChunks.set(artifact.name, artifact);
    this.#leftOut = leftOut;
    for (const [key, { untilUnixMs = this.#nowUnixMs() + LEFT_OUT_MS, ...entry }] of leftOut)
      leftOut.set(key, { ...entry, untilUnixMs });
    this.#trials = trials;
    // The process before has ended without saying so.
    for (const trial of trials.values()) {
      trial.crashes++;
      trial.sinceMs = this.#nowMs();
      if (trial.crashes >= CRASHES_MAX) this.#leaveOut(trial);
    }
    this.#save();
    this.#proving = setInterval(() => {
      this.#prove();
      void this.retryExpired();
    }, 1_000);
    this.#proving.unref();
  }

  #nowMs(): number {
    return (this.#options.nowMs ?? (() => performance.now()))();
  }

  #nowUnixMs(): number {
    return (this.#options.nowUnixMs ?? Date.now)();
  }

  #leaveOut(trial: Trial): void {
    const key = leftOutKey(trial);
    const times = (this.#leftOut.get(key)?.times ?? 0) + 1;
    const forMs = Math.min(LEFT_OUT_MS * 2 ** (times - 1), LEFT_OUT_MAX_MS);
    this.#leftOut.set(key, { crashes: trial.crashes, times, untilUnixMs: this.#nowUnixMs() + forMs });
  }

  /** Returns how often an artifact crashed the node that is left out now. */
  #crashesOf(artifact: Artifact): number | undefined {
    const { crashes, untilUnixMs = 0 } = this.#leftOut.get(leftOutKey(artifact)) ?? {};
    return untilUnixMs > this.#nowUnixMs() ? crashes : undefined;
  }

  /** retryExpired tries again what was left out for long enough: the cause may have been another one, and the content may never change. */
  retryExpired(): Promise<void> {
    const isOver = (artifact: Artifact) => this.#crashesOf(artifact) === undefined;
    if (![...this.#heldBack.values()].some(isOver)) return Promise.resolve();
    return this.#inTurn(async () => {
      const { apply, logger, onRetry } = this.#options;
      const upserts = [...this.#heldBack.values()].filter(isOver);
      if (upserts.length === 0) return;
      const artifacts = upserts.map(({ name }) => name);
      for (const name of artifacts) this.#heldBack.delete(name);
      logger.warn({ artifacts }, "config that was left out because it crashed this node is tried again");
      this.#try(upserts, []);
      this.#save();
      onRetry(upserts, await apply({ version: this.#version, upserts, removals: [], changedKeys: [] }));
    });
  }

  /** apply makes an update live without what is left out, and returns what was refused. */
  apply(update: Update): Promise<readonly RefusedPart[]> {
    return this.#inTurn(() => this.#applyNext(update));
  }

  /** Updates and withdrawals are made one after another. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async #applyNext(update: Update): Promise<readonly RefusedPart[]> {
    this.#version = update.version;
    const refused: RefusedPart[] = [];
    const restored: Artifact[] = [];
    const upserts = update.upserts.filter((artifact) => {
      const { name } = artifact;
      const crashes = this.#crashesOf(artifact);
      if (crashes === undefined) {
        this.#heldBack.delete(name);
        return true;
      }
      this.#heldBack.set(name, artifact);
      refused.push(refusal(name, crashes));
      const before = this.#trials.get(name)?.before;
      // The process before crashed with it: its last good version is not on the disk as part of the config.
      if (before && !this.#live.has(name)) restored.push(before);
      this.#trials.delete(name);
      return false;
    });
    if (restored.length > 0) restored.push(...this.#chunks());
    const whole = { ...update, upserts: [...upserts, ...restored] };
    this.#try(whole.upserts, update.removals);
    this.#save();
    const others = await this.#options.apply(whole);
    if (restored.length > 0) this.#options.onWithdrawal({ refused, restored, removed: [] });
    return [...others, ...refused];
  }

  #chunks(): readonly Artifact[] {
    return [...this.#removedChunks.values()];
  }

  /** What a node gets first is all that there is: there is nothing better to go back to. */
  #try(upserts: readonly Artifact[], removals: readonly string[]): void {
    const isFirst = this.#live.size === 0;
    const sinceMs = this.#nowMs();
    for (const name of removals) {
      const artifact = this.#live.get(name);
      if (artifact && isChunk(name)) this.#removedChunks.set(name, artifact);
      this.#live.delete(name);
      this.#heldBack.delete(name);
      this.#trials.delete(name);
    }
    for (const artifact of upserts) {
      const { name, digest } = artifact;
      const before = this.#live.get(name);
      this.#live.set(name, artifact);
      const earlier = this.#trials.get(name);
      if (isFirst && earlier?.digest.equals(digest) === false) this.#trials.delete(name);
      // What comes once more, such as from another control plane, has crashed the node as often as before.
      if (isFirst || isChunk(name) || earlier?.digest.equals(digest)) continue;
      // The last good version is the one before the first of several new ones.
      this.#trials.set(name, { name, digest, before: earlier?.before ?? before, sinceMs, crashes: 0 });
    }
  }

  /** workerEnded is called when a worker has ended unexpectedly. */
  workerEnded(code: number | null, signal: NodeJS.Signals | null): void {
    if (code === 0 || (FROM_OUTSIDE.includes(signal) && code === null)) return;
    this.#prove();
    const guilty: Trial[] = [];
    for (const trial of this.#trials.values()) {
      trial.crashes++;
      trial.sinceMs = this.#nowMs();
      if (trial.crashes >= CRASHES_MAX) guilty.push(trial);
    }
    if (guilty.length > 0) void this.#inTurn(() => this.#withdraw(guilty));
    this.#save();
  }

  async #withdraw(guilty: readonly Trial[]): Promise<void> {
    const { apply, logger, onWithdrawal } = this.#options;
    const refused: RefusedPart[] = [];
    const restored = [...this.#chunks()];
    const removed: string[] = [];
    for (const trial of guilty) {
      const { name, before, crashes } = trial;
      // It has changed since: the next version is on trial itself.
      if (this.#trials.get(name) !== trial) continue;
      this.#trials.delete(name);
      this.#leaveOut(trial);
      const artifact = this.#live.get(name);
      if (artifact) this.#heldBack.set(name, artifact);
      refused.push(refusal(name, crashes));
      if (before) restored.push(before);
      else removed.push(name);
    }
    if (refused.length === 0) return;
    for (const artifact of restored) this.#live.set(artifact.name, artifact);
    for (const name of removed) this.#live.delete(name);
    this.#save();
    logger.error(
      { artifacts: refused.map(({ name }) => name), version: this.#version },
      "config that crashed this node is left out; its last good version is live",
    );
    const unusable = await apply({
      version: this.#version,
      upserts: restored,
      removals: removed,
      changedKeys: [],
    });
    if (unusable.length > 0)
      logger.error({ unusable }, "a last good version cannot be used: what crashed this node stays live");
    onWithdrawal({ refused, restored, removed });
  }

  /** What has not crashed the node for long enough is good. */
  #prove(): void {
    const nowMs = this.#nowMs();
    for (const [name, { sinceMs }] of this.#trials) if (nowMs - sinceMs > TRIAL_MS) this.#trials.delete(name);
    this.#forgetChunks();
    for (const [key, { untilUnixMs = 0 }] of this.#leftOut)
      if (this.#nowUnixMs() - untilUnixMs > REMEMBERED_MS) this.#leftOut.delete(key);
    this.#save();
  }

  /** Forgets removed chunks that nothing can go back to. */
  #forgetChunks(): void {
    const needed = chunksNeededBy(this.#trials.values());
    for (const name of this.#removedChunks.keys()) if (!needed.has(name)) this.#removedChunks.delete(name);
  }

  #save(): void {
    const nowMs = this.#nowMs();
    const trials = [...this.#trials.values()].filter(({ sinceMs }) => nowMs - sinceMs <= NODE_TRIAL_MS);
    const needed = chunksNeededBy(trials);
    this.#options.file.write({
      trials: new Map(trials.map((trial) => [trial.name, trial])),
      leftOut: this.#leftOut,
      chunks: [...this.#removedChunks.values()].filter(({ name }) => needed.has(name)),
    });
  }

  /** A node that stops was not crashed by its config. */
  [Symbol.dispose](): void {
    clearInterval(this.#proving);
    this.#options.file.write({ trials: new Map(), leftOut: this.#leftOut, chunks: [] });
  }
}

/** A digest as stages name their chunks by it. */
const DIGEST = /[0-9a-f]{64}/g;
const chunkNames = new WeakMap<Artifact, readonly string[]>();

/** The chunks that an artifact names. They do not change, and it is asked again with each update. */
function chunksOf(artifact: Artifact): readonly string[] {
  const known = chunkNames.get(artifact);
  if (known) return known;
  const names = (artifact.content.toString("latin1").match(DIGEST) ?? []).map(chunkArtifactName);
  chunkNames.set(artifact, names);
  return names;
}

const chunksNeededBy = (trials: Iterable<Trial>): ReadonlySet<string> =>
  new Set([...trials].flatMap(({ before }) => (before ? chunksOf(before) : [])));

const isChunk = (name: string): boolean => parseArtifactName(name)?.type === "chunk";

const refusal = (name: string, crashes: number): RefusedPart => ({
  ...problemAt(name, facts.ARTIFACT_CRASHED({ crashes })),
  name,
});
