import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { currencyDecimals, isCurrency } from "@tollgate/config";
import { apportion } from "./apportion.ts";
import { formatDecimal, parseDecimal } from "./decimal.ts";
import { formatAmount, formatMicros } from "./micros.ts";
import { dividedBy, isLess, minus, plus, rational, rounded, times, toText } from "./rational.ts";

const anyRational = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.bigInt({ min: 1n, max: 10n ** 12n }))
  .map(([n, d]) => rational(n, d));

describe("exact numbers", () => {
  it("are in lowest terms, with the sign above", () => {
    expect([rational(6n, -4n), rational(0n, -7n), rational(-6n, -4n)].map(toText)).toEqual([
      "-3/2",
      "0",
      "3/2",
    ]);
    expect(() => rational(1n, 0n)).toThrow(/must not be 0/);
  });

  it("add, multiply and divide as fractions do", () => {
    fc.assert(
      fc.property(anyRational, anyRational, (a, b) => {
        expect(minus(plus(a, b), b)).toEqual(a);
        if (b.n !== 0n) expect(dividedBy(times(a, b), b)).toEqual(a);
        expect(isLess(a, b)).toBe(minus(a, b).n < 0n);
      }),
    );
  });

  it.each([
    ["5/2", 5n, 2n, 3n],
    ["-5/2", -5n, 2n, -3n],
    ["7/3", 7n, 3n, 2n],
    ["-7/3", -7n, 3n, -2n],
    ["21/2 (to even it would be 10)", 21n, 2n, 11n],
    ["0", 0n, 1n, 0n],
  ])("are rounded to the nearest, halves away from 0: %s", (_what, n, d, expected) => {
    expect(rounded(rational(n, d))).toBe(expected);
  });
});

describe("decimal numbers", () => {
  it.each([
    ["0.40", "2/5"],
    ["-3.000000000001", "-3000000000001/1000000000000"],
    ["007", "7"],
  ])("%s are read exactly", (text, expected) => {
    expect(toText(parseDecimal(text))).toBe(expected);
  });

  it.each(["", "1e3", "0x10", " 1", "1.", ".5", "1,5", "NaN", "١"])("'%s' is not one", (text) => {
    expect(() => parseDecimal(text)).toThrow(/is not a decimal number/);
  });

  it("are written as they were read", () => {
    expect([formatDecimal(-5n, 2), formatDecimal(1879n, 2), formatDecimal(12n, 0)]).toEqual([
      "-0.05",
      "18.79",
      "12",
    ]);
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }),
        fc.nat({ max: 12 }),
        (units, decimals) => {
          expect(parseDecimal(formatDecimal(units, decimals))).toEqual(
            rational(units, 10n ** BigInt(decimals)),
          );
        },
      ),
    );
  });
});

describe("amounts", () => {
  it.each([
    ["USD", 18_790_000n, "18.79"],
    ["JPY", 1_000_000n, "1"],
    ["KWD", -1_000n, "-0.001"],
    ["CLF", 100n, "0.0001"],
  ])("are written with the decimals of %s", (currency, micros, expected) => {
    expect(formatAmount(micros, currency)).toBe(expected);
  });

  it("are written with all micros where they are not rounded to coins", () => {
    expect(formatMicros(18_787_460n)).toBe("18.787460");
  });

  it("have the decimals of ISO 4217, where Intl has others", () => {
    expect(["HUF", "IQD", "JPY", "UYW", "XAF", "YER"].map(currencyDecimals)).toEqual([2, 3, 0, 4, 0, 2]);
    expect(["XXX", "XAU", "DEM", "usd", "", "US"].filter(isCurrency)).toEqual([]);
    expect(() => currencyDecimals("DEM")).toThrow(/'DEM' is not a currency/);
  });
});

describe("shares", () => {
  it("add up to the whole, and none is more than one coin from its exact part", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 20 }),
        (whole, weights) => {
          const shares = apportion(whole, weights);
          expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(whole);
          const weight = weights.reduce((sum, one) => sum + one, 0n);
          if (weight === 0n) return;
          for (const [i, share] of shares.entries()) {
            const distance = share * weight - whole * (weights[i] ?? 0n);
            expect(distance > -weight && distance < weight).toBe(true);
          }
        },
      ),
    );
  });

  it("of a thousand that would each be rounded to nothing are still the whole", () => {
    const shares = apportion(
      400n,
      Array.from({ length: 1000 }, () => 4n),
    );
    expect([shares.filter((share) => share === 1n).length, shares[0], shares[999]]).toEqual([400, 1n, 0n]);
  });
});
