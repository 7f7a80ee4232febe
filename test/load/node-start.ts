import { until } from "../kit/process.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";
import { round } from "./cpu.ts";
import { nodeBytes } from "./node-memory.ts";
import { startOneNode } from "./one-node.ts";
import type { MeasuredReport } from "./report.ts";

const API = "started001";
const MIB = 1024 * 1024;

/**
 * nodeStart measures from the start of a node, as images run it, to its first response, with so many stages in the snapshot on its disk. There is no
 * control plane then.
 */
export async function nodeStart({
  stages,
  rounds,
}: {
  readonly stages: number;
  readonly rounds: number;
}): Promise<MeasuredReport<"node-start">> {
  await using scope = new AsyncDisposableStack();
  const { cluster, url } = await startOneNode(scope, {
    isBundled: true,
    env: { TOLLGATE_SECRETS_KEY: Buffer.alloc(32, 7).toString("base64") },
  });
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "start" } },
    resourceOf(API, "r", "/r", { GET: mock("{}") }),
  ]);
  const { deployment } = await cluster.deployments.createDeployment({ apiId: API });
  const { revision } = await cluster.apply(
    Array.from({ length: stages }, (_, i) => ({
      kind: "Stage",
      apiId: API,
      id: `s${i}`,
      spec: { deploymentId: deployment?.id, variables: { n: String(i) } },
    })),
  );
  await cluster.waitApplied(revision);
  const last = `${url(API, `s${stages - 1}`)}/r`;
  const isServed = () =>
    fetch(last).then(
      async (response) => (await response.text()) === "{}" && response.status === 200,
      () => false,
    );
  await until("the last stage is served", isServed);
  await cluster.controlPlane.kill("SIGKILL");
  const seconds: number[] = [];
  const readySeconds: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await cluster.nodes[0]?.part.kill("SIGTERM");
    const startMs = performance.now();
    const ready = cluster.startNode("node-0").then(() => (performance.now() - startMs) / 1_000);
    await until("the last stage is served by the node that was started again", isServed);
    seconds.push((performance.now() - startMs) / 1_000);
    readySeconds.push(await ready);
  }
  return {
    figures: {
      stages,
      ready_s: round(Math.max(...readySeconds)),
      node_mib: round(nodeBytes(cluster) / MIB, 0),
    },
    ratios: {},
    measured: { first_response_s: seconds },
  };
}
