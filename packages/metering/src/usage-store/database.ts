/** Row is one row of a result; numbers that may exceed 2^53 do not occur here. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Session runs statements; parameters are $1, $2, ... in both dialects. */
export interface Session {
  query(sql: string, parameters?: readonly (string | number)[]): Promise<readonly Row[]>;
}

/** Database is the only access to SQL: PostgreSQL, or SQLite as the embedded default. Both run the same statements. */
export interface Database extends Session, AsyncDisposable {
  /** Commits what `work` did, or nothing if it throws. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** A transaction that only one process can have at a time. */
  exclusive<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** The size of everything that is stored. */
  sizeBytes(): Promise<number>;
}

/** DatabaseUnreachable is a failure of the connection to the database, not of a statement. The same work can succeed later. */
export class DatabaseUnreachable extends Error {
  constructor(cause: Error) {
    super(`the usage database cannot be reached: ${cause.message}`, { cause });
  }
}
