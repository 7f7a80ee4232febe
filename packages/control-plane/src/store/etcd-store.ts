import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@tollgate/telemetry";
import { Refusal } from "../refusal.ts";
import { connectEtcd, EtcdUnavailable } from "./etcd-client.ts";
import { EtcdHealth } from "./etcd-health.ts";
import { EtcdJournal } from "./etcd-journal.ts";
import {
  type EtcdKeys,
  equalRevision,
  type KeyRange,
  prefixRange,
  rangesBetween,
  TXN_MAX_BYTES,
  TXN_MAX_OPS,
} from "./etcd-keys.ts";
import { EtcdMaintenance } from "./etcd-maintenance.ts";
import { readPages } from "./etcd-pages.ts";
import type { EtcdClient } from "./etcd-range.ts";
import type { EtcdSettings } from "./etcd-settings.ts";
import { watchEtcd } from "./etcd-watch.ts";
import {
  type Commit,
  type CommitOutcome,
  type Listing,
  type Reading,
  readAll,
  type Store,
  type StoreEntry,
  type StoreSize,
  type StoreVersion,
  type WatchItem,
  type WatchOptions,
} from "./store.ts";

const sizeOf = ({ puts, deletes }: Commit): { ops: number; bytes: number } => ({
  ops: puts.length + deletes.length,
  bytes: puts.reduce((sum, { key, value }) => sum + key.length + Buffer.byteLength(value), 0),
});

/** What a caller learns of a change that etcd did not confirm. */
const notStored = (error: EtcdUnavailable): Refusal =>
  new Refusal(
    "unavailable",
    error.isSent
      ? `${error.message}: the change may have been stored; read it again before you repeat it`
      : `${error.message}: nothing was changed, and reads go on; try again later`,
  );

const expired = (revision: string): Refusal =>
  new Refusal("expired", `etcd dropped revision ${revision} before all of it was read; try again`);

/** What a read of an old revision has failed with. */
const droppedOr = (error: unknown, revision: string): unknown =>
  /compacted/.test(String(error)) ? expired(revision) : error;

const isExpired = (error: unknown): boolean => error instanceof Refusal && error.reason === "expired";

class EtcdStore implements Store {
  readonly #client: EtcdClient;
  readonly #keys: EtcdKeys;
  readonly #health: EtcdHealth;
  readonly #maintenance: EtcdMaintenance;
  readonly #journal: EtcdJournal;

  constructor(settings: EtcdSettings, logger: Logger | undefined) {
    const connection = connectEtcd(settings);
    this.#client = connection.client;
    this.#keys = connection.keys;
    this.#health = new EtcdHealth(connection);
    this.#maintenance = new EtcdMaintenance(connection, settings, logger);
    this.#journal = new EtcdJournal(this.#client, this.#keys);
  }

  get size(): StoreSize | undefined {
    return this.#maintenance.size;
  }

  get outage(): string | undefined {
    return this.#health.outage;
  }

  async valueAt(key: string, at: number): Promise<string | undefined> {
    const revision = String(at);
    const request = { key: Buffer.from(this.#keys.root + key), revision };
    const { kvs } = await this.#client.kv.range(request).catch((error: unknown) => {
      throw droppedOr(error, revision);
    });
    return kvs[0]?.value.toString();
  }

  async versions(prefix: string): Promise<Reading<StoreVersion>> {
    const { revision } = await this.#settled();
    return {
      revision: Number(revision),
      pages: this.#pages([prefixRange(this.#keys.root + prefix)], revision, true),
    };
  }

  async read(prefix: string, leftOut: readonly string[] = []): Promise<Reading> {
    const { revision, cluster_id } = await this.#settled();
    const without = leftOut.map((start) => prefixRange(this.#keys.root + start));
    const ranges = rangesBetween(prefixRange(this.#keys.root + prefix), without);
    const counts = await Promise.all(without.map((range) => this.#count(range, revision)));
    return {
      revision: Number(revision),
      source: `${cluster_id} ${this.#keys.root}`,
      leftOutCount: counts.reduce((sum, count) => sum + count, 0),
      pages: this.#pages(ranges, revision, false),
    };
  }

  async #count(range: KeyRange, revision: string): Promise<number> {
    const { count } = await this.#client.kv.range({ ...range, revision, count_only: true });
    return Number(count);
  }

  async list(prefix: string): Promise<Listing> {
    for (;;) {
      const reading = await this.read(prefix);
      try {
        return { revision: reading.revision, entries: await readAll(reading) };
      } catch (error) {
        if (!isExpired(error)) throw error;
      }
    }
  }

  /** The newest revision, once no large commit is being written. */
  async #settled(): Promise<{ readonly revision: string; readonly cluster_id: string }> {
    for (;;) {
      const { kvs, header } = await this.#client.kv.range({ key: Buffer.from(this.#keys.marker) });
      if (!kvs[0]) return header;
      await this.#journal.recoverWhenAbandoned(kvs[0]);
      await delay(20);
    }
  }

  async *#pages(
    ranges: readonly KeyRange[],
    revision: string,
    keys_only: boolean,
  ): AsyncGenerator<readonly StoreEntry[], void, undefined> {
    for (const range of ranges) {
      const pages = readPages({
        ...range,
        read: (key, range_end, limit) =>
          this.#client.readRange({ key, range_end, limit, revision, keys_only }).catch((error: unknown) => {
            throw droppedOr(error, revision);
          }),
      });
      for await (const kvs of pages) yield kvs.map((kv) => this.#keys.toEntry(kv));
    }
  }

  async commit(commit: Commit): Promise<CommitOutcome> {
    // Waiting for a server that hangs would hold up every write of the account.
    if (this.outage !== undefined) throw notStored(new EtcdUnavailable(this.outage, false));
    try {
      return await this.#commit(commit);
    } catch (error) {
      throw error instanceof EtcdUnavailable ? notStored(error) : error;
    }
  }

  async #commit(commit: Commit): Promise<CommitOutcome> {
    const { ops, bytes } = sizeOf(commit);
    if (ops > TXN_MAX_OPS - 2 || commit.guards.length > TXN_MAX_OPS - 2 || bytes > TXN_MAX_BYTES)
      return this.#journal.commit(randomUUID(), commit).catch((error: unknown) => {
        // Once its marker is stored, any control plane finishes it.
        throw error instanceof EtcdUnavailable ? new EtcdUnavailable(error.message, true) : error;
      });
    for (;;) {
      const reply = await this.#client.kv.txn({
        compare: [
          equalRevision(this.#keys.marker, 0),
          ...commit.guards.map((guard) => equalRevision(this.#keys.root + guard.key, guard.modRevision)),
        ],
        success: [
          ...commit.puts.map((put) => this.#keys.putOp(put)),
          ...commit.deletes.map((key) => this.#keys.deleteOp(key)),
        ],
        failure: [{ request_range: { key: Buffer.from(this.#keys.marker) } }],
      });
      const revision = Number(reply.header.revision);
      if (reply.succeeded) return { committed: true, revision };
      const marker = reply.responses[0]?.response_range?.kvs[0];
      if (!marker) return { committed: false, revision };
      await this.#journal.recoverWhenAbandoned(marker);
      await delay(10);
    }
  }

  watch(options: WatchOptions): AsyncIterable<WatchItem> {
    return watchEtcd({
      client: this.#client,
      keys: this.#keys,
      read: (prefix) => this.read(prefix),
      journal: this.#journal,
      ...options,
    });
  }

  async compact(revision: number): Promise<void> {
    await this.#client.kv.compact({ revision, physical: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#health[Symbol.asyncDispose]();
    await this.#maintenance[Symbol.asyncDispose]();
    this.#client.close();
  }
}

/** openEtcdStore keeps the state in etcd and connects when it is first used. */
export const openEtcdStore = (settings: EtcdSettings, logger?: Logger): Store =>
  new EtcdStore(settings, logger);
