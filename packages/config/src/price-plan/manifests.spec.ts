import { describe, expect, it } from "vitest";
import { type Manifest, parseManifest } from "../index.ts";

const problemsOf = (kind: Manifest["kind"], id: string, spec: object): readonly string[] => {
  const parsed = parseManifest({ kind, id, spec }, 0);
  return parsed.ok ? [] : parsed.problems.map(({ code, path, message }) => `${code} ${path}: ${message}`);
};

const calls = { id: "calls", model: "FLAT", meter: "http.request", amount: "0.40" };
const graduated = (...tiers: readonly object[]) => ({
  id: "calls",
  model: "GRADUATED",
  meter: "http.request",
  tiers,
});
const plan = (version: object, ...more: readonly object[]) => ({
  currency: "EUR",
  versions: [{ from: "2026-12-01", prices: [calls], ...version }, ...more],
});
const priced = (...prices: readonly object[]) => plan({ prices });

describe("a price plan", () => {
  it("is what its author wrote, with defaults", () => {
    const spec = {
      currency: "EUR",
      versions: [
        {
          from: "2026-12-01",
          prices: [
            { id: "base", model: "FEE", amount: "49.00" },
            { ...graduated({ upTo: 1000, amount: "0.40", fee: "2" }, { amount: "0.30" }), included: 100 },
            { id: "bytes", model: "PACKAGE", meter: "transfer.byte", size: 1024, amount: "0.02" },
          ],
          minimum: "49.00",
          discounts: [{ id: "tenth", percent: "10", priceIds: ["base"] }],
          tax: { rate: "19" },
        },
        { from: "2027-01-01T00:00:00+01:00", prices: [calls] },
      ],
    };
    expect(problemsOf("PricePlan", "pets-pro", spec)).toEqual([]);
    expect(parseManifest({ kind: "PricePlan", id: "pets-pro", spec }, 0)).toMatchObject({
      value: {
        spec: { versions: [{ taxIncluded: false }, { tax: { category: "O", rate: "0" }, discounts: [] }] },
      },
    });
  });

  const V = "PricePlan/p.versions[0]";
  it.each<[string, object, string]>([
    [
      "a negative price",
      priced({ ...calls, amount: "-0.40" }),
      `AMOUNT_NEGATIVE ${V}.prices[0].amount: '-0.40' must not be negative: what lowers a bill is a discount`,
    ],
    [
      "a number",
      priced({ ...calls, amount: 0.4 }),
      `TYPE_WRONG ${V}.prices[0].amount: is not a string: write it in quotes, such as "0.40", because a number is rounded when it is read`,
    ],
    [
      "too many digits",
      priced({ ...calls, amount: "0.0000000000001" }),
      `AMOUNT_INVALID ${V}.prices[0].amount: '0.0000000000001' must be a decimal number such as 0.40, with at most 15 digits before the point and 12 after it`,
    ],
    [
      "an unknown currency",
      { ...plan({}), currency: "EURO" },
      "CURRENCY_UNKNOWN PricePlan/p.currency: 'EURO' is not a currency: use the three capital letters of ISO 4217, such as EUR",
    ],
    [
      "overlapping tiers",
      priced(graduated({ upTo: 100, amount: "2" }, { upTo: 50, amount: "1" }, { amount: "0" })),
      `TIERS_OVERLAP ${V}.prices[0].tiers[1].upTo: 50 must be more than 100, where the tier before it ends: the tiers overlap`,
    ],
    [
      "a tier without an end before the last",
      priced(graduated({ amount: "2" }, { amount: "1" })),
      `TIERS_OPEN ${V}.prices[0].tiers[0].upTo: is required for every tier but the last: a tier without it has no end`,
    ],
    [
      "a last tier with an end",
      priced(graduated({ upTo: 5, amount: "2" })),
      `TIERS_CLOSED ${V}.prices[0].tiers[0].upTo: must be left out of the last tier: nothing says what units after 5 cost`,
    ],
    [
      "two versions of one date",
      plan({}, { from: "2026-12-01T00:00:00Z", prices: [calls] }),
      "VERSION_DATE_TWICE PricePlan/p.versions[1].from: another version applies from 2026-12-01T00:00:00Z: only one can, so change its prices, or give this one another date",
    ],
    [
      "versions in another order",
      plan({}, { from: "2026-11-01", prices: [calls] }),
      "VERSION_ORDER PricePlan/p.versions[1].from: 2026-11-01 must be later than 2026-12-01: versions are listed in the order of their dates",
    ],
    [
      "a date that does not exist",
      plan({ from: "2026-02-30" }),
      `DATE_INVALID ${V}.from: '2026-02-30' must be a date such as 2026-12-01, or an instant such as 2026-12-01T00:00:00+01:00`,
    ],
    [
      "a meter with two prices",
      priced(calls, { ...calls, id: "more" }),
      `METER_PRICED_TWICE ${V}.prices[1].meter: 'http.request' already has a price, 'calls': its units would be charged twice`,
    ],
    [
      "a discount of nothing",
      plan({ discounts: [{ id: "d" }] }),
      `DISCOUNT_EITHER ${V}.discounts[0]: must have either percent or amount`,
    ],
    [
      "a discount of a price that is not there",
      plan({ discounts: [{ id: "d", percent: "5", priceIds: ["base"] }] }),
      `PRICE_MISSING ${V}.discounts[0].priceIds[0]: this version has no price 'base'`,
    ],
    [
      "a discount with the id of a price",
      plan({ discounts: [{ id: "calls", percent: "5" }] }),
      `LINE_ID_TAKEN ${V}.discounts[0].id: 'calls' is the id of other lines of the invoice: a price, a discount, or the minimum`,
    ],
    [
      "two discounts of one id",
      plan({
        discounts: [
          { id: "d", percent: "5" },
          { id: "d", percent: "6" },
        ],
      }),
      `LINE_ID_TAKEN ${V}.discounts[1].id: 'd' is the id of other lines of the invoice: a price, a discount, or the minimum`,
    ],
    [
      "a price with the id of the minimum",
      priced({ ...calls, id: "minimum" }),
      `LINE_ID_TAKEN ${V}.prices[0].id: 'minimum' is the id of other lines of the invoice: a price, a discount, or the minimum`,
    ],
    [
      "a reverse charge with a rate",
      plan({ tax: { category: "AE", rate: "19" } }),
      `TAX_RATE_UNEXPECTED ${V}.tax.rate: must be 0 for the category AE: only S, the standard category, has a rate`,
    ],
    [
      "an instant within a quarter of an hour",
      plan({ from: "2026-12-01T10:07:00Z" }),
      `INSTANT_IN_QUARTER ${V}.from: '2026-12-01T10:07:00Z' must be at minute 00, 15, 30 or 45: usage is counted by quarters of an hour`,
    ],
    [
      "more than everything off",
      plan({ discounts: [{ id: "d", percent: "101" }] }),
      `PERCENT_INVALID ${V}.discounts[0].percent: '101' must be a percentage from 0 to 100 with at most 4 digits after the point, such as 7.7`,
    ],
  ])("is refused with %s", (_what, spec, problem) => {
    expect(problemsOf("PricePlan", "p", spec)).toEqual([problem]);
  });

  it("names every meter there is where one is unknown", () => {
    expect(problemsOf("PricePlan", "p", priced({ ...calls, meter: "requests" }))[0]).toMatch(
      /^METER_UNKNOWN .*prices\[0\]\.meter: 'requests' is not a meter: use one of rest\.request, .*transfer\.byte.* custom\.tokens/,
    );
    expect(problemsOf("PricePlan", "p", priced({ ...calls, meter: "custom.tokens" }))).toEqual([]);
  });
});

describe("customers and subscriptions", () => {
  const acme = { name: "Acme", apiKeyIds: ["ada"] };
  it.each<[Manifest["kind"], object, readonly string[]]>([
    ["Customer", acme, []],
    [
      "Customer",
      { ...acme, apiKeyIds: [] },
      [
        "KEY_REQUIRED Customer/acme.apiKeyIds: must name an API key: what a customer without keys uses cannot be found",
      ],
    ],
    [
      "Customer",
      { ...acme, timeZone: "Berlin" },
      [
        "TIME_ZONE_UNKNOWN Customer/acme.timeZone: 'Berlin' is not a time zone of the IANA database, such as Europe/Berlin",
      ],
    ],
    [
      "Customer",
      { ...acme, timeZone: "+05:37" },
      [
        "TIME_ZONE_UNKNOWN Customer/acme.timeZone: '+05:37' is not a time zone of the IANA database, such as Europe/Berlin",
      ],
    ],
    [
      "Subscription",
      { customerId: "acme", productId: "pets", startAt: "2026-12-01", endAt: "2026-12-01" },
      ["END_BEFORE_START Subscription/acme.endAt: must be later than startAt, 2026-12-01"],
    ],
    [
      "Subscription",
      { customerId: "acme", productId: "pets", startAt: "2026-12-01", trialEndAt: "2026-11-30" },
      ["END_BEFORE_START Subscription/acme.trialEndAt: must be later than startAt, 2026-12-01"],
    ],
    [
      "Subscription",
      { customerId: "acme", productId: "pets", startAt: "2026-12-01", spendLimit: { amount: "500.00" } },
      [],
    ],
    [
      "Subscription",
      { customerId: "acme", productId: "pets", startAt: "2026-12-01", spendLimit: { amount: "0.00" } },
      [
        "SPEND_LIMIT_ZERO Subscription/acme.spendLimit.amount: must be more than 0: every subscription would reach it at once",
      ],
    ],
    [
      "Subscription",
      { customerId: "acme", productId: "pets", startAt: "2026-12-01", spendLimit: { amount: "-5" } },
      [
        "AMOUNT_NEGATIVE Subscription/acme.spendLimit.amount: '-5' must not be negative: what lowers a bill is a discount",
      ],
    ],
    [
      "Subscription",
      {
        customerId: "acme",
        productId: "pets",
        startAt: "2026-12-01",
        spendLimit: { amount: "5", warnAt: [80, 50] },
      },
      [
        "WARNINGS_RISE Subscription/acme.spendLimit.warnAt[1]: 50 must be more than the percentage before it: each is reached once",
      ],
    ],
    [
      "Product",
      { name: "Pets", usagePlanIds: ["gold", "gold"], pricePlanId: "pro" },
      ["LISTED_TWICE Product/acme.usagePlanIds[1]: 'gold' is listed twice"],
    ],
  ])("%s %j: %j", (kind, spec, problems) => {
    expect(problemsOf(kind, "acme", spec)).toEqual(problems);
  });

  it.each<[object, readonly string[]]>([
    [{ name: "Pets", address: { country: "DE" }, paymentDays: 30 }, []],
    [{ name: "Pets" }, ["TYPE_WRONG Seller/seller.address: expected object, received undefined"]],
    [
      { name: "Pets", address: { country: "Germany" } },
      ["FORMAT_WRONG Seller/seller.address.country: must be two capital letters of ISO 3166, such as DE"],
    ],
    [
      { name: "Pets", address: { country: "DE" }, paymentDays: -1 },
      ["TOO_SMALL Seller/seller.paymentDays: Too small: expected number to be >=0"],
    ],
  ])("a seller %j: %j", (spec, problems) => {
    expect(problemsOf("Seller", "seller", spec)).toEqual(problems);
  });
});
