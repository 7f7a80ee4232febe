import { createHash } from "node:crypto";
import type { Kept, SharedLevel } from "@tollgate/pipeline";
import type { CacheName, CacheNotice, FindAsk } from "./cache-messages.ts";

/** What a worker reaches its node by. */
export interface NodeSide {
  readonly ask: (ask: FindAsk) => Promise<Kept | null>;
  readonly send: (notice: CacheNotice) => void;
}

/** Keys hold tokens: what leaves the worker is their hash. */
const nameOf = (key: string) => createHash("sha256").update(key).digest("base64url");

/** workerLevel is a cache of the node, as a worker sees it. A node that does not answer has nothing. */
export const workerLevel = (cache: CacheName, { ask, send }: NodeSide): SharedLevel => ({
  nameOf,
  find: (key, waitMs) =>
    ask({ cache, key: nameOf(key), waitMs }).then(
      (found) => found ?? undefined,
      () => undefined,
    ),
  made: (key, bytes, ttlMs) => send({ type: "made", cache, key: nameOf(key), bytes, ttlMs }),
  remove: (key) => send({ type: "removed", cache, key: nameOf(key) }),
});
