import { setTimeout as delay } from "node:timers/promises";
import type { Etcd3 } from "etcd3";
import type { Logger } from "@tollgate/telemetry";
import type { EtcdConnection } from "./etcd-client.ts";
import type { EtcdSettings } from "./etcd-settings.ts";
import type { StoreSize } from "./store.ts";

const INTERVAL_MS = 30_000;
/** From this share of the quota on, operators are warned. */
const WARNED_SHARE = 0.8;

/** EtcdMaintenance drops the history of an etcd that is older than its settings say, and watches how much of its space is used. */
export class EtcdMaintenance implements AsyncDisposable {
  readonly #client: Etcd3;
  readonly #settings: EtcdSettings;
  readonly #logger: Logger | undefined;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  /** Revisions with the times at which they were the newest, oldest first. */
  readonly #revisions: { readonly revision: number; readonly atMs: number }[] = [];
  #size: StoreSize | undefined;
  #isWarned = false;

  constructor({ client }: EtcdConnection, settings: EtcdSettings, logger: Logger | undefined) {
    this.#client = client;
    this.#settings = settings;
    this.#logger = logger;
    this.#running = this.#run();
  }

  get size(): StoreSize | undefined {
    return this.#size;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    const { maintenanceIntervalMs = INTERVAL_MS } = this.#settings;
    while (!signal.aborted) {
      // While etcd is away, its health reports it.
      await this.#once().catch(() => undefined);
      await delay(maintenanceIntervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #once(): Promise<void> {
    const { header, dbSize } = await this.#client.maintenance.status();
    this.#measure(Number(dbSize));
    const { historyMs = 0 } = this.#settings;
    if (historyMs === 0) return;
    const nowMs = performance.now();
    this.#revisions.push({ revision: Number(header.revision), atMs: nowMs });
    let oldest: number | undefined;
    while (this.#revisions[0] && this.#revisions[0].atMs <= nowMs - historyMs)
      oldest = this.#revisions.shift()?.revision;
    // Fails if another control plane has compacted that history already.
    if (oldest !== undefined) await this.#client.kv.compact({ revision: oldest, physical: false });
  }

  #measure(bytes: number): void {
    const { quotaBytes } = this.#settings;
    this.#size = { bytes, quotaBytes };
    const isNearlyFull = quotaBytes !== undefined && bytes > quotaBytes * WARNED_SHARE;
    if (isNearlyFull && !this.#isWarned)
      this.#logger?.error(
        { bytes, quotaBytes },
        "etcd is nearly full: changes will be refused at its quota. Defragment its members, shorten the retention of the audit log, or raise the quota (--quota-backend-bytes and TOLLGATE_ETCD_QUOTA_MB)",
      );
    this.#isWarned = isNearlyFull;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }
}
