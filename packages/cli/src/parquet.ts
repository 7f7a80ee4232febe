import { renameSync, rmSync } from "node:fs";
import { Option } from "commander";
import type { ParquetWriter, SchemaElement } from "hyparquet-writer";
import { CliError } from "./output.ts";
import { VERSION } from "./version.ts";

/**
 * What a column holds: text, whole numbers of 64 bits, flags, instants in microseconds (UTC), or decimal numbers with DECIMALS digits after the point.
 * None of them is a floating-point number.
 */
export type ParquetType = "text" | "whole" | "flag" | "instant" | "decimal";

/** A value of a row: of "instant" as milliseconds since 1970 or as ISO 8601, of "decimal" as text such as "18.79". Empty or absent: null. */
type ParquetValue = string | bigint | boolean | undefined;

export type ParquetColumns = Readonly<Record<string, ParquetType>>;
/** The values of a row by columns; what is of no column is not written. */
export type ParquetRow = Readonly<Record<string, unknown>>;

/** parquetOption is the option of commands whose rows can be a file; it goes with no other form. */
export const parquetOption = (description: string, otherForms: readonly string[] = ["csv"]): Option =>
  new Option("--parquet <file>", `${description} as a file of Apache Parquet`).conflicts([...otherForms]);

/** Amounts are written to the millionth at most, rates of taxes in percent to the ten-thousandth. */
const DECIMALS = 6;
const DECIMAL = new RegExp(`^(?<sign>-?)(?<whole>\\d{1,32})(?:\\.(?<fraction>\\d{1,${DECIMALS}}))?$`);

/** Rows are kept until there are so many: memory is bounded by them, however many rows a file has. */
const GROUP_ROWS = 50_000;

const elements: Readonly<Record<ParquetType, Omit<SchemaElement, "name">>> = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  whole: { type: "INT64", converted_type: "INT_64" },
  flag: { type: "BOOLEAN" },
  instant: {
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
  },
  decimal: {
    type: "FIXED_LEN_BYTE_ARRAY",
    type_length: 16,
    converted_type: "DECIMAL",
    scale: DECIMALS,
    precision: 38,
  },
};

const schemaOf = (columns: ParquetColumns): SchemaElement[] => [
  { name: "schema", num_children: Object.keys(columns).length },
  ...Object.entries(columns).map(([name, type]) => ({
    name,
    repetition_type: "OPTIONAL" as const,
    ...elements[type],
  })),
];

function decimalOf(text: string): bigint {
  const { sign = "", whole, fraction = "" } = DECIMAL.exec(text)?.groups ?? {};
  if (whole === undefined)
    throw new RangeError(`'${text}' is not a decimal number of at most ${DECIMALS} digits after the point`);
  return BigInt(`${sign}${whole}${fraction.padEnd(DECIMALS, "0")}`);
}

function microsOf(at: string | bigint): bigint {
  const unixMs = typeof at === "bigint" ? at : BigInt(Date.parse(at));
  return unixMs * 1_000n;
}

/** What the file holds of a value. */
function storedOf(type: ParquetType, value: ParquetValue): string | bigint | boolean | null {
  if (value === undefined || value === "") return null;
  if (type === "instant") return microsOf(value as string | bigint);
  return type === "decimal" ? decimalOf(value as string) : value;
}

/** ParquetFile writes rows to a file in groups. The file has its name once it is whole. */
export class ParquetFile implements Disposable {
  readonly #path: string;
  readonly #columns: ParquetColumns;
  readonly #writer: ParquetWriter;
  #group: Record<string, (string | bigint | boolean | null)[]>;
  #rows = 0;

  private constructor(path: string, columns: ParquetColumns, writer: ParquetWriter) {
    this.#path = path;
    this.#columns = columns;
    this.#writer = writer;
    this.#group = this.#emptyGroup();
  }

  /** create begins a file beside the path, with the ending .part. */
  static async create(path: string, columns: ParquetColumns): Promise<ParquetFile> {
    // Loaded by those who write such a file, and by no other command (ADR 45).
    const { fileWriter, ParquetWriter: Writer } = await import("hyparquet-writer");
    const createdBy = `tollgate version ${VERSION}`;
    return written(path, () => {
      const writer = new Writer({ writer: fileWriter(`${path}.part`), schema: schemaOf(columns), createdBy });
      return new ParquetFile(path, columns, writer);
    });
  }

  add(rows: readonly ParquetRow[]): void {
    for (const row of rows) {
      for (const [name, type] of Object.entries(this.#columns))
        this.#group[name]?.push(storedOf(type, row[name] as ParquetValue));
      if (++this.#rows % GROUP_ROWS === 0) this.#writeGroup();
    }
  }

  /** finish writes what is left, and returns how many rows the file has. */
  finish(): number {
    this.#writeGroup();
    written(this.#path, () => {
      // Writes to local files are done when it returns.
      void this.#writer.finish();
      renameSync(`${this.#path}.part`, this.#path);
    });
    return this.#rows;
  }

  #emptyGroup = () => Object.fromEntries(Object.keys(this.#columns).map((name) => [name, []]));

  #writeGroup(): void {
    const columnData = Object.entries(this.#group).map(([name, data]) => ({ name, data }));
    this.#group = this.#emptyGroup();
    written(this.#path, () => void this.#writer.write({ columnData, rowGroupSize: GROUP_ROWS }));
  }

  [Symbol.dispose](): void {
    rmSync(`${this.#path}.part`, { force: true });
  }
}

function written<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new CliError(`cannot write ${path}: ${(error as Error).message}`);
  }
}
