import { describe, expect, it, vi } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { openEtcdNodeStore } from "../../../packages/control-plane/src/node/etcd-node-store.ts";
import { claimOf, describeNodeStore } from "../../../packages/control-plane/src/node/node-store.contract.ts";
import { startEtcd } from "../../kit/etcd.ts";
import { use } from "../../kit/use.ts";

const etcd = use(startEtcd);
const open = () => openEtcdNodeStore({ hosts: [etcd.url] }, createLogger("spec", "silent"));

describeNodeStore("the etcd node store, on a real etcd", { open, isShared: true });

describe("when etcd was away", () => {
  it("follows the others again, and reports itself again", async () => {
    await using one = open();
    await using two = open();
    await one.report({ plane: "plane-one", nodes: {} });
    await vi.waitFor(() => expect(two.state.reports.has("plane-one")).toBe(true), { timeout: 90_000 });
    await etcd.kill();
    await etcd.restart();
    const revision = await vi.waitFor(() => one.write("back", claimOf("back"), 0), {
      timeout: 90_000,
      interval: 100,
    });
    await vi.waitFor(
      () => {
        expect(two.state.claims.get("back")?.modRevision).toBe(revision);
        expect(two.state.reports.has("plane-one")).toBe(true);
      },
      { timeout: 90_000 },
    );
  });
});
