import {
  type Entity,
  type EntityRef,
  hasSecrets,
  isNumerous,
  kindRule,
  mapSecrets,
  parseName,
} from "@tollgate/config";
import { Refusal } from "../refusal.ts";
import type {
  Commit,
  Reading,
  SealedValue,
  Store,
  StoreEntry,
  StoreEvent,
  WatchItem,
} from "../store/store.ts";
import { lookupsOfText } from "./lookups-of-text.ts";
import type { Sealer } from "./sealer.ts";

/** The entity under a key of the store, if its kind has secrets. */
function secretRefOf(key: string): EntityRef | undefined {
  const ref = parseName(key.slice(key.indexOf("/") + 1));
  return ref && hasSecrets(ref.kind) ? ref : undefined;
}

type StoredValue = Pick<Entity, "labels" | "spec"> & { readonly lookups?: readonly string[] };

/** A stored value with each of its secrets replaced. */
function replaceIn(
  key: string,
  { kind }: EntityRef,
  value: StoredValue,
  replace: (secret: string, place: string) => string,
): StoredValue {
  const spec = mapSecrets(kind, value.spec, (secret, path) =>
    secret === undefined ? undefined : replace(secret, `${key}.${path.join(".")}`),
  );
  return { ...value, spec };
}

const opened = (key: string, ref: EntityRef, value: StoredValue, sealer: Sealer): StoredValue =>
  replaceIn(key, ref, value, (text, place) => sealer.open(text, place));

/** A value with its secrets sealed. Of a numerous kind, it says by which lookups it is found, so that not all of them need be opened for it. */
function sealed(key: string, ref: EntityRef, value: StoredValue, sealer: Sealer): StoredValue {
  const inStore = replaceIn(key, ref, value, (text, place) => sealer.seal(text, place));
  if (!isNumerous(ref.kind)) return inStore;
  const names = kindRule(ref.kind).keyNames?.(key.slice(0, key.indexOf("/")), { ...ref, ...value }) ?? [];
  return { ...inStore, lookups: names.flatMap((name) => sealer.lookupsOf(name).slice(0, 1)) };
}

/** Whether everything in a stored value was made with the first key and in the current format. */
function isCurrent(key: string, ref: EntityRef, value: StoredValue, sealer: Sealer): boolean {
  let current = !isNumerous(ref.kind) || value.lookups?.every((one) => sealer.isCurrentLookup(one)) === true;
  replaceIn(key, ref, value, (text) => {
    current &&= sealer.isCurrent(text);
    return text;
  });
  return current;
}

class StillSealed implements SealedValue {
  readonly #entry: StoreEntry;
  readonly #ref: EntityRef;
  readonly secrets: Sealer;

  constructor(entry: StoreEntry, ref: EntityRef, secrets: Sealer) {
    this.#entry = entry;
    this.#ref = ref;
    this.secrets = secrets;
  }

  get isCurrent(): boolean {
    return isCurrent(this.#entry.key, this.#ref, JSON.parse(this.#entry.value) as StoredValue, this.secrets);
  }

  get value(): string {
    return this.#entry.value;
  }

  get bytes(): Buffer | undefined {
    return this.#entry.bytes;
  }
}

/** OpenedEntry opens its secrets only when its value is read, so that comparing revisions costs nothing. */
class OpenedEntry implements StoreEntry {
  readonly #entry: StoreEntry;
  readonly #ref: EntityRef;
  readonly #sealer: Sealer;

  constructor(entry: StoreEntry, ref: EntityRef, sealer: Sealer) {
    this.#entry = entry;
    this.#ref = ref;
    this.#sealer = sealer;
  }

  get sealed(): SealedValue {
    return new StillSealed(this.#entry, this.#ref, this.#sealer);
  }

  get key(): string {
    return this.#entry.key;
  }

  get modRevision(): number {
    return this.#entry.modRevision;
  }

  get value(): string {
    const stored = JSON.parse(this.#entry.value) as StoredValue;
    return JSON.stringify(opened(this.key, this.#ref, stored, this.#sealer));
  }
}

/** openEntry is an entry whose value has its secrets open. Reading the value throws if no key fits. */
export function openEntry(entry: StoreEntry, sealer: Sealer): StoreEntry {
  const ref = secretRefOf(entry.key);
  return ref ? new OpenedEntry(entry, ref, sealer) : entry;
}

/** How many entities are sealed again in one commit. */
const RESEALED_AT_ONCE = 50;

/** Whether a value says its lookups with the first key: who writes them seals the secrets at the same time. There may be a million, so it is not parsed. */
const hasCurrentLookups = (entry: StoreEntry, sealer: Sealer): boolean =>
  lookupsOfText(entry.bytes ?? Buffer.from(entry.value))?.lookups.every((one) =>
    sealer.isCurrentLookup(one),
  ) === true;

/** The entities of a page that must be sealed again, as they are to be stored. */
function resealed(page: readonly StoreEntry[], sealer: Sealer): readonly StoreEntry[] {
  return page.flatMap((entry) => {
    const { key } = entry;
    const ref = secretRefOf(key);
    if (!ref || hasCurrentLookups(entry, sealer)) return [];
    const value = JSON.parse(entry.value) as StoredValue;
    if (isCurrent(key, ref, value, sealer)) return [];
    const again = sealed(key, ref, opened(key, ref, value, sealer), sealer);
    return [{ key, modRevision: entry.modRevision, value: JSON.stringify(again) }];
  });
}

/**
 * resealSecrets seals secrets again that are not sealed with the first key or by this version, so that old keys can be removed. It returns the
 * number of entities. Entities that are written meanwhile are skipped: their writer has sealed them.
 */
export async function resealSecrets(store: Store, sealer: Sealer): Promise<number> {
  if (!sealer.canSeal) return 0;
  const { pages } = await store.read("");
  let count = 0;
  for await (const page of pages) count += await putAgain(store, resealed(page, sealer));
  return count;
}

async function putAgain(store: Store, entries: readonly StoreEntry[]): Promise<number> {
  let count = 0;
  for (let i = 0; i < entries.length; i += RESEALED_AT_ONCE) {
    const part = entries.slice(i, i + RESEALED_AT_ONCE);
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
    const ref = secretRefOf(entry.key);
    if (!ref) return entry;
    const value = JSON.parse(entry.value) as StoredValue;
    if (sealer.canSeal) return { ...entry, value: JSON.stringify(sealed(entry.key, ref, value, sealer)) };
    replaceIn(entry.key, ref, value, () => {
      throw new Refusal(
        "failed-precondition",
        `a ${ref.kind} contains secrets, which cannot be sealed: set TOLLGATE_SECRETS_KEY to the same key on every control plane`,
      );
    });
    return entry;
  };
  const open = (entry: StoreEntry): StoreEntry => openEntry(entry, sealer);
  const openEvent = (event: StoreEvent): StoreEvent =>
    event.type === "put" ? { ...event, entry: open(event.entry) } : event;
  const openPages = async function* (pages: Reading["pages"]) {
    for await (const page of pages) yield page.map(open);
  };
  const openItem = (item: WatchItem): WatchItem =>
    item.kind === "listing"
      ? { ...item, pages: openPages(item.pages) }
      : { ...item, events: item.events.map(openEvent) };
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
    async read(prefix, leftOut) {
      const reading = await store.read(prefix, leftOut);
      return { ...reading, pages: openPages(reading.pages) };
    },
    async valueAt(key, revision) {
      const value = await store.valueAt(key, revision);
      return value && open({ key, value, modRevision: revision }).value;
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
