import {
  COLUMNS,
  headOf,
  notesOf,
  type PartyText,
  partyOf,
  type RowText,
  rowsOf,
  type ShownDocument,
  shaOf,
  titleOf,
  totalsOf,
} from "../page/document-texts.ts";
import { Sheets } from "./sheets.ts";

/** Of the columns, in points of an A4 page between its margins. */
const WIDTHS = [28, 247, 80, 50, 94] as const;
const GAP = 8;

function putParty(sheets: Sheets, party: PartyText | undefined, label: string): void {
  if (!party) return;
  if (label !== "") sheets.put(label, { quiet: true });
  sheets.put(party.name, { bold: true });
  for (const line of party.address) sheets.put(line);
  for (const id of party.ids) sheets.put(id, { quiet: true });
  sheets.space(GAP);
}

const cellsOf = ({ place, what, steps, quantity, tax, amount }: RowText) => [
  { text: place },
  { text: what, ...(steps === undefined ? {} : { small: steps }) },
  { text: quantity },
  { text: tax },
  { text: amount },
];

async function write(document: ShownDocument, sha256: string): Promise<Buffer> {
  const title = titleOf(document);
  const sheets = await Sheets.open({ title, date: document.issueDate || document.periodEnd });
  sheets.put(title, { bold: true, size: 18 });
  for (const line of headOf(document)) sheets.put(line);
  sheets.space(GAP);
  putParty(sheets, partyOf(document.customerJson), "");
  putParty(sheets, partyOf(document.sellerJson), "From");
  await sheets.table({
    widths: WIDTHS,
    // Names are read from the left; numbers are compared from the right.
    left: 1,
    head: [...COLUMNS, document.currency],
    rows: rowsOf(document).map(cellsOf),
    totals: totalsOf(document),
  });
  sheets.space(GAP);
  const { loud, quiet } = notesOf(document);
  for (const note of loud) sheets.put(note);
  for (const note of quiet) sheets.put(note, { quiet: true });
  if (sha256 !== "") sheets.put(shaOf(sha256), { quiet: true });
  return await sheets.close();
}

/** Of the PDF that was asked for last. */
let written: Promise<unknown> = Promise.resolve();

/**
 * invoicePdf is an invoice, a draft or a credit note as a PDF of A4 pages, with all that its HTML page says. It has no date but the document's, so
 * that it is equal for equal input. One is written after the other: each has all its pages in memory. Rejects with a NotPrintable if the font lacks a
 * character, or if there are too many lines.
 */
export function invoicePdf(document: ShownDocument, sha256: string): Promise<Buffer> {
  const pdf = written.then(() => write(document, sha256));
  written = pdf.catch(() => undefined);
  return pdf;
}
