import { afterAll, beforeAll } from "vitest";
import { describeAuditStore } from "../../../packages/control-plane/src/audit/audit-store.contract.ts";
import { openEtcdAuditStore } from "../../../packages/control-plane/src/audit/etcd-audit-store.ts";
import { type Etcd, startEtcd } from "../../kit/etcd.ts";

let etcd: Etcd;
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd[Symbol.asyncDispose]());

describeAuditStore("the etcd audit store, on a real etcd", async () =>
  openEtcdAuditStore({ hosts: [etcd.url] }),
);
