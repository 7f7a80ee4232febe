import type * as RPC from "etcd3/lib/rpc.js";
import { connectEtcd } from "../store/etcd-client.ts";
import { TXN_MAX_BYTES, TXN_MAX_OPS } from "../store/etcd-keys.ts";
import type { EtcdSettings } from "../store/etcd-settings.ts";
import type { AuditEntry, AuditStore } from "./audit-store.ts";

const bytesOf = ({ request_put: put, request_delete_range: range }: RPC.IRequestOp): number =>
  (put?.key?.length ?? 0) + (put?.value?.length ?? 0) + (range?.key?.length ?? 0);

/** cut splits operations into parts, each of which fits one etcd transaction. */
export function* cut(ops: readonly RPC.IRequestOp[]): Generator<readonly RPC.IRequestOp[]> {
  let part: RPC.IRequestOp[] = [];
  let bytes = 0;
  for (const op of ops) {
    const size = bytesOf(op);
    if (part.length >= TXN_MAX_OPS || (part.length > 0 && bytes + size > TXN_MAX_BYTES)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(op);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/** openEtcdAuditStore keeps the records of all control planes in etcd. Puts that exceed one transaction are split. */
export function openEtcdAuditStore(settings: EtcdSettings): AuditStore {
  const { client, keys } = connectEtcd(settings);
  const { kv } = client;
  const { auditRoot: root } = keys;
  const toOp = ({ key, value }: AuditEntry): RPC.IRequestOp => ({
    request_put: { key: Buffer.from(root + key), value: Buffer.from(value) },
  });
  const toRemoval = (key: string): RPC.IRequestOp => ({
    request_delete_range: { key: Buffer.from(root + key) },
  });
  const perform = async (ops: readonly RPC.IRequestOp[]) => {
    for (const part of cut(ops)) await kv.txn({ compare: [], success: [...part], failure: [] });
  };
  return {
    // etcd refuses a transaction that puts a key twice.
    put: (entries) => perform([...new Map(entries.map((entry) => [entry.key, entry])).values()].map(toOp)),
    remove: (removed) => perform(removed.map(toRemoval)),
    async range({ from, to, limit, newestFirst }) {
      const { kvs } = await kv.range({
        key: Buffer.from(root + from),
        range_end: Buffer.from(root + to),
        limit,
        sort_target: "Key",
        sort_order: newestFirst ? "Descend" : "Ascend",
      });
      return kvs.map(({ key, value }) => ({
        key: key.toString().slice(root.length),
        value: value.toString(),
      }));
    },
    async removeRange(from, to) {
      await kv.deleteRange({ key: Buffer.from(root + from), range_end: Buffer.from(root + to) });
    },
    [Symbol.asyncDispose]: async () => client.close(),
  };
}
