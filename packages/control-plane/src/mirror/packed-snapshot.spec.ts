import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apiKeyName, type Entity } from "@tollgate/config";
import { createLogger } from "@tollgate/telemetry";
import { sealStore } from "../secret/sealed-store.ts";
import { newSealingKey, readSealingKeys, Sealer } from "../secret/sealer.ts";
import { openEmbeddedStore } from "../store/embedded-store.ts";
import type { Commit, Reading, Store, WatchItem } from "../store/store.ts";
import { entityKey, headKey, Mirror } from "./mirror.ts";
import { PackedEntities } from "./packed-entities.ts";
import { PackedSnapshots, type SavedAccount } from "./packed-snapshot.ts";
import { SnapshotKeeper } from "./snapshot-keeper.ts";
import { encodeEntity } from "./stored-entity.ts";

const [ACCOUNT, OTHER] = ["000000000000", "111111111111"] as const;
const newSealer = () => new Sealer(readSealingKeys([newSealingKey()]) as readonly Buffer[]);
const times = { createdUnixMs: 5, updatedUnixMs: 6 };
const logger = createLogger("spec", "silent");

const valueOf = (id: string) => `value-of-the-key-${id}`;
const apiKey = (id: string, name = id): Entity<"ApiKey"> => ({
  kind: "ApiKey",
  apiId: "",
  id,
  labels: {},
  spec: { name, enabled: true, value: valueOf(id), usagePlanIds: [], quotaGrants: {} },
});
const restApi = (id: string, name: string) =>
  ({ kind: "RestApi", apiId: "", id, labels: {}, spec: { name } }) as unknown as Entity;
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `k${from + i}`);

let commitCount = 0;
const commitOf = (account: string, puts: readonly Entity[], deletes: readonly Entity[] = []): Commit => ({
  guards: [],
  puts: [
    ...puts.map((entity) => ({ key: entityKey(account, entity), value: encodeEntity(entity, times) })),
    { key: headKey(account), value: String(++commitCount) },
  ],
  deletes: deletes.map((entity) => entityKey(account, entity)),
});

/** What a store has, as it is shown to others. */
const contentOf = (mirror: Mirror) =>
  Object.fromEntries(
    [...mirror.accounts].map(([accountId, { entities, revision }]) => [
      accountId,
      {
        revision,
        entities: Object.fromEntries(
          [...entities.values()].map(({ name, modRevision, specJson }) => [name, { modRevision, specJson }]),
        ),
      },
    ]),
  );

let folder = "";
let sealer: Sealer;
let store: Store;
let snapshots: PackedSnapshots;
/** What was read of the store, besides its history. */
let readings: { readonly leftOut: readonly string[]; readonly leftOutCount: number | undefined }[];
let source = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tollgate-snapshot-"));
  sealer = newSealer();
  source = "one";
  readings = [];
  const embedded = openEmbeddedStore({ file: ":memory:" });
  const named = Object.assign(Object.create(embedded) as Store, {
    async read(prefix: string, leftOut: readonly string[] = []): Promise<Reading> {
      const reading = await embedded.read(prefix, leftOut);
      readings.push({ leftOut, leftOutCount: reading.leftOutCount });
      return { ...reading, source };
    },
    async *watch(options: Parameters<Store["watch"]>[0]): AsyncGenerator<WatchItem> {
      for await (const item of embedded.watch(options))
        yield item.kind === "listing" ? { ...item, source } : item;
    },
    valueAt: embedded.valueAt.bind(embedded),
    commit: embedded.commit.bind(embedded),
    compact: embedded.compact.bind(embedded),
    [Symbol.asyncDispose]: embedded[Symbol.asyncDispose].bind(embedded),
  });
  store = sealStore(named, sealer);
  snapshots = new PackedSnapshots(folder, sealer);
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const mirrorOf = (options: ConstructorParameters<typeof Mirror>[2] = {}) =>
  new Mirror(store, logger, options);
async function started(options?: ConstructorParameters<typeof Mirror>[2]): Promise<Mirror> {
  const mirror = mirrorOf(options);
  await mirror.start();
  return mirror;
}
const packedOf = (mirror: Mirror) =>
  new Map<string, SavedAccount>(
    [...mirror.accounts].map(([accountId, { entities, head }]) => [
      accountId,
      { packed: entities.packed, head },
    ]),
  );
const save = (mirror: Mirror, to = snapshots) =>
  to.write(packedOf(mirror), { source, revision: mirror.revision, newest: () => mirror.revision });
/** The same as another process reads it. */
const reread = () => new PackedSnapshots(folder, sealer);

/** A store with keys and other entities, of which there is a snapshot. */
async function saved(): Promise<void> {
  await store.commit(
    commitOf(ACCOUNT, [restApi("api0000001", "first"), ...ids(0, 300).map((id) => apiKey(id))]),
  );
  await store.commit(commitOf(OTHER, [apiKey("k1", "of another account")]));
  await using mirror = await started();
  await save(mirror);
}

const partsFile = () => join(folder, readdirSync(folder).find((name) => name.endsWith(".parts")) ?? "");
const headFile = () => join(folder, "head.json");

describe("a mirror that starts with a snapshot", () => {
  const since: readonly [string, () => Promise<unknown>][] = [
    ["nothing", async () => undefined],
    [
      "new, changed and deleted keys",
      async () => {
        await store.commit(commitOf(ACCOUNT, [apiKey("k0", "renamed"), apiKey("new")], [apiKey("k5")]));
        await store.commit(commitOf(ACCOUNT, [apiKey("k5", "again")], [apiKey("new"), apiKey("k6")]));
      },
    ],
    [
      "other entities",
      () => store.commit(commitOf(ACCOUNT, [restApi("api0000002", "second")], [restApi("api0000001", "")])),
    ],
    [
      "another account with keys",
      () => store.commit(commitOf("222222222222", [apiKey("k1"), restApi("api0000003", "x")])),
    ],
    ["the end of all keys of an account", () => store.commit(commitOf(OTHER, [], [apiKey("k1")]))],
  ];

  it.each(since)(
    "has what one without has, and lists no keys, if there was since: %s",
    async (_what, change) => {
      await saved();
      await change();
      readings = [];
      await using mirror = await started({ snapshots: reread() });
      await using whole = await started();
      expect(contentOf(mirror)).toEqual(contentOf(whole));
      expect(mirror.revision).toBe(whole.revision);
      expect(readings).toMatchObject([{ leftOut: [`${ACCOUNT}/apikeys/`, `${OTHER}/apikeys/`] }]);
      const { revision } = await store.commit(commitOf(ACCOUNT, [apiKey("later")], [apiKey("k9")]));
      await Promise.all([mirror.reached(revision), whole.reached(revision)]);
      expect(contentOf(mirror)).toEqual(contentOf(whole));
      const found = mirror.account(ACCOUNT).entities.packed.ofKeyName(apiKeyName(ACCOUNT, valueOf("later")));
      expect(found?.entity.id).toBe("later");
    },
  );

  it("has keys of which the snapshot was written while they changed", async () => {
    await store.commit(
      commitOf(
        ACCOUNT,
        ids(0, 3_000).map((id) => apiKey(id)),
      ),
    );
    await using writer = await started();
    const writing = save(writer);
    for (let i = 0; i < 60; i++)
      await store.commit(
        commitOf(ACCOUNT, [apiKey(`k${i * 7}`, "changed"), apiKey(`new${i}`)], [apiKey(`k${i * 7 + 1}`)]),
      );
    await writing;
    await using mirror = await started({ snapshots: reread() });
    await using whole = await started();
    expect(contentOf(mirror)).toEqual(contentOf(whole));
    expect(readings[0]?.leftOut).toHaveLength(1);
  });

  it("takes what another process wrote without the head of the account", async () => {
    await saved();
    const { puts } = commitOf(ACCOUNT, [apiKey("k2", "sealed again")]);
    const { revision } = await store.commit({ guards: [], puts: puts.slice(0, 1), deletes: [] });
    await using mirror = await started({ snapshots: reread() });
    const { revision: next } = await store.commit(commitOf(ACCOUNT, []));
    await mirror.reached(next);
    expect(mirror.account(ACCOUNT).entities.get("apikeys/k2")?.modRevision).toBe(revision);
  });
});

describe("a snapshot is not used, and everything is read,", () => {
  const flip = (file: string, at: number) => {
    const bytes = readFileSync(file);
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(file, bytes);
  };
  const changedHead = (change: object) =>
    writeFileSync(
      headFile(),
      JSON.stringify({ ...(JSON.parse(readFileSync(headFile(), "utf8")) as object), ...change }),
    );
  /** Something that the snapshot does not have, and that came before it says to end. */
  const withoutHistory = async () => {
    const [put] = commitOf(ACCOUNT, [apiKey("unseen")]).puts;
    const { revision } = await store.commit({ guards: [], puts: put ? [put] : [], deletes: [] });
    changedHead({ revision, newest: revision });
  };
  const otherHeads = () => {
    const { accounts } = JSON.parse(readFileSync(headFile(), "utf8")) as { accounts: readonly object[] };
    return accounts.map((account) => ({ ...account, head: "of another time" }));
  };
  it.each<[string, () => unknown, RegExp]>([
    ["if it is of another store", () => (source = "two"), /another store/],
    ["if the store was restored", () => changedHead({ newest: 1_000 }), /restored from a backup/],
    [
      "if the history since is dropped",
      () => store.commit(commitOf(ACCOUNT, [apiKey("x")])).then(({ revision }) => store.compact(revision)),
      /history/,
    ],
    ["if it lacks an entry", withoutHistory, /leads to 301 entries where the store has 302/],
    ["if the store has another past", () => changedHead({ accounts: otherHeads() }), /another past/],
    ["if its head is no object", () => writeFileSync(headFile(), "null"), /cannot be read/],
    ["if another version has written it", () => changedHead({ form: 2 }), /version/],
    ["if the keys were rotated", () => changedHead({ secrets: "other" }), /keys that seal/],
    ["if its head is cut off", () => truncateSync(headFile(), 20), /head/],
    ["if a part is damaged", () => flip(partsFile(), 500), /damaged/],
    ["if a length is damaged", () => flip(partsFile(), 3), /damaged/],
    ["if it is cut off", () => truncateSync(partsFile(), statSync(partsFile()).size - 10), /cut off/],
    ["if its parts are gone", () => rmSync(partsFile()), /ENOENT/],
  ])("%s", async (_what, spoil, reason) => {
    await saved();
    await spoil();
    const reasons: unknown[] = [];
    const told = {
      ...logger,
      debug: () => undefined,
      warn: (given: { reason: string }) => reasons.push(given.reason),
    };
    await using mirror = new Mirror(store, told as unknown as typeof logger, { snapshots: reread() });
    await mirror.start();
    await using whole = await started();
    expect(contentOf(mirror)).toEqual(contentOf(whole));
    expect(reasons).toEqual([expect.stringMatching(reason)]);
    expect(existsSync(headFile())).toBe(false);
  });
});

describe("a snapshot on disk", () => {
  it("contains no secret that is open, and is for its owner alone", async () => {
    await saved();
    expect(readFileSync(partsFile()).includes(valueOf("k1"))).toBe(false);
    for (const file of [partsFile(), headFile()]) expect(statSync(file).mode & 0o077).toBe(0);
  });

  it("replaces the one before, and what a process that was killed has left", async () => {
    await saved();
    appendFileSync(join(folder, "left.parts"), "x");
    await using mirror = await started();
    const before = partsFile();
    await save(mirror, reread());
    const names = readdirSync(folder);
    expect(names).toHaveLength(2);
    expect(names).toEqual(expect.arrayContaining(["head.json", expect.stringMatching(/\.parts$/)]));
    expect(existsSync(before)).toBe(false);
  });

  it("is made newer without being written again if no key has changed", async () => {
    await saved();
    await using mirror = await started();
    const mine = reread();
    const keeper = new SnapshotKeeper(
      mine,
      () => ({ accounts: mirror.accounts, revision: mirror.revision, source }),
      logger,
      1,
    );
    await keeper.save();
    const file = partsFile();
    const { revision } = await store.commit(commitOf(ACCOUNT, [restApi("api0000009", "other")]));
    await mirror.reached(revision);
    await keeper.save();
    expect(partsFile()).toBe(file);
    expect(await reread().read()).toMatchObject({ revision, newest: revision });
    const { revision: next } = await store.commit(commitOf(ACCOUNT, [apiKey("k0", "renamed")]));
    await mirror.reached(next);
    await keeper.save();
    expect(partsFile()).not.toBe(file);
  });

  it("is removed where there are too few keys to be worth it", async () => {
    await saved();
    await using mirror = await started();
    await new SnapshotKeeper(
      reread(),
      () => ({ accounts: mirror.accounts, revision: 9, source }),
      logger,
    ).save();
    expect(existsSync(folder)).toBe(false);
    await expect(reread().read()).resolves.toBeUndefined();
  });

  it("has the form that FORM names: whoever changes the form of records changes that number, too", () => {
    const packed = new PackedEntities(ACCOUNT);
    const text = (id: string, labels: object) =>
      JSON.stringify({
        createdUnixMs: 5,
        format: 4,
        labels,
        spec: {
          enabled: true,
          name: id,
          value: `tollgate-sealed:v2:01234567:${"AAAA".repeat(30)}`,
          weight: 1.5,
        },
        updatedUnixMs: 6,
        lookups: ["01234567:AAAAAAAAAAAAAAAAAAAAAA"],
      });
    const secrets = {
      isLookup: () => true,
      isCurrentLookup: (one: string) => one.startsWith("0"),
    } as never;
    for (const [i, labels] of [{}, { team: "a" }, {}].entries()) {
      const [name, value] = [`apikeys/k${i}`, text(`k${i}`, labels)];
      const entry = { key: `${ACCOUNT}/${name}`, value, modRevision: 7 + i };
      packed.put(
        name,
        { kind: "ApiKey", apiId: "", id: `k${i}` },
        { ...entry, sealed: { value, secrets, isCurrent: true } },
      );
    }
    packed.delete("apikeys/k2");
    const { shapes, parts } = packed.parts;
    expect(
      createHash("sha256").update(JSON.stringify(shapes)).update(Buffer.concat(parts)).digest("hex"),
    ).toBe("299ec3db07e4384d199c1556b5998ca5332f6dd6e6e73d55c45ef21f7bfdd849");
  });
});
