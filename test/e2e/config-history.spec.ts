import { describe, expect, it } from "vitest";
import {
  type ConfigHistory,
  checkConfig,
  type Read,
  type Value,
  type Write,
} from "../faults/config-history.ts";

const wrote = (value: Value, beginMs: number, ackMs: number | undefined = beginMs + 10): Write => ({
  route: "r",
  value,
  beginMs,
  ackMs,
});
const failed = (value: Value, beginMs: number): Write => ({ route: "r", value, beginMs, ackMs: undefined });
const read = (value: Value, atMs: number, process = 0, node = "n"): Read => ({
  node,
  route: "r",
  value,
  beginMs: atMs - 1,
  endMs: atMs,
  process,
});
const check = (
  writes: readonly Write[],
  reads: readonly Read[],
  end: Partial<Pick<ConfigHistory, "stored" | "served">> = {},
) => checkConfig({ writes, reads, stored: {}, served: {}, ...end });

describe("a history fits", () => {
  it.each<[string, readonly Write[], readonly Read[]]>([
    ["if nothing happens", [], []],
    ["if a node follows each write", [wrote("a", 0), wrote("b", 100)], [read("a", 50), read("b", 150)]],
    ["if a node is late", [wrote("a", 0), wrote("b", 100)], [read("a", 20_000), read("b", 30_000)]],
    ["if a node is faster than the response", [wrote("a", 0, 100)], [read("a", 50)]],
    [
      "if a node never sees a version",
      [wrote("a", 0), wrote("b", 50), wrote("c", 100)],
      [read("a", 20), read("c", 150)],
    ],
    [
      "if a failed write happened",
      [wrote("a", 0), failed("b", 100)],
      [read("a", 50), read("b", 200), read("b", 90_000)],
    ],
    [
      "if a failed write did not happen",
      [wrote("a", 0), failed("b", 100)],
      [read("a", 50), read("a", 90_000)],
    ],
    [
      "if the route is removed and comes back",
      [wrote("a", 0), wrote(null, 100), wrote("b", 200)],
      [read(null, -5), read("a", 50), read(null, 150), read("b", 250)],
    ],
    [
      "if a killed node begins with what was on its disk",
      [wrote("a", 0), wrote("b", 100)],
      [read("b", 150), read("a", 200, 1), read("b", 250, 1)],
    ],
    [
      "if one worker serves a version a moment before the other does",
      [wrote("a", 0), wrote("b", 100)],
      [read("b", 150), read("a", 2_000), read("b", 2_050)],
    ],
    [
      "if a node is late because nobody could tell it",
      [wrote("a", 0), wrote("b", 100), failed("c", 1_000), wrote("d", 60_000)],
      [read("a", 65_000)],
    ],
  ])("%s", (_what, writes, reads) => {
    expect(check(writes, reads)).toEqual([]);
  });
});

describe("a history does not fit", () => {
  it.each<[string, readonly Write[], readonly Read[], RegExp]>([
    ["if a node serves what nobody wrote", [wrote("a", 0)], [read("x", 50)], /which nobody had written/],
    ["if a node serves what will be written", [wrote("a", 100)], [read("a", 50)], /which nobody had written/],
    [
      "if a node goes back",
      [wrote("a", 0), wrote("b", 100)],
      [read("b", 150), read("b", 1_000), read("a", 2_200)],
      /r = a at 2200 ms, version 1, after version 2/,
    ],
    [
      "if a node goes back over a removal",
      [wrote("a", 0), wrote(null, 100), wrote("b", 200)],
      [read("b", 250), read(null, 2_300)],
      /version 2, after version 3/,
    ],
    [
      "if a node serves for long what was revoked",
      [wrote("a", 0), wrote(null, 100)],
      [read("a", 30_200)],
      /which was replaced at 110 ms/,
    ],
    [
      "if a restarted node does",
      [wrote("a", 0), wrote(null, 100)],
      [read(null, 150), read("a", 40_000, 1)],
      /which was replaced at 110 ms/,
    ],
    [
      "if a node is still late after an outage",
      [wrote("a", 0), wrote("b", 100), failed("c", 1_000), wrote("d", 60_000)],
      [read("a", 95_000)],
      /which was replaced at 110 ms/,
    ],
  ])("%s", (_what, writes, reads, message) => {
    expect(check(writes, reads)).toEqual([expect.stringMatching(message)]);
  });

  it("if a node differs from the store at the end", () => {
    const end = { stored: { r: "a" }, served: { n: { r: "a" }, m: { r: null } } };
    expect(check([wrote("a", 0)], [], end)).toEqual(["m serves r = null at the end; the store has a"]);
  });

  it("if the store has lost a write", () => {
    expect(check([wrote("a", 0), wrote("b", 100)], [], { stored: { r: "a" } })).toEqual([
      "the store has r = a at the end, which is not its last write",
    ]);
    expect(check([wrote("a", 0), failed("b", 100)], [], { stored: { r: "a" } })).toEqual([]);
    expect(check([wrote("a", 0), failed("b", 100)], [], { stored: { r: "b" } })).toEqual([]);
  });
});
