import { randomBytes } from "node:crypto";
import { onCacheRemoved, type Redis } from "@tollgate/redis";
import type { DataPlaneSettings } from "../settings.ts";
import type { CacheName } from "./cache-messages.ts";
import { NodeCaches, type SharedByNodes } from "./node-caches.ts";
import { RedisLevel } from "./redis-level.ts";

export interface OpenCachesOptions {
  readonly settings: Pick<DataPlaneSettings, "cacheKey" | "cacheLookupMs" | "responseCacheBytes" | "nodeId">;
  readonly redis: Redis | undefined;
  /** Hears of entries that other nodes have invalidated. */
  readonly onRemoved: (cache: CacheName, key: string) => void;
}

/** openCaches opens the caches of a node, which share entries with those of other nodes where there are a Redis and a key. */
export function openCaches({ settings, redis, onRemoved }: OpenCachesOptions): NodeCaches {
  const { cacheKey: secret, cacheLookupMs: lookupMs, responseCacheBytes, nodeId } = settings;
  if (!redis || !secret) return new NodeCaches(responseCacheBytes);
  const node = `${nodeId}/${randomBytes(4).toString("hex")}`;
  const clocks = { nowMs: () => performance.now(), unixMs: Date.now };
  const shared: SharedByNodes = {
    secret,
    level: (cache, maxBytes) => new RedisLevel({ redis, cache, node, secret, maxBytes, lookupMs, ...clocks }),
  };
  void onCacheRemoved(redis, node, (name) => {
    const [cache, key] = name.split(":", 2) as [CacheName, string];
    if (cache === "decisions" || cache === "responses") onRemoved(cache, key);
  });
  return new NodeCaches(responseCacheBytes, shared);
}
