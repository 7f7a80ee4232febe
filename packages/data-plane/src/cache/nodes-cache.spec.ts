import { NodeCache } from "./node-cache.ts";
import { describeSharedCaches } from "./nodes-cache.contract.ts";

describeSharedCaches("the workers of a node", async (count) => {
  const cache = new NodeCache(1_000_000);
  return { caches: Array.from({ length: count }, () => cache), settled: async () => undefined };
});
