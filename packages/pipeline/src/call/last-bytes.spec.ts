import { expect, it } from "vitest";
import { LastBytes } from "./last-bytes.ts";

it.each([
  ["nothing", [], ""],
  ["less than is kept", ["ab", "c"], "abc"],
  ["as much as is kept", ["abcde"], "abcde"],
  ["small pieces", "abcdefghijklmnopqrstuvwxyz".split(""), "vwxyz"],
  ["a large piece", ["ab", "cdefghijklmnopqrs"], "opqrs"],
  ["pieces of all sizes, and empty ones", ["abcd", "", "efgh", "i", "jklmnopq", "", "rst"], "pqrst"],
])("keeps the end of %s", (_what, pieces, end) => {
  const last = new LastBytes(5);
  const shared = Buffer.alloc(32);
  for (const piece of pieces) {
    // What its owner writes later is not what was added.
    last.add(shared.subarray(0, shared.write(piece)));
    shared.fill("?");
  }
  expect(last.bytes.toString()).toBe(end);
});
