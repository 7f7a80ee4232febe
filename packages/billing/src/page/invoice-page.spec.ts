import { expect, it } from "vitest";
import { creditNote } from "../invoice/credit-note.ts";
import { type InvoiceDocument, invoiceDocument } from "../invoice/document.ts";
import { readTerms } from "../invoice/terms.ts";
import { ratePeriod } from "../rating/rate-period.ts";
import { html } from "./html.ts";
import { invoicePage } from "./invoice-page.ts";

const EVIL = `<script>alert("x")</script> & 'sons'`;

const terms = readTerms({
  accountId: "",
  subscriptionId: "acme",
  month: "2026-11",
  timeZone: "Asia/Kolkata",
  pricePlanJson: JSON.stringify({
    currency: "EUR",
    versions: [
      {
        from: "2026-01-01",
        prices: [
          {
            id: "calls",
            name: EVIL,
            model: "FLAT",
            meter: "http.request",
            included: 2,
            per: 1000,
            amount: "4",
          },
          { id: "base", name: "Base", model: "FEE", amount: "49.00" },
        ],
        tax: { rate: "19" },
      },
    ],
  }),
  customerJson: JSON.stringify({
    name: EVIL,
    address: { city: "Bonn", country: "DE" },
    taxIds: [{ type: "EU_VAT", value: "DE123" }],
  }),
  apiKeyIds: ["ada"],
  usagePlanIds: ["gold"],
  startAt: "",
  endAt: "",
});

const invoice = (number: string, missingEventCount = 0): InvoiceDocument =>
  invoiceDocument({
    terms,
    rating: ratePeriod({
      ...terms,
      usage: [
        { meter: "http.request", startUnixMs: terms.period.startUnixMs, quantity: 1_002n },
        { meter: "rest.request", startUnixMs: terms.period.startUnixMs, quantity: 3n },
      ],
    }),
    adjustments: [],
    credits: [],
    number,
    issueDate: number === "" ? "" : "2026-12-01",
    missingEventCount,
  });

/** The text of a page as it is read. */
const textOf = (page: string) =>
  page
    .replace(/<style>[^]*?<\/style>/, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");

/** Whether every element of a page is closed by the right end. */
function isWellFormed(page: string): boolean {
  const open: string[] = [];
  for (const [, end, name = ""] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
    if (name === "meta" || name === "br") continue;
    if (end === "") open.push(name);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

it("a page has all that an invoice has", () => {
  const page = invoicePage(invoice("INV-2026-000001", 7), "abc");
  const text = textOf(page);
  for (const part of [
    "Invoice INV-2026-000001 Date 2026-12-01",
    "For 2026-11: 2026-11-01 to 2026-11-30 (Asia/Kolkata) Subscription acme",
    "Bonn DE EU_VAT DE123",
    "2 included, 1000 at 4 for 1000 1002 19 % 4.00",
    "2 Base 49.00 19 % 49.00",
    "Net 53.00 Tax 19 % (S) on 53.00 EUR 10.07 Taxes 10.07 Total EUR 63.07",
    "Without a price: 3 of rest.request",
    "Usage events that never arrived: 7",
    "SHA-256 of the stored document: abc",
  ])
    expect(text).toContain(part);
  expect(isWellFormed(page)).toBe(true);
  expect(invoicePage(invoice("INV-2026-000001", 7), "abc")).toBe(page);
});

it("what customers and plans are called is text, and nothing of a page is loaded or run", () => {
  const page = invoicePage(invoice("INV-2026-000001"), "");
  expect(
    page.match(/&lt;script&gt;alert\(&quot;x&quot;\)&lt;\/script&gt; &amp; &#39;sons&#39;/g),
  ).toHaveLength(2);
  expect(page).not.toMatch(/<script|src=|href=|url\(|@import/);
  expect(html`<p title="${'"><b>'}">${[html`<i>${"<"}</i>`]}</p>`.html).toBe(
    '<p title="&quot;&gt;&lt;b&gt;"><i>&lt;</i></p>',
  );
});

it("what a customer consists of is text too, whatever members it has", () => {
  const evil = { html: "<script>alert(1)</script>" };
  const customerJson = JSON.stringify({
    name: evil,
    address: { city: evil, line1: [evil] },
    taxIds: [{ type: evil, value: evil }],
  });
  const page = invoicePage({ ...invoice("INV-2026-000001"), customerJson }, "");
  expect(page).not.toContain("<script");
  expect(isWellFormed(page)).toBe(true);
  expect(html`${"Acme\u001b[2J\u0000\u009b\tand\nsons"}`.html).toBe("Acme\ufffd[2J\ufffd\ufffd\tand\nsons");
});

it("a page says what it is of", () => {
  const final = invoice("INV-2026-000001");
  const note = creditNote({
    invoice: final,
    invoices: [final],
    creditNotes: [],
    wanted: [{ line: 2, amount: "9" }],
    number: "CN-2026-000001",
    issueDate: "2026-12-02",
    reason: "an <outage>",
    reference: "",
  });
  const pages = [
    invoicePage(invoice(""), ""),
    invoicePage({ ...invoice(""), number: "DRAFT-000001", state: "DRAFT" }, ""),
    invoicePage({ ...invoice(""), number: "DRAFT-000001", state: "VOID" }, ""),
    invoicePage(note, "abc"),
  ];
  expect(pages.map((page) => /<h1>(.*)<\/h1>/.exec(page)?.[1])).toEqual([
    "Preview of an invoice",
    "Draft DRAFT-000001",
    "Void draft DRAFT-000001",
    "Credit note CN-2026-000001",
  ]);
  expect(pages[3]).toContain("Corrects invoice INV-2026-000001: an &lt;outage&gt;");
  expect(textOf(pages[3] ?? "")).toContain("2 Base 19 % 9.00");
  expect(pages.map(isWellFormed)).toEqual([true, true, true, true]);
});

it("an invoice says whom it is from, and until when it is to be paid", () => {
  const seller = {
    name: EVIL,
    address: { city: "Köln", country: "DE" },
    registration: "HRB 1",
    paymentDays: 14,
  };
  const given = { ...terms.given, sellerJson: JSON.stringify(seller) };
  const rating = ratePeriod({ ...terms, usage: [] });
  const make = (issueDate: string) =>
    invoiceDocument({
      terms: readTerms(given),
      rating,
      adjustments: [],
      credits: [],
      number: issueDate === "" ? "" : "INV-2026-000001",
      issueDate,
      missingEventCount: 0,
    });
  const page = invoicePage(make("2026-12-20"), "");
  expect(textOf(page)).toContain("To be paid until 2027-01-03");
  expect(textOf(page)).toMatch(/From .* Köln DE HRB 1/);
  expect(page).not.toContain("<script>");
  // A preview has no date to count from.
  expect(make("").dueDate).toBeUndefined();
  expect(invoicePage(invoice("INV-2026-000002"), "")).not.toContain("From");
});
