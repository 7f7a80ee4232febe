import { join } from "node:path";
import { openRedis } from "@tollgate/redis";
import { type Logger, type MetricReading, metricNames } from "@tollgate/telemetry";
import type { DataPlaneSettings } from "../settings.ts";
import { DividedBuckets, Divisor } from "./divided-limits.ts";
import { QuotaCounters } from "./quota-counters.ts";
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
  readonly folder: string;
  /** How many nodes there are, as a control plane said last. */
  readonly knownNodes: () => number;
  readonly logger: Logger;
}

/** openLimits opens the limits of all nodes together where there is a Redis, else this node's part of them; they are disposed with the scope. */
export async function openLimits(
  scope: AsyncDisposableStack,
  { settings: { redis: settings, nodeId, withoutRedis }, folder, knownNodes, logger }: OpenLimitsOptions,
): Promise<Limits> {
  if (settings) {
    const redis = scope.use(openRedis(settings, logger));
    return scope.use(await openSharedLimits({ redis, nodeId, folder, withoutRedis, knownNodes, logger }));
  }
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
