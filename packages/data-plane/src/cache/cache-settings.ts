import { type Read, type SettingsProblem, setting } from "@tollgate/telemetry";
import { sealingKey } from "../sealing-key.ts";

/** CacheSettings are how a node caches responses, tokens and what authorizers return. */
export interface CacheSettings {
  /** Seals what nodes cache in Redis: the same 32 bytes on all of them; undefined: each node caches for itself. */
  readonly cacheKey: Uint8Array | undefined;
  /** How long a call waits for what Redis has of an entry. */
  readonly cacheLookupMs: number;
  /** Memory of each worker for cached responses. */
  readonly responseCacheBytes: number;
}

/** readCaching reads TOLLGATE_CACHE_*. */
export function readCaching(read: Read, hasRedis: boolean, problems: SettingsProblem[]): CacheSettings {
  const cacheKey = read("TOLLGATE_CACHE_KEY", sealingKey);
  if (cacheKey && !hasRedis)
    problems.push({
      name: "TOLLGATE_CACHE_KEY",
      message: "is set without TOLLGATE_REDIS, by which nodes share what they cache",
    });
  return {
    cacheKey,
    cacheLookupMs: read("TOLLGATE_CACHE_LOOKUP_MS", setting.integer(5, 1, 1_000)),
    responseCacheBytes: read("TOLLGATE_CACHE_MB", setting.integer(64, 2, 65_536)) * 1024 * 1024,
  };
}
