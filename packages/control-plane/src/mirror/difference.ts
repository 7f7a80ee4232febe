import type { Reading, StoreVersion } from "../store/store.ts";

/** MirroredVersions are what a mirror has read. */
export interface MirroredVersions {
  /** The revision at which an entry was last written; undefined: there is no such entry. Of a chunk, 0: its name is its content. */
  versionOf(key: string): number | undefined;
  keys(): Iterable<string>;
  /** How many entries there are. */
  readonly size: number;
}

/** newestOf returns the revision of the newest change of some entries: other keys of the store have revisions too. */
export const newestOf = (entries: readonly StoreVersion[], before = 0): number =>
  entries.reduce((newest, { modRevision }) => Math.max(newest, modRevision), before);

const hasVersion = (mirrored: MirroredVersions, { key, modRevision }: StoreVersion): boolean => {
  const version = mirrored.versionOf(key);
  return version === modRevision || version === 0;
};

/**
 * compareByCount says whether a mirror has every entry of a listing, and as many as it: then both are the same. It keeps nothing of the listing,
 * which may have a million entries. If something was written meanwhile, only findDifference can tell.
 */
export async function compareByCount(
  mirrored: MirroredVersions,
  { pages }: Reading<StoreVersion>,
): Promise<{ readonly newest: number; readonly isSame: boolean }> {
  let newest = 0;
  let count = 0;
  let isSame = true;
  for await (const page of pages) {
    newest = newestOf(page, newest);
    count += page.length;
    isSame &&= page.every((version) => hasVersion(mirrored, version));
  }
  return { newest, isSame: isSame && count === mirrored.size };
}

/**
 * findDifference returns a key for which a mirror that has read at least as much as a store's listing differs from it. `touched` are the keys
 * that were written meanwhile, about which the listing says nothing.
 */
export function findDifference(
  mirrored: MirroredVersions,
  entries: readonly StoreVersion[],
  touched: ReadonlySet<string>,
): string | undefined {
  const listed = new Set<string>();
  for (const version of entries) {
    listed.add(version.key);
    if (!hasVersion(mirrored, version) && !touched.has(version.key)) return version.key;
  }
  for (const key of mirrored.keys()) if (!listed.has(key) && !touched.has(key)) return key;
  return undefined;
}
