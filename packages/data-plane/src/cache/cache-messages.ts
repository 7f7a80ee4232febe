/** What is cached: decisions of authorizers and tokens that were verified, or responses. */
export type CacheName = "decisions" | "responses";

/** FindAsk asks the node for an entry. */
export interface FindAsk {
  readonly cache: CacheName;
  readonly key: string;
  readonly waitMs: number;
}

/** CacheNotice tells the node what became of an entry. */
export type CacheNotice =
  /** What was made of a key that the worker looked for; without bytes nothing is to be kept. */
  | {
      readonly type: "made";
      readonly cache: CacheName;
      readonly key: string;
      readonly bytes: Uint8Array | undefined;
      readonly ttlMs: number;
    }
  | { readonly type: "removed"; readonly cache: CacheName; readonly key: string };
