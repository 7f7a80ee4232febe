import type { ThrottleSettings } from "@tollgate/config";
import type { Allowance } from "@tollgate/pipeline";

/** TakeAsk asks the node for tokens of a bucket. */
export interface TakeAsk {
  readonly bucket: string;
  readonly throttle: ThrottleSettings;
  readonly wanted: number;
  /** Tokens of an earlier lease that were not used. */
  readonly returned: number;
}

/** Grant is the reply of a bucket: tokens, and when to ask again if they are fewer than wanted. */
export interface Grant {
  readonly tokens: number;
  /** The time until there is another one; 0: there may be one now. */
  readonly retryMs: number;
}

/** QuotaAsk asks the node for calls of an allowance. */
export interface QuotaAsk {
  readonly counter: string;
  readonly allowance: Allowance;
  readonly wanted: number;
  /** How many of them calls wait for. */
  readonly needed: number;
  /** Calls of an earlier lease in the same period that were not made. */
  readonly returned: number;
}

/** QuotaLease is the reply of a counter: calls that may be made, and what is left besides. */
export interface QuotaLease {
  readonly calls: number;
  readonly left: number;
}

/** Buckets give tokens: those of a node, or its share of what all nodes have together. */
export interface Buckets {
  take(ask: TakeAsk): Grant | Promise<Grant>;
}

/** Quotas give calls of allowances. `together` joins what several asks write. */
export interface Quotas {
  together<T>(work: () => T): T;
  lease(ask: QuotaAsk): QuotaLease | Promise<QuotaLease>;
}

/**
 * LimitSource is the node's side, with the buckets and counters of all its workers. One in the same process:
 *
 *     const source: LimitSource = {
 *       take: async (ask) => buckets.take(ask),
 *       lease: async (ask) => quotas.lease(ask),
 *     };
 */
export interface LimitSource {
  take(ask: TakeAsk): Promise<Grant>;
  lease(ask: QuotaAsk): Promise<QuotaLease>;
}
