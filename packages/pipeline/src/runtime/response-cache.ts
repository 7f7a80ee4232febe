import { randomBytes } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import { LRUCache } from "lru-cache";
import { seal, unseal } from "./sealed.ts";
import type { SharedLevel } from "./shared-level.ts";

/** CachedResponse is a response as it is kept: before the headers that every response has, and before compression. */
export interface CachedResponse {
  readonly status: number;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Keeping is how an entry is kept. */
export interface Keeping {
  readonly ttlMs: number;
  /** Encrypted, wherever it is kept. */
  readonly isEncrypted: boolean;
}

export interface ResponseCacheOptions {
  /** Memory of this process. */
  readonly maxBytes: number;
  /** What other processes have too; left out: nothing. */
  readonly shared?: SharedLevel;
  /** Encrypts entries: 32 bytes that all processes have which share entries; left out: this process's own. */
  readonly secret?: Uint8Array;
}

/** AWS's largest entry of a stage's cache. */
export const ENTRY_MAX_BYTES = 1_048_576;
/** What an entry costs besides its strings. */
const OVERHEAD_BYTES = 256;
/** So long a call waits for the response that another one is making: its caller may read it slowly. */
const WAIT_MS = 1_000;

type Entry = CachedResponse | { readonly sealed: Buffer };

const sizeOf = (key: string, entry: Entry): number =>
  "sealed" in entry
    ? key.length + entry.sealed.length + OVERHEAD_BYTES
    : entry.headers.reduce((sum, text) => sum + text.length, key.length + entry.body.length + OVERHEAD_BYTES);

/** ResponseCache keeps responses for a time, the least recently used ones go first. */
export class ResponseCache {
  readonly #entries: LRUCache<string, Entry>;
  readonly #shared: SharedLevel | undefined;
  readonly #secret: Uint8Array;
  /** The keys of the entries by the names under which others know them. */
  readonly #keys = new Map<string, string>();

  constructor({ maxBytes, shared, secret }: ResponseCacheOptions) {
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: Math.min(ENTRY_MAX_BYTES + 64 * 1024, maxBytes),
      sizeCalculation: (entry, key) => sizeOf(key, entry),
      dispose: (_entry, key) => {
        if (shared) this.#keys.delete(shared.nameOf(key));
      },
    });
    this.#shared = shared;
    this.#secret = secret ?? randomBytes(32);
  }

  /** Other processes may have what this one has not: who gets nothing from `get` asks `find`, and then calls `put` or `notMade`. */
  get isShared(): boolean {
    return this.#shared !== undefined;
  }

  /** get is what this process has. */
  get(key: string): CachedResponse | undefined {
    const entry = this.#entries.get(key);
    return entry && "sealed" in entry ? this.#read(key, entry.sealed, true) : entry;
  }

  /** find is what other processes have, or make now. undefined: whoever asked is to make it. */
  async find(key: string, isEncrypted: boolean): Promise<CachedResponse | undefined> {
    const kept = await this.#shared?.find(key, WAIT_MS);
    const response = kept && this.#read(key, kept.bytes, isEncrypted);
    if (kept && response)
      this.#keep(key, isEncrypted ? { sealed: Buffer.from(kept.bytes) } : response, kept.ttlMs);
    return response;
  }

  #keep(key: string, entry: Entry, ttlMs: number): void {
    this.#entries.set(key, entry, { ttl: ttlMs });
    if (this.#shared && this.#entries.has(key)) this.#keys.set(this.#shared.nameOf(key), key);
  }

  /** put keeps a response of at most ENTRY_MAX_BYTES. */
  put(key: string, response: CachedResponse, { ttlMs, isEncrypted }: Keeping): void {
    if (response.body.length > ENTRY_MAX_BYTES) {
      this.notMade(key);
      return;
    }
    const bytes = isEncrypted || this.#shared ? this.#write(key, response, isEncrypted) : undefined;
    this.#keep(key, isEncrypted ? { sealed: bytes as Buffer } : response, ttlMs);
    this.#shared?.made(key, bytes, ttlMs);
  }

  /** notMade says that nothing was made of a key that was looked for. */
  notMade(key: string): void {
    this.#shared?.made(key, undefined, 0);
  }

  #write(key: string, { status, headers, body }: CachedResponse, isEncrypted: boolean): Buffer {
    const bytes = serialize([status, headers, body]);
    return isEncrypted ? seal(this.#secret, key, bytes) : bytes;
  }

  #read(key: string, bytes: Uint8Array, isEncrypted: boolean): CachedResponse | undefined {
    try {
      const plain = isEncrypted ? unseal(this.#secret, key, bytes) : bytes;
      const [status, headers, body] = deserialize(plain) as [number, string[], Uint8Array];
      return { status, headers, body: Buffer.from(body) };
    } catch {
      return undefined; // written by another process, with another secret or in another form
    }
  }

  /** invalidate forgets an entry here and everywhere. */
  invalidate(key: string): void {
    this.#entries.delete(key);
    this.#shared?.remove(key);
  }

  /** drop forgets an entry here that somebody else has invalidated. */
  drop(name: string): void {
    const key = this.#keys.get(name);
    if (key !== undefined) this.#entries.delete(key);
  }
}
