import { proxy, resourceOf } from "../kit/rest-api.ts";
import { apart, Callee, CONNECTIONS } from "./callee.ts";
import { round } from "./cpu.ts";
import { startOneNode } from "./one-node.ts";
import { goFirst, type OpenLoopResult } from "./open-loop.ts";
import type { MeasuredReport } from "./report.ts";
import { startAnswerer, startNginxProxy } from "./rivals.ts";
import { inTurns, type Turns, type Way } from "./turns.ts";

const API = "latency001";
const OF_CAPACITY = 0.5;
/** Of the calls that were offered: one in a hundred goes to the upstream itself, and some are on their way at the end. */
const LEAST_ANSWERED = 0.95;

/** What calls straight to the upstream take at most of what is measured: else their core, which the clients have too, is what is measured. */
const FLOOR_MAX = 0.5;

/** The times of one measurement, in milliseconds. A call that failed or was refused would make them look better. */
function timesOf(name: string, { latenciesMs, floorMs, failed, offered, statuses }: OpenLoopResult) {
  const answered = statuses["200"] ?? 0;
  if (failed > 0 || answered < LEAST_ANSWERED * offered)
    throw new Error(
      `${name}: ${answered} of ${offered} calls succeeded (${JSON.stringify(statuses)}), ${failed} connections failed`,
    );
  const [floor, whole] = [floorMs?.total.p99 ?? Number.NaN, latenciesMs.total.p99 ?? Number.NaN];
  if (floor > FLOOR_MAX * whole)
    throw new Error(
      `${name}: p99 is ${round(whole)} ms, of which clients and upstream, that share a core, need ${round(floor)} ms`,
    );
  return {
    [`${name}_p50`]: latenciesMs.total.p50 ?? Number.NaN,
    [`${name}_p99`]: latenciesMs.total.p99 ?? Number.NaN,
    [`${name}_p99_of_server`]: latenciesMs.server.p99 ?? Number.NaN,
  };
}

/**
 * latency offers a node, and nginx, half of the calls that each can answer, whether or not the ones before have a response. What is called has one
 * core, its clients, its upstream and all else the other. Times count from when a call was due: a pause delays all calls that were due meanwhile.
 */
export async function latency(turns: Turns): Promise<MeasuredReport<"latency">> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const nginx = scope.use(await startNginxProxy(upstream.url, { kept: CONNECTIONS }));
  const { cluster, pids, url } = await startOneNode(scope);
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "load" } },
    resourceOf(API, "bare01", "/bare", { GET: proxy(`${upstream.url}/bare`) }),
  ]);
  await cluster.waitApplied(await cluster.deploy(API, "prod"));
  if (!(await apart([...pids(), ...nginx.pids()])))
    throw new Error("there is one core only: its clients would wait for what they measure");
  await goFirst(upstream.pids());
  const bare = `${upstream.url}/bare`;
  const callees = {
    nginx: new Callee(`${nginx.url}/bare`, bare),
    node: new Callee(`${url(API, "prod")}/bare`, bare),
  };
  const capacities: Record<string, number> = {};
  const ways: Record<string, Way> = {};
  for (const [name, callee] of Object.entries(callees)) {
    const { calls } = await callee.capacity(await callee.warm(), turns.seconds);
    const perSecond = calls / turns.seconds;
    capacities[`${name}_capacity_per_second`] = round(perSecond, 0);
    ways[name] = async (seconds) => timesOf(name, await callee.at(OF_CAPACITY * perSecond, seconds));
  }
  const rounds = await inTurns(ways, turns);
  return {
    figures: { ...capacities, ...rounds.medians("ms", 2) },
    ratios: {},
    measured: { p99_vs_nginx: rounds.ratio("node_p99", "nginx_p99") },
  };
}
