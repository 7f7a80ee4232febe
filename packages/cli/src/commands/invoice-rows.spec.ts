import { expect, it } from "vitest";
import { type Invoice, InvoiceState } from "@tollgate/proto/billing";
import { toJson } from "../output.ts";
import { jsonOfInvoice } from "./invoice-rows.ts";

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
