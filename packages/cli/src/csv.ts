const cell = (value: unknown): string => {
  const text = value === undefined || value === null ? "" : String(value);
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
