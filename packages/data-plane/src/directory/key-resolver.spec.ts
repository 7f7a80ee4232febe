import { describe, expect, it } from "vitest";
import type { KeyRecord } from "./key-record.ts";
import { KeyResolver } from "./key-resolver.ts";

const key = (id: string): KeyRecord => ({
  kind: "apiKey",
  apiKey: { id, enabled: true, usagePlanIds: [], quotaGrants: {} },
});

function resolver() {
  const asked: string[] = [];
  const state = { answer: (): Promise<KeyRecord> => Promise.resolve(key("one")) };
  const keys = new KeyResolver({
    ask: (name) => {
      asked.push(name);
      return state.answer();
    },
  });
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

  it("are not all looked up if many callers send new ones at once", async () => {
    const { keys, asked, state } = resolver();
    state.answer = () => new Promise(() => undefined);
    const results = Array.from({ length: 300 }, (_, i) => keys.resolve(`k${i}`));
    await expect(results[299]).rejects.toThrow("too many keys");
    expect(asked.length).toBe(256);
    for (const result of results) result.catch(() => undefined);
  });
});
