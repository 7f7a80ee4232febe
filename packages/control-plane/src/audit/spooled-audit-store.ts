import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@tollgate/telemetry";
import { Refusal } from "../refusal.ts";
import type { AuditSpool } from "./audit-spool.ts";
import type { AuditEntry, AuditRange, AuditStore } from "./audit-store.ts";

const BATCH = 100;
const RETRY_MS = 500;

export interface SpooledAuditStoreOptions {
  readonly store: AuditStore;
  readonly spool: AuditSpool;
  /** Why the store cannot be reached, if that is known: then it is not tried. */
  readonly outage: () => string | undefined;
  readonly logger: Logger;
  readonly retryMs?: number;
}

/**
 * SpooledAuditStore puts entries into a store, or, while that cannot be reached, into a spool on this machine's disk, from which they are
 * delivered in their order. As long as there are entries in the spool, new ones follow them: a later entry of a key must arrive later.
 */
class SpooledAuditStore implements AuditStore {
  readonly #options: SpooledAuditStoreOptions;
  readonly #stopped = new AbortController();
  #delivering: Promise<void> | undefined;

  constructor(options: SpooledAuditStoreOptions) {
    this.#options = options;
    if (!options.spool.isEmpty) this.#deliverSoon();
  }

  async put(entries: readonly AuditEntry[]): Promise<void> {
    const { store, spool, outage } = this.#options;
    if (spool.isEmpty && outage() === undefined) {
      try {
        await store.put(entries);
        return;
      } catch (error) {
        if (!(error instanceof Refusal && error.reason === "unavailable")) throw error;
      }
    }
    spool.put(entries);
    this.#deliverSoon();
  }

  #deliverSoon(): void {
    this.#delivering ??= this.#deliver();
  }

  async #deliver(): Promise<void> {
    const { store, spool, outage, logger, retryMs = RETRY_MS } = this.#options;
    const { signal } = this.#stopped;
    logger.warn(
      { cause: outage() },
      "audit records are kept on this disk until the audit log can be reached",
    );
    let count = 0;
    while (!signal.aborted) {
      try {
        if (spool.isEmpty) break;
        const cause = outage();
        if (cause !== undefined) throw new Refusal("unavailable", cause);
        const entries = spool.oldest(BATCH);
        await store.put(entries.map(({ key, value }) => ({ key, value })));
        spool.removeOldest(entries);
        count += entries.length;
      } catch (error) {
        if (!(error instanceof Refusal)) logger.error({ err: error }, "audit records could not be delivered");
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
    if (count > 0) logger.info({ count }, "audit records were delivered from this disk to the audit log");
    this.#delivering = undefined;
  }

  range(range: AuditRange): Promise<readonly AuditEntry[]> {
    return this.#options.store.range(range);
  }

  remove(keys: readonly string[]): Promise<void> {
    return this.#options.store.remove(keys);
  }

  removeRange(from: string, to: string): Promise<void> {
    return this.#options.store.removeRange(from, to);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#delivering;
    this.#options.spool[Symbol.dispose]();
    await this.#options.store[Symbol.asyncDispose]();
  }
}

/** spoolAudit keeps the entries of an audit store on this machine's disk while the store cannot be reached. Disposing it disposes both. */
export const spoolAudit = (options: SpooledAuditStoreOptions): AuditStore => new SpooledAuditStore(options);
