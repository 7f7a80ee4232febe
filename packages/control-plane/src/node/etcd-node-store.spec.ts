import { EventEmitter } from "node:events";
import { expect, it, vi } from "vitest";
import type { Logger } from "@tollgate/telemetry";
import type { connectEtcd } from "../store/etcd-client.ts";
import { openEtcdNodeStore } from "./etcd-node-store.ts";
import type { PlaneReport, ReportedNode } from "./node-store.ts";

const watch = Object.assign(new EventEmitter(), { write: vi.fn(), cancel: vi.fn() });
const kv = (key: string, value: string, revision = 1) => ({
  key: Buffer.from(`/nodes/${key}`),
  value: Buffer.from(value),
  mod_revision: String(revision),
});
const stored = [
  kv("claims/a", "{}"),
  kv("claims/b", "not JSON"),
  kv("control-planes/p", "null"),
  kv("rollout", "["),
];
/** Values that are being written, and how to end that. */
const writing: { value: string; done: () => void }[] = [];
const put = (value: string) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  writing.push({ value, done: resolve });
  return promise;
};
const connect = () =>
  ({
    client: {
      kv: { range: async () => ({ kvs: stored, header: { revision: "1" } }) },
      watchClient: { watch: async () => watch },
      lease: () => Object.assign(new EventEmitter(), { put: () => ({ value: put }), revoke: async () => {} }),
      close: () => undefined,
    },
    keys: { nodesRoot: "/nodes/", releasesRoot: "/releases/" },
    onRenewed: () => undefined,
  }) as unknown as ReturnType<typeof connectEtcd>;

it("a value that cannot be read is left out and logged once, and the others are followed", async () => {
  const error = vi.fn();
  await using store = openEtcdNodeStore({ hosts: ["etcd"] }, { error } as unknown as Logger, connect);
  await vi.waitFor(() => expect(watch.write).toHaveBeenCalled(), { timeout: 20_000 });
  expect([...store.state.claims.keys()]).toEqual(["a"]);
  expect(store.state.reports.size).toBe(0);
  expect(store.state.rollout).toBeUndefined();
  expect(error.mock.calls.map(([{ key }]) => key as string)).toEqual([
    "/nodes/claims/b",
    "/nodes/control-planes/p",
    "/nodes/rollout",
  ]);
  const see = (value: ReturnType<typeof kv>) =>
    watch.emit("data", { events: [{ type: "Put", kv: value }], canceled: false });
  see(kv("claims/b", "not JSON"));
  see(kv("claims/c", "}", 2));
  see(kv("claims/d", "{}", 3));
  expect([...store.state.claims.keys()]).toEqual(["a", "d"]);
  expect(error).toHaveBeenCalledTimes(4);
});

it("writes one report at a time, the newest after it: of two at once, etcd may keep the older one", async () => {
  await using store = openEtcdNodeStore(
    { hosts: ["etcd"] },
    { error: vi.fn() } as unknown as Logger,
    connect,
  );
  const nodesOf = () => writing.map(({ value }) => Object.keys((JSON.parse(value) as PlaneReport).nodes)[0]);
  const reports = ["a", "b", "c"].map((id) =>
    store.report({ plane: "p", nodes: { [id]: {} as ReportedNode } }),
  );
  expect(nodesOf()).toEqual(["a"]);
  writing[0]?.done();
  await vi.waitFor(() => expect(nodesOf()).toEqual(["a", "c"]));
  writing[1]?.done();
  await Promise.all(reports);
  expect(nodesOf()).toEqual(["a", "c"]);
});
