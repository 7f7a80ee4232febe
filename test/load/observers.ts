import type { Cluster } from "../kit/cluster.ts";
import { startOtlpReceiver } from "../kit/otlp.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { median, round } from "./cpu.ts";
import { cpuOfCalls } from "./cpu-of-calls.ts";
import { startOneNode } from "./one-node.ts";
import type { MeasuredReport } from "./report.ts";
import { startAnswerer } from "./rivals.ts";
import { inTurns, type Turns, type Way } from "./turns.ts";
import { requestLines, wrkScripts } from "./wrk-script.ts";

const API = "observed01";
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
export async function observers(turns: Turns): Promise<MeasuredReport<"observers">> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const otlp = scope.use(await startOtlpReceiver());
  const script = wrkScripts(scope)(
    requestLines({ method: "POST", headers: ["Content-Type", "application/json"], body: BODY }),
  );
  const { cluster, pids, workerPids, url } = await startOneNode(scope, {
    otlp: otlp.url,
    env: { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.05" },
  });
  await configure(cluster, upstream.url);
  const ways = Object.keys(STAGES).map((stage): readonly [string, Way] => [
    stage,
    (seconds) =>
      cpuOfCalls(
        { [`${stage}_worker`]: workerPids, [`${stage}_node`]: pids },
        { url: `${url(API, stage)}/bare`, script },
        seconds,
      ),
  ]);
  const rounds = await inTurns(Object.fromEntries(ways), turns);
  const worker = (name: string) => round(median(rounds.ratio(`${name}_worker`, "off_worker")));
  return {
    figures: rounds.medians("us_per_call"),
    ratios: { observed_vs_off: worker("observed"), traced_vs_off: worker("traced") },
    measured: {
      observed_vs_off_node: rounds.ratio("observed_node", "off_node"),
      traced_vs_off_node: rounds.ratio("traced_node", "off_node"),
    },
  };
}
