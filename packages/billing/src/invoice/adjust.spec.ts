import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pricePlan } from "@tollgate/config";
import { parseDecimal } from "../money/decimal.ts";
import { amountMicros } from "../money/micros.ts";
import { monthPeriod } from "../period/period.ts";
import { ratePeriod } from "../rating/rate-period.ts";
import type { MeteredUsage } from "../rating/usage-lines.ts";
import { adjustmentsOf } from "./adjust.ts";
import { creditsLeft } from "./carry.ts";
import { documentText, type InvoiceDocument, invoiceDocument } from "./document.ts";
import { readTerms, type Terms } from "./terms.ts";

const MONTHS = ["2026-10", "2026-11", "2026-12"] as const;
const ZONE = "Europe/Paris";

const plan = pricePlan.parse({
  currency: "EUR",
  versions: [
    {
      from: "2026-01-01",
      prices: [
        {
          id: "calls",
          model: "VOLUME",
          meter: "http.request",
          tiers: [{ upTo: 50, amount: "0.0133", fee: "1" }, { amount: "0.0071" }],
        },
        { id: "bytes", model: "PACKAGE", meter: "transfer.byte", size: 33, amount: "0.017" },
      ],
      minimum: "0.90",
      discounts: [{ id: "tenth", percent: "10" }],
      tax: { rate: "19" },
    },
    { from: "2026-11-15", prices: [{ id: "calls", model: "FLAT", meter: "http.request", amount: "0.0099" }] },
  ],
});

const readTermsOf = (month: string): Terms =>
  readTerms({
    accountId: "",
    subscriptionId: "acme",
    month,
    timeZone: ZONE,
    pricePlanJson: JSON.stringify(plan),
    customerJson: "",
    apiKeyIds: ["ada"],
    usagePlanIds: ["gold"],
    startAt: "",
    endAt: "",
  });

const termsByMonth = new Map(MONTHS.map((month) => [month as string, readTermsOf(month)]));
const termsOf = (month: string) => termsByMonth.get(month) as Terms;

/** Invoices of the months one after the other, each made when the usage before its place among the arrivals was there. */
function invoices(arrivals: readonly MeteredUsage[], places: readonly number[]): readonly InvoiceDocument[] {
  const made: InvoiceDocument[] = [];
  for (const [i, month] of MONTHS.entries()) {
    const there = arrivals.slice(0, places[i]);
    const rate = ({ period }: Terms) =>
      ratePeriod({
        plan,
        period,
        usage: there.filter(
          ({ startUnixMs }) => period.startUnixMs <= startUnixMs && startUnixMs < period.endUnixMs,
        ),
      });
    const rowsFor = (of: string) =>
      made.flatMap((document) =>
        document.lines.filter(({ forMonth }) => (forMonth || document.month) === of),
      );
    const adjustments = MONTHS.slice(0, i).flatMap((of) =>
      adjustmentsOf({ period: termsOf(of).period, rating: rate(termsOf(of)), rows: rowsFor(of) }),
    );
    const terms = termsOf(month);
    const number = `INV-2026-00000${i + 1}`;
    made.push(
      invoiceDocument({
        terms,
        rating: rate(terms),
        adjustments,
        credits: creditsLeft(
          made.flatMap(({ lines }) => lines),
          "EUR",
        ),
        number,
        issueDate: "2027-01-02",
        missingEventCount: 0,
      }),
    );
  }
  return made;
}

/** What all invoices together charge for each price of each month. */
function charged(documents: readonly InvoiceDocument[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { month, lines } of documents)
    for (const { kind, forMonth, id, amount } of lines) {
      if (kind === "CARRIED") continue;
      const name = `${forMonth || month} ${id}`;
      sums.set(name, (sums.get(name) ?? 0n) + amountMicros(parseDecimal(amount), "EUR"));
    }
  return new Map([...sums].filter(([, micros]) => micros !== 0n));
}

const first = monthPeriod("2026-10", ZONE).startUnixMs;
const last = monthPeriod("2026-12", ZONE).endUnixMs - 1;
const usage = fc.array(
  fc.record({
    meter: fc.constantFrom("http.request" as const, "transfer.byte" as const),
    startUnixMs: fc.integer({ min: first, max: last }),
    quantity: fc.bigInt({ min: 1n, max: 60n }),
  }),
  { minLength: 1, maxLength: 12 },
);

describe("invoices", () => {
  it("charge the same for each month in 1,000 orders of arrival, whenever they are made", () => {
    fc.assert(
      fc.property(
        usage,
        fc.infiniteStream(fc.nat()),
        fc.tuple(fc.nat(12), fc.nat(12)),
        (given, numbers, made) => {
          const shuffled = given
            .map((one) => ({ one, at: numbers.next().value ?? 0 }))
            .sort((a, b) => a.at - b.at)
            .map(({ one }) => one);
          const [october = 0, november = 0] = made.toSorted((a, b) => a - b);
          const late = invoices(shuffled, [october, november, given.length]);
          const inTime = invoices(given, [given.length, given.length, given.length]);
          expect(charged(late)).toEqual(charged(inTime));
          for (const { total } of late) expect(total).not.toMatch(/^-/);
          for (const { forMonth, start, end } of late.flatMap(({ lines }) => lines))
            if (forMonth !== "") {
              const { startUnixMs, endUnixMs } = termsOf(forMonth).period;
              expect([Date.parse(start), Date.parse(end)]).toEqual([startUnixMs, endUnixMs]);
            }
          expect(inTime.flatMap(({ lines }) => lines.filter(({ kind }) => kind === "ADJUSTMENT"))).toEqual(
            [],
          );
          // Made again from the same usage in another order, they have the same bytes.
          expect(invoices(given.toReversed(), [12, 12, 12]).map(documentText)).toEqual(
            inTime.map(documentText),
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
