import { join } from "node:path";
import { limitNames } from "@tollgate/pipeline/node";
import { closeShare, type Redis } from "@tollgate/redis";
import { type Logger, type MetricReading, metricNames } from "@tollgate/telemetry";
import type { Buckets, Quotas } from "../source.ts";
import { TokenBuckets } from "../token-buckets.ts";
import { NodeRoll } from "./node-roll.ts";
import type { WithoutRedis } from "./node-shares.ts";
import { PastLives, type PastUsage } from "./past-lives.ts";
import { QuotaJournal } from "./quota-journal.ts";
import { nodeOf, type QuotaLives } from "./quota-lives.ts";
import { SharedBuckets } from "./shared-buckets.ts";
import { SharedQuotas } from "./shared-quotas.ts";

/** A starting node waits for the server at most this long. */
const START_MS = 2_000;

export interface SharedLimitsOptions {
  readonly redis: Redis;
  /** Names the node and its start, and knows the ones before. */
  readonly lives: QuotaLives;
  readonly folder: string;
  readonly withoutRedis: WithoutRedis;
  /** How many nodes there are, where something besides Redis knows it. */
  readonly knownNodes: () => number;
  /** What earlier lives of the node used; left out: what they had leased counts as used. */
  readonly pastUsage?: PastUsage | undefined;
  readonly logger: Logger;
}

export interface SharedLimits extends AsyncDisposable {
  readonly buckets: Buckets;
  readonly quotas: Quotas;
  readings(): readonly MetricReading[];
}

/** openSharedLimits joins a node to those that share their limits by a Redis. It returns when the node knows how many they are, or Redis is away. */
export async function openSharedLimits({
  redis,
  lives,
  folder,
  withoutRedis,
  knownNodes,
  pastUsage,
  logger,
}: SharedLimitsOptions): Promise<SharedLimits> {
  const scope = new AsyncDisposableStack();
  const nowMs = () => performance.now();
  const journal = scope.use(new QuotaJournal(join(folder, "shared-limits.db"), Date.now(), logger));
  const node = nodeOf(lives.own);
  const roll = scope.use(new NodeRoll({ redis, node, memory: journal, knownNodes, nowMs, logger }));
  const shared = scope.use(new SharedBuckets({ redis, roll, withoutRedis, nowMs }));
  const own = new TokenBuckets(nowMs);
  const quotas = scope.use(new SharedQuotas({ redis, roll, journal, lives, withoutRedis, nowMs }));
  await roll.start(START_MS);
  if (pastUsage)
    scope.use(
      new PastLives({
        lives,
        usage: pastUsage,
        close: (life, lease, spent) => closeShare(redis, lease, { node: life.name, spent }),
        keepLeases: () => quotas.keepLeases(),
        forgetAlone: (lease) => journal.forgetAlone(lease),
        nowMs,
        unixMs: Date.now,
        logger,
      }),
    );
  const gauge = { kind: "gauge", attributes: {} } as const;
  return {
    buckets: { take: (ask) => (ask.bucket === limitNames.region ? own : shared).take(ask) },
    quotas,
    readings: () => [
      ...redis.readings(),
      { ...gauge, name: metricNames.limitsNodes, unit: "{node}", value: roll.nodes },
      { ...gauge, name: metricNames.limitsAwaited, unit: "{node}", value: roll.awaited },
      { ...gauge, name: metricNames.limitsAlone, unit: "", value: roll.isOnline ? 0 : 1 },
    ],
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}
