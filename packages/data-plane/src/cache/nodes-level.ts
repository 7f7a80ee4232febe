import type { Kept } from "@tollgate/pipeline";

/** NodesLevel is what all nodes have of a cache, behind each node's own. Of all who look for a key that is not there, one node makes it. */
export interface NodesLevel {
  /** Whether it can be asked now; else each node is for itself. */
  readonly isReachable: boolean;
  /** undefined: it is not there, and whoever asked makes it and then calls `made`, whatever becomes of it. Never rejects. */
  find(key: string, waitMs: number): Promise<Kept | undefined>;
  /** made keeps what was made; undefined: nothing is to be kept, and whoever waits makes it for itself. */
  made(key: string, bytes: Uint8Array | undefined, ttlMs: number): void;
  /** remove forgets an entry for all nodes, and says that this one makes it anew. */
  remove(key: string): void;
  readonly status: { readonly hits: number; readonly failures: number; readonly ownBytes: number };
}
