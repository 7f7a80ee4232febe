import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { RestoreBackupRequestSchema } from "@tollgate/proto/control";
import { getBackup } from "../../../packages/control-plane/src/backup/get-backup.ts";
import { restoreBackup } from "../../../packages/control-plane/src/backup/restore-backup.ts";
import { sealStore } from "../../../packages/control-plane/src/secret/sealed-store.ts";
import { newSealingKey, readSealingKeys, Sealer } from "../../../packages/control-plane/src/secret/sealer.ts";
import { openEmbeddedStore } from "../../../packages/control-plane/src/store/embedded-store.ts";
import { openEtcdStore } from "../../../packages/control-plane/src/store/etcd-store.ts";
import { readAll, type Store } from "../../../packages/control-plane/src/store/store.ts";
import { startEtcd } from "../../kit/etcd.ts";
import { use } from "../../kit/use.ts";

const etcd = use(startEtcd);

/** More than fits one transaction of etcd. */
const KEYS = 1_000;
const sealer = new Sealer(readSealingKeys([newSealingKey()]) as readonly Buffer[]);
const mirror = { reached: async () => true };

async function restored(from: Store, to: Store) {
  const pieces = async function* () {
    for await (const { piece } of getBackup({ plainStore: from }))
      yield create(RestoreBackupRequestSchema, { piece });
  };
  const first = create(RestoreBackupRequestSchema);
  return restoreBackup({ plainStore: to, sealer, mirror }, [first, pieces()]);
}

it("a backup moves the config from etcd to an embedded store, and back under another prefix", async () => {
  await using first = openEtcdStore({ hosts: [etcd.url], prefix: "/first" });
  await using embedded = openEmbeddedStore({ file: ":memory:" });
  await using second = openEtcdStore({ hosts: [etcd.url], prefix: "/second" });
  const key = (i: number) => ({
    key: `000000000000/apikeys/k${String(i).padStart(9, "0")}`,
    value: JSON.stringify({ format: 4, labels: {}, spec: { name: `k${i}`, value: `the value of key ${i}` } }),
  });
  const puts = [...Array.from({ length: KEYS }, (_, i) => key(i)), { key: "000000000000/~head", value: "0" }];
  await sealStore(first, sealer).commit({ guards: [], puts, deletes: [] });
  expect(await restored(first, embedded)).toMatchObject({ entityCount: KEYS, accountCount: 1 });
  await restored(embedded, second);
  const opened = async (store: Store) =>
    (await sealStore(store, sealer).list("")).entries.map(({ key: name, value }) => `${name} ${value}`);
  expect((await opened(second)).slice(0, -1)).toEqual((await opened(first)).slice(0, -1));
  const entries = await readAll(await second.versions(""));
  // The head has the revision of the whole commit, by which readers wait for it.
  expect(Math.max(...entries.map(({ modRevision }) => modRevision))).toBe(entries.at(-1)?.modRevision);
});
