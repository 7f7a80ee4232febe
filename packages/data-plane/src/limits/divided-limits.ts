import { limitNames } from "@tollgate/pipeline/node";
import type { WithoutRedis } from "./shared/node-shares.ts";
import type { Buckets, Grant, TakeAsk } from "./source.ts";

/** For so long quotas are divided by the nodes that were there: one that is restarted is soon back. */
const GONE_MS = 60_000;

/** Divisor says by what a node divides the limits of all nodes, so that they are held without a server that they share. */
export class Divisor {
  readonly #withoutRedis: WithoutRedis;
  readonly #knownNodes: () => number;
  readonly #nowMs: () => number;
  #most = 1;
  #fewerSinceMs: number | undefined;

  constructor(withoutRedis: WithoutRedis, knownNodes: () => number, nowMs: () => number) {
    this.#withoutRedis = withoutRedis;
    this.#knownNodes = knownNodes;
    this.#nowMs = nowMs;
  }

  /** By the policy: the nodes, one for all, or so many that nothing is left. A single node has the limits alone whatever the policy is. */
  #by(nodes: number): number {
    if (nodes <= 1 || this.#withoutRedis === "open") return 1;
    return this.#withoutRedis === "closed" ? Number.POSITIVE_INFINITY : nodes;
  }

  /** Of throttles: the nodes that are there now. */
  get ofRates(): number {
    return this.#by(this.#knownNodes());
  }

  /** Of quotas: the nodes that were there a minute ago too, because what a node has used stays used. */
  get ofQuotas(): number {
    const nodes = this.#knownNodes();
    if (nodes >= this.#most) {
      this.#most = nodes;
      this.#fewerSinceMs = undefined;
    } else {
      const nowMs = this.#nowMs();
      this.#fewerSinceMs ??= nowMs;
      if (nowMs - this.#fewerSinceMs >= GONE_MS) {
        this.#most = nodes;
        this.#fewerSinceMs = undefined;
      }
    }
    return this.#by(this.#most);
  }
}

/** DividedBuckets are a node's equal part of the buckets of all nodes. The node's own throttle is not divided. */
export class DividedBuckets implements Buckets {
  readonly #own: Buckets;
  readonly #divisor: Pick<Divisor, "ofRates">;

  constructor(own: Buckets, divisor: Pick<Divisor, "ofRates">) {
    this.#own = own;
    this.#divisor = divisor;
  }

  take(ask: TakeAsk): Grant | Promise<Grant> {
    const parts = ask.bucket === limitNames.region ? 1 : this.#divisor.ofRates;
    if (parts === 1) return this.#own.take(ask);
    const { rateLimit, burstLimit } = ask.throttle;
    // With less than one token, a bucket would never give any.
    const burst =
      parts === Number.POSITIVE_INFINITY ? 0 : Math.max(Math.min(1, burstLimit), burstLimit / parts);
    return this.#own.take({ ...ask, throttle: { rateLimit: rateLimit / parts, burstLimit: burst } });
  }
}
