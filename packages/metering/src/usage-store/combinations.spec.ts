import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CombinationSums, Listed } from "./combination-sums.ts";
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

  it("are summed as a map sums them, however many there are", () => {
    const number = fc.oneof(fc.nat(20), fc.integer());
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number, fc.nat(1_000)), { maxLength: 2_000 }), (added) => {
        const sums = new CombinationSums(2);
        const known = new Map<string, number>();
        for (const [one, other, amount] of added) {
          sums.key.set([one, other]);
          sums.add(amount);
          known.set(`${one} ${other}`, (known.get(`${one} ${other}`) ?? 0) + amount);
        }
        expect(sums.map((at, sum) => [`${at(0)} ${at(1)}`, sum])).toEqual([...known]);
      }),
      { numRuns: 20 },
    );
  });
});

it("listed values have the numbers of the order in which they came", () => {
  const listed = new Listed<string>();
  expect(["b", "a", "a", "b", "c", "a"].map((value) => listed.numberOf(value))).toEqual([0, 1, 1, 0, 2, 1]);
  expect([0, 1, 2].map((number) => listed.valueOf(number))).toEqual(["b", "a", "c"]);
});
