import { styleText } from "node:util";

export type OutputFormat = "table" | "json" | "yaml";

/** Exit codes of the CLI. */
export const EXIT = { OK: 0, FAILED: 1, USAGE: 2, DIFFERENT: 3, NOT_APPLIED: 4 } as const;

const cell = (value: unknown): string => (value === undefined || value === null ? "" : String(value));
const NUMBER = /^-?[\d,.]+$/;

/** formatTable aligns columns for people; columns of numbers are right-aligned. */
export function formatTable(
  rows: readonly Readonly<Record<string, unknown>>[],
  columns: readonly string[],
): string {
  const texts = rows.map((row) => columns.map((column) => cell(row[column])));
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...texts.map((line) => line[i]?.length ?? 0)),
  );
  const isNumber = columns.map(
    (_, i) => texts.length > 0 && texts.every((line) => line[i] === "" || NUMBER.test(line[i] ?? "")),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((text, i) => (isNumber[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  const head = line(columns.map((column) => column.toUpperCase()));
  return [styleText("bold", head, { stream: process.stdout }), ...texts.map(line)].join("\n");
}

/** toJson writes bigint as numbers: revisions and counts stay below 2^53. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, v: unknown) => (typeof v === "bigint" ? Number(v) : v), 2);

/** print writes the output of a command to stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** report writes messages for people to stderr, so that stdout stays clean for programs. */
export function report(text: string): void {
  process.stderr.write(`${text}\n`);
}

export class CliError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.FAILED) {
    super(message);
    this.exitCode = exitCode;
  }
}
