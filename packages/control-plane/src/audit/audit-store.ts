/** AuditEntry is one record with its key. */
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

/**
 * AuditStore keeps audit records, separately from the config. `embedded-audit-store.ts` is the smaller implementation. A new one is checked
 * by the contract:
 *
 *     describeAuditStore("my audit store", async () => openMyAuditStore());
 */
export interface AuditStore extends AsyncDisposable {
  /** Stores all entries or none; they are durable when this resolves. An existing key gets the new value, a repeated one its last. */
  put(entries: readonly AuditEntry[]): Promise<void>;
  range(range: AuditRange): Promise<readonly AuditEntry[]>;
  remove(keys: readonly string[]): Promise<void>;
  /** Removes the keys from `from`, inclusive, to `to`, exclusive. */
  removeRange(from: string, to: string): Promise<void>;
}
