/** AuditEntry is one record under its key. */
export interface AuditEntry {
  readonly key: string;
  readonly value: string;
}

export interface AuditRange {
  /** First key, inclusive. */
  readonly from: string;
  /** End, exclusive. */
  readonly to: string;
  readonly limit: number;
  readonly newestFirst: boolean;
}

/** AuditStore keeps audit records, apart from the config. Both implementations pass `audit-store.contract.ts`. */
export interface AuditStore extends AsyncDisposable {
  /** Durable when it resolves: all of them, or none. A key that is there already gets the new value. */
  put(entries: readonly AuditEntry[]): Promise<void>;
  range(range: AuditRange): Promise<readonly AuditEntry[]>;
  remove(keys: readonly string[]): Promise<void>;
  /** Removes all keys from one to another, exclusive. */
  removeRange(from: string, to: string): Promise<void>;
}
