import { expect, it, vi } from "vitest";
import type { LiveNodes, NodeStatus, Publisher } from "@tollgate/config-stream";
import { createLogger } from "@tollgate/telemetry";
import { openEmbeddedNodeStore } from "./embedded-node-store.ts";
import { NodeDirectory } from "./node-directory.ts";
import { claimOf } from "./node-store.contract.ts";

const START = 1_000_000;

/** A control plane that starts with what the one before it has stored of the nodes a, b, c and d, and to which a is connected again. */
async function startDirectory() {
  const store = openEmbeddedNodeStore({ file: ":memory:" });
  const before = { plane: "before", connectUnixMs: START - 60_000 };
  await store.write("a", { ...claimOf("a"), ...before }, 0);
  await store.write("b", { ...claimOf("b"), ...before }, 0);
  await store.write("c", { ...claimOf("c"), ...before, missingSinceUnixMs: START - 1_000 }, 0);
  await store.write("d", { ...claimOf("d"), ...before, missingSinceUnixMs: START - 60_000 }, 0);
  const clock = { unixMs: START };
  const listeners = new Set<() => void>();
  const counts: number[] = [];
  const publisher = {
    nodes: () => [{ ...claimOf("a"), nodeId: "a", refused: [] } as unknown as NodeStatus],
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set liveNodes({ count }: LiveNodes) {
      counts.push(count);
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
  return { store, clock, counts, changed, directory };
}

it("counts nodes that have lost their control plane, until they had time to come back", async () => {
  const { store, clock, counts, changed, directory } = await startDirectory();
  await using _directory = directory;
  await vi.waitFor(() => expect(counts.at(-1)).toBe(3));
  const claimed = await store.get("b");
  if (!claimed) throw new Error("the claim of b is gone");
  await store.write("b", { ...claimed.claim, missingSinceUnixMs: START + 1_500 }, claimed.modRevision);
  const told = counts.length;
  await vi.waitFor(() => expect(counts.length).toBeGreaterThan(told));
  expect(counts.at(-1)).toBe(3);
  clock.unixMs = START + 15_000;
  changed();
  await vi.waitFor(() => expect(counts.at(-1)).toBe(1));
});
