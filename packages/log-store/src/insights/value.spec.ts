import { describe, expect, it } from "vitest";
import { SCALAR_FUNCTIONS } from "./functions.ts";
import { numberOf, sortOrder } from "./value.ts";

const LONG = 40_000;
const digits = "1".repeat(LONG);
const parts = "a1".repeat(LONG / 2);

// Whoever may store events writes these texts. With a time that grows faster than they do, each would stop the process for a minute.
describe("long texts take a time in proportion to their length", () => {
  it("as numbers", () => {
    expect([`${digits}x`, `${digits}.${digits}x`, `1${" ".repeat(LONG)}x`].map(numberOf)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(numberOf(" -12.50e1 ")).toBe(-125);
    expect(numberOf("12.")).toBe(12);
  });

  it("in a sort of many", () => {
    const texts = Array.from({ length: 50 }, (_, i) => `${parts}x${(i * 39) % 50}`);
    expect(texts.sort(sortOrder).map((text) => text.slice(LONG + 1))).toEqual(
      Array.from({ length: 50 }, (_, i) => String(i)),
    );
  });

  it("when they are trimmed of many characters", () => {
    const { run } = SCALAR_FUNCTIONS.trim as { run: (args: readonly string[]) => unknown };
    expect(run(["a".repeat(500_000), `${"b".repeat(500_000)}a`])).toBe("");
  });
});

it.each([
  ["a1", "a12"],
  ["a2", "a12"],
  ["a12", "a12b"],
  ["a12b", "a12c"],
  ["a1b3", "a12b2"],
  ["ab", "abc"],
  ["a", "b1"],
  ["1a", "12a"],
  ["-", "-1"],
  ["a01", "a001"],
])("'%s' is sorted before '%s'", (one, other) => {
  expect(Math.sign(sortOrder(one, other))).toBe(-1);
  expect(Math.sign(sortOrder(other, one))).toBe(1);
  expect(sortOrder(one, one)).toBe(0);
});
