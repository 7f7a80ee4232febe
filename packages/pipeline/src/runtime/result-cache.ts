import { LRUCache } from "lru-cache";
import type { Codec, SharedLevel } from "./shared-level.ts";

/** Nobody waits longer for what another process makes: AWS's limit of an authorizer's response. */
const WAIT_MS = 10_000;

/** What a process shares with others; undefined: nothing. */
export type Shared<T> = { readonly level: SharedLevel; readonly codec: Codec<T> } | undefined;

/** ResultCache keeps results for a time, and asks once for what several want at once. What failed is not kept. */
export class ResultCache<T extends object> {
  readonly #kept: LRUCache<string, T>;
  readonly #asked = new Map<string, Promise<T>>();
  readonly #shared: Shared<T>;

  constructor(max: number, shared?: Shared<T>) {
    this.#kept = new LRUCache<string, T>({ max });
    this.#shared = shared;
  }

  /** remembered is the result of a key, made now if none is kept. `ttlMs` says how long one is kept; 0: it is not. */
  remembered(key: string, ttlMs: (result: T) => number, make: () => Promise<T>): T | Promise<T> {
    const kept = this.#kept.get(key) ?? this.#asked.get(key);
    if (kept) return kept;
    const asked = this.#ask(key, ttlMs, make);
    this.#asked.set(key, asked);
    const forget = () => this.#asked.delete(key);
    asked.then(forget, forget);
    return asked;
  }

  async #ask(key: string, ttlMs: (result: T) => number, make: () => Promise<T>): Promise<T> {
    const shared = this.#shared;
    const found = await shared?.level.find(key, WAIT_MS);
    const known = found && shared?.codec.read(found.bytes);
    if (found && known) {
      this.#keep(key, known, found.ttlMs);
      return known;
    }
    let [bytes, ttl]: [Uint8Array | undefined, number] = [undefined, 0];
    try {
      const result = await make();
      ttl = ttlMs(result);
      this.#keep(key, result, ttl);
      if (ttl > 0) bytes = shared?.codec.write(result);
      return result;
    } finally {
      shared?.level.made(key, bytes, ttl);
    }
  }

  #keep(key: string, result: T, ttl: number): void {
    if (ttl > 0) this.#kept.set(key, result, { ttl });
  }
}
