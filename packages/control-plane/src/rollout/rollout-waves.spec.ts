import { beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { openEmbeddedNodeStore } from "../node/embedded-node-store.ts";
import type { ClusterNode } from "../node/node-directory.ts";
import type { NodeStore } from "../node/node-store.ts";
import { RolloutWaves } from "./rollout-waves.ts";

const BAKE_MS = 1_000;
const ALL = "all";

/** What a control plane lets its nodes have. */
class FakePublisher {
  version = 1;
  stableVersion = 0;
  staged: readonly string[] | typeof ALL = ALL;

  get isBehind(): boolean {
    return this.version > this.stableVersion;
  }
  stage(members: ReadonlySet<string>): void {
    this.staged = [...members];
  }
  finish(version: number): void {
    if (this.staged !== ALL || this.stableVersion < Math.max(version, 1)) this.stableVersion = this.version;
    this.staged = ALL;
  }
  withdraw(): void {
    this.staged = ALL;
  }
}

let store: NodeStore;
let nowMs = 0;
let nodes: ClusterNode[];
beforeEach(() => {
  store = openEmbeddedNodeStore({ file: ":memory:" });
  nowMs = 0;
  nodes = [];
});

const addNodes = (count: number) => {
  nodes = Array.from({ length: count }, (_, i) => ({
    nodeId: `n${String(i).padStart(2, "0")}`,
    bootId: "b",
    host: "h",
    pid: 1,
    labels: {},
    softwareVersion: "1",
    workerCount: 1,
    plane: "A",
    connectUnixMs: 0,
    lastSeenUnixMs: 0,
    publishedVersion: 1,
    appliedVersion: 1,
    refused: [],
    health: { calls: 0, serverErrors: 0, workerCrashes: 0 },
    missingSinceUnixMs: undefined,
  }));
};
const change = (index: number, more: Partial<ClusterNode>) => {
  nodes = nodes.map((node, i) => (i === index ? { ...node, ...more } : node));
};

async function startPlane(plane: string) {
  const publisher = new FakePublisher();
  const waves = new RolloutWaves({
    store,
    publisher,
    nodes: { all: () => nodes },
    plane,
    bakeMs: BAKE_MS,
    errorRateMax: 0.05,
    logger: createLogger("spec", "silent"),
    nowMs: () => nowMs,
  });
  await store.report({ plane, nodes: {} });
  await waves.step();
  return { publisher, waves };
}
type Plane = Awaited<ReturnType<typeof startPlane>>;
const record = () => store.state.rollout?.record;

/** Publishes a version, and lets the first wave have it. */
async function begin({ publisher, waves }: Plane, version: number): Promise<void> {
  publisher.version = version;
  await waves.step();
}
/** The nodes of the wave apply the version, and nothing happens for long enough. */
async function pass({ waves }: Plane): Promise<void> {
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
    expect([plane.publisher.staged, record()]).toEqual([ALL, undefined]);
    await begin(plane, 2);
    expect(record()).toMatchObject({ state: "rolling", version: 2, base: 1, members: ["n00"] });
    expect(plane.publisher.staged).toEqual(["n00"]);
    await pass(plane);
    expect(plane.publisher.staged).toEqual(["n00", "n01", "n02"]);
    await pass(plane);
    expect([plane.publisher.staged, record()?.state]).toEqual([ALL, "done"]);
    expect(plane.publisher.stableVersion).toBe(2);
  });

  it("to one node and then to the rest, if there are ten or fewer", async () => {
    addNodes(3);
    const plane = await startPlane("A");
    await begin(plane, 2);
    await pass(plane);
    expect([plane.publisher.staged, record()?.state]).toEqual([ALL, "done"]);
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
    expect([record()?.state, plane.publisher.stableVersion]).toEqual(["done", 2]);
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
    ["if a node is missing", { missingSinceUnixMs: 5 }, /n00 is missing/],
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
    expect([plane.publisher.staged, plane.publisher.stableVersion]).toEqual([ALL, 1]);
    nowMs += 10 * BAKE_MS;
    await plane.waves.step();
    expect(record()?.state).toBe("stopped");
    change(0, { refused: [], missingSinceUnixMs: undefined });
    await begin(plane, 3);
    expect(record()).toMatchObject({ state: "rolling", version: 3, members: ["n00"] });
  });

  it("if a node does not apply it in time", async () => {
    addNodes(3);
    const plane = await startPlane("A");
    await begin(plane, 2);
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
    expect([a.publisher.staged, b.publisher.staged]).toEqual([["n00"], ["n00"]]);
    await pass(a);
    await b.waves.step();
    expect(b.publisher.staged).toEqual(["n00", "n01", "n02"]);
    (store.state.reports as Map<string, unknown>).delete("A");
    await b.waves.step();
    await pass(b);
    expect(record()?.state).toBe("done");
    await store.report({ plane: "A", nodes: {} });
    await a.waves.step();
    expect([a.publisher.stableVersion, b.publisher.stableVersion]).toEqual([2, 2]);
  });

  it("one that has not read the version yet waits", async () => {
    addNodes(3);
    const [a, b] = [await startPlane("A"), await startPlane("B")];
    await begin(a, 2);
    await b.waves.step();
    expect(b.publisher.staged).toBe(ALL);
  });
});
