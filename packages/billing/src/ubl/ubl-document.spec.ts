import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { creditNote } from "../invoice/credit-note.ts";
import { type InvoiceDocument, invoiceDocument } from "../invoice/document.ts";
import { readTerms } from "../invoice/terms.ts";
import { microsOf, parseAmount } from "../money/micros.ts";
import { amountLine } from "../rating/line.ts";
import { totalled } from "../rating/rate-period.ts";
import { ublDocument } from "./ubl-document.ts";

const SELLER = {
  name: "Pets & Söhne GmbH",
  address: { line1: "Hauptstr. 1", city: "Bonn", postalCode: "53111", country: "DE" },
  taxIds: [{ type: "EU_VAT", value: "DE999999999" }],
  registration: "HRB 4711",
  email: "billing@pets.example",
  paymentDays: 30,
};
const CUSTOMER = {
  name: "Acme",
  address: { city: "Wien", country: "AT" },
  taxIds: [{ type: "EU_VAT", value: "ATU12345678" }],
};

interface Charge {
  readonly cents: bigint;
  readonly rate?: string;
  readonly category?: "S" | "Z" | "E" | "AE" | "O";
  readonly isIncluded?: boolean;
  readonly name?: string;
}

interface Given {
  readonly charges?: readonly Charge[];
  /** null: there is none. */
  readonly seller?: object | null;
  readonly customer?: object;
  readonly currency?: string;
  readonly number?: string;
}

function invoiceOf({
  charges = [{ cents: 1_000n, rate: "19" }],
  seller = SELLER,
  customer = CUSTOMER,
  currency = "EUR",
  number = "INV-2026-000001",
}: Given): InvoiceDocument {
  const terms = readTerms({
    accountId: "",
    subscriptionId: "acme",
    month: "2026-11",
    timeZone: "Europe/Berlin",
    pricePlanJson: "",
    customerJson: JSON.stringify(customer),
    sellerJson: seller ? JSON.stringify(seller) : "",
    apiKeyIds: ["ada"],
    usagePlanIds: ["gold"],
    startAt: "",
    endAt: "",
  });
  const lines = charges.map(({ cents, rate = "0", category = "S", isIncluded = false, name }, i) =>
    amountLine({
      kind: cents < 0n ? "DISCOUNT" : "USAGE",
      id: `line${i}`,
      name: name ?? `Line ${i}`,
      tax: { category, rate, isIncluded },
      span: terms.period,
      micros: microsOf(cents, currency),
    }),
  );
  return invoiceDocument({
    terms,
    rating: totalled(currency, lines, []),
    adjustments: [],
    credits: [],
    number,
    issueDate: number === "" ? "" : "2026-12-01",
    missingEventCount: 0,
  });
}

/** The texts of all elements of a name, within elements of another one if it is given. */
function textsOf(xml: string, name: string, within = ""): readonly string[] {
  const outer =
    within === ""
      ? [xml]
      : [...xml.matchAll(new RegExp(`<${within}>.*?</${within}>`, "gs"))].map(([all]) => all);
  return outer.flatMap((part) =>
    [...part.matchAll(new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`, "g"))].map(([, text = ""]) => text),
  );
}
const cents = (texts: readonly string[]): bigint =>
  texts.reduce((sum, text) => sum + parseAmount(text, "EUR"), 0n);

describe("an invoice in UBL", () => {
  it("has its parties, dates, taxes and sums", () => {
    const xml = ublDocument(
      invoiceOf({
        charges: [
          { cents: 1_000n, rate: "19" },
          { cents: -100n, rate: "19", name: "A <tenth>" },
        ],
      }),
    );
    expect(xml).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/,
    );
    expect(textsOf(xml, "cbc:RegistrationName")).toEqual(["Pets &amp; Söhne GmbH", "Acme"]);
    expect(textsOf(xml, "cbc:CompanyID", "cac:PartyTaxScheme")).toEqual(["DE999999999", "ATU12345678"]);
    expect(textsOf(xml, "cbc:CompanyID", "cac:PartyLegalEntity")).toEqual(["HRB 4711"]);
    expect(textsOf(xml, "cbc:DueDate")).toEqual(["2026-12-31"]);
    expect([textsOf(xml, "cbc:StartDate")[0], textsOf(xml, "cbc:EndDate")[0]]).toEqual([
      "2026-11-01",
      "2026-11-30",
    ]);
    expect(textsOf(xml, "cbc:TaxableAmount")).toEqual(["9.00"]);
    expect(textsOf(xml, "cbc:PayableAmount")).toEqual(["10.71"]);
    expect(textsOf(xml, "cbc:LineExtensionAmount", "cac:InvoiceLine")).toEqual(["10.00", "-1.00"]);
    // A price is never below 0: what lowers a bill is minus one of it.
    expect(textsOf(xml, "cbc:PriceAmount")).toEqual(["10.00", "1.00"]);
    expect(textsOf(xml, "cbc:InvoicedQuantity")).toEqual(["1", "-1"]);
    expect(textsOf(xml, "cbc:Name", "cac:Item")).toEqual(["Line 0", "A &lt;tenth&gt;"]);
    expect(ublDocument(invoiceOf({}))).toBe(ublDocument(invoiceOf({})));
  });

  it("names the invoice that a credit note corrects", () => {
    const invoice = invoiceOf({});
    const credit = creditNote({
      invoice,
      invoices: [invoice],
      creditNotes: [],
      wanted: [],
      number: "CN-2026-000001",
      issueDate: "2026-12-03",
      reason: "an outage",
      reference: "",
    });
    const xml = ublDocument(credit);
    expect(xml).toContain('<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"');
    expect(textsOf(xml, "cbc:ID", "cac:BillingReference")).toEqual(["INV-2026-000001"]);
    expect(textsOf(xml, "cbc:CreditNoteTypeCode")).toEqual(["381"]);
    expect(textsOf(xml, "cbc:LineExtensionAmount", "cac:CreditNoteLine")).toEqual(["10.00"]);
    expect(textsOf(xml, "cbc:RegistrationName")[0]).toBe("Pets &amp; Söhne GmbH");
  });

  it("says why there is no tax, and no rate of what is not subject to it", () => {
    const reverse = ublDocument(invoiceOf({ charges: [{ cents: 1_000n, category: "AE" }] }));
    expect(textsOf(reverse, "cbc:TaxExemptionReason")).toEqual(["Reverse charge"]);
    expect(textsOf(reverse, "cbc:Percent")).toEqual(["0", "0"]);
    const none = ublDocument(invoiceOf({ charges: [{ cents: 1_000n, category: "O" }] }));
    expect(textsOf(none, "cbc:TaxExemptionReason")).toEqual(["Not subject to VAT"]);
    expect([textsOf(none, "cbc:Percent"), textsOf(none, "cac:PartyTaxScheme")]).toEqual([[], []]);
    expect(none).not.toContain("DE999999999");
  });

  it("has lines without tax that add up to what is taxed, whatever amounts contain", () => {
    const charge = fc.record({
      cents: fc.bigInt({ min: -5_000n, max: 9_000n }),
      rate: fc.constantFrom("19", "19.0", "7", "7.7"),
      isIncluded: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(charge, { minLength: 1, maxLength: 12 }), (charges) => {
        const document = invoiceOf({ charges });
        const xml = ublDocument(document);
        const lines = cents(textsOf(xml, "cbc:LineExtensionAmount", "cac:InvoiceLine"));
        // BR-CO-10, BR-S-08, BR-CO-14 and BR-CO-15: each sum is equal, without a tolerance.
        expect(lines).toBe(parseAmount(document.net, "EUR"));
        expect(cents(textsOf(xml, "cbc:TaxableAmount"))).toBe(lines);
        expect(cents(textsOf(xml, "cbc:TaxAmount", "cac:TaxSubtotal"))).toBe(
          parseAmount(document.tax, "EUR"),
        );
        expect(cents(textsOf(xml, "cbc:PayableAmount"))).toBe(parseAmount(document.total, "EUR"));
        const groups = textsOf(xml, "cbc:Percent", "cac:TaxSubtotal").map(Number);
        expect(new Set(groups).size).toBe(groups.length);
        for (const price of textsOf(xml, "cbc:PriceAmount")) expect(price).not.toContain("-");
      }),
      { numRuns: 200 },
    );
  });

  it.each<[string, Given, string]>([
    ["a seller", { seller: null }, "it has no seller: apply one (kind: Seller) before the invoice is final"],
    [
      "a VAT id",
      { seller: { ...SELLER, taxIds: [] } },
      "the seller has no VAT id (taxIds with a type such as EU_VAT)",
    ],
    [
      "a registration where nothing is taxed",
      { seller: { ...SELLER, registration: undefined }, charges: [{ cents: 1n, category: "O" }] },
      "the seller has no registration, which names it where nothing is subject to VAT",
    ],
    ["a country of the customer", { customer: { name: "Acme" } }, "the customer has no address.country"],
    [
      "a customer's VAT id for a reverse charge",
      { customer: { ...CUSTOMER, taxIds: [] }, charges: [{ cents: 1n, category: "AE" }] },
      "the customer has no VAT id, which a reverse charge needs",
    ],
    [
      "one kind of tax",
      {
        charges: [
          { cents: 1n, category: "O" },
          { cents: 1n, rate: "19" },
        ],
      },
      "some lines are not subject to VAT (category O), and others are: it can be only one of both",
    ],
    ["two decimals", { currency: "KWD" }, "amounts in KWD have 3 decimals, and two are the most"],
    ["a number", { number: "" }, "it has no number before it is final"],
    ["a line", { charges: [] }, "it has no line"],
  ])("needs %s, and says so", (_what, given, problem) => {
    expect(() => ublDocument(invoiceOf(given))).toThrow(problem);
  });
});
