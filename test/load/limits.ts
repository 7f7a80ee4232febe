import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster, stageUrl } from "../kit/cluster.ts";
import { functionUri, startFunctions } from "../kit/functions.ts";
import { startKafka } from "../kit/kafka.ts";
import { childrenOf } from "../kit/process.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { signed } from "../kit/signed.ts";
import { signerOf, userOf } from "../kit/user.ts";
import { cpuMs, median, round } from "./cpu.ts";
import type { LoadReport } from "./report.ts";
import { startNginx, wrk } from "./rivals.ts";

const API = "limload001";
const CONNECTIONS = 32;
const VALUE = "the-key-of-the-load-scenario";
const SIGNER = signerOf("load");
const MANY = { rateLimit: 1_000_000, burstLimit: 1_000_000 };

/** What is asked of each path's callers, besides the same HTTP_PROXY. */
const METHODS: Readonly<Record<string, object>> = {
  bare: {},
  throttled: {},
  cached: {},
  keyed: { apiKeyRequired: true },
  token: { authorizationType: "CUSTOM", authorizerId: "auth" },
  signed: { authorizationType: "AWS_IAM" },
};

async function configure(cluster: Cluster, upstream: string, functionsUrl: string): Promise<void> {
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "load" } },
    { kind: "ServiceEndpoint", id: "lambda.us-east-1", spec: { url: functionsUrl } },
    {
      kind: "Authorizer",
      apiId: API,
      id: "auth",
      spec: {
        type: "TOKEN",
        name: "auth",
        authorizerUri: functionUri("authorizer"),
      },
    },
    userOf("load", SIGNER, [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" }]),
    ...Object.entries(METHODS).map(([path, method]) =>
      resourceOf(API, path, `/${path}`, { GET: { ...method, ...proxy(`${upstream}/`) } }),
    ),
  ]);
  const { deployment } = await cluster.deployments.createDeployment({ apiId: API });
  const { revision } = await cluster.apply([
    {
      kind: "Stage",
      apiId: API,
      id: "prod",
      spec: {
        deploymentId: deployment?.id,
        cacheClusterEnabled: true,
        methodSettings: {
          "throttled/GET": { throttlingRateLimit: MANY.rateLimit, throttlingBurstLimit: MANY.burstLimit },
          "cached/GET": { cachingEnabled: true },
        },
      },
    },
    {
      kind: "UsagePlan",
      id: "load",
      spec: {
        name: "load",
        apiStages: [{ apiId: API, stage: "prod" }],
        throttle: MANY,
        quota: { limit: 1_000_000_000, period: "DAY" },
      },
    },
    { kind: "ApiKey", id: "load", spec: { enabled: true, value: VALUE, usagePlanIds: ["load"] } },
  ]);
  await cluster.waitApplied(revision);
}

/** limits measures what authorization, keys, throttles and the cache cost a call, against the same call without them. */
export async function limits({
  seconds,
  rounds,
}: {
  readonly seconds: number;
  readonly rounds: number;
}): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startNginx(`location / { return 200 '${"x".repeat(300)}'; }`));
  const functions = scope.use(await startFunctions("authorizer"));
  const kafka = scope.use(await startKafka());
  const cluster = scope.use(await Cluster.start({ kafka: kafka.broker, nodes: 1, workers: 1 }));
  await configure(cluster, upstream.url, functions.url);
  const [node] = cluster.nodes;
  if (!node) throw new Error("there is no node");
  const url = stageUrl(node, API, "prod");
  const supervisor = node.part.child.pid as number;
  const pids = [supervisor, ...childrenOf(supervisor)];
  const folder = mkdtempSync(join(tmpdir(), "tollgate-wrk-"));
  scope.defer(() => rmSync(folder, { recursive: true }));
  const scriptOf = (path: string): string => {
    const own = signed(SIGNER, new URL(`${url}/${path}`).pathname).headers as string[];
    const headers =
      { keyed: ["x-api-key", VALUE], token: ["Authorization", "allow"], signed: own }[path] ?? [];
    const lines = headers.flatMap((name, i) =>
      i % 2 === 0 ? [`wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(headers[i + 1])}`] : [],
    );
    const file = join(folder, `${path}.lua`);
    writeFileSync(file, `${lines.join("\n")}\n`);
    return file;
  };
  const measure = async (path: string, duration: number) => {
    const before = cpuMs(pids);
    const { calls, bad } = await wrk(`${url}/${path}`, CONNECTIONS, duration, scriptOf(path));
    if (calls === 0 || bad > 0) throw new Error(`${path}: ${calls} calls, ${bad} of them failed`);
    return ((cpuMs(pids) - before) * 1000) / calls;
  };
  const paths = Object.keys(METHODS);
  const figures = new Map<string, number[]>(paths.map((path) => [path, []]));
  for (let i = 0; i <= rounds; i++)
    for (const path of paths) {
      const us = await measure(path, i === 0 ? 2 : seconds);
      if (i > 0) figures.get(path)?.push(us);
    }
  const all = (path: string) => figures.get(path) as number[];
  const ratios = Object.fromEntries(
    paths
      .filter((path) => path !== "bare")
      .flatMap((path) => {
        const ofRounds = all(path).map((us, i) => us / (all("bare")[i] as number));
        return [
          [`${path}_vs_bare`, round(median(ofRounds))],
          [`${path}_least`, round(Math.min(...ofRounds))],
          [`${path}_most`, round(Math.max(...ofRounds))],
        ];
      }),
  );
  return {
    figures: Object.fromEntries(paths.map((path) => [`${path}_us_per_call`, round(median(all(path)), 1)])),
    ratios,
    goals: { keyed_vs_bare: 1.15, cached_vs_bare: 0.45, token_vs_bare: 1.1 },
  };
}
