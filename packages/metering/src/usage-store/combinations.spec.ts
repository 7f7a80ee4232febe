import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Combinations } from "./combinations.ts";

describe("combinations of numbers", () => {
  it("are found as those of a map are, however many there are", () => {
    const number = fc.oneof(fc.nat(20), fc.integer());
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number, number), { maxLength: 2_000 }), (keys) => {
        const combinations = new Combinations<string>(3);
        const known = new Map<string, string>();
        for (const key of keys) {
          combinations.key.set(key);
          expect(combinations.get()).toBe(known.get(key.join()));
          if (!known.has(key.join())) known.set(key.join(), combinations.add(key.join()));
        }
        expect(combinations.values).toEqual([...known.values()]);
      }),
      { numRuns: 20 },
    );
  });
});
