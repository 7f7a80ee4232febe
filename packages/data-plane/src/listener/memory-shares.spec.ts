import { describe, expect, it } from "vitest";
import { connectionsToEnd, type Keeping } from "./memory-shares.ts";

const MB = 1024 * 1024;
const FAST = 100 * 1024;

interface Named extends Keeping {
  readonly name: string;
}

const keeping = (name: string, mb: number, bytesPerSecond: number): Named => ({
  name,
  heldBytes: mb * MB,
  awaited: "body",
  progress: { bytesPerSecond },
});

/** Who loses where `source` asks for so many MB. */
const losers = (sources: Readonly<Record<string, readonly Named[]>>, mb: number, source: string) =>
  connectionsToEnd(
    new Map(Object.entries(sources).map(([name, connections]) => [name, new Set(connections)])),
    mb * MB,
    source,
  ).map(({ name }) => name);

describe("where memory is short, connections end", () => {
  it("of slow clients first, the largest of them, and no more than needed", () => {
    const sources = {
      a: [keeping("slow 5", 5, 100), keeping("slow 9", 9, 100), keeping("fast 9", 9, FAST)],
      b: [keeping("slow 1", 1, 100)],
    };
    expect(losers(sources, 8, "b")).toEqual(["slow 9"]);
    expect(losers(sources, 12, "b")).toEqual(["slow 9", "slow 5"]);
  });

  it("of the source that keeps far more than the one that asks, however fast its clients send", () => {
    const greedy = Array.from({ length: 25 }, (_, i) => keeping(`greedy ${i}`, 10, FAST));
    const sources = { a: greedy, b: [keeping("b", 3, FAST)], c: [keeping("c", 2, FAST)] };
    expect(losers(sources, 1, "c")).toEqual(["greedy 0"]);
    expect(losers(sources, 15, "new")).toEqual(["greedy 0", "greedy 1"]);
    expect(losers(sources, 1, "a")).toEqual([]);
  });

  it("of nobody where all keep about the same", () => {
    const sources = { a: [keeping("a", 9, FAST)], b: [keeping("b", 8, FAST)] };
    expect(losers(sources, 1, "b")).toEqual([]);
  });

  it("of nobody whom the gateway lets wait", () => {
    const sources = { a: [{ ...keeping("a", 100, 0), awaited: undefined }] };
    expect(losers(sources, 1, "b")).toEqual([]);
  });
});
