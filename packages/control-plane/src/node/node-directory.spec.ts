import { expect, it, vi } from "vitest";
import type { LiveNodes, NodeStatus } from "@tollgate/config-stream";
import type { Publisher } from "@tollgate/config-stream/publisher";
import { createLogger } from "@tollgate/telemetry";
import { openEmbeddedNodeStore } from "./embedded-node-store.ts";
import { NodeDirectory } from "./node-directory.ts";
import { claimOf } from "./node-store.contract.ts";

const START = 1_000_000;

/** A control plane that starts with what the one before it has stored of the nodes a, b, c and d, and to which a is connected again. */
async function startDirectory() {
  const store = openEmbeddedNodeStore({ file: ":memory:" });
  const claimed = (nodeId: string, more: object = {}) => ({
    ...claimOf(nodeId),
    plane: "before",
    connectUnixMs: START - 60_000,
    peerAddress: `${nodeId}:7071`,
    ...more,
  });
  await store.write("a", claimed("a"), 0);
  await store.write("b", claimed("b"), 0);
  await store.write("c", claimed("c", { missingSinceUnixMs: START - 1_000 }), 0);
  await store.write("d", claimed("d", { missingSinceUnixMs: START - 60_000 }), 0);
  const clock = { unixMs: START };
  const listeners = new Set<() => void>();
  const told: string[][] = [];
  const publisher = {
    nodes: () => [{ ...claimed("a"), refused: [] } as unknown as NodeStatus],
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set liveNodes({ count, peers, missingPeers }: LiveNodes) {
      expect(peers).toHaveLength(count);
      // Whoever has lost its control plane may serve its clients all the same.
      expect([...peers, ...missingPeers].map(({ nodeId }) => nodeId).sort()).toEqual(["a", "b", "c", "d"]);
      told.push(peers.map(({ address }) => address));
    },
  };
  const directory = new NodeDirectory({
    store,
    publisher: publisher as unknown as Publisher,
    admission: { tidy: async () => undefined } as never,
    plane: "now",
    logger: createLogger("spec", "silent"),
    nowUnixMs: () => clock.unixMs,
  });
  const changed = () => {
    for (const listener of listeners) listener();
  };
  return { store, clock, told, changed, directory };
}

it("counts nodes that have lost their control plane, and says where they are, until they had time to come back", async () => {
  const { store, clock, told, changed, directory } = await startDirectory();
  await using _directory = directory;
  const all = ["a:7071", "b:7071", "c:7071"];
  await vi.waitFor(() => expect(told.at(-1)).toEqual(all), { timeout: 20_000 });
  const claimed = await store.get("b");
  if (!claimed) throw new Error("the claim of b is gone");
  await store.write("b", { ...claimed.claim, missingSinceUnixMs: START + 1_500 }, claimed.modRevision);
  const count = told.length;
  await vi.waitFor(() => expect(told.length).toBeGreaterThan(count), { timeout: 20_000 });
  expect(told.at(-1)).toEqual(all);
  clock.unixMs = START + 15_000;
  changed();
  await vi.waitFor(() => expect(told.at(-1)).toEqual(["a:7071"]), { timeout: 20_000 });
});

it("takes a node that came back, and is missing again, for gone at once", async () => {
  const { store, told, directory } = await startDirectory();
  await using _directory = directory;
  await vi.waitFor(() => expect(told.at(-1)).toEqual(["a:7071", "b:7071", "c:7071"]), { timeout: 20_000 });
  const claimed = await store.get("b");
  if (!claimed) throw new Error("the claim of b is gone");
  const again = { ...claimed.claim, connectUnixMs: START + 500, missingSinceUnixMs: START + 1_500 };
  await store.write("b", again, claimed.modRevision);
  await vi.waitFor(() => expect(told.at(-1)).toEqual(["a:7071", "c:7071"]), { timeout: 20_000 });
});
