/** MetricRow is one row of a result. */
export type MetricRow = Readonly<Record<string, string | number | null>>;

/** MetricTable is a table whose rows change if they are there when they are written. */
export interface MetricTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: "TEXT" | "BIGINT" }[];
  readonly key: readonly string[];
  /** How columns that are not of the key change, such as "data = excluded.data". */
  readonly change: string;
}

/** MetricSession runs statements in a transaction of whoever has the database, in SQL that PostgreSQL and SQLite understand. */
export interface MetricSession {
  query(sql: string, parameters?: readonly (string | number)[]): Promise<readonly MetricRow[]>;
  add(table: MetricTable, rows: readonly (readonly (string | number)[])[]): Promise<void>;
}
