import { Cluster, stageUrl } from "../kit/cluster.ts";
import { startKafka } from "../kit/kafka.ts";
import { startOtlpReceiver } from "../kit/otlp.ts";
import { childrenOf } from "../kit/process.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { cpuMs, median, round } from "./cpu.ts";
import type { LoadReport } from "./report.ts";
import { type Proxy, startAnswerer, startCaddyProxy, startNginxProxy, wrk } from "./rivals.ts";

const API = "callpath01";
const HTTP_API = "callpath02";
const CONNECTIONS = 32;

/** startTollgate is one node with one worker, all observers on: usage to Kafka, metrics, traces of 5 % of the calls. */
async function startTollgate(
  scope: AsyncDisposableStack,
  upstream: string,
): Promise<{ node: Proxy; worker: Proxy; httpApi: Proxy }> {
  const kafka = scope.use(await startKafka());
  const otlp = scope.use(await startOtlpReceiver());
  const cluster = scope.use(
    await Cluster.start({
      kafka: kafka.broker,
      otlp: otlp.url,
      nodes: 1,
      workers: 1,
      env: { OTEL_TRACES_SAMPLER_ARG: "0.05" },
    }),
  );
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "load" } },
    resourceOf(API, "bare01", "/bare", { GET: proxy(`${upstream}/bare`) }),
  ]);
  await cluster.apply([
    {
      kind: "Api",
      id: HTTP_API,
      spec: {
        protocolType: "HTTP",
        name: "load",
        integrations: { bare: { integrationType: "HTTP_PROXY", integrationUri: `${upstream}/bare` } },
        routes: { bare: { routeKey: "GET /bare", target: "integrations/bare" } },
      },
    },
    { kind: "ApiStage", apiId: HTTP_API, id: "prod", spec: { autoDeploy: true } },
  ]);
  await cluster.deploy(API, "prod");
  const stage = await cluster.config.get({ kind: "Stage", apiId: API, id: "prod" });
  const spec = { ...(JSON.parse(stage.entity?.specJson ?? "{}") as object), tracingEnabled: true };
  const { revision } = await cluster.apply([{ kind: "Stage", apiId: API, id: "prod", spec }]);
  await cluster.waitApplied(revision);
  const [node] = cluster.nodes;
  if (!node) throw new Error("there is no node");
  const url = `${stageUrl(node, API, "prod")}/bare`;
  const pid = node.part.child.pid as number;
  const dispose = { [Symbol.asyncDispose]: async () => undefined };
  return {
    node: { url, pids: () => [pid, ...childrenOf(pid)], ...dispose },
    worker: { url, pids: () => childrenOf(pid), ...dispose },
    httpApi: { url: `${stageUrl(node, HTTP_API, "prod")}/bare`, pids: () => childrenOf(pid), ...dispose },
  };
}

async function microsecondsPerCall(
  proxies: Readonly<Record<string, Proxy>>,
  url: string,
  seconds: number,
): Promise<Record<string, number>> {
  const before = Object.fromEntries(
    Object.entries(proxies).map(([name, proxy]) => [name, cpuMs(proxy.pids())]),
  );
  const { calls, bad } = await wrk(url, CONNECTIONS, seconds);
  if (calls === 0 || bad > 0) throw new Error(`${url}: ${calls} calls, ${bad} of them failed`);
  return Object.fromEntries(
    Object.entries(proxies).map(([name, proxy]) => [
      name,
      ((cpuMs(proxy.pids()) - (before[name] ?? 0)) * 1000) / calls,
    ]),
  );
}

/** callPath compares the CPU time that a bare HTTP_PROXY call costs with nginx's and Caddy's, measured in turns of one run. */
export async function callPath({
  seconds,
  rounds,
}: {
  readonly seconds: number;
  readonly rounds: number;
}): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const nginx = scope.use(await startNginxProxy(upstream.url));
  const caddy = scope.use(await startCaddyProxy(upstream.url));
  const { node, worker, httpApi } = await startTollgate(scope, upstream.url);
  const figures: Record<string, number[]> = { nginx: [], caddy: [], node: [], worker: [], http_api: [] };
  const turn = async (proxies: Readonly<Record<string, Proxy>>, url: string, keep: boolean) => {
    const measured = await microsecondsPerCall(proxies, url, keep ? seconds : 1);
    if (keep) for (const [name, value] of Object.entries(measured)) figures[name]?.push(value);
  };
  for (let i = 0; i <= rounds; i++) {
    await turn({ nginx }, `${nginx.url}/bare`, i > 0);
    await turn({ caddy }, `${caddy.url}/bare`, i > 0);
    await turn({ node, worker }, node.url, i > 0);
    await turn({ http_api: httpApi }, httpApi.url, i > 0);
  }
  const us = Object.fromEntries(
    Object.entries(figures).map(([name, values]) => [`${name}_us_per_call`, round(median(values), 1)]),
  );
  const of = (a: string, b: string) =>
    round(median((figures[a] ?? []).map((value, i) => value / (figures[b]?.[i] ?? Number.NaN))));
  return {
    figures: us,
    ratios: {
      vs_nginx: of("worker", "nginx"),
      vs_caddy: of("worker", "caddy"),
      node_vs_nginx: of("node", "nginx"),
      node_vs_caddy: of("node", "caddy"),
      http_api_vs_rest_api: of("http_api", "worker"),
    },
  };
}
