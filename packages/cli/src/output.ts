import { styleText } from "node:util";
import { terminalCell, terminalText } from "./terminal-text.ts";

export type OutputFormat = "table" | "json" | "yaml";

/** Exit codes of the CLI. */
export const EXIT = { OK: 0, FAILED: 1, USAGE: 2, DIFFERENT: 3, NOT_APPLIED: 4 } as const;

type Style = Parameters<typeof styleText>[0];
type Rows = readonly Readonly<Record<string, unknown>>[];

const cell = (value: unknown): string =>
  value === undefined || value === null ? "" : terminalCell(String(value), process.stdout);
const NUMBER = /^-?[\d,.]+$/;

/** Rows of texts below their head. Columns of numbers are right-aligned. */
function tableLines(rows: Rows, columns: readonly string[]): [head: string, ...lines: string[]] {
  const texts = rows.map((row) => columns.map((column) => cell(row[column])));
  const widths = columns.map((column, i) =>
    texts.reduce((width, line) => Math.max(width, line[i]?.length ?? 0), column.length),
  );
  const isNumber = columns.map(
    (_, i) => texts.length > 0 && texts.every((line) => line[i] === "" || NUMBER.test(line[i] ?? "")),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((text, i) => (isNumber[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(columns.map((column) => column.toUpperCase())), ...texts.map(line)];
}

/** formatTable is a table within a text. */
export const formatTable = (rows: Rows, columns: readonly string[]): string =>
  tableLines(rows, columns).join("\n");

/** printTable prints columns for people. */
export function printTable(rows: Rows, columns: readonly string[]): void {
  const [head, ...lines] = tableLines(rows, columns);
  print(head, "bold");
  if (lines.length > 0) print(lines.join("\n"));
}

/** toJson writes bigint as numbers: revisions and counts stay below 2^53. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, v: unknown) => (typeof v === "bigint" ? Number(v) : v), 2);

/** print writes the output of a command to stdout; on a terminal, without what a terminal would act on. */
export function print(text: string, style?: Style): void {
  const { stdout } = process;
  const shown = terminalText(text, stdout);
  stdout.write(`${style === undefined ? shown : styleText(style, shown, { stream: stdout })}\n`);
}

/** report writes messages for people to stderr, so that stdout stays clean for programs. */
export function report(text: string): void {
  process.stderr.write(`${terminalText(text, process.stderr)}\n`);
}

export class CliError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.FAILED) {
    super(message);
    this.exitCode = exitCode;
  }
}
