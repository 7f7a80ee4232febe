import { describe, expect, it } from "vitest";
import { compilePattern } from "../pattern/compile-pattern.ts";
import { Tail, type TailQuery, TailShares } from "./tail.ts";

const accountId = "000000000000";
const tailOf = (query: Partial<TailQuery> = {}) =>
  new Tail({ accountId, logGroups: ["/a", "/b"], streams: [], streamPrefixes: [], ...query });
const stored = (logGroup: string, stream: string, messages: readonly string[], account = accountId) => ({
  accountId: account,
  logGroup,
  stream,
  events: messages.map((message, i) => ({ unixMs: i, ingestionMs: i, seq: undefined, message })),
});
const messagesOf = (tail: Tail) => tail.take().events.map(({ message }) => message);

describe("a tail", () => {
  it("has the events of its groups once", () => {
    const tail = tailOf();
    tail.add(stored("/a", "s", ["1"]));
    tail.add(stored("/b", "t", ["2"]));
    tail.add(stored("/c", "s", ["of another group"]));
    tail.add(stored("/a", "s", ["of another account"], "111111111111"));
    expect(tail.take()).toEqual({
      isSampled: false,
      events: [
        { logGroup: "/a", stream: "s", unixMs: 0, ingestionMs: 0, message: "1" },
        { logGroup: "/b", stream: "t", unixMs: 0, ingestionMs: 0, message: "2" },
      ],
    });
    expect(tail.take()).toEqual({ isSampled: false, events: [] });
  });

  it.each([
    [{ streams: ["s1"] }, ["s1"]],
    [{ streamPrefixes: ["s"] }, ["s1", "s2"]],
    [{ pattern: compilePattern("2 -s") }, ["t2"]],
  ])("with %j has what fits", (query, wanted) => {
    const tail = tailOf(query);
    for (const name of ["s1", "s2", "t2"]) tail.add(stored("/a", name, [name]));
    expect(messagesOf(tail)).toEqual(wanted);
  });

  it("has 500 of more events, in their order", () => {
    const tail = tailOf();
    const numbers = Array.from({ length: 5_000 }, (_, i) => i);
    tail.add(stored("/a", "s", numbers.map(String)));
    const { events, isSampled } = tail.take();
    expect([events.length, isSampled]).toEqual([500, true]);
    const kept = events.map(({ message }) => Number(message));
    expect(kept).toEqual(kept.toSorted((a, b) => a - b));
    expect(Math.max(...kept)).toBeGreaterThan(2_500);
  });

  it("has no more than a megabyte", () => {
    const tail = tailOf();
    tail.add(
      stored(
        "/a",
        "s",
        Array.from({ length: 100 }, () => "x".repeat(100_000)),
      ),
    );
    const { events, isSampled } = tail.take();
    expect([events.length, isSampled]).toEqual([10, true]);
  });

  it("looks at some events only where its pattern takes long: whoever stores them waits for it", () => {
    let nowMs = 0;
    let looked = 0;
    const matches = () => {
      nowMs += 20;
      return ++looked > 0;
    };
    const query = { accountId, logGroups: ["/a"], streams: [], streamPrefixes: [], pattern: { matches } };
    const tail = new Tail(query, { nowMs: () => nowMs });
    tail.add(stored("/a", "s", Array.from({ length: 100 }, String)));
    tail.add(stored("/a", "s", ["101"]));
    expect(looked).toBe(3);
    expect(tail.take()).toMatchObject({ isSampled: true });
    tail.add(stored("/a", "s", ["102"]));
    expect(messagesOf(tail)).toEqual(["102"]);
  });

  it("has an equal part of what the patterns of all tails may take together: however many there are, storing waits no longer", () => {
    let nowMs = 0;
    const pattern = {
      matches: () => {
        nowMs += 1;
        return true;
      },
    };
    const shares = new TailShares();
    const tookOf = (count: number) => {
      using open = new DisposableStack();
      const tails = Array.from({ length: count }, () => {
        open.use(shares.open());
        const query = { accountId, logGroups: ["/a"], streams: [], streamPrefixes: [], pattern };
        return new Tail(query, { shares, nowMs: () => nowMs });
      });
      const startedMs = nowMs;
      for (const tail of tails) tail.add(stored("/a", "s", Array.from({ length: 1_000 }, String)));
      for (const tail of tails) expect(tail.take().isSampled).toBe(true);
      return (nowMs - startedMs) / count;
    };
    expect([tookOf(1), tookOf(4), tookOf(40)]).toEqual([51, 51, 6]);
    // Those that were left take nothing.
    expect(tookOf(1)).toBe(51);
  });

  it("has an equal part of what all tails may keep: however many accounts follow, they keep 64 MB together", () => {
    const shares = new TailShares();
    using open = new DisposableStack();
    const query = { accountId, logGroups: ["/a"], streams: [], streamPrefixes: [] };
    const tails = Array.from({ length: 128 }, () => {
      open.use(shares.open());
      return new Tail(query, { shares });
    });
    // Two bytes a character.
    const events = stored(
      "/a",
      "s",
      Array.from({ length: 100 }, () => "é".repeat(50_000)),
    );
    for (const tail of tails) tail.add(events);
    const updates = tails.map((tail) => tail.take());
    expect(updates.every(({ isSampled }) => isSampled)).toBe(true);
    const kept = updates.flatMap((update) => update.events.map(({ message }) => Buffer.byteLength(message)));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.reduce((sum, bytes) => sum + bytes)).toBeLessThanOrEqual(64 * 1024 * 1024);
  });

  it("fails with its next update where its pattern takes too long, and not where events are stored", () => {
    const tail = tailOf({
      pattern: {
        matches: () => {
          throw new Error("patterns take too long");
        },
      },
    });
    tail.add(stored("/a", "s", ["x"]));
    expect(() => tail.take()).toThrow("patterns take too long");
  });
});
