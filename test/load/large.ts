import { Cluster, stageUrl } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { startKafka } from "../kit/kafka.ts";
import { resourceOf } from "../kit/rest-api.ts";
import { round } from "./cpu.ts";
import type { LoadReport } from "./report.ts";

const method = {
  integration: {
    type: "MOCK",
    requestTemplates: { "application/json": '{"statusCode": 200}' },
    integrationResponses: { "200": {} },
  },
};

/** large applies and delivers an API of many methods, then many stages. */
export async function large({
  methods,
  stages,
}: {
  readonly methods: number;
  readonly stages: number;
}): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const etcd = scope.use(await startEtcd());
  const kafka = scope.use(await startKafka());
  const cluster = scope.use(
    await Cluster.start({ etcd: etcd.url, kafka: kafka.broker, nodes: 1, workers: 1 }),
  );
  const [node] = cluster.nodes;
  if (!node) throw new Error("there is no node");
  const api = "largeapi01";
  const startMs = performance.now();
  await cluster.apply([
    { kind: "RestApi", id: api, spec: { name: "large" } },
    ...Array.from({ length: methods }, (_, i) =>
      resourceOf(api, `r${i}`, `/group${i % 70}/r${i}`, { GET: method }),
    ),
  ]);
  const appliedMs = performance.now();
  await cluster.waitApplied(await cluster.deploy(api, "prod"));
  const servedMs = performance.now();
  const answer = await fetch(`${stageUrl(node, api, "prod")}/group${(methods - 1) % 70}/r${methods - 1}`);
  if (answer.status !== 200) throw new Error(`the last of ${methods} methods was answered ${answer.status}`);
  const small = "smallapi01";
  await cluster.apply([
    { kind: "RestApi", id: small, spec: { name: "small" } },
    resourceOf(small, "r", "/r", { GET: method }),
  ]);
  const { deployment } = await cluster.deployments.createDeployment({ apiId: small });
  const stagesMs = performance.now();
  const { revision } = await cluster.apply(
    Array.from({ length: stages }, (_, i) => ({
      kind: "Stage",
      apiId: small,
      id: `s${i}`,
      spec: { deploymentId: deployment?.id, variables: { n: String(i) } },
    })),
  );
  await cluster.waitApplied(revision);
  const endMs = performance.now();
  const last = await fetch(`${stageUrl(node, small, `s${stages - 1}`)}/r`);
  if (last.status !== 200) throw new Error(`the last of ${stages} stages was answered ${last.status}`);
  return {
    figures: {
      methods,
      stages,
      apply_ms: round(appliedMs - startMs, 0),
      deploy_to_live_ms: round(servedMs - appliedMs, 0),
      stages_to_live_ms: round(endMs - stagesMs, 0),
    },
    ratios: {},
  };
}
