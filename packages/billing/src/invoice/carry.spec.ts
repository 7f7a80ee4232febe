import fc from "fast-check";
import { expect, it } from "vitest";
import { microsOf } from "../money/micros.ts";
import { monthPeriod } from "../period/period.ts";
import { amountLine, type Line, type TaxRule } from "../rating/line.ts";
import { totalled } from "../rating/rate-period.ts";
import { ruleName } from "../rating/tax.ts";
import { type Credit, carriedLines } from "./carry.ts";

const period = monthPeriod("2026-11");

const ruleOf = (rate: string, isIncluded = false): TaxRule => ({ category: "S", rate, isIncluded });

const lineOf = (cents: bigint, tax: TaxRule): Line =>
  amountLine({
    kind: "USAGE",
    id: "calls",
    name: "Calls",
    tax,
    span: period,
    micros: microsOf(cents, "EUR"),
  });

const cents = (lines: readonly Line[]) =>
  lines.map(({ tax, amountMicros }) => [tax.rate, amountMicros / microsOf(1n, "EUR")]);

const totalCents = (lines: readonly Line[]) => totalled("EUR", lines, []).totalMicros / microsOf(1n, "EUR");

it("credit of another tax is taken by what is charged, and only the rest is carried", () => {
  const lines = [lineOf(1_000n, ruleOf("0"))];
  const credits: Credit[] = [{ tax: ruleOf("19"), micros: microsOf(1_500n, "EUR") }];
  const carried = carriedLines("EUR", period, lines, credits);
  // 8.40 with 19 % of it are 10.00: the customer pays nothing, and 6.60 of 15.00 are left.
  expect(cents(carried)).toEqual([["19", -840n]]);
  expect(totalCents([...lines, ...carried])).toBe(0n);
});

it("a total is never below zero, and above it only by coins of rounding where something is carried on", () => {
  const amounts = fc.array(
    fc.record({
      cents: fc.bigInt({ min: -5_000n, max: 5_000n }),
      tax: fc.constantFrom(ruleOf("0"), ruleOf("7"), ruleOf("19"), ruleOf("19", true)),
    }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(amounts, amounts, (charges, left) => {
      const lines = charges.map((one) => lineOf(one.cents, one.tax));
      const credits = [...Map.groupBy(left, ({ tax }) => ruleName(tax)).values()].flatMap(
        (group): Credit[] =>
          group[0] && group[0].cents > 0n
            ? [{ tax: group[0].tax, micros: microsOf(group[0].cents, "EUR") }]
            : [],
      );
      const carried = carriedLines("EUR", period, lines, credits);
      const total = totalCents([...lines, ...carried]);
      expect(total).toBeGreaterThanOrEqual(0n);
      const taken = credits.map(({ tax, micros }) => [ruleName(tax), -micros]);
      const isAllTaken = carried.every(({ tax, amountMicros }) =>
        taken.some(([name, micros]) => name === ruleName(tax) && micros === amountMicros),
      );
      if (!isAllTaken) expect(total).toBeLessThanOrEqual(2n);
    }),
  );
});
