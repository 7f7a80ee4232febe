import { expect, it } from "vitest";
import { monthPeriod } from "../period/period.ts";
import { amountLine } from "../rating/line.ts";
import { totalled } from "../rating/rate-period.ts";
import { creditNote } from "./credit-note.ts";
import { invoiceDocument } from "./document.ts";
import { wrongSums } from "./sums.ts";
import { termsOf } from "./terms.contract.ts";

const period = monthPeriod("2026-11");
const line = (id: string, micros: bigint, rate: string) =>
  amountLine({
    kind: "USAGE",
    id,
    name: id,
    tax: { category: "S", rate, isIncluded: false },
    span: period,
    micros,
  });

const invoice = invoiceDocument({
  terms: termsOf(),
  rating: totalled("EUR", [line("a", 10_000_000n, "19"), line("b", 5_000_000n, "7")], []),
  adjustments: [],
  credits: [],
  number: "INV-2026-000001",
  issueDate: "2026-12-01",
  missingEventCount: 0,
});

it("sums of a document are those of its lines", () => {
  expect(wrongSums(invoice)).toEqual([]);
  const options = { invoice, invoices: [invoice], creditNotes: [], wanted: [{ line: 1, amount: "3.33" }] };
  const note = creditNote({
    ...options,
    number: "CN-2026-000001",
    issueDate: "2026-12-02",
    reason: "",
    reference: "",
  });
  expect(wrongSums(note)).toEqual([]);
  expect(wrongSums({ ...note, total: "1.00" })).toEqual(["its total is 1.00, and its parts come to 3.96"]);
});

it.each([
  [{ total: "17.26" }, ["its total is 17.26, and its parts come to 17.25"]],
  [{ net: "14.00", total: "16.25" }, ["its net is 14.00, and its parts come to 15.00"]],
  [
    { lines: invoice.lines.slice(1) },
    ["its list of taxes is S 19 10.00 1.90, S 7 5.00 0.35, and its parts come to S 7 5.00 0.35"],
  ],
])("a document with %j is found", (changed, expected) => {
  expect(wrongSums({ ...invoice, ...changed })).toEqual(expected);
});
