import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { Cluster, stageUrl } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { startKafka } from "../kit/kafka.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";
import { percentile, round } from "./cpu.ts";
import type { MeasuredReport } from "./report.ts";

const API = "rollout001";

const mocked = (id: string, path: string) => resourceOf(API, id, path, { GET: mock(`"${path}"`) });

/** probe calls a path of one node until it is served, and returns when that was. Any response but "not there yet" and the right one throws. */
async function probe(pool: Pool, path: string, body: string, deadlineMs: number): Promise<number> {
  for (;;) {
    const answer = await pool.request({ path, method: "GET" });
    const text = await answer.body.text();
    if (answer.statusCode === 200 && text === body) return performance.now();
    if (answer.statusCode !== 403) throw new Error(`${path} was answered ${answer.statusCode} ${text}`);
    if (performance.now() > deadlineMs) throw new Error(`${path} is not served`);
    await delay(1);
  }
}

/** rollout adds routes to one API one by one, deploys after each, and measures from the response of the commit to the first right response of every node. */
export async function rollout({
  routes,
  nodes,
}: {
  readonly routes: number;
  readonly nodes: number;
}): Promise<MeasuredReport<"rollout">> {
  await using scope = new AsyncDisposableStack();
  const etcd = scope.use(await startEtcd());
  const kafka = scope.use(await startKafka());
  const cluster = scope.use(await Cluster.start({ etcd: etcd.url, kafka: kafka.broker, nodes, workers: 1 }));
  await cluster.apply([{ kind: "RestApi", id: API, spec: { name: "rollout" } }, mocked("r0", "/r0")]);
  await cluster.waitApplied(await cluster.deploy(API, "prod"));
  const probes = cluster.nodes.map((node) => {
    const base = new URL(stageUrl(node, API, "prod"));
    return { pool: new Pool(base.origin, { connections: 1 }), prefix: base.pathname };
  });
  const servedMs: number[] = [];
  const writeMs: number[] = [];
  for (let i = 1; i <= routes; i++) {
    const path = `/group${i % 50}/r${i}`;
    const startMs = performance.now();
    await cluster.apply([mocked(`r${i}`, path)]);
    const deploying = cluster.deploy(API, "prod").then((revision) => ({ revision, atMs: performance.now() }));
    // Probing begins with the commit, not after its response, so that a node that is faster than the response counts as 0.
    const served = Promise.all(
      probes.map(({ pool, prefix }) => probe(pool, prefix + path, `"${path}"`, performance.now() + 10_000)),
    );
    const { atMs } = await deploying;
    writeMs.push(atMs - startMs);
    for (const at of await served) servedMs.push(Math.max(0, at - atMs));
    if (i % 500 === 0)
      process.stderr.write(
        `${i} routes: p50 ${round(percentile(servedMs.slice(-300), 50))} ms, p99 ${round(percentile(servedMs.slice(-300), 99))} ms\n`,
      );
  }
  for (const { pool } of probes) await pool.close();
  const part = Math.max(3, Math.floor(servedMs.length / 10));
  const first = servedMs.slice(0, part);
  const last = servedMs.slice(-part);
  return {
    figures: {
      routes,
      nodes,
      commit_to_served_max_ms: round(Math.max(...servedMs)),
      first_tenth_p50_ms: round(percentile(first, 50)),
      last_tenth_p50_ms: round(percentile(last, 50)),
      apply_and_deploy_p50_ms: round(percentile(writeMs, 50)),
      apply_and_deploy_p99_ms: round(percentile(writeMs, 99)),
    },
    ratios: { last_vs_first_p50: round(percentile(last, 50) / Math.max(0.5, percentile(first, 50))) },
    measured: {
      commit_to_served_p50_ms: [percentile(servedMs, 50)],
      commit_to_served_p99_ms: [percentile(servedMs, 99)],
    },
  };
}
