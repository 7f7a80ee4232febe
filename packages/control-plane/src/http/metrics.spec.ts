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
  const stopped = {
    version: 2,
    release: "2-r",
    digest: "",
    base: 1,
    baseRelease: "1-r",
    state: "stopped",
  } as const;
  await nodeStore.writeRollout({ ...stopped, members: ["n"], before: {}, reason: "n is missing" }, 0);
  expect(read(true)).toEqual([
    ["rolling", 0],
    ["stopped", 1],
    ["done", 0],
  ]);
});
