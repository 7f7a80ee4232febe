import { LRUCache } from "lru-cache";
import { type Chunk, digestOf, isComponent, isKindOf } from "@tollgate/config";
import type { StoredEntity } from "../../mirror/stored-entity.ts";

/** The average number of resources per chunk. Changing one resource costs one chunk of this size, not the whole API. */
const CHUNK_RESOURCES = 32;
/** The maximum size of a chunk, which must fit the store and is transferred as a unit. */
const CHUNK_MAX_BYTES = 512 * 1024;

/** FrozenChunk is a chunk that can be stored under its digest. */
export interface FrozenChunk {
  readonly digest: string;
  readonly json: string;
}

/** CutApi is an API that was cut into chunks. */
export interface CutApi {
  readonly chunks: readonly FrozenChunk[];
  readonly components: readonly FrozenChunk[];
  readonly methodCount: number;
}

/** Remembers the chunks of the last deployment of an API by the digests of their content. */
export type ChunkMemory = Map<string, readonly FrozenChunk[]>;

const bucketOf = (id: string, count: number): number =>
  Number.parseInt(digestOf(id).slice(0, 8), 16) & (count - 1);
const buckets = new LRUCache<string, number>({ max: 100_000 });

/** The bucket of an id: hashed once for each count. */
function rememberedBucket(id: string, count: number): number {
  const key = `${count}/${id}`;
  let bucket = buckets.get(key);
  if (bucket === undefined) {
    bucket = bucketOf(id, count);
    buckets.set(key, bucket);
  }
  return bucket;
}

function cut(items: readonly string[]): FrozenChunk[] {
  const chunks: FrozenChunk[] = [];
  let run: string[] = [];
  let sizeBytes = 0;
  const flush = () => {
    if (run.length === 0) return;
    const json = `[${run.join(",")}]`;
    chunks.push({ digest: digestOf(json), json });
    run = [];
    sizeBytes = 0;
  };
  for (const item of items) {
    const itemBytes = Buffer.byteLength(item);
    if (sizeBytes + itemBytes > CHUNK_MAX_BYTES) flush();
    run.push(item);
    sizeBytes += itemBytes;
  }
  flush();
  return chunks;
}

const byId = (a: StoredEntity, b: StoredEntity) => (a.name < b.name ? -1 : 1);
const jsonOf = ({ entity, specJson }: StoredEntity) =>
  `{"id":${JSON.stringify(entity.id)},"kind":"${entity.kind}","spec":${specJson}}`;

/**
 * cutApi cuts an API's resources into chunks. The chunk of a resource depends only on its id, so an edit changes one chunk; all other chunks
 * are already stored, sent and compiled.
 */
export function cutApi(parts: readonly StoredEntity[], memory: ChunkMemory): CutApi {
  const resources = parts.filter((stored) => stored.entity.kind === "Resource");
  const components = parts.filter((stored) => isComponent(stored.entity.kind)).sort(byId);
  const count = 2 ** Math.ceil(Math.log2(Math.max(1, resources.length / CHUNK_RESOURCES)));
  const groups: (typeof resources)[] = Array.from({ length: count }, () => []);
  let methodCount = 0;
  for (const stored of resources) {
    groups[rememberedBucket(stored.entity.id, count)]?.push(stored);
    if (isKindOf(stored.entity, "Resource")) methodCount += Object.keys(stored.entity.spec.methods).length;
  }
  const chunks: FrozenChunk[] = [];
  const used: ChunkMemory = new Map();
  for (const group of groups) {
    if (group.length === 0) continue;
    group.sort(byId);
    const key = group.map((stored) => `${stored.entity.id}:${stored.digest}`).join();
    const known = memory.get(key) ?? cut(group.map(jsonOf));
    used.set(key, known);
    chunks.push(...known);
  }
  memory.clear();
  for (const [key, value] of used) memory.set(key, value);
  return { chunks, components: cut(components.map(jsonOf)), methodCount };
}

/** thaw returns the entities of a chunk. */
export const thaw = (json: string): Chunk["entities"] => JSON.parse(json) as Chunk["entities"];
