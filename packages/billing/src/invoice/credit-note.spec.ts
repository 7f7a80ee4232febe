import fc from "fast-check";
import { expect, it } from "vitest";
import { amountMicros, formatAmount, microsOf, parseAmount } from "../money/micros.ts";
import { rational } from "../money/rational.ts";
import { monthPeriod } from "../period/period.ts";
import { amountLine, type Line } from "../rating/line.ts";
import { totalled } from "../rating/rate-period.ts";
import { carriedLines } from "./carry.ts";
import { type CreditNoteDocument, CreditRefused, creditNote } from "./credit-note.ts";
import { type InvoiceDocument, invoiceDocument } from "./document.ts";
import { termsOf } from "./terms.contract.ts";

const period = monthPeriod("2026-11");

const terms = termsOf({ month: period.month });

interface Charge {
  readonly cents: bigint;
  readonly rate: string;
}

const lineOf = ({ cents, rate }: Charge, i: number, isIncluded: boolean): Line =>
  amountLine({
    kind: cents < 0n ? "DISCOUNT" : "USAGE",
    id: `line${i}`,
    name: `Line ${i}`,
    tax: { category: rate === "0" ? "O" : "S", rate, isIncluded },
    span: period,
    micros: microsOf(cents, "EUR"),
  });

function invoiceOf(charges: readonly Charge[], isIncluded = false): InvoiceDocument {
  const lines = charges.map((charge, i) => lineOf(charge, i, isIncluded));
  return invoiceDocument({
    terms,
    rating: totalled("EUR", lines, []),
    adjustments: [],
    credits: [],
    number: "INV-2026-000001",
    issueDate: "2026-12-01",
    missingEventCount: 0,
  });
}

function credit(
  invoice: InvoiceDocument,
  creditNotes: readonly CreditNoteDocument[],
  wanted: readonly { line: number; amount: string }[] = [],
): CreditNoteDocument {
  const number = `CN-2026-00000${creditNotes.length + 1}`;
  const more = { number, issueDate: "2026-12-02", reason: "an outage", reference: "" };
  return creditNote({ invoice, invoices: [invoice], creditNotes, wanted, ...more });
}

const rate = fc.constantFrom("19", "7", "0");
const charges = fc.array(fc.record({ cents: fc.bigInt({ min: -500n, max: 9_999n }), rate }), {
  minLength: 1,
  maxLength: 6,
});
const attempts = fc.array(fc.record({ line: fc.integer({ min: 1, max: 6 }), cents: fc.bigInt(1n, 5_000n) }), {
  maxLength: 12,
});

const sum = (notes: readonly CreditNoteDocument[], member: "net" | "tax" | "total") =>
  notes.reduce((all, note) => all + parseAmount(note[member], "EUR"), 0n);

it("credit notes in any parts and order give back exactly what an invoice charges, and its taxes", () => {
  fc.assert(
    fc.property(charges, attempts, fc.boolean(), (given, tried, isIncluded) => {
      const invoice = invoiceOf(given, isIncluded);
      // What is taxed alike and comes to less than nothing has nothing to give back.
      const groups = new Map<string, bigint>();
      for (const { cents, rate: own } of given) groups.set(own, (groups.get(own) ?? 0n) + cents);
      const charged = given.filter(({ rate: own }) => (groups.get(own) ?? 0n) > 0n);
      const expected = totalled(
        "EUR",
        charged.map((charge, i) => lineOf(charge, i, isIncluded)),
        [],
      );
      const notes: CreditNoteDocument[] = [];
      const attempt = (wanted: readonly { line: number; amount: string }[]) => {
        try {
          notes.push(credit(invoice, notes, wanted));
        } catch (error) {
          expect(error).toBeInstanceOf(CreditRefused);
        }
      };
      for (const { line, cents } of tried)
        attempt([{ line, amount: formatAmount(microsOf(cents, "EUR"), "EUR") }]);
      attempt([]);
      expect([sum(notes, "net"), sum(notes, "tax"), sum(notes, "total")]).toEqual([
        expected.netMicros,
        expected.taxMicros,
        expected.totalMicros,
      ]);
      for (const { lines, tax } of notes) {
        expect(tax).not.toMatch(/^-/);
        expect(lines.filter(({ amount }) => parseAmount(amount, "EUR") <= 0n)).toEqual([]);
      }
      expect(() => credit(invoice, notes)).toThrow("has nothing left to credit");
    }),
    { numRuns: 500 },
  );
});

it("four credit notes of one invoice give back its tax, not one cent more (lago-api, pull request 2643)", () => {
  const invoice = invoiceOf([6833n, 6833n, 5750n, 8500n].map((cents) => ({ cents, rate: "20" })));
  expect([invoice.tax, invoice.total]).toEqual(["55.83", "334.99"]);
  const notes: CreditNoteDocument[] = [];
  for (const line of [1, 2, 3, 4]) notes.push(credit(invoice, notes, [{ line, amount: "" }]));
  expect(notes.map(({ tax }) => tax)).toEqual(["13.67", "13.66", "11.50", "17.00"]);
  expect(sum(notes, "total")).toBe(amountMicros(rational(33_499n, 100n), "EUR"));
});

it("what an invoice carries forward or takes is not credited", () => {
  const lines = [
    lineOf({ cents: -500n, rate: "19" }, 0, false),
    lineOf({ cents: 300n, rate: "7" }, 1, false),
  ];
  const [carried, ...others] = carriedLines("EUR", period, lines, []);
  // With their taxes, the other 2.70 are the 3.21 that are charged.
  expect([carried?.amountMicros, others]).toEqual([2_300_000n, []]);
  const left = [{ tax: { category: "S" as const, rate: "19", isIncluded: false }, micros: 5_000_000n }];
  // The next one takes it all, and if it charges less itself, carries the rest.
  const next = carriedLines("EUR", period, [lineOf({ cents: 300n, rate: "19" }, 0, false)], left);
  expect(next.map(({ amountMicros: micros }) => micros)).toEqual([-3_000_000n]);
  const rich = invoiceDocument({
    terms,
    rating: totalled("EUR", [lineOf({ cents: 900n, rate: "19" }, 0, false)], []),
    adjustments: [],
    credits: left,
    number: "INV-2026-000001",
    issueDate: "2026-12-01",
    missingEventCount: 0,
  });
  expect(rich.net).toBe("4.00");
  expect(credit(rich, []).net).toBe("9.00");
  expect(() => credit(rich, [], [{ line: 2, amount: "" }])).toThrow("line 2 has nothing left to credit");
});
