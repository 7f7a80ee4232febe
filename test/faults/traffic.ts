import { Cluster, stageUrl } from "../kit/cluster.ts";
import { drive } from "../kit/http-driver.ts";
import { until } from "../kit/process.ts";
import { type Failure, Outages } from "./outages.ts";

export const API = "faultsapi1";
export const STAGE = "prod";
const CONNECTIONS_PER_NODE = 8;

/** Pace is how much traffic there is. */
export interface Pace {
  /** Between two calls of a connection; 0: as many calls as the cluster can respond to. */
  readonly pauseMs: number;
  /** How many of the calls of a scenario are made before and after each fault. */
  readonly share: number;
}

/** Pause holds the connections to a node: `allHeld` resolves when each of them has got the response of its last call. */
class Pause {
  readonly #goOn = Promise.withResolvers<void>();
  readonly #allHeld = Promise.withResolvers<void>();
  readonly allHeld = this.#allHeld.promise;
  readonly goOn = this.#goOn.resolve;
  #held = 0;

  hold(): Promise<void> {
    if (++this.#held === CONNECTIONS_PER_NODE) this.#allHeld.resolve();
    return this.#goOn.promise;
  }
}

/** Traffic calls every node of a cluster all the time and keeps the list of what was answered. */
export class Traffic {
  readonly answered: string[] = [];
  readonly unexpected: string[] = [];
  readonly #failures: (Failure & { readonly step: string })[] = [];
  readonly #outages = new Outages();
  readonly #pauses = new Map<string, Pause>();
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  readonly #share: number;
  /** What is done to the cluster at present. */
  step = "";

  constructor(cluster: Cluster, { pauseMs, share }: Pace = { pauseMs: 0, share: 1 }) {
    this.#share = share;
    this.#running = Promise.all(
      cluster.nodes.map((node) => {
        const base = new URL(stageUrl(node, API, STAGE));
        return drive({
          origin: base.origin,
          path: (i) => `${base.pathname}/item/${i}`,
          concurrency: CONNECTIONS_PER_NODE,
          pauseMs,
          signal: this.#stop.signal,
          gate: () => this.#pauses.get(node.id)?.hold(),
          onAnswer: (_i, { status, requestId }) => {
            this.answered.push(requestId);
            if (status !== 200) this.unexpected.push(`${node.id} answered ${status} (${this.step})`);
          },
          onFailure: (_i, error) =>
            this.#failures.push({ nodeId: node.id, step: this.step, atMs: performance.now(), error }),
        });
      }),
    );
  }

  /** Calls to a node fail from now on because it was killed, until the returned function is called. */
  outage(nodeId: string): () => void {
    return this.#outages.begin(nodeId);
  }

  /** Makes no calls to a node from now on, until the returned function is called. */
  async pause(nodeId: string): Promise<() => void> {
    const pause = new Pause();
    this.#pauses.set(nodeId, pause);
    await pause.allHeld;
    return () => {
      this.#pauses.delete(nodeId);
      pause.goOn();
    };
  }

  /** Waits until so many more calls were answered than now, or the share of them that this traffic makes. */
  async more(count: number): Promise<void> {
    const goal = this.answered.length + count * this.#share;
    await until(
      () => `traffic stalled at ${this.answered.length} responses`,
      () => this.answered.length >= goal,
      60_000,
    );
  }

  async stop(): Promise<void> {
    for (const pause of this.#pauses.values()) pause.goOn();
    this.#stop.abort();
    await this.#running;
  }

  /** Failures that no kill explains. */
  get failed(): readonly string[] {
    return this.#failures
      .filter((failure) => !this.#outages.explain(failure))
      .map(({ nodeId, step, error }) => `${nodeId}: ${error.message} (${step})`);
  }

  get cutCount(): number {
    return this.#failures.length - this.failed.length;
  }
}
