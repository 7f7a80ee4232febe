import { hasSecrets, mapSecrets, parseName, type Kind } from "@tollgate/config";
import { RpcCode, RpcError } from "@tollgate/proto/rpc";
import type { Commit, Store, StoreEntry, StoreEvent, WatchItem } from "../store/store.ts";
import type { Sealer } from "./sealer.ts";

/** The kind that a key of the store holds, where its entities have secrets. */
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

/** OpenedEntry opens its secrets when its value is read: who only compares revisions pays nothing. */
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

/** sealStore keeps secrets sealed in a store and open to whoever works with it. */
export function sealStore(store: Store, sealer: Sealer): Store {
  const seal = <E extends { readonly key: string; readonly value: string }>(entry: E): E => {
    const kind = secretKindOf(entry.key);
    if (!kind) return entry;
    return {
      ...entry,
      value: replaceIn(entry.key, kind, entry.value, (text, place) => {
        if (sealer.canSeal) return sealer.seal(text, place);
        throw new RpcError(
          RpcCode.FAILED_PRECONDITION,
          `a ${kind} holds secrets and nothing seals them: set TOLLGATE_SECRETS_KEY to the same key on every control plane`,
        );
      }),
    };
  };
  const open = (entry: StoreEntry): StoreEntry => {
    const kind = secretKindOf(entry.key);
    return kind ? new OpenedEntry(entry, kind, sealer) : entry;
  };
  const openEvent = (event: StoreEvent): StoreEvent =>
    event.type === "put" ? { ...event, entry: open(event.entry) } : event;
  const openItem = (item: WatchItem): WatchItem =>
    item.kind === "listing"
      ? { ...item, entries: item.entries.map(open) }
      : { ...item, events: item.events.map(openEvent) };
  return {
    async list(prefix) {
      const listing = await store.list(prefix);
      return { ...listing, entries: listing.entries.map(open) };
    },
    commit: (commit: Commit) => store.commit({ ...commit, puts: commit.puts.map(seal) }),
    async *watch(options) {
      for await (const item of store.watch(options)) yield openItem(item);
    },
    compact: (revision) => store.compact(revision),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
