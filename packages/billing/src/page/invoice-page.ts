import {
  COLUMNS,
  headOf,
  notesOf,
  partyOf,
  type RowText,
  rowsOf,
  type ShownDocument,
  shaOf,
  titleOf,
  totalsOf,
} from "./document-texts.ts";
import { html, Markup, nothing } from "./html.ts";
import { STYLE } from "./style.ts";

function addressOf(json: string): Markup {
  const party = partyOf(json);
  if (!party) return nothing;
  const lines = party.address.map((line) => html`<p>${line}</p>`);
  const ids = party.ids.map((id) => html`<p class="quiet">${id}</p>`);
  return html`<address><p><strong>${party.name}</strong></p>${lines}${ids}</address>`;
}

/** Whom it is from, in a row of its own. */
const sellerOf = (json = ""): Markup =>
  json === ""
    ? nothing
    : html`
  <section><p class="quiet">From</p>${addressOf(json)}</section>`;

const rowOf = ({ place, what, steps, quantity, tax, amount }: RowText): Markup => html`
      <tr>
        <td class="number">${place}</td>
        <td>${what}${steps === undefined ? nothing : html`<br><small>${steps}</small>`}</td>
        <td class="number">${quantity}</td>
        <td class="number">${tax}</td>
        <td class="number">${amount}</td>
      </tr>`;

const totalOf = ([what, amount]: readonly [string, string]): Markup => html`
      <tr><td colspan="4" class="number">${what}</td><td class="number">${amount}</td></tr>`;

/** invoicePage is an invoice, a draft or a credit note as an HTML page. It needs no other file, runs no script, and is equal for equal input. */
export function invoicePage(document: ShownDocument, sha256: string): string {
  const title = titleOf(document);
  const [first, ...more] = headOf(document).map((line) => html`<p>${line}</p>`);
  const { loud, quiet } = notesOf(document);
  const columns = [...COLUMNS, document.currency].map((name) =>
    name === "What" ? html`<th>${name}</th>` : html`<th class="number">${name}</th>`,
  );
  const page = html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>${title}</title>
  <style>${new Markup(STYLE)}</style>
</head>
<body>
  <header>
    <div>
      <h1>${title}</h1>
      ${first ?? nothing}${more.map(
        (line) => html`
      ${line}`,
      )}
    </div>
    ${addressOf(document.customerJson)}
  </header>${sellerOf(document.sellerJson)}
  <table>
    <thead><tr>${columns}</tr></thead>
    <tbody>${rowsOf(document).map(rowOf)}
    </tbody>
    <tfoot>${totalsOf(document).map(totalOf)}
    </tfoot>
  </table>
  ${loud.map((note) => html`<p>${note}</p>`)}${quiet.map((note) => html`<p class="quiet">${note}</p>`)}
  ${sha256 === "" ? nothing : html`<p class="quiet">${shaOf(sha256)}</p>`}
</body>
</html>
`;
  return page.html;
}
