/** Row is one row of a result; numbers that may exceed 2^53 do not occur here. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Session runs statements; parameters are $1, $2, ... in both dialects. */
export interface Session {
  query(sql: string, parameters?: readonly (string | number)[]): Promise<readonly Row[]>;
  /** add writes many rows at once. No two of them may have the same key. */
  add(table: AddingTable, rows: readonly (readonly (string | number)[])[]): Promise<void>;
}

/** AddingTable is a table whose rows grow: what is written with a key that is there is added to what it has. */
export interface AddingTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: "TEXT" | "BIGINT" }[];
  readonly key: readonly string[];
  /** How columns that are not of the key change, such as "units = usage_units.units + excluded.units". Absent: a row that is there is an error. */
  readonly change?: string;
}

/** insertInto is the statement that adds rows of a table, which come from `source`. */
export const insertInto = ({ name, columns, key, change }: AddingTable, source: string): string =>
  `INSERT INTO ${name} (${columns.map((column) => column.name).join(", ")}) ${source}
   ${change === undefined ? "" : `ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${change}`}`;

/** Database is the only access to SQL: PostgreSQL, or SQLite as the embedded default. Both run the same statements. */
export interface Database extends Session, AsyncDisposable {
  readonly kind: "postgresql" | "sqlite";
  /** Commits what `work` did, or nothing if it throws. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** A transaction that only one process can have at a time. */
  exclusive<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** An exclusive transaction whose statements may take as long as they need: it changes the schema, or much of what is stored. */
  slowly<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** The size of everything that is stored. */
  sizeBytes(): Promise<number>;
}

/** DatabaseUnreachable is a failure of the connection to the database, not of a statement. The same work can succeed later. */
export class DatabaseUnreachable extends Error {
  constructor(cause: Error) {
    super(`the usage database cannot be reached: ${cause.message}`, { cause });
  }
}
