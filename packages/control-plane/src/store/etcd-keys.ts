import type * as RPC from "etcd3/lib/rpc.js";
import type { StoreEntry } from "./store.ts";

/** etcd's default --max-txn-ops. */
export const TXN_MAX_OPS = 128;
/** Two thirds of etcd's default request limit of 1.5 MiB, which leaves room for keys and framing. */
export const TXN_MAX_BYTES = 1024 * 1024;

/** prefixRange returns etcd's range of all keys with a prefix. */
export function prefixRange(prefix: string): { key: Buffer; range_end: Buffer } {
  const key = Buffer.from(prefix);
  const range_end = Buffer.from(key);
  range_end[range_end.length - 1] = (range_end[range_end.length - 1] ?? 0) + 1;
  return { key, range_end };
}

/** equalRevision checks the revision of a key's last write; 0 means that the key does not exist. */
export const equalRevision = (key: string, modRevision: number): RPC.ICompare => ({
  key: Buffer.from(key),
  target: "Mod",
  result: "Equal",
  mod_revision: modRevision,
});

/** EtcdKeys are the keys of one cluster of control planes in an etcd, which it may share with others. */
export class EtcdKeys {
  /** Root of the config. The keys of the Store port are relative to it. */
  readonly root: string;
  /** Exists while a large commit is being written; its value names the journal. Watches hold back the keys written meanwhile. */
  readonly marker: string;
  readonly journalRoot: string;
  /** Roots of what watches of the config need not read. */
  readonly auditRoot: string;
  readonly nodesRoot: string;
  readonly releasesRoot: string;

  constructor(prefix: string) {
    this.root = `${prefix}/v1/`;
    this.marker = `${this.root}~commit`;
    this.journalRoot = `${prefix}/journal/`;
    this.auditRoot = `${prefix}/audit/`;
    this.nodesRoot = `${prefix}/nodes/`;
    this.releasesRoot = `${prefix}/releases/`;
  }

  toEntry(kv: RPC.IKeyValue): StoreEntry {
    return {
      key: kv.key.toString().slice(this.root.length),
      value: kv.value.toString(),
      modRevision: Number(kv.mod_revision),
    };
  }

  putOp({ key, value }: { readonly key: string; readonly value: string }): RPC.IRequestOp {
    return { request_put: { key: Buffer.from(this.root + key), value: Buffer.from(value) } };
  }

  deleteOp(key: string): RPC.IRequestOp {
    return { request_delete_range: { key: Buffer.from(this.root + key) } };
  }
}
