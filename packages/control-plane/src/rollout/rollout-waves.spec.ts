import { beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedNodeStore } from "../node/embedded-node-store.ts";
import type { ClusterNode } from "../node/node-directory.ts";
import type { NodeStore, RolloutRecord } from "../node/node-store.ts";
import { resumeRollout } from "./resume-rollout.ts";
import { BAKE_MS, type ModelPlane, modelNode, startModelPlane } from "./rollout-model.ts";

let store: NodeStore;
let nowMs = 0;
let nodes: ClusterNode[];
beforeEach(() => {
  store = openEmbeddedNodeStore({ file: ":memory:" });
  nowMs = 0;
  nodes = [];
});

const addNodes = (count: number) => {
  nodes = Array.from({ length: count }, (_, i) => modelNode(`n${String(i).padStart(2, "0")}`));
};
const change = (index: number, more: Partial<ClusterNode>) => {
  nodes = nodes.map((node, i) => (i === index ? { ...node, ...more } : node));
};

/** Starts a control plane that has read version 1. */
async function startPlane(plane: string): Promise<ModelPlane> {
  const started = startModelPlane({ plane, store, nodes: () => nodes, nowMs: () => nowMs });
  await store.report({ plane, nodes: {} });
  await begin(started, 1);
  return started;
}
const record = () => store.state.rollout?.record;
/** The nodes that have the version that is going out, or that none is. */
const staged = ({ publisher: { placement } }: ModelPlane) =>
  placement?.candidate ? [...placement.members] : "none";
const stableVersion = ({ publisher }: ModelPlane) => publisher.placement?.stable?.version;

/** Publishes a version, and lets the first wave have it. */
async function begin({ publisher, waves }: ModelPlane, version: number, text = `v${version}`): Promise<void> {
  publisher.publish(version, text);
  await waves.step();
}
/** The nodes of the wave apply the version, and nothing happens for long enough. */
async function pass({ waves }: ModelPlane): Promise<void> {
  const { members = [], version = 0 } = record() ?? {};
  nodes = nodes.map((node) => (members.includes(node.nodeId) ? { ...node, appliedVersion: version } : node));
  await waves.step();
  nowMs += BAKE_MS;
  await waves.step();
}

describe("a version goes", () => {
  it("to one node, to a tenth, to the rest", async () => {
    addNodes(30);
    const plane = await startPlane("A");
    expect([staged(plane), record()]).toMatchObject(["none", { state: "done", version: 1 }]);
    await begin(plane, 2);
    expect(record()).toMatchObject({ state: "rolling", version: 2, base: 1, members: ["n00"] });
    expect(staged(plane)).toEqual(["n00"]);
    await pass(plane);
    expect(staged(plane)).toEqual(["n00", "n01", "n02"]);
    await pass(plane);
    expect([staged(plane), record()?.state]).toEqual(["none", "done"]);
    expect(stableVersion(plane)).toBe(2);
  });

  it("to one node and then to the rest, if there are ten or fewer", async () => {
    addNodes(3);
    const plane = await startPlane("A");
    await begin(plane, 2);
    await pass(plane);
    expect([staged(plane), record()?.state]).toEqual(["none", "done"]);
  });

  it("no further before it has been watched for long enough", async () => {
    addNodes(3);
    const plane = await startPlane("A");
    await begin(plane, 2);
    change(0, { appliedVersion: 2 });
    await plane.waves.step();
    nowMs += BAKE_MS - 1;
    await plane.waves.step();
    expect(record()?.state).toBe("rolling");
  });

  it("to all at once if there is no node", async () => {
    const plane = await startPlane("A");
    await begin(plane, 2);
    expect([record()?.state, stableVersion(plane)]).toEqual(["done", 2]);
  });

  it("to another node if the first one is stopped in order", async () => {
    addNodes(3);
    const plane = await startPlane("A");
    await begin(plane, 2);
    nodes = nodes.slice(1);
    await plane.waves.step();
    expect(record()).toMatchObject({ state: "rolling", members: ["n01"] });
  });
});

describe("a rollout is stopped, and its nodes go back,", () => {
  it.each<[string, Partial<ClusterNode>, RegExp]>([
    [
      "if a node refuses a part of it",
      {
        appliedVersion: 2,
        refused: [{ name: "stage/x", code: "X", path: "x.y", params: {}, message: "is bad" }],
      },
      /n00 refused x\.y: is bad/,
    ],
    [
      "if workers of a node crash",
      { appliedVersion: 2, health: { calls: 0, serverErrors: 0, workerCrashes: 2 } },
      /2 workers of n00 crashed/,
    ],
    [
      "if more calls fail than on other nodes",
      { appliedVersion: 2, health: { calls: 100, serverErrors: 30, workerCrashes: 0 } },
      /30\.0 % of the calls of n00 .*20\.0 % on other nodes/,
    ],
  ])("%s", async (_what, happens, reason) => {
    addNodes(3);
    const plane = await startPlane("A");
    await begin(plane, 2);
    change(1, { health: { calls: 100, serverErrors: 20, workerCrashes: 0 } });
    change(0, happens);
    await plane.waves.step();
    expect(record()).toMatchObject({ state: "stopped", reason: expect.stringMatching(reason) as string });
    expect([staged(plane), stableVersion(plane)]).toEqual(["none", 1]);
    nowMs += 10 * BAKE_MS;
    await plane.waves.step();
    expect(record()?.state).toBe("stopped");
    change(0, { refused: [], missingSinceUnixMs: undefined });
    await begin(plane, 3);
    expect(record()).toMatchObject({ state: "rolling", version: 3, members: ["n00"] });
  });

  it("if workers of a node crash that had reported nothing when it began", async () => {
    addNodes(3);
    const plane = await startPlane("A");
    change(0, { health: undefined });
    await begin(plane, 2);
    change(0, { appliedVersion: 2, health: { calls: 9, serverErrors: 9, workerCrashes: 3 } });
    await plane.waves.step();
    expect(record()?.state).toBe("rolling");
    change(0, { health: { calls: 9, serverErrors: 9, workerCrashes: 4 } });
    await plane.waves.step();
    expect(record()).toMatchObject({ state: "stopped", reason: "1 worker of n00 crashed" });
  });

  it("if a node is missing for longer than it needs to find another control plane", async () => {
    addNodes(3);
    const plane = await startPlane("A");
    await begin(plane, 2);
    change(0, { missingSinceUnixMs: 5 });
    await plane.waves.step();
    nowMs += 9_999;
    await plane.waves.step();
    expect(record()?.state).toBe("rolling");
    nowMs += 1;
    await plane.waves.step();
    expect(record()).toMatchObject({ state: "stopped", reason: "n00 is missing" });
  });

  it("if a node ends without being stopped", async () => {
    addNodes(3);
    const plane = await startPlane("A");
    await begin(plane, 2);
    change(0, { missingSinceUnixMs: 5 });
    await plane.waves.step();
    change(0, { missingSinceUnixMs: undefined, bootId: "c" });
    await plane.waves.step();
    expect(record()).toMatchObject({ state: "stopped", reason: "n00 ended without being stopped" });
  });

  it("if a node does not apply it in time", async () => {
    addNodes(3);
    const plane = await startPlane("A");
    await begin(plane, 2);
    await plane.waves.step();
    nowMs += 61_000;
    await plane.waves.step();
    expect(record()).toMatchObject({
      state: "stopped",
      reason: expect.stringMatching(/did not apply/) as string,
    });
  });
});

describe("a rollout goes on", () => {
  it.each<[string, Partial<ClusterNode>]>([
    [
      "if a node refused the same before",
      { refused: [{ name: "stage/x", code: "X", path: "x", params: {}, message: "is bad" }] },
    ],
    ["if a few calls fail", { health: { calls: 10, serverErrors: 10, workerCrashes: 0 } }],
    ["if as many calls fail as elsewhere", { health: { calls: 100, serverErrors: 22, workerCrashes: 0 } }],
  ])("%s", async (_what, happens) => {
    addNodes(3);
    if (happens.refused) change(0, happens);
    const plane = await startPlane("A");
    await begin(plane, 2);
    change(1, { health: { calls: 100, serverErrors: 20, workerCrashes: 0 } });
    change(0, happens);
    await pass(plane);
    expect(record()?.state).toBe("done");
  });
});

describe("over two control planes", () => {
  it("one leads and the other follows, and takes over", async () => {
    addNodes(30);
    const [a, b] = [await startPlane("A"), await startPlane("B")];
    for (const plane of [b, a, b]) await begin(plane, 2);
    expect([staged(a), staged(b)]).toEqual([["n00"], ["n00"]]);
    await pass(a);
    await b.waves.step();
    expect(staged(b)).toEqual(["n00", "n01", "n02"]);
    (store.state.reports as Map<string, unknown>).delete("A");
    await b.waves.step();
    await pass(b);
    expect(record()?.state).toBe("done");
    await store.report({ plane: "A", nodes: {} });
    await a.waves.step();
    expect([stableVersion(a), stableVersion(b)]).toEqual([2, 2]);
  });

  it("one that takes over compares with what was before, not with what it finds", async () => {
    addNodes(3);
    const [a, b] = [await startPlane("A"), await startPlane("B")];
    await begin(a, 2);
    change(0, {
      appliedVersion: 2,
      refused: [{ name: "stage/x", code: "X", path: "x.y", params: {}, message: "is bad" }],
    });
    (store.state.reports as Map<string, unknown>).delete("A");
    await begin(b, 2);
    expect(record()).toMatchObject({ state: "stopped", reason: "n00 refused x.y: is bad" });
  });

  it("one that has not read the version yet gives nodes the stored one", async () => {
    addNodes(3);
    const [a, b] = [await startPlane("A"), await startPlane("B")];
    await begin(a, 2);
    await b.waves.step();
    expect(staged(b)).toEqual(["n00"]);
  });
});

describe("once a rollout was stopped", () => {
  const stop = async (plane: ModelPlane) => {
    await begin(plane, 2);
    change(0, { appliedVersion: 2, health: { calls: 0, serverErrors: 0, workerCrashes: 1 } });
    await plane.waves.step();
    change(0, { appliedVersion: 1 });
  };

  it("a change that is not delivered does not try it again", async () => {
    addNodes(3);
    const plane = await startPlane("A");
    await stop(plane);
    await begin(plane, 3, "v2");
    expect(record()).toMatchObject({ state: "stopped", version: 3 });
    expect([staged(plane), stableVersion(plane)]).toEqual(["none", 1]);
  });

  it("it goes out again if it is resumed, once", async () => {
    addNodes(3);
    const plane = await startPlane("A");
    const application = { nodeStore: store, isStaged: true };
    await expect(resumeRollout(application)).rejects.toThrow("no rollout is stopped");
    await stop(plane);
    change(0, { health: { calls: 0, serverErrors: 0, workerCrashes: 1 } });
    expect(await resumeRollout(application)).toEqual({ revision: 2n });
    await plane.waves.step();
    expect(record()).toMatchObject({ state: "rolling", version: 2, base: 1, members: ["n00"] });
    await pass(plane);
    expect([record()?.state, stableVersion(plane)]).toEqual(["done", 2]);
    await expect(resumeRollout({ nodeStore: store, isStaged: false })).rejects.toThrow(/all nodes at once/);
  });

  it("a change back to what nodes have needs no rollout", async () => {
    addNodes(3);
    const plane = await startPlane("A");
    await stop(plane);
    await begin(plane, 3, "v1");
    expect(record()).toMatchObject({ state: "stopped", version: 2 });
    expect(stableVersion(plane)).toBe(3);
  });
});

describe("a record of a control plane that did not store releases", () => {
  const old = { version: 1, base: 1, members: ["n00"], reason: "" } as unknown as RolloutRecord;

  it.each(["rolling", "done"] as const)("%s: the newest version goes to all nodes", async (state) => {
    addNodes(3);
    await store.writeRollout({ ...old, state }, 0);
    const plane = await startPlane("A");
    expect([record()?.state, stableVersion(plane)]).toEqual(["done", 1]);
  });

  it("stopped: nodes keep what they have until there is a newer one", async () => {
    addNodes(3);
    await store.writeRollout({ ...old, state: "stopped" }, 0);
    const plane = await startPlane("A");
    expect([record()?.state, plane.publisher.releases.of("n00", true)]).toEqual(["stopped", undefined]);
    await begin(plane, 2);
    expect([record()?.state, stableVersion(plane)]).toEqual(["done", 2]);
  });
});
