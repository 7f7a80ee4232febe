import { expect, it, vi } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { Cluster, type ClusterNode, stageUrl } from "../../kit/cluster.ts";
import { startEtcd } from "../../kit/etcd.ts";
import { startKafka } from "../../kit/kafka.ts";
import { childrenOf, until } from "../../kit/process.ts";
import { mock, resourceOf } from "../../kit/rest-api.ts";
import { use } from "../../kit/use.ts";

const API = "wavesapi01";
const soon = { timeout: 30_000, interval: 50 };

const etcd = use(startEtcd);
const kafka = use(startKafka);
const cluster = use(() =>
  Cluster.start({
    etcd: etcd.url,
    kafka: kafka.broker,
    nodes: 3,
    controlPlanes: 2,
    env: { TOLLGATE_ROLLOUT: "waves", TOLLGATE_ROLLOUT_BAKE_SECONDS: "4" },
  }),
);

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
const rollout = async () => (await cluster.nodeService.listNodes({})).rollout;

it("a version is on one node first, then on all", async () => {
  const revision = await deployRoute("first");
  // At the same time: the first node has the version to itself for seconds only.
  await Promise.all([
    vi.waitFor(async () => expect(await served("first")).toEqual([200, 403, 403]), soon),
    until("the CLI says so", async () => {
      const { stderr } = await tollgate(["node"], cluster.cliEnv);
      return /revision \d+ is on node-0; the other nodes have revision \d+/.test(stderr);
    }),
  ]);
  const waited = await tollgate(["wait", String(revision)], cluster.cliEnv);
  expect(waited).toMatchObject({ exitCode: 0 });
  expect(await served("first")).toEqual([200, 200, 200]);
});

it("a version that crashes the first node is taken back, and the next one goes out", async () => {
  const revision = await deployRoute("crashing");
  await vi.waitFor(async () => expect(await served("crashing")).toEqual([200, 403, 403]), soon);
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
  expect(await rollout()).toMatchObject({ state: "stopped" });
  await cluster.config.delete({ kind: "Resource", apiId: API, id: "crashing" });
  await cluster.waitApplied(await deployRoute("repaired"));
  expect([await served("repaired"), await served("crashing")]).toEqual([
    [200, 200, 200],
    [403, 403, 403],
  ]);
});
