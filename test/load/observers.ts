import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster, stageUrl } from "../kit/cluster.ts";
import { startKafka } from "../kit/kafka.ts";
import { startOtlpReceiver } from "../kit/otlp.ts";
import { childrenOf } from "../kit/process.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { cpuMs, median, round } from "./cpu.ts";
import type { LoadReport } from "./report.ts";
import { startAnswerer, wrk } from "./rivals.ts";

const API = "observed01";
const CONNECTIONS = 32;
const BODY = JSON.stringify({ order: "x".repeat(280) });
/** The access log of AWS's console, as JSON. */
const FORMAT = JSON.stringify({
  requestId: "$context.requestId",
  ip: "$context.identity.sourceIp",
  caller: "$context.identity.caller",
  user: "$context.identity.user",
  requestTime: "$context.requestTime",
  httpMethod: "$context.httpMethod",
  resourcePath: "$context.resourcePath",
  status: "$context.status",
  protocol: "$context.protocol",
  responseLength: "$context.responseLength",
});

/** What a stage is observed by. */
const STAGES: Readonly<Record<string, object>> = {
  off: {},
  observed: {
    tracingEnabled: true,
    accessLogSettings: {
      destinationArn: "arn:aws:logs:us-east-1:000000000000:log-group:/load/observed",
      format: FORMAT,
    },
    methodSettings: { "*/*": { metricsEnabled: true } },
  },
  traced: { methodSettings: { "*/*": { loggingLevel: "INFO", dataTraceEnabled: true } } },
};

async function configure(cluster: Cluster, upstream: string): Promise<void> {
  await cluster.apply([
    {
      kind: "Account",
      id: "account",
      spec: { cloudwatchRoleArn: "arn:aws:iam::000000000000:role/logs" },
    },
    { kind: "RestApi", id: API, spec: { name: "load" } },
    resourceOf(API, "bare", "/bare", { POST: proxy(`${upstream}/bare`) }),
  ]);
  const { deployment } = await cluster.deployments.createDeployment({ apiId: API });
  const { revision } = await cluster.apply(
    Object.entries(STAGES).map(([id, stage]) => ({
      kind: "Stage",
      apiId: API,
      id,
      spec: { deploymentId: deployment?.id, ...stage },
    })),
  );
  await cluster.waitApplied(revision);
}

/** observers measures what a call costs that leaves metrics of its method, a line and traces behind, or its whole execution log, against one that leaves its usage only: no node works without that. */
export async function observers({
  seconds,
  rounds,
}: {
  readonly seconds: number;
  readonly rounds: number;
}): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const [kafka, otlp] = await Promise.all([startKafka(), startOtlpReceiver()]);
  scope.use(kafka);
  scope.use(otlp);
  const folder = mkdtempSync(join(tmpdir(), "tollgate-wrk-"));
  scope.defer(() => rmSync(folder, { recursive: true }));
  const script = join(folder, "post.lua");
  const header = 'wrk.headers["Content-Type"] = "application/json"';
  writeFileSync(script, `wrk.method = "POST"\nwrk.body = [[${BODY}]]\n${header}\n`);
  const cluster = scope.use(
    await Cluster.start({
      kafka: kafka.broker,
      otlp: otlp.url,
      nodes: 1,
      workers: 1,
      env: { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.05" },
    }),
  );
  await configure(cluster, upstream.url);
  const [node] = cluster.nodes;
  if (!node) throw new Error("there is no node");
  const pid = node.part.child.pid as number;
  const workerPids = childrenOf(pid);
  const nodePids = [pid, ...workerPids];
  const figures = new Map<string, number[]>();
  const measure = async (stage: string, duration: number, isKept: boolean) => {
    const [workers, all] = [cpuMs(workerPids), cpuMs(nodePids)];
    const { calls, bad } = await wrk(`${stageUrl(node, API, stage)}/bare`, CONNECTIONS, duration, script);
    if (calls === 0 || bad > 0) throw new Error(`${stage}: ${calls} calls, ${bad} of them failed`);
    if (!isKept) return;
    for (const [what, us] of [
      [`${stage}_worker`, ((cpuMs(workerPids) - workers) * 1_000) / calls],
      [`${stage}_node`, ((cpuMs(nodePids) - all) * 1_000) / calls],
    ] as const)
      figures.set(what, [...(figures.get(what) ?? []), us]);
  };
  for (let turn = 0; turn <= rounds; turn++)
    for (const stage of Object.keys(STAGES)) await measure(stage, turn === 0 ? 2 : seconds, turn > 0);
  const all = (name: string) => figures.get(name) ?? [];
  const ratio = (name: string, part: string) =>
    round(median(all(`${name}_${part}`).map((us, i) => us / (all(`off_${part}`)[i] ?? Number.NaN))));
  return {
    figures: Object.fromEntries(
      [...figures].map(([name, us]) => [`${name}_us_per_call`, round(median(us), 1)]),
    ),
    ratios: {
      observed_vs_off: ratio("observed", "worker"),
      observed_vs_off_node: ratio("observed", "node"),
      traced_vs_off: ratio("traced", "worker"),
      traced_vs_off_node: ratio("traced", "node"),
    },
    goals: { observed_vs_off_node: 1.2, traced_vs_off_node: 2 },
  };
}
