/** The style of a page that is read on a screen and printed on A4 and Letter: it needs no other file. */
export const STYLE = `
  :root { color-scheme: light; font: 15px/1.5 system-ui, sans-serif; color: #1c2330; }
  body { max-width: 52rem; margin: 2.5rem auto; padding: 0 1.5rem; }
  h1 { font-size: 1.5rem; margin: 0; }
  p { margin: 0.1rem 0; }
  header { display: flex; justify-content: space-between; gap: 2rem; margin-bottom: 2rem; }
  table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; }
  th, td { text-align: left; padding: 0.35rem 0.6rem; border-bottom: 1px solid #d8dde6; vertical-align: top; }
  thead th { font-weight: 600; border-bottom-width: 2px; }
  .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
  tfoot td, tfoot th { border: 0; }
  tfoot tr:last-child { font-weight: 600; }
  small, .quiet { color: #5a6475; font-size: 0.85rem; }
  @page { margin: 18mm; }
  @media print {
    :root { font-size: 11px; }
    body { margin: 0; max-width: none; padding: 0; }
    tr { break-inside: avoid; }
    thead { display: table-header-group; }
  }
`;
