import { httpApiSpec, toUrl } from "../kit/http-api.ts";
import { startOtlpReceiver } from "../kit/otlp.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { median, round } from "./cpu.ts";
import { cpuOfCalls } from "./cpu-of-calls.ts";
import { type OneNode, startOneNode } from "./one-node.ts";
import type { MeasuredReport } from "./report.ts";
import { type Proxy, startAnswerer, startCaddyProxy, startHaproxy, startNginxProxy } from "./rivals.ts";
import { inTurns, type Turns, type Way } from "./turns.ts";

const API = "callpath01";
const HTTP_API = "callpath02";

/** A node with all observers on: usage to Kafka, metrics, traces of 5 % of the calls. */
async function startObserved(scope: AsyncDisposableStack, upstream: string): Promise<OneNode> {
  const otlp = scope.use(await startOtlpReceiver());
  const tollgate = await startOneNode(scope, { otlp: otlp.url, env: { OTEL_TRACES_SAMPLER_ARG: "0.05" } });
  const { cluster } = tollgate;
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "load" } },
    resourceOf(API, "bare01", "/bare", { GET: proxy(`${upstream}/bare`) }),
    {
      kind: "Api",
      id: HTTP_API,
      spec: httpApiSpec({ routes: { "GET /bare": { integration: toUrl(`${upstream}/bare`) } } }),
    },
    { kind: "ApiStage", apiId: HTTP_API, id: "prod", spec: { autoDeploy: true } },
  ]);
  await cluster.deploy(API, "prod");
  const stage = await cluster.config.get({ kind: "Stage", apiId: API, id: "prod" });
  const spec = { ...(JSON.parse(stage.entity?.specJson ?? "{}") as object), tracingEnabled: true };
  const { revision } = await cluster.apply([{ kind: "Stage", apiId: API, id: "prod", spec }]);
  await cluster.waitApplied(revision);
  return tollgate;
}

/** callPath compares the CPU time that a bare HTTP_PROXY call costs with that of other proxies, measured in turns of one run. */
export async function callPath(turns: Turns): Promise<MeasuredReport<"call-path">> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const rivals: Readonly<Record<string, Proxy>> = {
    nginx: scope.use(await startNginxProxy(upstream.url)),
    haproxy: scope.use(await startHaproxy(upstream.url)),
    caddy: scope.use(await startCaddyProxy(upstream.url)),
  };
  const { pids, workerPids, url } = await startObserved(scope, upstream.url);
  const wayOf = (name: string, { url, pids }: Proxy): readonly [string, Way] => [
    name,
    (seconds) => cpuOfCalls({ [name]: pids }, { url: `${url}/bare` }, seconds),
  ];
  const rounds = await inTurns(
    {
      ...Object.fromEntries(Object.entries(rivals).map(([name, rival]) => wayOf(name, rival))),
      rest: (seconds) =>
        cpuOfCalls({ node: pids, worker: workerPids }, { url: `${url(API, "prod")}/bare` }, seconds),
      http: (seconds) =>
        cpuOfCalls({ http_api: workerPids }, { url: `${url(HTTP_API, "prod")}/bare` }, seconds),
    },
    turns,
  );
  const ratio = (of: string, to: string) => round(median(rounds.ratio(of, to)));
  return {
    figures: rounds.medians("us_per_call"),
    ratios: {
      vs_nginx: ratio("worker", "nginx"),
      vs_haproxy: ratio("worker", "haproxy"),
      vs_caddy: ratio("worker", "caddy"),
      node_vs_haproxy: ratio("node", "haproxy"),
    },
    measured: {
      node_vs_nginx: rounds.ratio("node", "nginx"),
      node_vs_caddy: rounds.ratio("node", "caddy"),
      http_api_vs_rest_api: rounds.ratio("http_api", "worker"),
    },
    programs: Object.fromEntries(Object.entries(rivals).map(([name, { version }]) => [name, version])),
  };
}
