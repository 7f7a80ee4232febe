import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cell, decodeCell, encodeCell } from "./cell.ts";
import { Distribution } from "./distribution.ts";
import { parseStatistic } from "./statistic.ts";

function of(values: readonly number[]): Distribution {
  const all = new Distribution();
  for (const value of values) all.add(value);
  return all;
}

const statistic = (name: string, values: readonly number[]) => parseStatistic(name)?.(of(values));

/** The nearest rank of exact values. */
function exact(values: readonly number[], share: number): number {
  const ordered = values.toSorted((a, b) => a - b);
  return ordered[Math.max(0, Math.ceil(share * ordered.length - 1e-9) - 1)] as number;
}

const latencies = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 300 });

describe("statistics of a distribution", () => {
  it("has percentiles within 2 % of the exact ones, however many distributions were merged", () => {
    const percentiles = ["p0.1", "p10", "p50", "p90", "p99", "p99.9", "p100"];
    fc.assert(
      fc.property(latencies, latencies, fc.constantFrom(...percentiles), (some, others, name) => {
        const all = of(some);
        all.merge(of(others));
        const got = parseStatistic(name)?.(all) as number;
        const wanted = exact([...some, ...others], Number(name.slice(1)) / 100);
        expect(Math.abs(got - wanted)).toBeLessThanOrEqual(0.02 * wanted + 1e-300);
      }),
    );
  });

  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);

  it.each([
    ["SampleCount", 100],
    ["Sum", 5050],
    ["Average", 50.5],
    ["Minimum", 1],
    ["Maximum", 100],
    ["p50", 50],
    ["p99.9", 100],
    ["p0", 1],
    ["tm90", 45.5],
    ["TM(10%:90%)", 50.5],
    ["TM(80:90)", 85.5],
    ["IQM", 50.5],
    ["tc90", 90],
    ["TC(80:90)", 10],
    ["TC(:5)", 5],
    ["ts50", 1275],
    ["TS(98:)", 199],
    ["wm90", 49.45],
    ["WM(10:90)", 50.5],
    ["PR(:75)", 75],
    ["PR(25:75)", 50],
  ])("%s of 1 to 100 is %d", (name, wanted) => {
    const got = statistic(name, hundred) as number;
    // Values at a bound may be in the bucket beside it.
    const tolerance = /^(TC|TS|PR|tc)/.test(name) ? Math.max(2, 0.02 * wanted) : 0.02 * wanted;
    expect(Math.abs(got - wanted)).toBeLessThanOrEqual(name.startsWith("TS") ? 100 : tolerance);
  });

  it.each([
    "",
    "p",
    "p101",
    "P-1",
    "sum",
    "TM(90%:10%)",
    "TM(10%:90)",
    "PR(10%:20%)",
    "TM(:)",
    "x99",
    "constructor",
  ])("%j is no statistic", (name) => {
    expect(parseStatistic(name)).toBeUndefined();
  });

  it("has no percentiles of values that were added up elsewhere, and none of negative ones", () => {
    const sums = new Distribution();
    sums.addSet({ sampleCount: 10, sum: 100, minimum: 1, maximum: 20 });
    expect([parseStatistic("p50")?.(sums), parseStatistic("Average")?.(sums)]).toEqual([undefined, 10]);
    expect([statistic("p50", [-1, 2]), statistic("Minimum", [-1, 2])]).toEqual([undefined, -1]);
    const same = new Distribution();
    same.addSet({ sampleCount: 10, sum: 50, minimum: 5, maximum: 5 });
    expect(parseStatistic("p50")?.(same)).toBe(5);
  });
});

it("a cell is read as it was written, and may be read in part", () => {
  const distribution = fc
    .array(
      fc.double({ noNaN: true, min: -1e12, max: 1e12 }).map((value) => value || 0),
      { minLength: 1 },
    )
    .map(of);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 5 }),
      fc.array(distribution, { minLength: 5, maxLength: 5 }),
      (numbers, values) => {
        const cell: Cell = new Map(numbers.map((number, i) => [number, values[i] as Distribution]));
        const text = encodeCell(cell);
        expect(decodeCell(text)).toEqual({ cell, isDamaged: false });
        const [first = 0] = numbers;
        expect(decodeCell(text, { only: new Set([first]) }).cell).toEqual(new Map([[first, values[0]]]));
      },
    ),
  );
});

it("a cell that is cut short, or changed, is read as far as it is whole, and never throws", () => {
  const cell: Cell = new Map([
    [0, of([1, 2, 3])],
    [3, of([0.25, -7])],
  ]);
  const bytes = Buffer.from(encodeCell(cell), "base64");
  for (let length = 1; length < bytes.length; length++) {
    const cut = decodeCell(bytes.toString("base64", 0, length));
    // One metric may be all that was written.
    const isFirstAlone = length === Buffer.from(encodeCell(new Map([[0, of([1, 2, 3])]])), "base64").length;
    expect(cut.isDamaged).toBe(!isFirstAlone);
    for (const [number, values] of cut.cell) expect(values).toEqual(cell.get(number));
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
      decodeCell(Buffer.from(noise).toString("base64"));
    }),
  );
});
