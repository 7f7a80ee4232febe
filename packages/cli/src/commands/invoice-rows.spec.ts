import { expect, it } from "vitest";
import { type Invoice, InvoiceKind, InvoiceState } from "@tollgate/proto/billing";
import { toJson } from "../output.ts";
import { headOf, jsonOfInvoice, lineRow, stateOf } from "./invoice-rows.ts";

it("the JSON of an invoice has quantities of more than 53 bits to the unit", () => {
  const bytes = 2n ** 53n + 1n;
  const invoice = {
    $typeName: "tollgate.billing.v1.Invoice",
    state: InvoiceState.FINAL,
    lines: [
      { id: "bytes", quantity: bytes, amount: "18.79", steps: [{ kind: "UNITS", quantity: bytes, per: 1n }] },
    ],
    unpriced: [{ meter: "http.request", quantity: bytes }],
    taxes: [],
    missingEventCount: 2n,
  } as unknown as Invoice;
  expect(JSON.parse(toJson(jsonOfInvoice(invoice)))).toMatchObject({
    state: "FINAL",
    lines: [
      { quantity: "9007199254740993", amount: "18.79", steps: [{ quantity: "9007199254740993", per: "1" }] },
    ],
    unpriced: [{ quantity: "9007199254740993" }],
    missingEventCount: "2",
  });
});

const invoiceOf = (given: Partial<Invoice>) =>
  ({
    number: "INV-2026-000001",
    state: InvoiceState.FINAL,
    kind: InvoiceKind.UNSPECIFIED,
    issueDate: "2026-12-01",
    subscriptionId: "acme",
    month: "2026-11",
    timeZone: "UTC",
    total: "10.00",
    credited: "0.00",
    ...given,
  }) as Invoice;

it.each<[Partial<Invoice>, state: string, title: string]>([
  [{}, "final", "INV-2026-000001 of 2026-12-01"],
  [{ credited: "2.00" }, "partly credited", "INV-2026-000001 of 2026-12-01"],
  [{ credited: "10.00" }, "credited", "INV-2026-000001 of 2026-12-01"],
  // Yen have no decimals, and a bill of nothing is not credited.
  [{ credited: "0", total: "0" }, "final", "INV-2026-000001 of 2026-12-01"],
  [{ state: InvoiceState.PREVIEW, number: "", credited: "" }, "preview", "preview"],
  [{ state: InvoiceState.DRAFT, number: "DRAFT-000001", credited: "" }, "draft", "DRAFT-000001, draft"],
  [{ state: InvoiceState.VOID, number: "DRAFT-000001", credited: "" }, "void", "DRAFT-000001, void"],
  [
    { kind: InvoiceKind.CREDIT_NOTE, number: "CN-2026-000001", corrects: "INV-2026-000001", credited: "" },
    "credits INV-2026-000001",
    "CN-2026-000001 of 2026-12-01, credits INV-2026-000001",
  ],
])("an invoice of %j is %s", (given, state, title) => {
  expect([stateOf(invoiceOf(given)), headOf(invoiceOf(given))]).toEqual([
    state,
    `${title}, acme, 2026-11 (UTC)`,
  ]);
});

it("lines of a credit note have the numbers of the lines that they credit", () => {
  const line = { name: "Calls", meter: "", forMonth: "", amount: "1.00", taxRate: "19" };
  const rows = [
    { ...line, correctsLine: 0 },
    { ...line, correctsLine: 7 },
  ].map((one, i) => lineRow(one as Parameters<typeof lineRow>[0], i));
  expect(rows.map(({ no }) => no)).toEqual([1, 7]);
});
