import type * as RPC from "etcd3/lib/rpc.js";
import type { StoreEntry } from "./store.ts";

/** Root of all keys. The keys of the Store port are relative to it. */
export const ROOT = "/tollgate/v1/";
/** Exists while a large commit is being written; its value names the journal. Watches hold back the keys written meanwhile. */
export const MARKER_KEY = `${ROOT}~commit`;
export const JOURNAL_ROOT = "/tollgate/journal/";

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

export const toEntry = (kv: RPC.IKeyValue): StoreEntry => ({
  key: kv.key.toString().slice(ROOT.length),
  value: kv.value.toString(),
  modRevision: Number(kv.mod_revision),
});

/** equalRevision checks the revision of a key's last write; 0 means that the key does not exist. */
export const equalRevision = (key: string, modRevision: number): RPC.ICompare => ({
  key: Buffer.from(key),
  target: "Mod",
  result: "Equal",
  mod_revision: modRevision,
});

export const putOp = ({ key, value }: { key: string; value: string }): RPC.IRequestOp => ({
  request_put: { key: Buffer.from(ROOT + key), value: Buffer.from(value) },
});

export const deleteOp = (key: string): RPC.IRequestOp => ({
  request_delete_range: { key: Buffer.from(ROOT + key) },
});
