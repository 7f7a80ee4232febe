import { createHmac, randomBytes } from "node:crypto";
import { type MetricReading, metricNames } from "@tollgate/telemetry";
import type { CacheName } from "./cache-messages.ts";
import { NodeCache } from "./node-cache.ts";
import type { NodesLevel } from "./nodes-level.ts";

/** Decisions are small: this is room for tens of thousands. */
const DECISIONS_BYTES = 32 * 1024 * 1024;

/** How the memory for responses is divided: the node has a half, which all workers share, and each worker its part of the other one. */
export const workerShare = (responseBytes: number, workers: number): number =>
  Math.max(1, Math.floor(responseBytes / 2 / workers));

/** What all nodes have in common. */
export interface SharedByNodes {
  /** What they have of a cache, of which each node keeps so many bytes there. */
  level(cache: CacheName, maxBytes: number): NodesLevel;
  /** 32 bytes that all nodes have. */
  readonly secret: Uint8Array;
}

/** NodeCaches are all caches of a node. */
export class NodeCaches {
  readonly #caches: Readonly<Record<CacheName, NodeCache>>;
  readonly #levels: ReadonlyMap<string, NodesLevel>;
  /** Encrypts entries that must be: known to the workers of all who share them, and never written down. */
  readonly secret: Uint8Array;

  constructor(responseBytes: number, shared?: SharedByNodes) {
    const sizes = { decisions: DECISIONS_BYTES, responses: Math.floor(responseBytes / 2) };
    const levels = new Map<string, NodesLevel>();
    const cache = (name: CacheName): NodeCache => {
      const level = shared?.level(name, sizes[name]);
      if (level) levels.set(name, level);
      return new NodeCache(sizes[name], level);
    };
    this.#caches = { decisions: cache("decisions"), responses: cache("responses") };
    this.#levels = levels;
    this.secret = shared
      ? createHmac("sha256", shared.secret).update("tollgate encrypted responses").digest()
      : randomBytes(32);
  }

  of(name: CacheName): NodeCache {
    return this.#caches[name];
  }

  /** ended says that a worker makes nothing any more. */
  ended(worker: string): void {
    for (const cache of Object.values(this.#caches)) cache.ended(worker);
  }

  readings(): readonly MetricReading[] {
    return Object.entries(this.#caches).flatMap(([cache, one]) => {
      const { usedBytes, entries, hits, misses } = one.status;
      const attributes = { cache };
      const level = this.#levels.get(cache)?.status;
      const ofNodes = level
        ? ([
            {
              name: metricNames.cacheNodesHits,
              kind: "counter",
              unit: "{lookup}",
              attributes,
              value: level.hits,
            },
            {
              name: metricNames.cacheNodesFailures,
              kind: "counter",
              unit: "{failure}",
              attributes,
              value: level.failures,
            },
            {
              name: metricNames.cacheNodesSize,
              kind: "gauge",
              unit: "By",
              attributes,
              value: level.ownBytes,
            },
          ] as const)
        : [];
      return [
        ...ofNodes,
        { name: metricNames.cacheSize, kind: "gauge", unit: "By", attributes, value: usedBytes },
        { name: metricNames.cacheLimit, kind: "gauge", unit: "By", attributes, value: one.maxBytes },
        { name: metricNames.cacheEntries, kind: "gauge", unit: "{entry}", attributes, value: entries },
        { name: metricNames.cacheHits, kind: "counter", unit: "{lookup}", attributes, value: hits },
        { name: metricNames.cacheMisses, kind: "counter", unit: "{lookup}", attributes, value: misses },
      ] as const;
    });
  }
}
