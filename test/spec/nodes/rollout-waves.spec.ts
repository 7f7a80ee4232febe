import { expect, it, vi } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { Cluster, type ClusterNode, stageUrl } from "../../kit/cluster.ts";
import { startEtcd } from "../../kit/etcd.ts";
import { startKafka } from "../../kit/kafka.ts";
import { childrenOf, until } from "../../kit/process.ts";
import { mock, resourceOf } from "../../kit/rest-api.ts";
import { use } from "../../kit/use.ts";

const API = "wavesapi01";
const soon = { timeout: 90_000, interval: 50 };

const etcd = use(startEtcd);
const kafka = use(startKafka);
const cluster = use(() => Cluster.start({ etcd: etcd.url, kafka: kafka.broker, nodes: 3, controlPlanes: 2 }));
/** A wave ends when a test says so, whatever the machine does meanwhile: by control planes that watch it for a shorter time. */
const watchWaves = (seconds: number) =>
  cluster.restartControlPlanes({
    TOLLGATE_ROLLOUT: "waves",
    TOLLGATE_ROLLOUT_BAKE_SECONDS: String(seconds),
  });

const statusOf = async (node: ClusterNode, route: string) =>
  (await fetch(`${stageUrl(node, API, "prod")}/${route}`).catch(() => undefined))?.status;
const served = (route: string) => Promise.all(cluster.nodes.map((node) => statusOf(node, route)));

async function deployRoute(name: string): Promise<bigint> {
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "waves" } },
    resourceOf(API, name, `/${name}`, { GET: mock(`"${name}"`) }),
  ]);
  return cluster.deploy(API, "prod");
}

it("a version is on one node first, and is taken back if it crashes that; the next one goes out, to all at last", async () => {
  await cluster.waitApplied(await deployRoute("first"));
  await watchWaves(3_600);
  // The first wave is the first node of those that are connected.
  await vi.waitFor(async () => {
    const { nodes, rollout: before } = await cluster.nodeService.listNodes({});
    expect(nodes.map(({ missingSinceTimeUnixMs: since }) => since)).toEqual([0n, 0n, 0n]);
    expect(before).toMatchObject({ state: "done" });
  }, soon);

  const revision = await deployRoute("crashing");
  await vi.waitFor(async () => expect(await served("crashing")).toEqual([200, 403, 403]), soon);
  await until("the CLI says so", async () => {
    const { stderr } = await tollgate(["node"], cluster.cliEnv);
    return /revision \d+ is on node-0; the other nodes have revision \d+/.test(stderr);
  });
  const [first] = cluster.nodes;
  process.kill(Number(childrenOf(first?.part.child.pid)[0]), "SIGABRT");
  const waited = await tollgate(["wait", String(revision)], cluster.cliEnv);
  expect(waited).toMatchObject({
    exitCode: 4,
    stderr: expect.stringMatching(
      /the rollout of revision \d+ was stopped: 1 worker of node-0 crashed/,
    ) as string,
  });
  await vi.waitFor(async () => expect(await served("crashing")).toEqual([403, 403, 403]), soon);
  expect(await served("first")).toEqual([200, 200, 200]);
  expect((await cluster.nodeService.listNodes({})).rollout).toMatchObject({ state: "stopped" });

  await cluster.config.delete({ kind: "Resource", apiId: API, id: "crashing" });
  const repaired = await deployRoute("repaired");
  await vi.waitFor(async () => expect(await served("repaired")).toEqual([200, 403, 403]), soon);
  await watchWaves(1);
  expect(await tollgate(["wait", String(repaired)], cluster.cliEnv)).toMatchObject({ exitCode: 0 });
  expect([await served("repaired"), await served("crashing")]).toEqual([
    [200, 200, 200],
    [403, 403, 403],
  ]);
});
