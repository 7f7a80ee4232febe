import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { Cluster, stageUrl } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { startKafka } from "../kit/kafka.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";
import { percentile, round } from "./cpu.ts";
import type { MeasuredReport } from "./report.ts";

const ROUTES_OF_AN_API = 100;
const NODES = 3;
/** The first edits of a process are slower than all that follow. */
const WARM_UP_S = 2;
const PROBE_PAUSE_MS = 5;
const PROBE_MAX_MS = 20_000;

const apiOf = (i: number): string => `edited${String(i).padStart(4, "0")}`;
const route = (api: number, i: number, text: string) =>
  resourceOf(apiOf(api), `r${i}`, `/r${i}`, { GET: mock(text) });

/** Makes the APIs, each with a stage that is deployed with every change. */
async function configure(cluster: Cluster, apis: number): Promise<void> {
  let revision = 0n;
  for (let api = 0; api < apis; api++) {
    await cluster.apply([
      { kind: "RestApi", id: apiOf(api), spec: { name: "edited" } },
      ...Array.from({ length: ROUTES_OF_AN_API }, (_, i) => route(api, i, "first")),
    ]);
    const { deployment } = await cluster.deployments.createDeployment({ apiId: apiOf(api) });
    const spec = { deploymentId: deployment?.id, autoDeploy: true };
    const applied = await cluster.apply([{ kind: "Stage", apiId: apiOf(api), id: "live", spec }]);
    revision = BigInt(applied.revision);
  }
  await cluster.waitApplied(revision);
}

/** Calls a path of a node until it responds with a text, and returns when it did. */
async function served(pool: Pool, path: string, text: string): Promise<number> {
  const deadlineMs = performance.now() + PROBE_MAX_MS;
  for (;;) {
    const { statusCode, body } = await pool.request({ path, method: "GET" });
    if (statusCode === 200 && (await body.text()) === text) return performance.now();
    if (performance.now() > deadlineMs) throw new Error(`${path} is not served`);
    await delay(PROBE_PAUSE_MS);
  }
}

/**
 * editRate changes routes of many APIs, so many a second whether or not those before are served, and measures from the response to each change to its first right
 * response of every node.
 */
export async function editRate({
  routes,
  perSecond,
  seconds,
}: {
  readonly routes: number;
  readonly perSecond: number;
  readonly seconds: number;
}): Promise<MeasuredReport<"edit-rate">> {
  await using scope = new AsyncDisposableStack();
  const etcd = scope.use(await startEtcd());
  const kafka = scope.use(await startKafka());
  const servers = { etcd: etcd.url, kafka: kafka.broker };
  const cluster = scope.use(await Cluster.start({ ...servers, nodes: NODES, workers: 1 }));
  const apis = routes / ROUTES_OF_AN_API;
  await configure(cluster, apis);
  const pools = cluster.nodes.map((node) => {
    const pool = new Pool(`http://127.0.0.1:${node.httpPort}`, { connections: 8 });
    scope.defer(() => pool.close());
    return { pool, prefix: (api: number) => new URL(stageUrl(node, apiOf(api), "live")).pathname };
  });
  const writeMs: number[] = [];
  const servedMs: number[] = [];
  const edit = async (number: number): Promise<void> => {
    const [api, i, text] = [number % apis, Math.floor(number / apis) % ROUTES_OF_AN_API, `edit ${number}`];
    const startMs = performance.now();
    await cluster.apply([route(api, i, text)]);
    const doneMs = performance.now();
    const all = await Promise.all(
      pools.map(({ pool, prefix }) => served(pool, `${prefix(api)}/r${i}`, text)),
    );
    if (number < WARM_UP_S * perSecond) return;
    writeMs.push(doneMs - startMs);
    for (const atMs of all) servedMs.push(Math.max(0, atMs - doneMs));
  };
  const edits: Promise<void>[] = [];
  const startMs = performance.now();
  for (let number = 0; number < (WARM_UP_S + seconds) * perSecond; number++) {
    await delay(Math.max(0, startMs + (number * 1_000) / perSecond - performance.now()));
    edits.push(edit(number));
  }
  const offeredMs = performance.now() - startMs;
  await Promise.all(edits);
  return {
    figures: {
      routes,
      nodes: NODES,
      edits_per_second: round((edits.length * 1_000) / offeredMs, 1),
      edit_p50_ms: round(percentile(writeMs, 50)),
      edit_p99_ms: round(percentile(writeMs, 99)),
      served_after_edit_p50_ms: round(percentile(servedMs, 50)),
    },
    ratios: {},
    measured: { served_after_edit_p99_ms: [percentile(servedMs, 99)] },
  };
}
