import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Node } from "@tollgate/proto/control";
import { tollgate } from "../../kit/cli.ts";
import { Cluster, type ClusterNode, stageUrl } from "../../kit/cluster.ts";
import { dayLasts } from "../../kit/day.ts";
import { startEtcd } from "../../kit/etcd.ts";
import { startKafka } from "../../kit/kafka.ts";
import { childrenOf } from "../../kit/process.ts";
import { mock, resourceOf } from "../../kit/rest-api.ts";
import { use } from "../../kit/use.ts";

const API = "planesapi1";
/** Until something that has to happen has happened: a busy machine may take long. */
const SOON = { timeout: 90_000, interval: 20 };

const etcd = use(startEtcd);
const kafka = use(startKafka);
const cluster = use(() =>
  Cluster.start({
    etcd: etcd.url,
    kafka: kafka.broker,
    nodes: 3,
    controlPlanes: 2,
    env: {
      TOLLGATE_NODE_LABELS: "zone=a",
      TOLLGATE_SECRETS_KEY: Buffer.alloc(32, 7).toString("base64"),
    },
  }),
);

const planes = () => [cluster, ...cluster.otherControlPlanes.map(({ clients }) => clients)];
const other = () => {
  const [plane] = cluster.otherControlPlanes;
  if (!plane) throw new Error("there is no other control plane");
  return plane;
};
const listed = async (at: { nodeService: Cluster["nodeService"] }): Promise<readonly Node[]> =>
  (await at.nodeService.listNodes({})).nodes;
const states = (nodes: readonly Node[]) =>
  Object.fromEntries(
    nodes.map(({ id, missingSinceTimeUnixMs: since }) => [id, since > 0 ? "missing" : "connected"]),
  );
const ALL_CONNECTED = { "node-0": "connected", "node-1": "connected", "node-2": "connected" };
const cliOf = (port: number) => ({ ...cluster.cliEnv, TOLLGATE_ENDPOINT: `127.0.0.1:${port}` });
const bothPorts = () => [cluster.grpcPort, other().grpcPort];

async function deployRoute(at: Pick<Cluster, "config" | "deployments">, name: string): Promise<bigint> {
  const { spec, ...named } = resourceOf(API, name, `/${name}`, { GET: mock(`"${name}"`) });
  await at.config.apply({ entities: [{ ...named, specJson: JSON.stringify(spec) }] });
  return (await at.deployments.createDeployment({ apiId: API, stageName: "prod" })).revision;
}

async function readiness(adminPort: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
  return response ? `${response.status} ${(await response.text()).trim()}` : "no response";
}

describe("every control plane", () => {
  it("lists the nodes of all, with what they say of themselves", async () => {
    await cluster.apply([{ kind: "RestApi", id: API, spec: { name: "planes" } }]);
    const revision = await deployRoute(cluster, "first");
    await cluster.waitApplied(revision);
    for (const plane of planes())
      await vi.waitFor(async () => {
        const nodes = await listed(plane);
        expect(states(nodes)).toEqual(ALL_CONNECTED);
        expect(nodes.map((node) => node.appliedRevision >= revision)).toEqual([true, true, true]);
        expect(nodes.map(({ pid }) => pid)).toEqual(cluster.nodes.map(({ part }) => part.child.pid));
        expect(nodes.every(({ labels }) => labels.zone === "a")).toBe(true);
        expect(new Set(nodes.map(({ controlPlane }) => controlPlane)).size).toBeLessThanOrEqual(2);
      }, SOON);
    for (const port of bothPorts()) {
      const { stdout } = await tollgate(["node"], cliOf(port));
      for (const { id } of cluster.nodes) expect(stdout).toMatch(new RegExp(`${id} +connected.*zone=a`));
    }
  });

  it("tells its nodes how many there are", async () => {
    for (const { id } of cluster.nodes)
      await vi.waitFor(
        () =>
          expect(readFileSync(join(cluster.home, "nodes", "data-plane", id, "known-nodes"), "utf8")).toBe(
            "3\n",
          ),
        SOON,
      );
  });

  it("waits for all nodes, and names one that is missing until it is back or forgotten", async () => {
    const [victim] = cluster.nodes;
    await victim?.part.kill("SIGKILL");
    const revision = await deployRoute(cluster, "missing");
    for (const plane of planes())
      await vi.waitFor(
        async () => expect(states(await listed(plane))).toEqual({ ...ALL_CONNECTED, "node-0": "missing" }),
        SOON,
      );
    for (const port of bothPorts()) {
      const { stdout, stderr, exitCode } = await tollgate(
        ["wait", String(revision), "--timeout", "1"],
        cliOf(port),
      );
      expect({ stdout, stderr, exitCode }).toMatchObject({
        exitCode: 4,
        stdout: expect.stringMatching(/node-0 +missing/) as string,
        stderr: expect.stringMatching(/node-0 on \S+ is missing since 20/) as string,
      });
    }
    const forgotten = await tollgate(["node", "forget", "node-0"], cliOf(other().grpcPort));
    expect(forgotten.exitCode).toBe(0);
    for (const plane of planes())
      await vi.waitFor(
        async () => expect(Object.keys(states(await listed(plane)))).toEqual(["node-1", "node-2"]),
        SOON,
      );
    await cluster.startNode("node-0");
    await cluster.waitApplied(revision);
    for (const plane of planes())
      await vi.waitFor(async () => expect(states(await listed(plane))).toEqual(ALL_CONNECTED), SOON);
  });

  it("does not miss a node that was stopped", async () => {
    const [node] = cluster.nodes;
    await node?.part.kill("SIGTERM");
    for (const plane of planes())
      await vi.waitFor(
        async () => expect(Object.keys(states(await listed(plane)))).toEqual(["node-1", "node-2"]),
        SOON,
      );
    await cluster.startNode("node-0");
  });
});

describe("a second process with the id of a node", () => {
  it("is not ready and says which process has the id, until that process has been killed", async () => {
    const [first] = cluster.nodes;
    const double = await cluster.startDouble("node-0");
    onTestFinished(() => double.kill("SIGKILL"));
    await vi.waitFor(
      async () =>
        expect(await readiness(double.adminPort)).toMatch(
          new RegExp(
            `^503 refused by the control plane: .*node-0 belongs to process ${first?.part.child.pid} on`,
          ),
        ),
      SOON,
    );
    expect(await readiness(first?.adminPort ?? 0)).toBe("200 ok");
    await first?.part.kill("SIGKILL");
    await vi.waitFor(async () => expect(await readiness(double.adminPort)).toBe("200 ok"), SOON);
    await double.kill("SIGTERM");
    await cluster.startNode("node-0");
  });

  it("takes the place of one whose connection is only half open, which is refused when it is back", async () => {
    const [first] = cluster.nodes;
    await first?.part.pause();
    const double = await cluster.startDouble("node-0");
    onTestFinished(() => double.kill("SIGKILL"));
    try {
      await vi.waitFor(async () => expect(await readiness(double.adminPort)).toBe("200 ok"), SOON);
    } finally {
      first?.part.resume();
    }
    await vi.waitFor(
      async () => expect(await readiness(first?.adminPort ?? 0)).toMatch(/^503 refused/),
      SOON,
    );
    await double.kill("SIGTERM");
    await vi.waitFor(async () => expect(await readiness(first?.adminPort ?? 0)).toBe("200 ok"), SOON);
  });
});

describe("when a control plane is killed under edits", () => {
  // How long they wait before is a matter of packages/config-stream/src/control-planes.spec.ts: 0.4 s at most.
  it("its nodes move to the other one, and no edit is lost", async () => {
    const plane = other();
    await vi.waitFor(async () => expect(states(await listed(plane.clients))).toEqual(ALL_CONNECTED), SOON);
    const stop = new AbortController();
    const written: string[] = [];
    let last = 0n;
    const editing = (async () => {
      for (let i = 0; !stop.signal.aborted; i++) {
        last = await deployRoute(plane.clients, `edit${i}`);
        written.push(`edit${i}`);
      }
    })();
    await vi.waitFor(() => expect(written.length).toBeGreaterThan(3), SOON);
    const planesOf = async () =>
      new Set((await listed(plane.clients)).map(({ controlPlane }) => controlPlane));
    await cluster.controlPlane.kill("SIGKILL");
    await vi.waitFor(async () => {
      expect((await planesOf()).size).toBe(1);
      expect(states(await listed(plane.clients))).toEqual(ALL_CONNECTED);
    }, SOON);
    const goal = written.length + 5;
    await vi.waitFor(() => expect(written.length).toBeGreaterThan(goal), SOON);
    stop.abort();
    await editing;
    const waited = await tollgate(["wait", String(last), "--min-nodes", "3"], cliOf(plane.grpcPort));
    expect(waited).toMatchObject({ exitCode: 0 });
    for (const node of cluster.nodes)
      for (const name of written) {
        const response = await fetch(`${stageUrl(node, API, "prod")}/${name}`);
        expect([name, response.status, await response.text()]).toEqual([name, 200, `"${name}"`]);
      }
    await cluster.startControlPlane();
    await vi.waitFor(async () => expect(states(await listed(cluster))).toEqual(ALL_CONNECTED), SOON);
  });
});

describe("config that crashes the workers of a node", () => {
  /** Crashes all workers of a node, as if one of their calls had met a fault in the engine. */
  async function crashWorkers(node: ClusterNode): Promise<void> {
    const before = childrenOf(node.part.child.pid);
    for (const pid of before) process.kill(pid, "SIGABRT");
    await vi.waitFor(async () => {
      const pids = childrenOf(node.part.child.pid);
      expect(pids.length).toBe(before.length);
      expect(pids.some((pid) => before.includes(pid))).toBe(false);
      expect(await statusOf(node, "first")).toBe(200);
    }, SOON);
  }
  const statusOf = async (node: ClusterNode, route: string) =>
    (await fetch(`${stageUrl(node, API, "prod")}/${route}`).catch(() => undefined))?.status;

  it("is left out by that node after the second crash, and reported, until it changes", async () => {
    const [, node, third] = cluster.nodes;
    if (!node || !third) throw new Error("there are too few nodes");
    const revision = await deployRoute(cluster, "crashing");
    await cluster.waitApplied(revision);
    await crashWorkers(node);
    expect(await statusOf(node, "crashing")).toBe(200);
    await crashWorkers(node);
    await vi.waitFor(async () => expect(await statusOf(node, "crashing")).toBe(403), SOON);
    expect(await statusOf(third, "crashing")).toBe(200);
    await vi.waitFor(async () => {
      const waited = await tollgate(["wait", String(revision), "--timeout", "2"], cliOf(other().grpcPort));
      expect(waited).toMatchObject({
        exitCode: 4,
        stdout: expect.stringMatching(/node-1 +refused/) as string,
        stderr: expect.stringMatching(
          /node-1: stage.*was left out, because the node crashed 2 times/,
        ) as string,
      });
    }, SOON);
    await cluster.waitApplied(await deployRoute(cluster, "fixed"));
    expect(await statusOf(node, "fixed")).toBe(200);
  });
});

describe("nodes without a Redis", () => {
  beforeAll(dayLasts);

  it("each admits its part of a burst and of a quota", async () => {
    const apiId = "dividedapi";
    const value = "value-of-the-key-of-divided-limits";
    const apiKeyRequired = true;
    await cluster.apply([
      { kind: "RestApi", id: apiId, spec: { name: "divided" } },
      resourceOf(apiId, "few", "/few", { GET: mock("ok") }),
      resourceOf(apiId, "keyed", "/keyed", { GET: { ...mock("ok"), apiKeyRequired } }),
    ]);
    const { deployment } = await cluster.deployments.createDeployment({ apiId });
    const methodSettings = { "few/GET": { throttlingRateLimit: 0.01, throttlingBurstLimit: 12 } };
    const apiStages = [{ apiId, stage: "live" }];
    const { revision } = await cluster.apply([
      { kind: "Stage", apiId, id: "live", spec: { deploymentId: deployment?.id, methodSettings } },
      {
        kind: "UsagePlan",
        id: "part",
        spec: { name: "part", apiStages, quota: { limit: 30, period: "DAY" } },
      },
      { kind: "ApiKey", id: "part", spec: { enabled: true, value, usagePlanIds: ["part"] } },
    ]);
    await cluster.waitApplied(revision);
    const admitted = async (node: ClusterNode, path: string, count: number): Promise<number> => {
      let served = 0;
      for (let i = 0; i < count; i++) {
        const { status } = await fetch(`${stageUrl(node, apiId, "live")}/${path}`, {
          headers: { "x-api-key": value },
        });
        if (status === 200) served++;
        else expect(status).toBe(429);
      }
      return served;
    };
    const all = (path: string, count: number) =>
      Promise.all(cluster.nodes.map((node) => admitted(node, path, count)));
    expect(await all("few", 10)).toEqual([4, 4, 4]);
    expect(await all("keyed", 15)).toEqual([10, 10, 10]);
  });
});
