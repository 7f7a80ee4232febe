import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEtcdStore } from "../../../packages/control-plane/src/store/etcd-store.ts";
import { describeStore } from "../../../packages/control-plane/src/store/store.contract.ts";
import { readAll } from "../../../packages/control-plane/src/store/store.ts";
import { type Etcd, startEtcd } from "../../kit/etcd.ts";
import { freePort, until } from "../../kit/process.ts";

let etcd: Etcd;
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd[Symbol.asyncDispose]());

describeStore("the etcd store, on a real etcd", () => ({
  open: async () => openEtcdStore({ hosts: [etcd.url] }),
  close: async () => undefined,
}));

it("names the store that was read, by its cluster and its prefix", async () => {
  const sourceOf = async (prefix: string) => {
    await using store = openEtcdStore({ hosts: [etcd.url], prefix });
    return (await store.read("")).source;
  };
  const [one, same, other] = [await sourceOf("/one"), await sourceOf("/one"), await sourceOf("/other")];
  expect(same).toBe(one);
  expect(other).not.toBe(one);
  expect(one).toMatch(/^[1-9]\d* /);
});

describe("the etcd store under faults", () => {
  it("uses the members that can be reached, for reads and for writes", async () => {
    const dead = `http://127.0.0.1:${await freePort()}`;
    await using store = openEtcdStore({ hosts: [dead, etcd.url] });
    for (let i = 0; i < 20; i++) {
      const commit = { guards: [], puts: [{ key: "member/a", value: String(i) }], deletes: [] };
      expect(await store.commit(commit)).toMatchObject({ committed: true });
      expect((await store.list("member/")).entries).toMatchObject([{ value: String(i) }]);
    }
    expect(store.outage).toBeUndefined();
  });

  it("says why nothing can be stored, and that nothing was changed if etcd did not get the change", async () => {
    await using store = openEtcdStore({ hosts: [`http://127.0.0.1:${await freePort()}`] });
    const commit = { guards: [], puts: [{ key: "a", value: "1" }], deletes: [] };
    await expect(store.commit(commit)).rejects.toMatchObject({
      reason: "unavailable",
      message: expect.stringMatching(
        /^etcd cannot be reached \(connect ECONNREFUSED \S+\): nothing was changed, and reads go on; try again later$/,
      ),
    });
    await until("the outage is known", () => /ECONNREFUSED/.test(store.outage ?? ""));
  });

  it("says that a change may have been stored if etcd did not confirm it", async () => {
    await using store = openEtcdStore({ hosts: [etcd.url] });
    await store.list("");
    await etcd.pause();
    const commit = { guards: [], puts: [{ key: "unconfirmed", value: "1" }], deletes: [] };
    const refused = expect(store.commit(commit)).rejects.toMatchObject({
      reason: "unavailable",
      message: expect.stringMatching(/the change may have been stored; read it again before you repeat it$/),
    });
    await refused.finally(() => etcd.resume());
  });

  it("loses and repeats no commit for a watcher while etcd is killed and compacted", async () => {
    await using store = openEtcdStore({ hosts: [etcd.url] });
    const abort = new AbortController();
    const seen = new Map<string, string>();
    const revisions: number[] = [];
    const watching = (async () => {
      for await (const item of store.watch({ prefix: "fault/", signal: abort.signal })) {
        revisions.push(item.revision);
        if (item.kind === "listing") {
          seen.clear();
          for (const e of await readAll(item)) seen.set(e.key, e.value);
        } else for (const e of item.events) if (e.type === "put") seen.set(e.entry.key, e.entry.value);
        if (seen.get("fault/end")) return;
      }
    })();
    const write = async (key: string, value: string) => {
      for (;;) {
        try {
          return await store.commit({ guards: [], puts: [{ key, value }], deletes: [] });
        } catch {
          await new Promise((resolve) => setImmediate(resolve)); // etcd is away: the gRPC channel paces the retry
        }
      }
    };
    for (let i = 0; i < 300; i++) {
      const { revision } = await write(`fault/${i % 50}`, String(i));
      if (i % 100 === 50) {
        await etcd.kill();
        const restarted = etcd.restart();
        await restarted;
      }
      if (i % 100 === 80) await store.compact(revision);
    }
    await write("fault/end", "yes");
    await watching;
    abort.abort();
    const truth = await store.list("fault/");
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(truth.entries.map((e) => [e.key, e.value])));
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(new Set(revisions).size).toBe(revisions.length);
  });

  it("finishes a large commit whose writer died half-way", async () => {
    await using reader = openEtcdStore({ hosts: [etcd.url] });
    const dying = openEtcdStore({ hosts: [etcd.url] });
    const puts = Array.from({ length: 2000 }, (_, i) => ({ key: `half/${i}`, value: "x".repeat(200) }));
    const writing = dying.commit({ guards: [], puts, deletes: [] }).catch(() => undefined);
    const { Etcd3 } = await import("etcd3");
    const raw = new Etcd3({ hosts: etcd.url });
    while ((await raw.get("/tollgate/v1/~commit").string()) === null)
      await new Promise((r) => setImmediate(r));
    await dying[Symbol.asyncDispose](); // its connection is gone with the marker standing
    await writing;
    const { entries } = await reader.list("half/");
    expect(entries).toHaveLength(2000);
    expect(await raw.get("/tollgate/v1/~commit").string()).toBeNull();
    raw.close();
  });
});
