import { randomBytes } from "node:crypto";
import { type NodesNow, type Redis, signIn, signOut } from "@tollgate/redis";

/** How often a node says that it is there, and how often it tries while it cannot. */
const SIGN_IN_MS = 500;
const RETRY_MS = 100;
/** After the server lost its data, nodes tell for so long what they know before any of them leases calls of a quota. */
const LEARNING_MS = 2_000;
/** Those that were there before are waited for: one of them may be held up, and know alone what it used. One that is gone is not waited for longer than this. */
const LEARNING_MAX_MS = 6_000;

export interface NodeRollOptions {
  readonly redis: Redis;
  /** Names the node and its start. */
  readonly node: string;
  /** How many nodes there are, where something else knows it. */
  readonly knownNodes: () => number;
  readonly nowMs: () => number;
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
  #isOnline = false;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  readonly #lost: (() => void)[] = [];

  constructor(options: NodeRollOptions) {
    this.#options = options;
    // What comes back may have lost its data: nothing is ordered before it has said in which epoch it is.
    options.redis.onLost(() => this.failed());
  }

  /** start resolves when the server has replied and the nodes have learned, or after a time. */
  async start(timeoutMs: number): Promise<void> {
    await this.#options.redis.connected(timeoutMs);
    await this.#signIn();
    const learning = this.learningForMs;
    if (learning > 0)
      await new Promise((resolve) => {
        setTimeout(resolve, learning);
      });
  }

  /** Whether orders are sent: the server replied to the last one. */
  get isOnline(): boolean {
    return this.#isOnline && this.#options.redis.isConnected;
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
    return Math.max(0, (untold > 0 ? LEARNING_MAX_MS : LEARNING_MS) - ageMs);
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
      const hasTold = this.#before > 0 && this.#toldEpoch === epoch;
      const now = await signIn(redis, node, randomBytes(8).toString("hex"), { epoch, live, hasTold });
      if (epoch !== "" && now.epoch !== epoch) this.#before = live;
      this.#now = now;
      this.#toldMs = nowMs();
      if (this.learningForMs === 0) this.#before = 0;
      this.#isOnline = true;
      this.#again(SIGN_IN_MS);
    } catch {
      this.failed();
      this.#again(RETRY_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await signOut(this.#options.redis, this.#options.node).catch(() => undefined);
  }
}
