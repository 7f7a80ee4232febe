import { randomBytes } from "node:crypto";
import { type MetricReading, metricNames } from "@tollgate/telemetry";
import type { CacheName } from "./cache-messages.ts";
import { NodeCache } from "./node-cache.ts";

/** Decisions are small: this is room for tens of thousands. */
const DECISIONS_BYTES = 32 * 1024 * 1024;

/** How the memory for responses is divided: the node has a half, which all workers share, and each worker its part of the other one. */
export const workerShare = (responseBytes: number, workers: number): number =>
  Math.max(1, Math.floor(responseBytes / 2 / workers));

/** NodeCaches are all caches of a node. */
export class NodeCaches {
  readonly #caches: Readonly<Record<CacheName, NodeCache>>;
  /** Encrypts entries that must be: known to the workers of this node, and never written down. */
  readonly secret = randomBytes(32);

  constructor(responseBytes: number) {
    this.#caches = {
      decisions: new NodeCache(DECISIONS_BYTES),
      responses: new NodeCache(Math.floor(responseBytes / 2)),
    };
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
      return [
        { name: metricNames.cacheSize, kind: "gauge", unit: "By", attributes, value: usedBytes },
        { name: metricNames.cacheLimit, kind: "gauge", unit: "By", attributes, value: one.maxBytes },
        { name: metricNames.cacheEntries, kind: "gauge", unit: "{entry}", attributes, value: entries },
        { name: metricNames.cacheHits, kind: "counter", unit: "{lookup}", attributes, value: hits },
        { name: metricNames.cacheMisses, kind: "counter", unit: "{lookup}", attributes, value: misses },
      ] as const;
    });
  }
}
