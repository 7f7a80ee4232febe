import { describe, expect, it } from "vitest";
import type { Meter } from "@tollgate/config";
import { amountMicros, ratedMicros } from "../money/micros.ts";
import { sum, toText } from "../money/rational.ts";
import { monthPeriod } from "../period/period.ts";
import { awsPublicPlan } from "../price-plan/aws-public.ts";
import { ratePeriod } from "./rate-period.ts";

const MILLION = 1_000_000n;
const BILLION = 1_000n * MILLION;
const GB = 1024n ** 3n;
const TB = 1024n * GB;

const period = monthPeriod("2026-11");
const rate = (quantities: Readonly<Record<string, bigint>>) =>
  ratePeriod({
    plan: awsPublicPlan,
    period,
    usage: Object.entries(quantities).map(([meter, quantity]) => ({
      meter: meter as Meter,
      startUnixMs: period.startUnixMs,
      quantity,
    })),
  });

/** The only line, or one of nothing. */
function rateOne(meter: Meter, quantity: bigint) {
  const { lines, unpriced } = rate({ [meter]: quantity });
  expect([lines.length, unpriced]).toEqual([quantity === 0n ? 0 : 1, []]);
  const exact = sum(lines.map((line) => line.exact));
  return [toText(exact), lines[0]?.ratedMicros ?? 0n, lines[0]?.amountMicros ?? 0n];
}

describe("AWS's public price list", () => {
  it.each<[string, Meter, bigint, string, bigint, bigint]>([
    // Published: AWS's own examples, and calculators that agree with its price list.
    ["an HTTP API of 432 M calls", "http.request", 432n * MILLION, "2094/5", 418_800_000n, 418_800_000n],
    ["an HTTP API of 216 M calls", "http.request", 216n * MILLION, "216", 216_000_000n, 216_000_000n],
    ["a REST API of 5 M calls", "rest.request", 5n * MILLION, "35/2", 17_500_000n, 17_500_000n],
    ["... with 3 KB each", "transfer.byte", 15_360_000_000n, "84375/65536", 1_287_460n, 1_290_000n],
    ["an HTTP API of a billion", "http.request", BILLION, "930", 930_000_000n, 930_000_000n],
    ["21 billion REST calls", "rest.request", 21n * BILLION, "497631/10", 49_763_100_000n, 49_763_100_000n],
    ["1.5 billion messages", "websocket.message", 1_500n * MILLION, "1400", 1_400_000_000n, 1_400_000_000n],
    ["10 M minutes", "websocket.minute", 10n * MILLION, "5/2", 2_500_000n, 2_500_000n],
    ["a cache of 1.6 GB in November", "cache.hour.1.6", 720n, "684/25", 27_360_000n, 27_360_000n],
    // Both sides of each tier.
    ["no call", "http.request", 0n, "0", 0n, 0n],
    ["a call", "http.request", 1n, "1/1000000", 1n, 0n],
    ["one below 300 M", "http.request", 300n * MILLION - 1n, "299999999/1000000", 299_999_999n, 300_000_000n],
    ["300 M", "http.request", 300n * MILLION, "300", 300_000_000n, 300_000_000n],
    ["one above", "http.request", 300n * MILLION + 1n, "3000000009/10000000", 300_000_001n, 300_000_000n],
    ["ten above", "http.request", 300n * MILLION + 10n, "300000009/1000000", 300_000_009n, 300_000_000n],
    ["a REST call", "rest.request", 1n, "7/2000000", 4n, 0n],
    ["3 (10.5 micros, rounded away from 0)", "rest.request", 3n, "21/2000000", 11n, 0n],
    ["333 M", "rest.request", 333n * MILLION, "2331/2", 1_165_500_000n, 1_165_500_000n],
    ["one above", "rest.request", 333n * MILLION + 1n, "2913750007/2500000", 1_165_500_003n, 1_165_500_000n],
    ["a billion", "rest.request", BILLION, "30331/10", 3_033_100_000n, 3_033_100_000n],
    ["one above", "rest.request", BILLION + 1n, "151655000119/50000000", 3_033_100_002n, 3_033_100_000n],
    ["20 billion", "rest.request", 20n * BILLION, "482531/10", 48_253_100_000n, 48_253_100_000n],
    ["+1", "rest.request", 20n * BILLION + 1n, "4825310000151/100000000", 48_253_100_002n, 48_253_100_000n],
    ["a billion", "websocket.message", BILLION, "1000", 1_000_000_000n, 1_000_000_000n],
    ["one above", "websocket.message", BILLION + 1n, "1250000001/1250000", 1_000_000_001n, 1_000_000_000n],
    ["a minute", "websocket.minute", 1n, "1/4000000", 0n, 0n],
    ["2 minutes", "websocket.minute", 2n, "1/2000000", 1n, 0n],
    ["3 minutes", "websocket.minute", 3n, "3/4000000", 1n, 0n],
    ["a byte", "transfer.byte", 1n, "9/107374182400", 0n, 0n],
    ["a GB", "transfer.byte", GB, "9/100", 90_000n, 90_000n],
    ["10 TB", "transfer.byte", 10n * TB, "4608/5", 921_600_000n, 921_600_000n],
    ["one GB above", "transfer.byte", 10n * TB + GB, "184337/200", 921_685_000n, 921_690_000n],
    ["50 TB", "transfer.byte", 50n * TB, "22016/5", 4_403_200_000n, 4_403_200_000n],
    ["150 TB", "transfer.byte", 150n * TB, "57856/5", 11_571_200_000n, 11_571_200_000n],
    ["one GB above", "transfer.byte", 150n * TB + GB, "46285/4", 11_571_250_000n, 11_571_250_000n],
    // Caches, for the 744 hours of a month of 31 days, and the 672 of February.
    ["744 hours", "cache.hour.0.5", 744n, "372/25", 14_880_000n, 14_880_000n],
    ["744 hours", "cache.hour.1.6", 744n, "3534/125", 28_272_000n, 28_270_000n],
    ["744 hours", "cache.hour.6.1", 744n, "744/5", 148_800_000n, 148_800_000n],
    ["744 hours", "cache.hour.13.5", 744n, "186", 186_000_000n, 186_000_000n],
    ["744 hours", "cache.hour.28.4", 744n, "372", 372_000_000n, 372_000_000n],
    ["744 hours", "cache.hour.58.2", 744n, "744", 744_000_000n, 744_000_000n],
    ["744 hours", "cache.hour.118", 744n, "7068/5", 1_413_600_000n, 1_413_600_000n],
    ["744 hours", "cache.hour.237", 744n, "14136/5", 2_827_200_000n, 2_827_200_000n],
    ["672 hours", "cache.hour.0.5", 672n, "336/25", 13_440_000n, 13_440_000n],
  ])("%s (%s): exact, rated and charged", (_what, meter, quantity, ...expected) => {
    expect(rateOne(meter, quantity)).toEqual(expected);
  });

  it("charges lines that are rounded, and adds up only those", () => {
    const bill = rate({ "rest.request": 5n * MILLION, "transfer.byte": 15_360_000_000n });
    expect(bill.totalMicros).toBe(18_790_000n);
    // The sum of what is not rounded has other micros, and is nowhere on the bill.
    const exact = sum(bill.lines.map((line) => line.exact));
    expect([toText(exact), ratedMicros(exact), amountMicros(exact, "USD")]).toEqual([
      "1231255/65536",
      18_787_460n,
      18_790_000n,
    ]);
  });

  it.each([
    [10n, "125", 125_000_000n],
    [11n, "275/2", 137_500_000n],
  ])("charges a portal of %d products", (products, exact, micros) => {
    const bill = rate({ "portal.month": 1n, "portal.product": products - 10n });
    expect([toText(sum(bill.lines.map((line) => line.exact))), bill.totalMicros]).toEqual([exact, micros]);
  });
});
