import { availableParallelism } from "node:os";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { drivenCalls } from "./cpu-of-calls.ts";
import { startOneNode } from "./one-node.ts";
import type { GrowingReport, GrowthPoint } from "./report.ts";
import { startAnswerer } from "./rivals.ts";
import { inTurns, type Turns, type Way } from "./turns.ts";

const API = "workers001";
const CONNECTIONS = 64;

/** workers compares nodes of one worker to one a core: calls a second, which their clients take part of the machine from, and processor time of a call. */
export async function workers(turns: Turns): Promise<GrowingReport<"workers">> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const counts = Array.from({ length: Math.max(2, availableParallelism()) }, (_, i) => i + 1);
  const ways: Record<string, Way> = {};
  for (const count of counts) {
    const { cluster, pids, url } = await startOneNode(scope, { workers: count });
    await cluster.apply([
      { kind: "RestApi", id: API, spec: { name: "load" } },
      resourceOf(API, "bare01", "/bare", { GET: proxy(`${upstream.url}/bare`) }),
    ]);
    await cluster.waitApplied(await cluster.deploy(API, "prod"));
    const driven = { url: `${url(API, "prod")}/bare`, connections: CONNECTIONS };
    ways[String(count)] = async (seconds) => {
      const { calls, us } = await drivenCalls({ node: pids }, driven, seconds);
      return { [`${count}_calls`]: calls / seconds, [`${count}_us`]: us.node };
    };
  }
  const rounds = await inTurns(ways, turns);
  const tableOf = (what: string): readonly GrowthPoint[] =>
    counts.map((at) => ({ at, rounds: rounds.of(`${at}_${what}`) }));
  return { figures: {}, ratios: {}, growth: { calls: tableOf("calls"), us: tableOf("us") } };
}
