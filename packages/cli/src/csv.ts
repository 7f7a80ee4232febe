const NUMBER = /^-?\d+(\.\d+)?$/;

/** Spreadsheets compute what begins like a formula, also where a name of a customer does; an apostrophe makes it text (OWASP: CSV injection). */
const inert = (text: string): string =>
  /^[=+\-@\t\r\n]/.test(text) && !NUMBER.test(text) ? `'${text}` : text;

const cell = (value: unknown): string => {
  const text = inert(value === undefined || value === null ? "" : String(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** formatCsv writes rows as comma-separated values (RFC 4180), with a row of names first. */
export const formatCsv = (
  rows: readonly Readonly<Record<string, unknown>>[],
  columns: readonly string[],
): string =>
  [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((row) => row.map(cell).join(","))
    .join("\r\n");
