import { describe, expect, it } from "vitest";
import { apiKeyName, type Entity } from "@tollgate/config";
import { View } from "../config/view.ts";
import { openEntry, resealSecrets, sealStore } from "../secret/sealed-store.ts";
import { newSealingKey, readSealingKeys, Sealer } from "../secret/sealer.ts";
import { openEmbeddedStore } from "../store/embedded-store.ts";
import { type Store, type StoreEntry } from "../store/store.ts";
import { AccountState } from "./account-state.ts";
import { encodeEntity } from "./stored-entity.ts";

const ACCOUNT = "000000000000";
const sealerOf = (...keys: string[]) => new Sealer(readSealingKeys(keys) as readonly Buffer[]);
const [first, second] = [newSealingKey(), newSealingKey()] as const;

const valueOf = (id: string, word = "value") => `${word}-of-the-key-${id}`;
const keyOf = (id: string) => `${ACCOUNT}/apikeys/${id}`;
const apiKey = (id: string, word?: string, name = `key ${id}`): Entity<"ApiKey"> => ({
  kind: "ApiKey",
  apiId: "",
  id,
  labels: {},
  spec: { name, enabled: true, value: valueOf(id, word), usagePlanIds: ["plan"], quotaGrants: {} },
});
const times = { createdUnixMs: 5, updatedUnixMs: 6 };
const put = (store: Store, ...keys: Entity<"ApiKey">[]) =>
  store.commit({
    guards: [],
    deletes: [],
    puts: keys.map((key) => ({ key: keyOf(key.id), value: encodeEntity(key, times) })),
  });
const ref = (id: string) => ({ kind: "ApiKey", apiId: "", id }) as const;

function load(state: AccountState, entries: readonly StoreEntry[]): AccountState {
  for (const entry of entries) {
    const name = entry.key.slice(ACCOUNT.length + 1);
    state.put(name, ref(name.split("/")[1] ?? ""), entry);
  }
  return state;
}
const stateOf = async (store: Store) => load(new AccountState(ACCOUNT), (await store.list("")).entries);
const found = (state: AccountState, id: string, word?: string) =>
  state.entities.packed.ofKeyName(apiKeyName(ACCOUNT, valueOf(id, word)))?.entity.id;

/** Counts how often a secret is opened. */
function counting(sealer: Sealer): { sealer: Sealer; opened: () => number } {
  let opened = 0;
  const open = sealer.open.bind(sealer);
  sealer.open = (...given) => {
    opened++;
    return open(...given);
  };
  return { sealer, opened: () => opened };
}

describe("packed entities", () => {
  it("are the same as those that were stored, by name, by kind and by what callers send", async () => {
    await using store = sealStore(openEmbeddedStore({ file: ":memory:" }), sealerOf(first));
    const keys = Array.from({ length: 300 }, (_, i) => apiKey(`k${i}`));
    const { revision } = await put(store, ...keys);
    const state = await stateOf(store);
    expect(state.entities.size).toBe(300);
    expect(state.list("ApiKey", "")).toEqual(keys.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    expect(state.entities.get("apikeys/k7")).toMatchObject({
      name: "apikeys/k7",
      modRevision: revision,
      ...times,
    });
    expect(state.find("ApiKey", "", "k7")).toEqual(keys[7]);
    expect(state.entities.get("apikeys/k7")?.specJson).toContain(valueOf("k7"));
    expect(keys.map(({ id }) => found(state, id))).toEqual(keys.map(({ id }) => id));
    expect([
      found(state, "k300"),
      state.entities.get("apikeys/k300"),
      state.entities.has("apikeys/k300"),
    ]).toEqual([undefined, undefined, false]);
    expect([...state.entities.keys()]).toHaveLength(300);
  });

  it("open no secret until one is read", async () => {
    const plain = openEmbeddedStore({ file: ":memory:" });
    await using _plain = plain;
    await put(sealStore(plain, sealerOf(first)), apiKey("a"), apiKey("b"));
    const { sealer, opened } = counting(sealerOf(second, first));
    const state = await stateOf(sealStore(plain, sealer));
    expect(found(state, "b")).toBe("b");
    const key = state.find("ApiKey", "", "b");
    expect([key?.spec.name, opened()]).toEqual(["key b", 0]);
    expect([key?.spec.value, key?.spec.value, opened()]).toEqual([valueOf("b"), valueOf("b"), 1]);
  });

  it("are found by the new value after a change, and no more after they were deleted", async () => {
    await using store = sealStore(openEmbeddedStore({ file: ":memory:" }), sealerOf(first));
    await put(store, apiKey("a"), apiKey("b"));
    const state = await stateOf(store);
    await put(store, apiKey("a", "another", "longer ".repeat(40)));
    load(state, (await store.list(keyOf("a"))).entries);
    expect([found(state, "a"), found(state, "a", "another"), state.entities.size]).toEqual([
      undefined,
      "a",
      2,
    ]);
    expect(state.find("ApiKey", "", "a")?.spec.name).toHaveLength(280);
    state.delete("apikeys/a");
    state.delete("apikeys/none");
    expect([found(state, "a", "another"), found(state, "b"), state.entities.size]).toEqual([
      undefined,
      "b",
      1,
    ]);
    expect(state.list("ApiKey", "").map(({ id }) => id)).toEqual(["b"]);
    expect(state.entities.packed.sizeOf("ApiKey")).toBe(1);
  });

  it("lose nothing while the space of what was replaced is used again", async () => {
    const sealer = sealerOf(first);
    await using store = sealStore(openEmbeddedStore({ file: ":memory:" }), sealer);
    await put(store, ...Array.from({ length: 50 }, (_, i) => apiKey(`k${i}`)));
    const { entries } = await store.list("");
    const state = load(new AccountState(ACCOUNT), entries);
    for (let i = 0; i < 300; i++) load(state, entries);
    expect(entries.map((_, i) => found(state, `k${i}`))).toEqual(entries.map((_, i) => `k${i}`));
    expect(state.list("ApiKey", "")).toHaveLength(50);
  });

  it("may be larger than a chunk", async () => {
    await using store = sealStore(openEmbeddedStore({ file: ":memory:" }), sealerOf(first));
    const large = apiKey("large", undefined, "ö".repeat(700_000));
    await put(store, apiKey("a"), large, apiKey("z"));
    const state = await stateOf(store);
    expect(state.find("ApiKey", "", "large")).toEqual(large);
    expect(["a", "large", "z"].map((id) => found(state, id))).toEqual(["a", "large", "z"]);
  });

  it("that an older version stored are opened once to find them, and stored again so that they need not be", async () => {
    await using plain = openEmbeddedStore({ file: ":memory:" });
    const old = sealerOf(first);
    const key = apiKey("a");
    const spec = { ...key.spec, value: old.seal(valueOf("a"), `${keyOf("a")}.value`) };
    const value = JSON.stringify({ format: 4, labels: {}, spec });
    await plain.commit({ guards: [], deletes: [], puts: [{ key: keyOf("a"), value }] });
    const before = counting(sealerOf(first));
    expect([found(await stateOf(sealStore(plain, before.sealer)), "a"), before.opened()]).toEqual(["a", 1]);
    expect(await resealSecrets(plain, sealerOf(first))).toBe(1);
    expect(await resealSecrets(plain, sealerOf(first))).toBe(0);
    const after = counting(sealerOf(first));
    expect([found(await stateOf(sealStore(plain, after.sealer)), "a"), after.opened()]).toEqual(["a", 0]);
  });

  it("of a key that is not there any more are refused when they are read, as all secrets are", async () => {
    await using plain = openEmbeddedStore({ file: ":memory:" });
    await put(sealStore(plain, sealerOf(first)), apiKey("a"));
    await expect(stateOf(sealStore(plain, sealerOf(second)))).rejects.toThrow(/not among the 1 keys/);
    const [entry] = (await plain.list("")).entries as [StoreEntry];
    expect(() => openEntry(entry, sealerOf(second)).value).toThrow(/not among the 1 keys/);
  });

  it("say in the store nothing by which a value could be tried without the key", async () => {
    await using plain = openEmbeddedStore({ file: ":memory:" });
    await put(sealStore(plain, sealerOf(first)), apiKey("a"));
    const { lookups } = JSON.parse((await plain.list("")).entries[0]?.value ?? "{}") as { lookups: string[] };
    expect(lookups).toEqual([sealerOf(first).lookupsOf(apiKeyName(ACCOUNT, valueOf("a")))[0]]);
    expect(lookups[0]).not.toBe(sealerOf(second).lookupsOf(apiKeyName(ACCOUNT, valueOf("a")))[0]);
  });

  it("are among the entities that a change leaves untouched", async () => {
    await using store = sealStore(openEmbeddedStore({ file: ":memory:" }), sealerOf(first));
    await put(store, apiKey("a"), apiKey("b"));
    const state = await stateOf(store);
    const view = new View(state, { puts: [apiKey("b", "another"), apiKey("c")], deletes: [] });
    expect(view.list("ApiKey", "").map(({ id, spec }) => [id, spec.value])).toEqual([
      ["a", valueOf("a")],
      ["b", valueOf("b", "another")],
      ["c", valueOf("c")],
    ]);
    expect(["a", "b", "c"].map((id) => view.isUntouched(`apikeys/${id}`))).toEqual([true, false, false]);
    expect([...view.untouchedOf("", (kind) => kind !== "ApiKey")]).toEqual([]);
  });

  it("are found in a store that seals nothing", async () => {
    await using store = openEmbeddedStore({ file: ":memory:" });
    await put(store, apiKey("a"));
    expect(found(await stateOf(store), "a")).toBe("a");
  });
});
