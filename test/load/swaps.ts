import { setTimeout as delay } from "node:timers/promises";
import { Cluster, stageUrl } from "../kit/cluster.ts";
import { startKafka } from "../kit/kafka.ts";
import { childrenOf } from "../kit/process.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { median, round, rssBytes } from "./cpu.ts";
import type { LoadReport } from "./report.ts";

const API = "swappedap1";

/** slopeOf is the least-squares slope of values over their index, times their number, as a share of their mean. */
function slopeOf(values: readonly number[]): number {
  const n = values.length;
  const meanX = (n - 1) / 2;
  const meanY = values.reduce((a, b) => a + b, 0) / n;
  const covariance = values.reduce((sum, y, x) => sum + (x - meanX) * (y - meanY), 0);
  const variance = values.reduce((sum, _y, x) => sum + (x - meanX) ** 2, 0);
  return ((covariance / variance) * n) / meanY;
}

/** V8 takes its last step of heap after some thousand swaps: what comes before is warm-up and not measured. */
const WARM_UP = 6_000;

/** swaps replaces a live config again and again and measures whether a node's memory grows. */
export async function swaps({
  count,
  warmUp = WARM_UP,
}: {
  readonly count: number;
  readonly warmUp?: number;
}): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const kafka = scope.use(await startKafka());
  const cluster = scope.use(await Cluster.start({ kafka: kafka.broker, nodes: 1, workers: 1 }));
  const routes = Array.from({ length: 50 }, (_, i) =>
    resourceOf(API, `r${i}`, `/r${i}`, { GET: proxy("http://${stageVariables.host}/x") }),
  );
  await cluster.apply([{ kind: "RestApi", id: API, spec: { name: "swaps" } }, ...routes]);
  await cluster.waitApplied(await cluster.deploy(API, "prod"));
  const { entity } = await cluster.config.get({ kind: "Stage", apiId: API, id: "prod" });
  const spec = JSON.parse(entity?.specJson ?? "{}") as object;
  const [node] = cluster.nodes;
  if (!node) throw new Error("there is no node");
  const pid = node.part.child.pid as number;
  const samples: number[] = [];
  const supervisor: number[] = [];
  const every = Math.max(1, Math.floor(count / 400));
  let revision = 0n;
  for (let i = 1; i <= warmUp + count; i++) {
    // A stage variable is part of every route: each swap compiles all of them again.
    ({ revision } = await cluster.apply([
      { kind: "Stage", apiId: API, id: "prod", spec: { ...spec, variables: { host: `h${i}.invalid` } } },
    ]));
    if (i % 20 === 0) await cluster.waitApplied(revision);
    if (i > warmUp && i % every === 0) {
      samples.push(rssBytes([pid, ...childrenOf(pid)]));
      supervisor.push(rssBytes([pid]));
    }
  }
  await cluster.waitApplied(revision);
  await delay(500);
  const answer = await fetch(`${stageUrl(node, API, "prod")}/r1`);
  if (answer.status !== 500) throw new Error(`the last version was answered ${answer.status}`);
  const settled = samples;
  const tenth = Math.max(1, Math.floor(settled.length / 10));
  const [start, end] = [median(settled.slice(0, tenth)), median(settled.slice(-tenth))];
  return {
    figures: {
      swaps: count,
      rss_start_mib: round(start / 2 ** 20),
      rss_end_mib: round(end / 2 ** 20),
      slope_percent: round(slopeOf(settled) * 100),
      supervisor_slope_percent: round(slopeOf(supervisor) * 100),
    },
    ratios: { end_vs_start: round(end / start, 3) },
  };
}
