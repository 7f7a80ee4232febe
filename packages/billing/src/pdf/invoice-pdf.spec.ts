import { extractText, getDocumentProxy } from "unpdf";
import { expect, it } from "vitest";
import { type InvoiceDocument, invoiceDocument } from "../invoice/document.ts";
import { readTerms } from "../invoice/terms.ts";
import { invoicePage } from "../page/invoice-page.ts";
import { ratePeriod } from "../rating/rate-period.ts";
import { invoicePdf } from "./invoice-pdf.ts";
import { NotPrintable, ROWS_MAX } from "./sheets.ts";

const SHA = "ab".repeat(32);
const NAMES = "Zażółć Ωμέγα Привет Köln GmbH & <Söhne>";

/** An invoice with so many prices, each of which is a line. */
function invoiceOf(count: number, customerName = NAMES): InvoiceDocument {
  const prices = Array.from({ length: count }, (_, i) => ({
    id: `fee${i}`,
    name: `Service ${i} of a product with a name that needs more than one line of the column`,
    model: "FEE",
    amount: `${i}.10`,
  }));
  const calls = {
    id: "calls",
    name: "Calls",
    model: "FLAT",
    meter: "http.request",
    included: 2,
    per: 1000,
    amount: "4",
  };
  const terms = readTerms({
    accountId: "",
    subscriptionId: "acme",
    month: "2026-11",
    timeZone: "Europe/Berlin",
    pricePlanJson: JSON.stringify({
      currency: "EUR",
      versions: [{ from: "2026-01-01", prices: [calls, ...prices], tax: { rate: "19" } }],
    }),
    customerJson: JSON.stringify({
      name: customerName,
      address: { line1: "Ulica 1", postalCode: "90-001", city: "Łódź", country: "PL" },
      taxIds: [{ type: "EU_VAT", value: "PL123" }],
    }),
    sellerJson: JSON.stringify({
      name: "Quotes GmbH",
      address: { country: "DE" },
      registration: "HRB 4711",
      paymentDays: 30,
    }),
    apiKeyIds: ["ada"],
    usagePlanIds: ["gold"],
    startAt: "",
    endAt: "",
  });
  const { startUnixMs } = terms.period;
  const usage = [
    { meter: "http.request" as const, startUnixMs, quantity: 1_002n },
    { meter: "rest.request" as const, startUnixMs, quantity: 3n },
  ];
  return invoiceDocument({
    terms,
    rating: ratePeriod({ ...terms, usage }),
    adjustments: [],
    credits: [],
    number: "INV-2026-000001",
    issueDate: "2026-12-01",
    missingEventCount: 7,
  });
}

const readPdf = async (file: Buffer) => {
  const { text, totalPages } = await extractText(await getDocumentProxy(new Uint8Array(file)));
  return { pages: text.map((page) => page.replaceAll(/\s+/g, " ")), totalPages };
};

/** What an HTML page shows. */
const textsOf = (page: string): readonly string[] =>
  page
    .slice(page.indexOf("<body>"))
    .split(/<[^>]*>/)
    .map((text) =>
      text
        .replaceAll("&lt;", "<")
        .replaceAll("&gt;", ">")
        .replaceAll("&amp;", "&")
        .replaceAll(/\s+/g, " ")
        .trim(),
    )
    .filter((text) => text !== "");

it("has all that the HTML page says", async () => {
  const document = invoiceOf(3);
  const texts = textsOf(invoicePage(document, SHA));
  expect(texts).toContain(NAMES);
  const { pages } = await readPdf(await invoicePdf(document, SHA));
  const all = pages.join(" ");
  for (const text of texts) expect(all).toContain(text);
});

it("begins each of several pages with the names of the columns, and ends it with its number", async () => {
  const document = invoiceOf(80);
  const { pages, totalPages } = await readPdf(await invoicePdf(document, SHA));
  expect(totalPages).toBeGreaterThan(3);
  for (const [i, page] of pages.entries()) {
    expect(page).toContain("No What Quantity Tax EUR");
    expect(page).toContain(`Invoice INV-2026-000001, page ${i + 1} of ${totalPages}`);
  }
  for (const { amount } of document.lines) expect(pages.join(" ")).toContain(amount);
  expect(pages.at(-1)).toContain(`Total EUR ${document.total}`);
});

it("is equal for equal input, whenever it is made", async () => {
  const [first, second] = [await invoicePdf(invoiceOf(3), SHA), await invoicePdf(invoiceOf(3), SHA)];
  expect(first.equals(second)).toBe(true);
  expect(first.includes("D:20261201")).toBe(true);
  expect(first.toString("latin1").match(/D:\d{4}/g)).toEqual(["D:2026", "D:2026"]);
});

it("names the character that its font lacks", async () => {
  await expect(invoicePdf(invoiceOf(1, "株式会社"), SHA)).rejects.toThrow(
    new NotPrintable("the font of PDFs has no character '株' (U+682A)"),
  );
});

/** How many turns of the event loop there are until it is done. */
async function turnsOf(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let immediate: NodeJS.Immediate = setImmediate(function turn() {
    turns++;
    immediate = setImmediate(turn);
  });
  await work;
  clearImmediate(immediate);
  return turns;
}

it("lets the process do other things after each page", async () => {
  const document = invoiceOf(80);
  const { totalPages } = await readPdf(await invoicePdf(document, SHA));
  expect(await turnsOf(invoicePdf(document, SHA))).toBeGreaterThanOrEqual(2 * totalPages - 1);
});

it("refuses more lines than it can write in a moment, and writes what is asked for afterwards", async () => {
  const small = invoiceOf(1);
  const [line] = small.lines;
  const lines = Array.from({ length: ROWS_MAX + 1 }, () => line as (typeof small.lines)[number]);
  const refused = invoicePdf({ ...small, lines }, SHA);
  const next = invoicePdf(small, SHA);
  await expect(refused).rejects.toThrow(new NotPrintable("it has 5001 lines: a PDF has at most 5000"));
  expect((await readPdf(await next)).totalPages).toBe(1);
});
