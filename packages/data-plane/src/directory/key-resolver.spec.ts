import { describe, expect, it } from "vitest";
import type { KeyRecord } from "./key-record.ts";
import { KeyResolver } from "./key-resolver.ts";

const key = (id: string): KeyRecord => ({
  kind: "apiKey",
  apiKey: { id, enabled: true, usagePlanIds: [], quotaGrants: {} },
});

function resolver() {
  const asked: string[] = [];
  const state = { answer: (_name: string): Promise<KeyRecord> => Promise.resolve(key("one")) };
  const resolver = new KeyResolver({
    ask: (name) => {
      asked.push(name);
      return state.answer(name);
    },
  });
  const keys = {
    resolve: (name: string, source = "192.0.2.1") => resolver.resolve(name, source),
    changed: (names: readonly string[]) => resolver.changed(names),
  };
  return { keys, asked, state };
}

describe("a node's keys", () => {
  it("are looked up once until they change, missing ones too", async () => {
    const { keys, asked, state } = resolver();
    expect(await Promise.all([keys.resolve("a"), keys.resolve("a")])).toEqual([key("one"), key("one")]);
    expect(asked).toEqual(["a"]);
    state.answer = () => Promise.resolve(null);
    expect(await keys.resolve("b")).toBeNull();
    expect(await keys.resolve("b")).toBeNull();
    expect(asked).toEqual(["a", "b"]);
    keys.changed(["a"]);
    expect(await keys.resolve("a")).toBeNull();
    expect(asked).toEqual(["a", "b", "a"]);
    keys.changed(["*"]);
    await keys.resolve("b");
    expect(asked).toEqual(["a", "b", "a", "b"]);
  });

  it("that are cached stay valid while the control plane is unreachable; others cannot be resolved", async () => {
    const { keys, state } = resolver();
    await keys.resolve("a");
    keys.changed(["*"]);
    state.answer = () => Promise.reject(new Error("unreachable"));
    expect(await keys.resolve("a")).toEqual(key("one"));
    await expect(keys.resolve("b")).rejects.toThrow("unreachable");
    state.answer = () => Promise.resolve(null);
    expect(await keys.resolve("a")).toBeNull();
  });

  it("a value from before a change is not cached", async () => {
    const { keys, asked, state } = resolver();
    const late = Promise.withResolvers<KeyRecord>();
    state.answer = () => late.promise;
    const first = keys.resolve("a");
    keys.changed(["a"]);
    late.resolve(key("old"));
    expect(await first).toEqual(key("old"));
    state.answer = () => Promise.resolve(key("new"));
    expect(await keys.resolve("a")).toEqual(key("new"));
    expect(asked).toEqual(["a", "a"]);
  });

  it("that were found are looked up again however many others wait", async () => {
    const { keys, asked, state } = resolver();
    await keys.resolve("good");
    keys.changed(["good"]);
    state.answer = (name) => (name === "good" ? Promise.resolve(key("new")) : new Promise(() => undefined));
    for (let i = 0; i < 1_000; i++) void keys.resolve(`guessed${i}`);
    expect(await keys.resolve("good")).toEqual(key("new"));
    expect(asked.length).toBeLessThan(200);
  });

  it("that were found stay cached however many unknown ones come", async () => {
    const { keys, asked, state } = resolver();
    await keys.resolve("good");
    state.answer = () => Promise.resolve(null);
    for (let i = 0; i < 150_000; i++) await keys.resolve(`guessed${i}`);
    const before = asked.length;
    expect(await keys.resolve("good")).toEqual(key("one"));
    expect(asked.length).toBe(before);
  });

  it("that were not met yet are looked up in turns, whoever else asks for many", async () => {
    const { keys, asked, state } = resolver();
    const replies: (() => void)[] = [];
    state.answer = (name) =>
      new Promise((resolve) => replies.push(() => resolve(name.startsWith("new") ? key(name) : null)));
    const guesses = Array.from({ length: 20_000 }, (_, i) =>
      keys.resolve(`guessed${i}`, `198.51.100.${i % 200}`),
    );
    for (const guess of guesses) guess.catch(() => undefined);
    const met = Array.from({ length: 50 }, (_, i) => keys.resolve(`new${i}`, `203.0.113.${i}`));
    // One turn of each source, behind those that are under way.
    for (let replied = 0; replied < 128 + 250; replied++) {
      (replies.shift() as () => void)();
      await new Promise(setImmediate);
    }
    expect(await Promise.all(met)).toEqual(met.map((_, i) => key(`new${i}`)));
    expect(asked.length).toBeLessThan(600);
  });
});
