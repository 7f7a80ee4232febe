import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pricePlan } from "@tollgate/config";
import { amountMicros, ratedMicros } from "../money/micros.ts";
import { rational, sum, toText } from "../money/rational.ts";
import { monthPeriod, type Period } from "../period/period.ts";
import { allowancesOf, ratePeriod } from "./rate-period.ts";
import { taxOf, taxOfCredit } from "./tax.ts";
import type { MeteredUsage } from "./usage-lines.ts";

const MILLION = 1_000_000;
const november = monthPeriod("2026-11");
const DAY = 86_400_000;

const plan = (version: object, currency = "USD") =>
  pricePlan.parse({ currency, versions: [{ from: "2026-01-01", ...version }] });
const calls = (price: object) => ({ prices: [{ id: "calls", meter: "http.request", ...price }] });
const used = (quantity: number, startUnixMs = november.startUnixMs): MeteredUsage => ({
  meter: "http.request",
  startUnixMs,
  quantity: BigInt(quantity),
});
const rate = (version: object, quantity: number, currency?: string) =>
  ratePeriod({ plan: plan(version, currency), period: november, usage: [used(quantity)] });
const figures = ({ lines }: ReturnType<typeof rate>) => [
  toText(sum(lines.map(({ exact }) => exact))),
  lines.reduce((total, line) => total + line.ratedMicros, 0n),
  lines.reduce((total, line) => total + line.amountMicros, 0n),
];

const TWO_TIERS = [{ upTo: 1000, amount: "0.10" }, { amount: "0.05" }];
const PACKAGES = calls({ model: "PACKAGE", size: 1000, amount: "5.00" });
const VOLUME = calls({ model: "VOLUME", tiers: TWO_TIERS });
const GRADUATED = calls({ model: "GRADUATED", tiers: TWO_TIERS });
const FREE_MILLION = calls({
  model: "GRADUATED",
  per: MILLION,
  included: MILLION,
  tiers: [{ upTo: 333 * MILLION, amount: "3.50" }, { amount: "2.80" }],
});

describe("a period", () => {
  it.each<[string, object, number, string, bigint, bigint]>([
    ["no package", PACKAGES, 0, "0", 0n, 0n],
    ["a package that is started", PACKAGES, 1, "5", 5_000_000n, 5_000_000n],
    ["a whole package", PACKAGES, 1000, "5", 5_000_000n, 5_000_000n],
    ["the next package", PACKAGES, 1001, "10", 10_000_000n, 10_000_000n],
    ["all at the first tier", VOLUME, 1000, "100", 100_000_000n, 100_000_000n],
    ["all at the second tier", VOLUME, 1001, "1001/20", 50_050_000n, 50_050_000n],
    ["each at its tier", GRADUATED, 1001, "2001/20", 100_050_000n, 100_050_000n],
    ["what is included", FREE_MILLION, MILLION, "0", 0n, 0n],
    ["one more than that", FREE_MILLION, MILLION + 1, "7/2000000", 4n, 0n],
  ])("charges %s", (_what, version, quantity, ...expected) => {
    expect(figures(rate(version, quantity))).toEqual(expected);
  });

  it.each([
    ["JPY", "0.5", 500_000n, 1_000_000n],
    ["KWD", "0.0005", 500n, 1_000n],
    ["CLF", "0.00005", 50n, 100n],
  ])("rounds once to the smallest coin of %s", (currency, amount, rated, charged) => {
    const bill = rate(calls({ model: "FLAT", amount }), 1, currency);
    expect(figures(bill).slice(1)).toEqual([rated, charged]);
  });

  it.each([
    ["America/New_York", "2026-11-16", "2026-11-16T02:00:00Z"],
    ["Asia/Kolkata", "2026-11-15T20:00:00Z", "2026-11-16"],
  ])(
    "charges fees for each instant once where the time zone is %s, and dates are mixed with instants",
    (zone, ...from) => {
      const prices = [{ id: "base", model: "FEE", amount: "720" }];
      const given = pricePlan.parse({
        currency: "USD",
        versions: ["2026-01-01", ...from].map((one) => ({ from: one, prices })),
      });
      const { lines } = ratePeriod({ plan: given, period: monthPeriod("2026-11", zone), usage: [] });
      expect(toText(sum(lines.map(({ exact }) => exact)))).toBe("720");
      expect(lines.slice(1).map(({ startUnixMs }) => startUnixMs)).toEqual(
        lines.slice(0, -1).map(({ endUnixMs }) => endUnixMs),
      );
    },
  );

  it("rounds what is credited as what was charged", () => {
    expect([ratedMicros(rational(-1n, 2n)), amountMicros(rational(-1n, 2n), "JPY")]).toEqual([
      -500_000n,
      -1_000_000n,
    ]);
  });

  it("goes on counting where prices change within it", () => {
    const tiers = (first: string, other: string) =>
      calls({
        model: "GRADUATED",
        per: MILLION,
        tiers: [{ upTo: 300 * MILLION, amount: first }, { amount: other }],
      });
    const { lines } = ratePeriod({
      plan: pricePlan.parse({
        currency: "USD",
        versions: [
          { from: "2026-01-01", ...tiers("1.00", "0.90") },
          { from: "2026-11-16", ...tiers("1.10", "1.00") },
        ],
      }),
      period: november,
      usage: [
        used(200 * MILLION, november.startUnixMs + 15 * DAY),
        used(200 * MILLION, november.startUnixMs + 15 * DAY - 1),
      ],
    });
    // 200 at 1.00; 100 at 1.10 and 100 at 1.00.
    expect(lines.map(({ amountMicros }) => amountMicros)).toEqual([200_000_000n, 210_000_000n]);
  });

  it("starts packages and fees of tiers once, whichever version they began in", () => {
    const changing = (price: object) =>
      ratePeriod({
        plan: pricePlan.parse({
          currency: "USD",
          versions: ["2026-01-01", "2026-11-16"].map((from) => ({ from, ...calls(price) })),
        }),
        period: november,
        usage: [used(600), used(600, november.startUnixMs + 20 * DAY)],
      }).lines.map(({ amountMicros }) => amountMicros / 10_000n);
    expect(changing({ model: "PACKAGE", size: 1000, amount: "5.00" })).toEqual([500n, 500n]);
    const fees = [
      { upTo: 1000, amount: "0", fee: "7" },
      { amount: "0", fee: "3" },
    ];
    expect(changing({ model: "GRADUATED", tiers: fees })).toEqual([700n, 300n]);
    expect(changing({ model: "VOLUME", tiers: fees })).toEqual([300n, 0n]);
    expect(changing({ model: "GRADUATED", included: 1100, tiers: fees })).toEqual([0n, 300n]);
  });

  it("raises usage to its minimum", () => {
    const { lines } = rate({ ...calls({ model: "FLAT", amount: "18.79" }), minimum: "50.00" }, 1);
    expect(lines.map(({ id, amountMicros }) => [id, amountMicros])).toEqual([
      ["calls", 18_790_000n],
      ["minimum", 31_210_000n],
    ]);
    expect(rate({ ...calls({ model: "FLAT", amount: "50" }), minimum: "50.00" }, 1).lines).toHaveLength(1);
  });

  const fee = plan({ prices: [{ id: "base", model: "FEE", amount: "30.00" }] }, "EUR");
  const march = monthPeriod("2026-03", "Europe/Paris");
  const HOUR = 3_600_000;
  it.each<[string, Period, number, string, bigint, bigint]>([
    ["71 of 743 hours", march, march.endUnixMs - 71 * HOUR, "2130/743", 2_866_756n, 2_870_000n],
    ["15 of 30 days", november, november.startUnixMs + 15 * DAY, "15", 15_000_000n, 15_000_000n],
    ["all of it", november, november.startUnixMs, "30", 30_000_000n, 30_000_000n],
  ])("charges the part of a fee that its time is: %s", (_what, period, startUnixMs, ...expected) => {
    const active = { startUnixMs, endUnixMs: period.endUnixMs };
    expect(figures(ratePeriod({ plan: fee, period, active, usage: [] }))).toEqual(expected);
  });

  it("reports usage that no price is for", () => {
    const bill = ratePeriod({
      plan: pricePlan.parse({
        currency: "USD",
        versions: [{ from: "2026-11-16", ...calls({ model: "FLAT", amount: "1" }) }],
      }),
      period: november,
      usage: [
        used(5, november.startUnixMs + 20 * DAY),
        used(3),
        { meter: "rest.request", startUnixMs: november.startUnixMs + 20 * DAY, quantity: 2n },
      ],
    });
    expect([bill.totalMicros, bill.unpriced]).toEqual([
      5_000_000n,
      [
        { meter: "http.request", quantity: 3n },
        { meter: "rest.request", quantity: 2n },
      ],
    ]);
  });
});

describe("discounts", () => {
  const prices = [
    { id: "calls", model: "FLAT", meter: "http.request", amount: "10", tax: { rate: "19" } },
    { id: "base", model: "FEE", amount: "30", tax: { rate: "7" } },
  ];
  const discounted = (discounts: readonly object[]) => {
    const bill = rate({ prices, discounts }, 1);
    return {
      lines: bill.lines.slice(2).map(({ id, tax, amountMicros }) => [id, tax.rate, amountMicros / 10_000n]),
      total: bill.netMicros / 10_000n,
    };
  };

  it("lower each group of taxes by their share, one after the other", () => {
    expect(
      discounted([
        { id: "tenth", percent: "10" },
        { id: "half", percent: "50", priceIds: ["calls"] },
        { id: "gift", amount: "10.00" },
      ]),
    ).toEqual({
      lines: [
        ["tenth", "19", -100n],
        ["tenth", "7", -300n],
        ["half", "19", -450n],
        ["gift", "19", -143n],
        ["gift", "7", -857n],
      ],
      total: 2150n,
    });
  });

  it("take no more than there is", () => {
    const { lines, total } = discounted([
      { id: "gift", amount: "100" },
      { id: "more", percent: "50" },
    ]);
    expect([lines, total]).toEqual([
      [
        ["gift", "19", -1000n],
        ["gift", "7", -3000n],
      ],
      0n,
    ]);
  });
});

describe("taxes", () => {
  const NET = [68_330_000n, 68_330_000n, 57_500_000n, 85_000_000n];
  const rule = (rate: string, isIncluded = false) => ({ category: "S" as const, rate, isIncluded });
  const cents = (micros: bigint) => Number(micros / 10_000n);

  it("are rounded once for all lines of one rate", () => {
    const total = NET.reduce((sum, one) => sum + one, 0n);
    expect(cents(taxOf(rule("20"), total, "EUR").taxMicros)).toBe(5583);
    // Each alone has another sum.
    expect(NET.reduce((sum, one) => sum + cents(taxOf(rule("20"), one, "EUR").taxMicros), 0)).toBe(5584);
    const prices = NET.map((micros, i) => ({ id: `p${i}`, model: "FEE", amount: `${cents(micros) / 100}` }));
    const bill = ratePeriod({
      plan: plan({ prices, tax: { rate: "20" } }, "EUR"),
      period: november,
      usage: [],
    });
    expect([bill.taxes.length, cents(bill.taxMicros), cents(bill.totalMicros)]).toEqual([1, 5583, 33_499]);
  });

  it("are given back exactly, credit by credit", () => {
    let credited = 0n;
    const parts = NET.map((one) => {
      const tax = taxOfCredit(rule("20"), one, credited, "EUR");
      credited += one;
      return cents(tax);
    });
    expect(parts).toEqual([1367, 1366, 1150, 1700]);
  });

  it("are taken out of amounts that contain them", () => {
    const bill = rate(
      { ...calls({ model: "FLAT", amount: "119" }), tax: { rate: "19" }, taxIncluded: true },
      1,
    );
    expect([bill.netMicros, bill.taxMicros, bill.totalMicros].map(cents)).toEqual([10_000, 1_900, 11_900]);
  });
});

describe("whatever the usage is", () => {
  const slots = fc.array(
    fc.record({
      meter: fc.constantFrom("http.request" as const, "transfer.byte" as const),
      startUnixMs: fc.integer({ min: november.startUnixMs, max: november.endUnixMs - 1 }),
      quantity: fc.bigInt({ min: 1n, max: 10n ** 15n }),
    }),
    { maxLength: 40 },
  );
  const versionOf = (from: string, amount: string) => ({
    from,
    prices: [
      {
        id: "calls",
        model: "GRADUATED",
        meter: "http.request",
        per: 1000,
        included: 100,
        tiers: [{ upTo: 5000, amount, fee: "2" }, { amount: "0.0007" }],
      },
      { id: "bytes", model: "PACKAGE", meter: "transfer.byte", size: 4096, amount: "0.003" },
      { id: "base", model: "FEE", amount: "49.00" },
    ],
    minimum: "20",
    discounts: [{ id: "tenth", percent: "10" }],
    tax: { rate: "19" },
  });
  const changing = pricePlan.parse({
    currency: "EUR",
    versions: [versionOf("2026-01-01", "0.40"), versionOf("2026-11-12T07:30:00Z", "0.37")],
  });
  const rated = (usage: readonly MeteredUsage[]) => ratePeriod({ plan: changing, period: november, usage });

  it("the order and the pieces in which it comes make no difference", () => {
    fc.assert(
      fc.property(slots, fc.infiniteStream(fc.nat()), (usage, numbers) => {
        const shuffled = usage
          .flatMap((one) => {
            const part = one.quantity / 3n;
            return part === 0n
              ? [one]
              : [
                  { ...one, quantity: part },
                  { ...one, quantity: one.quantity - part },
                ];
          })
          .map((one) => ({ one, at: numbers.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        expect(rated(shuffled)).toEqual(rated(usage));
      }),
      { numRuns: 300 },
    );
  });

  it("steps add up to their line, amounts to the total, and tiers to the whole quantity", () => {
    fc.assert(
      fc.property(slots, (usage) => {
        const bill = rated(usage);
        for (const line of bill.lines) {
          expect(sum(line.steps.map(({ exact }) => exact))).toEqual(line.exact);
          expect(line.amountMicros % 10_000n).toBe(0n);
          const units = line.steps.filter(({ kind }) => kind === "INCLUDED" || kind === "UNITS");
          if (line.id === "calls")
            expect(units.reduce((total, { quantity }) => total + quantity, 0n)).toBe(line.quantity);
        }
        expect(bill.lines.reduce((total, line) => total + line.amountMicros, 0n)).toBe(bill.netMicros);
        expect(bill.netMicros).toBeGreaterThanOrEqual(0n);
      }),
      { numRuns: 300 },
    );
  });
});

describe("units that are included for each key", () => {
  const DAY_TWELVE = Date.parse("2026-11-12T00:00:00Z");
  const by = (apiKeyId: string, quantity: number, startUnixMs?: number): MeteredUsage => ({
    ...used(quantity, startUnixMs),
    apiKeyId,
  });
  const rated = (price: object, usage: readonly MeteredUsage[], later?: object) => {
    const versions = [
      { from: "2026-01-01", ...calls({ includedPerKey: 100, ...price }) },
      ...(later ? [{ from: "2026-11-12", ...calls({ includedPerKey: 100, ...price, ...later }) }] : []),
    ];
    const input = { plan: pricePlan.parse({ currency: "USD", versions }), period: november, usage };
    const { lines } = ratePeriod(input);
    return {
      steps: lines.map(({ steps }) => steps.map(({ kind, quantity }) => `${kind} ${quantity}`).join(", ")),
      amounts: lines.map(({ amountMicros }) => amountMicros / 10_000n),
      keys: allowancesOf(input, "calls").map((one) => `${one.apiKeyId} ${one.quantity} ${one.included}`),
    };
  };
  const FLAT = { model: "FLAT", amount: "0.01" };

  it("are not given from one key to another", () => {
    expect(rated(FLAT, [by("a", 250), by("b", 30), by("c", 100)])).toEqual({
      steps: ["INCLUDED 230, UNITS 150"],
      amounts: [150n],
      keys: ["a 250 100", "b 30 30", "c 100 100"],
    });
  });

  it("are not given to calls without a key", () => {
    expect(rated(FLAT, [by("a", 250), by("", 250)])).toEqual({
      steps: ["INCLUDED 100, UNITS 400"],
      amounts: [400n],
      keys: ["a 250 100"],
    });
  });

  it.each<[string, object, readonly string[], readonly bigint[]]>([
    [
      "the pool that is included",
      { ...FLAT, included: 40 },
      ["INCLUDED 200, INCLUDED 40, UNITS 1160"],
      [1_160n],
    ],
    [
      "graduated tiers",
      { model: "GRADUATED", tiers: TWO_TIERS },
      ["INCLUDED 200, UNITS 1000, UNITS 200"],
      [11_000n],
    ],
    ["volume tiers", { model: "VOLUME", tiers: TWO_TIERS }, ["INCLUDED 200, UNITS 1200"], [6_000n]],
    ["packages", { model: "PACKAGE", size: 1000, amount: "5.00" }, ["INCLUDED 200, PACKAGES 2"], [1_000n]],
  ])("come before %s, which counts what keys use beyond them", (_what, price, steps, amounts) => {
    expect(rated(price, [by("a", 1_200), by("b", 200)])).toMatchObject({ steps, amounts });
  });

  it("cost nothing where no key uses more", () => {
    expect(rated(FLAT, [by("a", 100), by("b", 1)])).toMatchObject({ steps: ["INCLUDED 101"], amounts: [0n] });
  });

  it("go on being counted in the next version of the price, as tiers do", () => {
    const usage = [by("a", 80), by("a", 80, DAY_TWELVE), by("b", 120, DAY_TWELVE)];
    expect(rated(FLAT, usage, {})).toEqual({
      steps: ["INCLUDED 80", "INCLUDED 120, UNITS 80"],
      amounts: [0n, 80n],
      keys: ["a 160 100", "b 120 100"],
    });
    // A version that includes less takes back nothing.
    expect(rated(FLAT, usage, { includedPerKey: 50 }).keys).toEqual(["a 160 80", "b 120 50"]);
  });

  it("are the same in whatever order usage comes, and steps have all units", () => {
    const pieces = fc.array(
      fc.record({
        apiKeyId: fc.constantFrom("a", "b", "c"),
        quantity: fc.integer({ min: 1, max: 90 }),
        day: fc.integer({ min: 0, max: 29 }),
      }),
    );
    fc.assert(
      fc.property(pieces, (given) => {
        const usage = given.map(({ apiKeyId, quantity, day }) =>
          by(apiKeyId, quantity, november.startUnixMs + day * DAY),
        );
        const price = { model: "GRADUATED", tiers: TWO_TIERS, included: 10 };
        const found = rated(price, usage, { includedPerKey: 70 });
        expect(rated(price, usage.toReversed(), { includedPerKey: 70 })).toEqual(found);
        const units = found.steps.join(", ").match(/\d+/g) ?? [];
        expect(units.reduce((sum, one) => sum + Number(one), 0)).toBe(
          given.reduce((sum, { quantity }) => sum + quantity, 0),
        );
      }),
      { numRuns: 200 },
    );
  });
});
