import type * as RPC from "etcd3/lib/rpc.js";
import type { RangedValue } from "./etcd-range.ts";
import type { StoreEntry } from "./store.ts";

/** etcd's default --max-txn-ops. */
export const TXN_MAX_OPS = 128;
/** Two thirds of etcd's default request limit of 1.5 MiB, which leaves room for keys and framing. */
export const TXN_MAX_BYTES = 1024 * 1024;

/** KeyRange is the keys from `key` to before `range_end`. */
export interface KeyRange {
  readonly key: Buffer;
  readonly range_end: Buffer;
}

/** prefixRange returns etcd's range of all keys with a prefix. */
export function prefixRange(prefix: string): KeyRange {
  const key = Buffer.from(prefix);
  const range_end = Buffer.from(key);
  range_end[range_end.length - 1] = (range_end[range_end.length - 1] ?? 0) + 1;
  return { key, range_end };
}

/** rangesBetween returns what is left of a range without others, which do not overlap. */
export function rangesBetween({ key, range_end }: KeyRange, others: readonly KeyRange[]): KeyRange[] {
  const left: KeyRange[] = [];
  let from = key;
  for (const other of [...others].sort((a, b) => a.key.compare(b.key))) {
    if (from.compare(other.key) < 0) left.push({ key: from, range_end: other.key });
    from = other.range_end;
  }
  if (from.compare(range_end) < 0) left.push({ key: from, range_end });
  return left;
}

/** equalRevision checks the revision of a key's last write; 0 means that the key does not exist. */
export const equalRevision = (key: string, modRevision: number): RPC.ICompare => ({
  key: Buffer.from(key),
  target: "Mod",
  result: "Equal",
  mod_revision: modRevision,
});

/** An entry whose value becomes text when it is read. */
class EtcdEntry implements StoreEntry {
  readonly key: string;
  readonly bytes: Buffer;
  readonly modRevision: number;

  constructor(key: string, bytes: Buffer, modRevision: number) {
    this.key = key;
    this.bytes = bytes;
    this.modRevision = modRevision;
  }

  get value(): string {
    return this.bytes.toString();
  }
}

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

  toEntry({ key, value, mod_revision }: RangedValue | RPC.IKeyValue): StoreEntry {
    return new EtcdEntry(key.toString("utf8", this.root.length), value, Number(mod_revision));
  }

  putOp({ key, value }: { readonly key: string; readonly value: string }): RPC.IRequestOp {
    return { request_put: { key: Buffer.from(this.root + key), value: Buffer.from(value) } };
  }

  deleteOp(key: string): RPC.IRequestOp {
    return { request_delete_range: { key: Buffer.from(this.root + key) } };
  }
}
