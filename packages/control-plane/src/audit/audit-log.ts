import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { Logger } from "@tollgate/telemetry";
import { type AuditedCall, auditRecord, type EntityDigest } from "./audit-record.ts";
import type { AuditEntry, AuditStore } from "./audit-store.ts";

const LOG = "log/";
const OUTBOX = "outbox/";
const SWEEP_MS = 60 * 60_000;
/** A failure says nothing of later calls: nobody sends any to a control plane that says that it refuses them. */
const FAILURE_COUNTS_MS = 30_000;
const DAY_MS = 24 * 60 * 60_000;
/** Digits of a time in milliseconds, so that keys sort by time. */
const TIME_DIGITS = 15;
const PLACE_DIGITS = 5;

const timeText = (unixMs: number) => String(unixMs).padStart(TIME_DIGITS, "0");

/** logKey returns the key of a record: the account, the time, and `rest`, which differs within one millisecond. */
export const logKey = (accountId: string, unixMs: number, rest = ""): string =>
  `${LOG}${accountId}/${timeText(unixMs)}-${rest}`;

const current = new AsyncLocalStorage<AuditEvent>();

/** noteWrite adds changes to the record of the call that wrote them. */
export function noteWrite(revision: number, changes: readonly EntityDigest[]): void {
  current.getStore()?.note(revision, changes);
}

/** AuditEvent is the record of one call while the call runs. */
export class AuditEvent {
  readonly #log: AuditLog;
  readonly #eventId = randomUUID();
  readonly #unixMs: number;
  /** Its position among the events of the same millisecond. */
  readonly #place: number;
  readonly #changes: EntityDigest[] = [];
  #revision = 0;

  constructor(log: AuditLog) {
    this.#log = log;
    ({ unixMs: this.#unixMs, place: this.#place } = log.nextPlace());
  }

  note(revision: number, changes: readonly EntityDigest[]): void {
    this.#revision = revision;
    this.#changes.push(...changes);
  }

  /** Called before anything is changed: even if this process dies, the log shows that the call began. */
  async begin(call: AuditedCall): Promise<void> {
    if (!call.isReadOnly) await this.#log.append([this.#entry(call, false, undefined)]);
  }

  /** Called before the response is sent. */
  async end(
    call: AuditedCall,
    error: { readonly code: string; readonly message: string } | undefined,
  ): Promise<void> {
    const entry = this.#entry(call, true, error);
    const key = entry.key.slice(LOG.length);
    await this.#log.append([entry, ...(this.#log.isPublished ? [{ ...entry, key: OUTBOX + key }] : [])]);
  }

  #entry(
    call: AuditedCall,
    isOver: boolean,
    error: { code: string; message: string } | undefined,
  ): AuditEntry {
    const at = { eventId: this.#eventId, unixMs: this.#unixMs };
    const record = auditRecord(call, at, { isOver, error, revision: this.#revision, changes: this.#changes });
    const rest = `${String(this.#place).padStart(PLACE_DIGITS, "0")}-${this.#eventId}`;
    return { key: logKey(call.accountId, this.#unixMs, rest), value: JSON.stringify(record) };
  }
}

export interface AuditLogOptions {
  readonly store: AuditStore;
  /** Older records are removed. */
  readonly retentionDays: number;
  /** Whether records are also put into an outbox, from which they are published. */
  readonly isPublished: boolean;
  readonly accounts: () => Iterable<string>;
  readonly logger: Logger;
}

/** AuditLog records control calls. Records of calls that end at the same time are written together. */
export class AuditLog implements AsyncDisposable {
  readonly #options: AuditLogOptions;
  readonly #sweeping: NodeJS.Timeout;
  #waiting: { entries: readonly AuditEntry[]; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #writing: Promise<void> | undefined;
  #last = { unixMs: 0, place: 0 };
  #failure: { readonly message: string; readonly atMs: number } | undefined;
  /** Why records could not be published last; undefined: they could. */
  publishFailure: string | undefined;
  /** Called when there is something to publish. */
  onOutbox: () => void = () => undefined;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#sweeping = setInterval(() => void this.sweep(), SWEEP_MS);
    this.#sweeping.unref();
  }

  get isPublished(): boolean {
    return this.#options.isPublished;
  }

  /** Why no call can be recorded, so that each is refused; undefined: it can, as far as is known. */
  get outage(): string | undefined {
    if (!this.#failure || performance.now() - this.#failure.atMs > FAILURE_COUNTS_MS) return undefined;
    return `calls cannot be recorded in the audit log: ${this.#failure.message}`;
  }

  get store(): AuditStore {
    return this.#options.store;
  }

  /** nextPlace returns a time and a position in it that no other event of this process has. */
  nextPlace(): { readonly unixMs: number; readonly place: number } {
    const unixMs = Date.now();
    this.#last =
      unixMs === this.#last.unixMs ? { unixMs, place: this.#last.place + 1 } : { unixMs, place: 0 };
    return this.#last;
  }

  /** open begins the record of a call. */
  open(): AuditEvent {
    return new AuditEvent(this);
  }

  /** within runs a call and notes its changes in its record. */
  within<T>(event: AuditEvent, work: () => Promise<T>): Promise<T> {
    return current.run(event, work);
  }

  /** append is durable when it resolves. */
  append(entries: readonly AuditEntry[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  async #write(): Promise<void> {
    // Records of the same turn of the event loop are written together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#options.store.put(batch.flatMap(({ entries }) => entries));
        this.#failure = undefined;
        for (const { resolve } of batch) resolve();
        if (this.isPublished) this.onOutbox();
      } catch (error) {
        this.#failure = { message: (error as Error).message, atMs: performance.now() };
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = undefined;
  }

  /** sweep removes records that are older than the retention. */
  async sweep(nowUnixMs = Date.now()): Promise<void> {
    const { store, retentionDays, accounts, logger } = this.#options;
    const before = nowUnixMs - retentionDays * DAY_MS;
    try {
      for (const accountId of accounts())
        await store.removeRange(logKey(accountId, 0), logKey(accountId, before));
    } catch (error) {
      logger.warn({ err: error }, "old audit records could not be removed; retrying in an hour");
    }
  }

  /** outbox returns the oldest records that are not published yet. */
  outbox(limit: number): Promise<readonly AuditEntry[]> {
    return this.#options.store.range({ from: OUTBOX, to: `${OUTBOX}~`, limit, newestFirst: false });
  }

  published(entries: readonly AuditEntry[]): Promise<void> {
    return this.#options.store.remove(entries.map(({ key }) => key));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeping);
    await this.#writing;
  }
}
