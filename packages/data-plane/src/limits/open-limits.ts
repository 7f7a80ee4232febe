import { join } from "node:path";
import type { Redis } from "@tollgate/redis";
import { type Logger, type MetricReading, metricNames } from "@tollgate/telemetry";
import type { DataPlaneSettings } from "../settings.ts";
import { DividedBuckets, Divisor } from "./divided-limits.ts";
import { QuotaCounters } from "./quota-counters.ts";
import type { PastUsage } from "./shared/past-lives.ts";
import type { QuotaLives } from "./shared/quota-lives.ts";
import { openSharedLimits } from "./shared/shared-limits.ts";
import type { Buckets, Quotas } from "./source.ts";
import { TokenBuckets } from "./token-buckets.ts";

/** Limits are what a node's calls are held to. */
export interface Limits {
  readonly buckets: Buckets;
  readonly quotas: Quotas;
  readings(): readonly MetricReading[];
}

export interface OpenLimitsOptions {
  readonly settings: DataPlaneSettings;
  /** By what nodes share their limits; undefined: there is none. */
  readonly redis: Redis | undefined;
  readonly folder: string;
  /** How many nodes there are, as a control plane said last. */
  readonly knownNodes: () => number;
  /** Where there is a Redis. */
  readonly lives: QuotaLives | undefined;
  readonly pastUsage: PastUsage;
  readonly logger: Logger;
}

/** openLimits opens the limits of all nodes together where there is a Redis, else this node's part of them; they are disposed with the scope. */
export async function openLimits(
  scope: AsyncDisposableStack,
  { settings: { withoutRedis }, redis, lives, ...parts }: OpenLimitsOptions,
): Promise<Limits> {
  const { folder, knownNodes, logger } = parts;
  if (redis && lives) return scope.use(await openSharedLimits({ ...parts, redis, lives, withoutRedis }));
  const nowMs = () => performance.now();
  const divisor = new Divisor(withoutRedis, knownNodes, nowMs);
  return {
    buckets: new DividedBuckets(new TokenBuckets(nowMs), divisor),
    quotas: scope.use(new QuotaCounters(join(folder, "limits.db"), logger, () => divisor.ofQuotas)),
    readings: () => [
      { kind: "gauge", attributes: {}, name: metricNames.limitsNodes, unit: "{node}", value: knownNodes() },
    ],
  };
}
