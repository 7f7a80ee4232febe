import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Literal } from "./literal.ts";

describe("a literal", () => {
  it("is found where V8 finds it", () => {
    const text = fc.array(fc.constantFrom("a", "b", "é", "😀"), { maxLength: 40 }).map((all) => all.join(""));
    fc.assert(
      fc.property(
        text.filter((wanted) => wanted !== ""),
        text,
        fc.nat(10),
        (wanted, given, from) => {
          const literal = new Literal(wanted, false);
          expect(literal.indexIn(given, from)).toBe(given.indexOf(wanted, from));
          expect(literal.is(given)).toBe(given === wanted);
          expect(literal.is(wanted)).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("is found in any case of ASCII's letters", () => {
    const literal = new Literal("Ab@[é", true);
    expect([literal.isIn("xaB@[é"), literal.isIn("AB@[É"), literal.isIn("ab`{é")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("takes steps in proportion to the text, not to the product of both", () => {
    const text = "a".repeat(1_000_000);
    const before = process.threadCpuUsage();
    for (const wanted of [`${"a".repeat(2_000)}b`, `${"a".repeat(1_000)}b${"a".repeat(1_000)}`])
      expect(new Literal(wanted, true).isIn(text)).toBe(false);
    const { user, system } = process.threadCpuUsage(before);
    // The product is 2,000 million characters to compare for each.
    expect((user + system) / 1000).toBeLessThan(500);
  });
});
