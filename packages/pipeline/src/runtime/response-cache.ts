import { LRUCache } from "lru-cache";

/** CachedResponse is a response as it is kept: before the headers that every response has, and before compression. */
export interface CachedResponse {
  readonly status: number;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** AWS's largest entry of a stage's cache. */
export const ENTRY_MAX_BYTES = 1_048_576;
/** What an entry costs besides its strings. */
const OVERHEAD_BYTES = 256;

const sizeOf = (key: string, { headers, body }: CachedResponse): number =>
  headers.reduce((sum, text) => sum + text.length, key.length + body.length + OVERHEAD_BYTES);

/** ResponseCache keeps responses for a time, the least recently used ones go first. */
export class ResponseCache {
  readonly #entries: LRUCache<string, CachedResponse>;
  readonly #onInvalidate: ((key: string) => void) | undefined;

  constructor(maxBytes: number, onInvalidate?: (key: string) => void) {
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: ENTRY_MAX_BYTES + 64 * 1024,
      sizeCalculation: (entry, key) => sizeOf(key, entry),
    });
    this.#onInvalidate = onInvalidate;
  }

  get(key: string): CachedResponse | undefined {
    return this.#entries.get(key);
  }

  /** put keeps a response of at most ENTRY_MAX_BYTES. */
  put(key: string, entry: CachedResponse, ttlMs: number): void {
    if (entry.body.length <= ENTRY_MAX_BYTES) this.#entries.set(key, entry, { ttl: ttlMs });
  }

  /** invalidate forgets an entry here and everywhere. */
  invalidate(key: string): void {
    this.drop(key);
    this.#onInvalidate?.(key);
  }

  /** drop forgets an entry here. */
  drop(key: string): void {
    this.#entries.delete(key);
  }
}
