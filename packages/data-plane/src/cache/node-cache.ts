import { LRUCache } from "lru-cache";
import type { Kept } from "@tollgate/pipeline";
import type { NodesLevel } from "./nodes-level.ts";

/** What an entry costs besides its bytes. */
const OVERHEAD_BYTES = 256;

/** FoundOrMake is what the node has of a key; null: whoever asked makes it. */
export type FoundOrMake = Kept | null;

/** A key that one of the workers makes, for all who wait for it. */
interface Flight {
  readonly maker: string;
  readonly waiting: Set<(found: FoundOrMake) => void>;
  /** What other nodes had when they were asked was invalidated since. */
  isOutdated: boolean;
}

/** NodeCache is one cache of all workers of a node. Of all who look for a key that is not there, one makes it. */
export class NodeCache {
  readonly maxBytes: number;
  readonly #entries: LRUCache<string, Buffer>;
  readonly #flights = new Map<string, Flight>();
  readonly #nodes: NodesLevel | undefined;
  #hits = 0;
  #misses = 0;

  /** `nodes`: what other nodes have too. */
  constructor(maxBytes: number, nodes?: NodesLevel) {
    this.maxBytes = maxBytes;
    this.#nodes = nodes;
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (bytes, key) => bytes.length + key.length + OVERHEAD_BYTES,
    });
  }

  /** find gives what is kept; if another worker makes it, what that made, or null after `waitMs`. `asker` is who will make it. */
  find(asker: string, key: string, waitMs: number): FoundOrMake | Promise<FoundOrMake> {
    const kept = this.#kept(key);
    if (kept) this.#hits++;
    else this.#misses++;
    if (kept) return kept;
    const other = this.#flights.get(key);
    if (other) return this.#wait(other, waitMs);
    const flight = { maker: asker, waiting: new Set<(found: FoundOrMake) => void>(), isOutdated: false };
    this.#flights.set(key, flight);
    return this.#nodes?.isReachable ? this.#ofNodes(this.#nodes, key, waitMs, flight) : null;
  }

  async #ofNodes(nodes: NodesLevel, key: string, waitMs: number, flight: Flight): Promise<FoundOrMake> {
    const found = await nodes.find(key, waitMs);
    if (!found || flight.isOutdated) return null;
    this.#keep(key, found.bytes, found.ttlMs);
    this.#land(key, found);
    return found;
  }

  #keep(key: string, bytes: Uint8Array, ttlMs: number): void {
    if (ttlMs > 0) this.#entries.set(key, Buffer.from(bytes), { ttl: ttlMs });
  }

  #kept(key: string): Kept | undefined {
    const bytes = this.#entries.get(key);
    return bytes && { bytes, ttlMs: this.#entries.getRemainingTTL(key) };
  }

  #wait({ waiting }: Flight, waitMs: number): Promise<FoundOrMake> {
    const { promise, resolve } = Promise.withResolvers<FoundOrMake>();
    const end = (found: FoundOrMake) => {
      clearTimeout(late);
      waiting.delete(end);
      resolve(found);
    };
    const late = setTimeout(end, waitMs, null);
    waiting.add(end);
    return promise;
  }

  /** made keeps what a worker made, and gives it to all who wait for it; undefined: each of them makes it for itself. */
  made(key: string, bytes: Uint8Array | undefined, ttlMs: number): void {
    if (bytes) this.#keep(key, bytes, ttlMs);
    this.#land(key, bytes ? { bytes, ttlMs } : null);
    this.#nodes?.made(key, bytes, ttlMs);
  }

  #land(key: string, found: FoundOrMake): void {
    const flight = this.#flights.get(key);
    this.#flights.delete(key);
    for (const end of flight?.waiting ?? []) end(found);
  }

  /** remove forgets an entry, for all nodes. */
  remove(key: string): void {
    this.drop(key);
    this.#nodes?.remove(key);
  }

  /** drop forgets an entry that another node has removed. */
  drop(key: string): void {
    this.#entries.delete(key);
    const flight = this.#flights.get(key);
    if (flight) flight.isOutdated = true;
  }

  /** ended says that a worker makes nothing any more. */
  ended(maker: string): void {
    for (const [key, flight] of this.#flights)
      if (flight.maker === maker) {
        this.#land(key, null);
        this.#nodes?.made(key, undefined, 0);
      }
  }

  get status(): {
    readonly usedBytes: number;
    readonly entries: number;
    readonly hits: number;
    readonly misses: number;
  } {
    return {
      usedBytes: this.#entries.calculatedSize,
      entries: this.#entries.size,
      hits: this.#hits,
      misses: this.#misses,
    };
  }
}
