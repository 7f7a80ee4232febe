import { AsyncLocalStorage } from "node:async_hooks";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type Entity, type Kind, nameOf, parentOf, parseManifest } from "@tollgate/config";
import { createLogger } from "@tollgate/telemetry";
import { type AccountState, Mirror } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import { openEmbeddedStore } from "../store/embedded-store.ts";
import type { Commit, CommitOutcome, Store } from "../store/store.ts";
import { Writer } from "./commit.ts";
import type { ExpandedChange } from "./expanded-change.ts";

const ACCOUNT = "000000000000";

function entity(kind: Kind, id: string, spec: object, apiId = ""): Entity {
  const parsed = parseManifest({ kind, id, spec, ...(parentOf(kind) ? { apiId } : {}) }, 0);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}
const apiOf = (n: number) => `restapi00${n}`;
const api = (n: number, name = "x") => entity("RestApi", apiOf(n), { name });
const resource = (n: number, id = "r", path = `/${id}`) => entity("Resource", id, { path }, apiOf(n));
const key = (id: string) => entity("ApiKey", id, { name: id, value: `${id}-value-of-the-key-0123456789` });

const changeOf = (puts: readonly Entity[], deletes: ExpandedChange["deletes"] = []): ExpandedChange => ({
  puts,
  deletes,
  outcomes: [],
  deployments: [],
  automatic: new Set(),
  notDeployed: new Map(),
  chunks: new Map(),
});

let store: Store;
let commits: Commit[];
/** What a commit comes to, instead of being stored. */
let instead: (commit: Commit) => CommitOutcome | undefined;
let mirror: Mirror;
let writer: Writer;
beforeEach(async () => {
  store = openEmbeddedStore({ file: ":memory:" });
  commits = [];
  instead = () => undefined;
  mirror = new Mirror(store, createLogger("test", "silent"));
  await mirror.start();
  onTestFinished(async () => {
    await mirror[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });
  const commit = async (given: Commit) => {
    commits.push(given);
    return instead(given) ?? (await store.commit(given));
  };
  writer = new Writer({ commit } as Store, mirror);
  await write(...[1, 2, 3, 4, 5].map((n) => api(n)));
  commits = [];
});

const write = (...puts: Entity[]) => writer.run({ accountId: ACCOUNT, decide: async () => changeOf(puts) });
const stored = (one: Entity) => mirror.account(ACCOUNT).entities.get(nameOf(one))?.entity.spec;
/** How much each commit has put, besides the head. */
const sizes = () => commits.map(({ puts }) => puts.length - 1);

describe("changes that wait for a commit", () => {
  it("are committed together where they are of different APIs, and each learns of the revision", async () => {
    const revisions = await Promise.all([1, 2, 3, 4].map(async (n) => (await write(resource(n))).revision));
    expect(sizes()).toEqual([4]);
    expect(new Set(revisions).size).toBe(1);
    for (const n of [1, 2, 3, 4]) expect(stored(resource(n))).toMatchObject({ path: "/r" });
  });

  it.each<[string, () => Entity]>([
    ["of the same API", () => resource(2, "other")],
    ["that change an API itself", () => api(2, "renamed")],
    ["of what belongs to no API", () => key("k1")],
    ["that make an API", () => api(6)],
  ])("wait for the next one if they are %s", async (_what, second) => {
    await Promise.all([write(resource(1)), write(resource(2)), write(second()), write(resource(3))]);
    expect(sizes().slice(0, 1)).toEqual([2]);
    expect(sizes().length).toBeGreaterThan(1);
    expect(stored(second())).toBeDefined();
  });

  it("of one API are computed one after the other, in the order in which they came", async () => {
    const append = (text: string) =>
      writer.run({
        accountId: ACCOUNT,
        async decide(state: AccountState) {
          const name = state.find("RestApi", "", apiOf(1))?.spec.name ?? "";
          return changeOf([api(1, name + text)]);
        },
      });
    await Promise.all("a b c d e f".split(" ").map(append));
    expect(stored(api(1))).toMatchObject({ name: "xabcdef" });
  });

  it("are refused by what they find after those before, not beside them", async () => {
    const needsRoute = (n: number) =>
      writer.run({
        accountId: ACCOUNT,
        async decide(state) {
          if (!state.find("Resource", apiOf(n), "r")) throw new Refusal("not-found", "there is no route");
          return changeOf([resource(n, "below", "/r/below")]);
        },
      });
    await write(resource(5));
    const outcomes = await Promise.allSettled([
      write(resource(1)),
      write(resource(2)),
      needsRoute(2),
      needsRoute(3),
      write(resource(4)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
  });

  it("that write nothing, or want a revision, are decided by what is stored", async () => {
    const same = (path: string) =>
      writer.run({
        accountId: ACCOUNT,
        async decide(state) {
          const is = state.find("Resource", apiOf(1), "r")?.spec.path === path;
          return changeOf(is ? [] : [resource(1, "r", path)]);
        },
      });
    await same("/first");
    const { revision } = mirror.account(ACCOUNT);
    const late = (n: number) =>
      writer.run({
        accountId: ACCOUNT,
        expectedRevision: revision,
        decide: async () => changeOf([resource(n)]),
      });
    const outcomes = await Promise.allSettled([write(resource(2)), same("/second"), same("/first"), late(3)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
    expect(stored(resource(1))).toMatchObject({ path: "/first" });
  });

  it("are decided in the context of their own calls", async () => {
    const call = new AsyncLocalStorage<number>();
    const seen: (number | undefined)[] = [];
    const decide = async () => {
      seen.push(call.getStore());
      return changeOf([resource(call.getStore() ?? 0)]);
    };
    await Promise.all([1, 2, 3].map((n) => call.run(n, () => writer.run({ accountId: ACCOUNT, decide }))));
    expect(seen).toEqual([1, 2, 3]);
  });

  it("are no more than a transaction takes", async () => {
    const many = (n: number) => Array.from({ length: 40 }, (_, i) => resource(n, `r${i}`));
    await Promise.all([1, 2, 3, 4].map((n) => write(...many(n))));
    expect(sizes()).toEqual([80, 80]);
  });
});

describe("a commit of several changes", () => {
  it("is computed again, change by change, if another control plane was faster", async () => {
    let rival: Promise<unknown> | undefined;
    instead = () => {
      rival ??= store.commit({
        guards: [],
        puts: [{ key: `${ACCOUNT}/~head`, value: "rival" }],
        deletes: [],
      });
      return undefined;
    };
    await Promise.all([1, 2, 3].map((n) => write(resource(n))));
    expect(sizes()).toEqual([3, 1, 1, 1]);
    for (const n of [1, 2, 3]) expect(stored(resource(n))).toBeDefined();
  });

  it("that the store cannot take is made one by one: what is wrong with one is not wrong with the others", async () => {
    instead = ({ puts }) => {
      if (puts.some((one) => one.key.includes(apiOf(3)))) throw new Error("etcd: request is too large");
      return undefined;
    };
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((n) => write(resource(n))));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  });

  it("that may have been stored is not made again", async () => {
    instead = () => {
      throw new Refusal("unavailable", "the change may have been stored");
    };
    const outcomes = await Promise.allSettled([1, 2, 3].map((n) => write(resource(n))));
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(commits).toHaveLength(1);
  });
});

it("a change that is computed while another control plane writes is computed again", async () => {
  let isFirst = true;
  await writer.run({
    accountId: ACCOUNT,
    async decide(state) {
      const name = state.find("RestApi", "", apiOf(1))?.spec.name ?? "";
      if (isFirst) {
        isFirst = false;
        const rival = new Writer(store, mirror);
        await rival.run({ accountId: ACCOUNT, decide: async () => changeOf([api(1, "rival")]) });
      }
      return changeOf([api(1, `${name}+`)]);
    },
  });
  expect(stored(api(1))).toMatchObject({ name: "rival+" });
});

describe("a change that takes long to compute", () => {
  /** A change whose first computation ends only when the test releases it. */
  function slowly(compute: (state: AccountState) => ExpandedChange, { alsoAgain = false } = {}) {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    let count = 0;
    const done = writer.run({
      accountId: ACCOUNT,
      async decide(state) {
        const gate = gates[count++];
        if (count === 1 || alsoAgain) await gate?.promise;
        return compute(state);
      },
    });
    return { done, proceed: gates[0].resolve, proceedAgain: gates[1].resolve, count: () => count };
  }

  it.each<[string, () => readonly Entity[]]>([
    ["parts of an API", () => [resource(1), resource(1, "s")]],
    ["a new API", () => [api(7), resource(7)]],
  ])("is passed by changes of parts of other APIs, and not computed again: %s", async (_what, puts) => {
    const slow = slowly(() => changeOf(puts()));
    await write(resource(2));
    await Promise.all([write(resource(3)), write(resource(4))]);
    slow.proceed();
    await slow.done;
    expect([sizes(), slow.count()]).toEqual([[1, 2, 2], 1]);
    for (const one of puts()) expect(stored(one)).toBeDefined();
  });

  it.each<[string, () => Promise<unknown>]>([
    ["of the same API", () => write(resource(1, "other"))],
    ["of what belongs to no API", () => write(key("k1"))],
    ["that make an API", () => write(api(8))],
    [
      "of another control plane",
      () =>
        new Writer(store, mirror).run({ accountId: ACCOUNT, decide: async () => changeOf([resource(2)]) }),
    ],
  ])("is computed again after changes %s have passed it, and is not passed then", async (_what, pass) => {
    const slow = slowly(() => changeOf([resource(1)]), { alsoAgain: true });
    await pass();
    await write(resource(4));
    slow.proceed();
    await vi.waitFor(() => expect(slow.count()).toBe(2), { timeout: 20_000 });
    const order: string[] = [];
    const behind = write(resource(5)).then(() => order.push("behind"));
    slow.proceedAgain();
    await Promise.all([slow.done.then(() => order.push("slow")), behind]);
    expect(order[0]).toBe("slow");
    expect(stored(resource(1))).toBeDefined();
  });

  it("is computed again if it is of an API that is removed, whatever has passed it", async () => {
    const slow = slowly((state) => {
      const removed = state.entities.get(nameOf(api(1)));
      return changeOf([], removed ? [removed] : []);
    });
    await write(resource(2));
    slow.proceed();
    await slow.done;
    expect([stored(api(1)), slow.count()]).toEqual([undefined, 2]);
  });

  it("is refused by what it finds after those that have passed it", async () => {
    const slow = slowly((state) => {
      if (!state.find("Resource", apiOf(2), "r")) throw new Refusal("not-found", "there is no route");
      return changeOf([resource(2, "below", "/r/below")]);
    });
    await write(resource(2));
    slow.proceed();
    await slow.done;
    expect(stored(resource(2, "below"))).toBeDefined();
  });

  it("is refused at once if nothing has passed it", async () => {
    const slow = slowly(() => {
      throw new Refusal("not-found", "there is no route");
    });
    slow.proceed();
    await expect(slow.done).rejects.toThrow("there is no route");
    await write(resource(2));
    expect(stored(resource(2))).toBeDefined();
  });
});
