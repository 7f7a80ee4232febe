import { expect, it } from "vitest";
import { openEmbeddedNodeStore } from "../node/embedded-node-store.ts";
import { rolloutReadings } from "./metrics.ts";

it("the metrics of a control plane tell the state of the newest rollout in waves", async () => {
  await using nodeStore = openEmbeddedNodeStore({ file: ":memory:" });
  const read = (isStaged: boolean) =>
    rolloutReadings({ isStaged, nodeStore }).map(({ attributes, value }) => [attributes["state"], value]);
  expect(read(false)).toEqual([]);
  expect(read(true)).toEqual([
    ["rolling", 0],
    ["stopped", 0],
    ["done", 0],
  ]);
  const stopped = { version: 2, base: 1, state: "stopped", members: ["n"], reason: "n is missing" } as const;
  await nodeStore.writeRollout(stopped, 0);
  expect(read(true)).toEqual([
    ["rolling", 0],
    ["stopped", 1],
    ["done", 0],
  ]);
});
