import { randomBytes } from "node:crypto";
import { AWAY_MS, type NodesNow, type Redis, signIn, signOut } from "@tollgate/redis";
import type { Logger } from "@tollgate/telemetry";

/** How often a node says that it is there, and how often it tries while it cannot, or while others wait for it. */
const SIGN_IN_MS = 500;
const RETRY_MS = 100;
/** After the server lost its data, nodes tell for so long what they know before any of them leases calls of a quota. */
const LEARNING_MS = 2_000;
/** For how long those that were there before divide what there is, though they have not come back. */
const DIVIDED_MS = 6_000;
/** A starting node serves though the others have not told all that they know yet: it leases no calls until then. */
const START_MAX_MS = 2_000;
/** For how long a node that ends waits until all others know that it will not tell anything any more. */
const LEAVE_MAX_MS = 1_000;

/** RollMemory keeps over the end of a node which nodes there were, and in which epoch. */
export interface RollMemory {
  readRoll(): { readonly epoch: string; readonly names: readonly string[] } | undefined;
  keepRoll(epoch: string, names: readonly string[]): void;
}

export interface NodeRollOptions {
  readonly redis: Redis;
  /** Names the node, whichever start of it this is. */
  readonly node: string;
  readonly memory: RollMemory;
  /** How many nodes there are, where something else knows it. */
  readonly knownNodes: () => number;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/** NodeRoll is the list of the nodes that share limits: how many there are, and whether the server that they share them by can be reached. */
export class NodeRoll implements AsyncDisposable {
  readonly #options: NodeRollOptions;
  #now: NodesNow | undefined;
  #toldMs = 0;
  /** How many there were before the server lost its list: those that have not said yet that they are there are there all the same. */
  #before = 0;
  /** The last epoch in which the server has heard all that this node knows. */
  #toldEpoch = "";
  /** What is on the disk. */
  #epoch: string;
  #names: readonly string[];
  #waitsFor = "";
  #isOnline = false;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  readonly #lost: (() => void)[] = [];

  constructor(options: NodeRollOptions) {
    this.#options = options;
    const kept = options.memory.readRoll();
    this.#epoch = kept?.epoch ?? "";
    this.#names = kept?.names ?? [];
    // What comes back may have lost its data: nothing is ordered before it has said in which epoch it is.
    options.redis.onLost(() => this.failed());
  }

  /** start resolves when the server has replied and the nodes have learned, or after a time. */
  async start(timeoutMs: number): Promise<void> {
    await this.#options.redis.connected(timeoutMs);
    await this.#signIn();
    const endMs = this.#options.nowMs() + START_MAX_MS;
    while (this.#isOnline && !this.isLeasing && this.#options.nowMs() < endMs)
      await new Promise((resolve) => {
        setTimeout(resolve, RETRY_MS / 5);
      });
  }

  /** Whether orders are sent: the server replied to the last one. */
  get isOnline(): boolean {
    return this.#isOnline && this.#options.redis.isConnected;
  }

  /** Whether calls of quotas may be leased: all nodes have told what they know, and would wait for this one if the server lost its data. */
  get isLeasing(): boolean {
    return this.isOnline && this.learningForMs === 0 && this.#isSeen;
  }

  get #isSeen(): boolean {
    return this.#now !== undefined && this.#now.seenVersion >= this.#now.joinedVersion;
  }

  get nodes(): number {
    return Math.max(1, this.#now?.live ?? 1, this.#before, this.#options.knownNodes());
  }

  get epoch(): string {
    return this.#now?.epoch ?? "";
  }

  /** How long it lasts at most until all nodes have reported what they know of quotas. */
  get learningForMs(): number {
    if (!this.#now) return 0;
    const { epochAgeMs, untold } = this.#now;
    // The clock of the server may have been set back since.
    const ageMs = Math.max(0, epochAgeMs) + this.#options.nowMs() - this.#toldMs;
    return Math.max(0, (untold.length > 0 ? AWAY_MS : LEARNING_MS) - ageMs);
  }

  /** How many nodes are away that have to tell what they know before calls of quotas are leased. */
  get awaited(): number {
    return this.learningForMs > 0 ? (this.#now?.untold.length ?? 0) : 0;
  }

  /** told: the server has heard in this epoch all that this node knows. */
  told(epoch: string): void {
    this.#toldEpoch = epoch;
  }

  /** Hears when the server was lost. */
  onLost(listener: () => void): void {
    this.#lost.push(listener);
  }

  /** failed: an order had no reply. Nothing is ordered until the server has replied to this node again. */
  failed(): void {
    if (!this.#isOnline) return;
    this.#isOnline = false;
    for (const listener of this.#lost) listener();
    this.#again(RETRY_MS);
  }

  #again(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#ended) this.#timer = setTimeout(() => void this.#signIn(), ms).unref();
  }

  async #signIn(): Promise<void> {
    const { redis, node, nowMs } = this.#options;
    try {
      const { epoch } = this;
      const live = Math.max(this.#before, this.#now?.live ?? 0);
      const version = this.#now?.version ?? 0;
      const hasTold = this.#toldEpoch === this.#epoch;
      const news = { epoch: this.#epoch, names: this.#names, version, hasTold };
      const now = await signIn(redis, node, randomBytes(8).toString("hex"), news);
      if (epoch !== "" && now.epoch !== epoch) this.#before = live;
      const isNew = this.#keep(now);
      this.#now = now;
      this.#toldMs = nowMs();
      if (this.learningForMs === 0 || now.epochAgeMs > DIVIDED_MS) this.#before = 0;
      this.#isOnline = true;
      this.#again(isNew || !this.isLeasing ? RETRY_MS : SIGN_IN_MS);
    } catch {
      this.failed();
      this.#again(RETRY_MS);
    }
  }

  /** Keeps which nodes there are, before the server hears that this one knows it. Returns whether that is news. */
  #keep({ epoch, names, version, untold }: NodesNow): boolean {
    const { memory, logger } = this.#options;
    const isNew = epoch !== this.#epoch || version !== this.#now?.version;
    if (isNew) {
      this.#epoch = epoch;
      this.#names = names;
      memory.keepRoll(epoch, names);
    }
    const waitsFor = this.#now && this.learningForMs > 0 && this.#before === 0 ? untold.join(", ") : "";
    if (waitsFor !== this.#waitsFor && waitsFor !== "")
      logger.warn(
        { nodes: untold },
        "quotas: the data of Redis is lost, and these nodes, which alone may know what they used, are away: only what is leased is given out until they are back",
      );
    this.#waitsFor = waitsFor;
    return isNew;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { redis, node, nowMs } = this.#options;
    this.#ended = true;
    clearTimeout(this.#timer);
    const endMs = nowMs() + LEAVE_MAX_MS;
    try {
      const version = await signOut(redis, node);
      while (
        (await signIn(redis, "", randomBytes(8).toString("hex"))).seenVersion < version &&
        nowMs() < endMs
      )
        await new Promise((resolve) => {
          setTimeout(resolve, RETRY_MS);
        });
    } catch {
      // The server is away: the others go on waiting for this node.
    }
  }
}
