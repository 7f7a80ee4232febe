import { LRUCache } from "lru-cache";

/** ResultCache keeps results for a time, and asks once for what several want at once. What failed is not kept. */
export class ResultCache<T extends object> {
  readonly #kept: LRUCache<string, T>;
  readonly #asked = new Map<string, Promise<T>>();

  constructor(max: number) {
    this.#kept = new LRUCache<string, T>({ max });
  }

  /** remembered is the result of a key, made now if none is kept. `ttlMs` says how long one is kept; 0: it is not. */
  remembered(key: string, ttlMs: (result: T) => number, make: () => Promise<T>): T | Promise<T> {
    const kept = this.#kept.get(key) ?? this.#asked.get(key);
    if (kept) return kept;
    const asked = make().then((result) => {
      const ttl = ttlMs(result);
      if (ttl > 0) this.#kept.set(key, result, { ttl });
      return result;
    });
    this.#asked.set(key, asked);
    const forget = () => this.#asked.delete(key);
    asked.then(forget, forget);
    return asked;
  }
}
