import { run } from "../kit/cache.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { Callee } from "./callee.ts";
import { cpuMs, median, round } from "./cpu.ts";
import { CLIENT_LIMITS } from "./held-sockets.ts";
import { startOneNode } from "./one-node.ts";
import { openLoop } from "./open-loop.ts";
import { type GrowingReport, growthOf, type MeasuredReport } from "./report.ts";
import { startAnswerer } from "./rivals.ts";
import { inTurns, type Turns, type Way } from "./turns.ts";

const API = "openconn01";
const OF_CAPACITY = 0.4;
/** Open files that a process needs besides its connections. */
const OTHER_FILES = 1_000;
/** With fewer, calls may find no connection free. */
const FEWEST = 32;

/** How many connections a process may have. */
async function connectionsMax(): Promise<number> {
  const { stdout } = await run("sh", ["-c", "ulimit -Hn"]);
  return stdout.trim() === "unlimited" ? Number.POSITIVE_INFINITY : Number(stdout) - OTHER_FILES;
}

/**
 * openConnections measures the processor time of a call where so many connections are open and used in turn, all of them for the same calls a second:
 * a part of what the node can answer.
 */
export async function openConnections(
  sizes: readonly number[],
  turns: Turns,
): Promise<MeasuredReport<"open-connections"> & GrowingReport<"open-connections">> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const { cluster, pids, url } = await startOneNode(scope, { env: CLIENT_LIMITS });
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "load" } },
    resourceOf(API, "bare01", "/bare", { GET: proxy(`${upstream.url}/bare`) }),
  ]);
  await cluster.waitApplied(await cluster.deploy(API, "prod"));
  const bare = `${url(API, "prod")}/bare`;
  const callee = new Callee(bare, `${upstream.url}/bare`);
  const { calls } = await callee.capacity(await callee.warm(), turns.seconds);
  const rate = (OF_CAPACITY * calls) / turns.seconds;
  const max = await connectionsMax();
  const possible = [...new Set(sizes.map((size) => Math.min(size, max)))];
  const way =
    (connections: number): Way =>
    async (seconds) => {
      const before = cpuMs(pids());
      const { statuses } = await openLoop({ url: bare, rate, seconds, connections, spread: true });
      const answered = statuses["200"] ?? 0;
      // A call that finds no connection free is not sent: of few connections, some may be.
      if (answered < rate * seconds * 0.5)
        throw new Error(
          `${connections} connections: ${JSON.stringify(statuses)} of ${round(rate * seconds, 0)} calls`,
        );
      return ((cpuMs(pids()) - before) * 1_000) / answered;
    };
  const ways = Object.fromEntries(possible.map((size) => [String(size), way(size)]));
  const rounds = await inTurns(ways, turns);
  const vsFewest = (size: number) =>
    possible.includes(size) && possible.includes(FEWEST) ? rounds.ratio(String(size), String(FEWEST)) : [];
  return {
    figures: { calls_per_second: round(rate, 0) },
    ratios: Object.fromEntries(
      possible.map((size) => [`of_${size}_vs_${FEWEST}`, round(median(vsFewest(size)))]),
    ),
    measured: { of_5000_vs_32: vsFewest(5_000) },
    growth: { connections: growthOf(possible, rounds) },
  };
}
