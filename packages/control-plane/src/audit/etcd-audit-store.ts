import type * as RPC from "etcd3/lib/rpc.js";
import { connectEtcd } from "../store/etcd-client.ts";
import { TXN_MAX_OPS } from "../store/etcd-keys.ts";
import type { EtcdSettings } from "../store/etcd-settings.ts";
import type { AuditEntry, AuditStore } from "./audit-store.ts";

function* cut<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += TXN_MAX_OPS) yield items.slice(i, i + TXN_MAX_OPS);
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
