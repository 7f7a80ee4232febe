import { hasSecrets, type Kind, mapSecrets, parseName } from "@tollgate/config";
import { Refusal } from "../refusal.ts";
import type { Commit, Reading, Store, StoreEntry, StoreEvent, WatchItem } from "../store/store.ts";
import type { Sealer } from "./sealer.ts";

/** The kind of the entity under a key of the store, if the kind has secrets. */
function secretKindOf(key: string): Kind | undefined {
  const ref = parseName(key.slice(key.indexOf("/") + 1));
  return ref && hasSecrets(ref.kind) ? ref.kind : undefined;
}

/** A stored value with each of its secrets replaced. */
function replaceIn(
  key: string,
  kind: Kind,
  value: string,
  replace: (secret: string, place: string) => string,
): string {
  const stored = JSON.parse(value) as { spec: Record<string, unknown> };
  const spec = mapSecrets(kind, stored.spec, (secret, path) =>
    secret === undefined ? undefined : replace(secret, `${key}.${path.join(".")}`),
  );
  return JSON.stringify({ ...stored, spec });
}

/** OpenedEntry opens its secrets only when its value is read, so that comparing revisions costs nothing. */
class OpenedEntry implements StoreEntry {
  readonly #entry: StoreEntry;
  readonly #kind: Kind;
  readonly #sealer: Sealer;

  constructor(entry: StoreEntry, kind: Kind, sealer: Sealer) {
    this.#entry = entry;
    this.#kind = kind;
    this.#sealer = sealer;
  }

  get key(): string {
    return this.#entry.key;
  }

  get modRevision(): number {
    return this.#entry.modRevision;
  }

  get value(): string {
    return replaceIn(this.key, this.#kind, this.#entry.value, (text, place) =>
      this.#sealer.open(text, place),
    );
  }
}

/** openEntry is an entry whose value has its secrets open. Reading the value throws if no key fits. */
export function openEntry(entry: StoreEntry, sealer: Sealer): StoreEntry {
  const kind = secretKindOf(entry.key);
  return kind ? new OpenedEntry(entry, kind, sealer) : entry;
}

/** How many entities are sealed again in one commit. */
const RESEALED_AT_ONCE = 50;

/**
 * resealSecrets seals secrets again that are not sealed with the first key, so that old keys can be removed. It returns the number of
 * entities. Entities that are written meanwhile are skipped: their writer has sealed them.
 */
export async function resealSecrets(store: Store, sealer: Sealer): Promise<number> {
  if (!sealer.canSeal) return 0;
  const { entries } = await store.list("");
  const stale = entries.flatMap(({ key, value, modRevision }) => {
    const kind = secretKindOf(key);
    if (!kind) return [];
    let isCurrent = true;
    const resealed = replaceIn(key, kind, value, (text, place) => {
      if (sealer.isCurrent(text)) return text;
      isCurrent = false;
      return sealer.seal(sealer.open(text, place), place);
    });
    return isCurrent ? [] : [{ key, value: resealed, modRevision }];
  });
  let count = 0;
  for (let i = 0; i < stale.length; i += RESEALED_AT_ONCE) {
    const part = stale.slice(i, i + RESEALED_AT_ONCE);
    const { committed } = await store.commit({
      guards: part.map(({ key, modRevision }) => ({ key, modRevision })),
      puts: part.map(({ key, value }) => ({ key, value })),
      deletes: [],
    });
    if (committed) count += part.length;
  }
  return count;
}

/** sealStore wraps a store: secrets are sealed in the store and open to its callers. */
export function sealStore(store: Store, sealer: Sealer): Store {
  const seal = <E extends { readonly key: string; readonly value: string }>(entry: E): E => {
    const kind = secretKindOf(entry.key);
    if (!kind) return entry;
    return {
      ...entry,
      value: replaceIn(entry.key, kind, entry.value, (text, place) => {
        if (sealer.canSeal) return sealer.seal(text, place);
        throw new Refusal(
          "failed-precondition",
          `a ${kind} contains secrets, which cannot be sealed: set TOLLGATE_SECRETS_KEY to the same key on every control plane`,
        );
      }),
    };
  };
  const open = (entry: StoreEntry): StoreEntry => openEntry(entry, sealer);
  const openEvent = (event: StoreEvent): StoreEvent =>
    event.type === "put" ? { ...event, entry: open(event.entry) } : event;
  const openItem = (item: WatchItem): WatchItem =>
    item.kind === "listing"
      ? { ...item, entries: item.entries.map(open) }
      : { ...item, events: item.events.map(openEvent) };
  const openPages = async function* (pages: Reading["pages"]) {
    for await (const page of pages) yield page.map(open);
  };
  return {
    get size() {
      return store.size;
    },
    get outage() {
      return store.outage;
    },
    async list(prefix) {
      const listing = await store.list(prefix);
      return { ...listing, entries: listing.entries.map(open) };
    },
    async read(prefix) {
      const { revision, pages } = await store.read(prefix);
      return { revision, pages: openPages(pages) };
    },
    versions: (prefix) => store.versions(prefix),
    commit: (commit: Commit) => store.commit({ ...commit, puts: commit.puts.map(seal) }),
    async *watch(options) {
      for await (const item of store.watch(options)) yield openItem(item);
    },
    compact: (revision) => store.compact(revision),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
