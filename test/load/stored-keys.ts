import { randomBytes } from "node:crypto";
import { apiKeyName, type Entity } from "@tollgate/config";
import { encodeEntity } from "../../packages/control-plane/src/mirror/stored-entity.ts";
import { PREFIX, Sealer } from "../../packages/control-plane/src/secret/sealer.ts";
import { connectEtcd } from "../../packages/control-plane/src/store/etcd-client.ts";

const ACCOUNT = "000000000000";
export const SEALING_KEY = Buffer.alloc(32, 7);
const KEYS_IN_TXN = 100;
const TXNS_AT_ONCE = 8;
/** Every so many keys are sealed for real, so that they can be used; the others only look like it, because sealing a million takes minutes. */
const REAL_EVERY = 10_000;

/** StoredKey is an API key that a caller can use. */
export interface StoredKey {
  readonly id: string;
  readonly value: string;
  /** The name by which a node asks for it. */
  readonly name: string;
}

const valueOf = (i: number): string => `value-of-key-number-${i}`;
const keyOf = (id: string): string => `${ACCOUNT}/apikeys/${id}`;
const nameOf = (i: number): string => apiKeyName(ACCOUNT, valueOf(i));

/** Those of so many keys that are sealed for real. */
export const usableKeys = (count: number): readonly StoredKey[] =>
  Array.from({ length: Math.ceil(count / REAL_EVERY) }, (_, i) => i * REAL_EVERY).map((i) => ({
    id: `key${i}`,
    value: valueOf(i),
    name: nameOf(i),
  }));

/** What looks like a sealed value of the same size as a real one. */
const lookalikeOf = (sealed: string): string => {
  const kept = PREFIX.length + 9;
  return (
    sealed.slice(0, kept) +
    randomBytes(128)
      .toString("base64")
      .slice(0, sealed.length - kept)
  );
};

function entryOf(
  i: number,
  sealer: Sealer,
  { sealed, usagePlanIds }: { readonly sealed: string; readonly usagePlanIds: readonly string[] },
): { readonly key: string; readonly value: string } {
  const id = `key${i}`;
  const key = keyOf(id);
  const lookup = sealer.lookupsOf(nameOf(i))[0] as string;
  const value = i % REAL_EVERY === 0 ? sealer.seal(valueOf(i), `${key}.value`) : lookalikeOf(sealed);
  const spec = { name: `key ${i}`, enabled: true, value, usagePlanIds, quotaGrants: {} };
  const entity = { kind: "ApiKey", apiId: "", id, labels: {}, spec } as Entity<"ApiKey">;
  const nowUnixMs = Date.now();
  const stored = JSON.parse(
    encodeEntity(entity, { createdUnixMs: nowUnixMs, updatedUnixMs: nowUnixMs }),
  ) as object;
  return { key, value: JSON.stringify({ ...stored, lookups: [lookup] }) };
}

/** storeKeys writes so many API keys of the usage plans to etcd as a control plane stores them, without one. */
export async function storeKeys(
  etcdUrl: string,
  count: number,
  usagePlanIds: readonly string[] = [],
): Promise<void> {
  const { client, keys } = connectEtcd({ hosts: [etcdUrl] });
  const sealer = new Sealer([SEALING_KEY]);
  const like = { sealed: sealer.seal(valueOf(0), `${keyOf("key0")}.value`), usagePlanIds };
  let next = 0;
  const write = async () => {
    while (next < count) {
      const from = next;
      next += KEYS_IN_TXN;
      const entries = Array.from({ length: Math.min(KEYS_IN_TXN, count - from) }, (_, i) =>
        entryOf(from + i, sealer, like),
      );
      const txn = { compare: [], success: entries.map((entry) => keys.putOp(entry)), failure: [] };
      // An etcd that writes so much may be late for one. To write the same once more changes nothing.
      await client.kv.txn(txn).catch(() => client.kv.txn(txn));
      if ((from / KEYS_IN_TXN) % 1_000 === 0) process.stderr.write(`${from} keys\n`);
    }
  };
  await Promise.all(Array.from({ length: TXNS_AT_ONCE }, write));
  client.close();
}
