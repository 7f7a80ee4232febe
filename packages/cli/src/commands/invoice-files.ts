import type { Invoice } from "@tollgate/proto/billing";
import { report } from "../output.ts";
import { type ParquetColumns, ParquetFile, type ParquetRow } from "../parquet.ts";
import { CSV_COLUMNS, csvRows } from "./invoice-rows.ts";

/** The columns of an invoice's lines that are not text. */
const LINE_TYPES: ParquetColumns = {
  quantity: "whole",
  start: "instant",
  end: "instant",
  rated: "decimal",
  amount: "decimal",
  taxRate: "decimal",
  taxIncluded: "flag",
  correctsLine: "whole",
};

/** The sums of a document. */
const SUM_TYPES: ParquetColumns = { net: "decimal", tax: "decimal", total: "decimal" };

const typed = (columns: readonly string[], types: ParquetColumns): ParquetColumns =>
  Object.fromEntries(columns.map((name) => [name, types[name] ?? "text"]));

async function writeRows(path: string, columns: ParquetColumns, rows: readonly ParquetRow[]): Promise<void> {
  using file = await ParquetFile.create(path, columns);
  file.add(rows);
  report(`${file.finish()} rows in ${path}`);
}

/** writeLines writes the lines of an invoice to a file of Apache Parquet. */
export const writeLines = (path: string, invoice: Invoice): Promise<void> =>
  writeRows(
    path,
    typed(CSV_COLUMNS, LINE_TYPES),
    csvRows(invoice).map(({ correctsLine, ...row }) => ({
      ...row,
      correctsLine: correctsLine === "" ? undefined : BigInt(correctsLine),
    })),
  );

/** writeSums writes a row of each document to a file of Apache Parquet. */
export const writeSums = (
  path: string,
  columns: readonly string[],
  rows: readonly ParquetRow[],
): Promise<void> => writeRows(path, typed(columns, SUM_TYPES), rows);
