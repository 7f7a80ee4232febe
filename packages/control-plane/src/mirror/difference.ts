import type { Versions } from "../store/store.ts";

/** MirroredVersions are what a mirror has read. */
export interface MirroredVersions {
  /** The revision at which an entry was last written; undefined: there is no such entry. Of a chunk, 0: its name is its content. */
  versionOf(key: string): number | undefined;
  keys(): Iterable<string>;
}

/**
 * findDifference returns a key for which a mirror that has read at least as much as a store's listing differs from it. `touched` are the keys
 * that were written meanwhile, about which the listing says nothing.
 */
export function findDifference(
  mirrored: MirroredVersions,
  { entries }: Versions,
  touched: ReadonlySet<string>,
): string | undefined {
  const listed = new Set<string>();
  for (const { key, modRevision } of entries) {
    listed.add(key);
    const version = mirrored.versionOf(key);
    if (version !== modRevision && version !== 0 && !touched.has(key)) return key;
  }
  for (const key of mirrored.keys()) if (!listed.has(key) && !touched.has(key)) return key;
  return undefined;
}
