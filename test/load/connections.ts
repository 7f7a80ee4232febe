import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { startKafka } from "../kit/kafka.ts";
import { childrenOf, type RunningProcess, startProcess, until } from "../kit/process.ts";
import { webSocketApiSpec } from "../kit/websocket-api.ts";
import { round, rssBytes } from "./cpu.ts";
import type { LoadReport } from "./report.ts";
import type { HeldSockets } from "./socket-holder.ts";

const API = "loadheld01";
const HOLDER = fileURLToPath(new URL("./socket-holder.ts", import.meta.url));
/** Of one process: below the usual limit of open files. */
const PER_HOLDER = 8_000;
const PER_WORKER = 15_000;
/** The account's limit of new connections a second, and a little less than that. */
const STORM_PER_SECOND = 500;
const FILL_PER_SECOND = 450;
/** All clients have one address, and the kernel does not give each worker equally many. */
const LIMITS = { TOLLGATE_CONNECTIONS: "20000", TOLLGATE_CONNECTIONS_PER_SOURCE: "20000" };
/** How long memory is given to settle. */
const SETTLE_MS = 5_000;

const urlOf = (node: ClusterNode): string => stageUrl(node, API, "live").replace("http", "ws");

/** Opens connections from a process of its own, and holds them as long as it runs. */
async function hold(
  url: string,
  count: number,
  rate: number,
  first: number,
): Promise<RunningProcess & HeldSockets> {
  const options = Object.entries({ url, count, rate, first }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const holder = startProcess(process.execPath, ["--no-warnings", HOLDER, ...options], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const line = await until(
    () => `${count} connections are open: ${holder.output()}`,
    () => /^\{.*\}$/m.exec(holder.output())?.[0],
    (count / rate) * 1_000 + 60_000,
  );
  return { ...holder, ...(JSON.parse(line) as HeldSockets) };
}

/**
 * connections opens `storm` connections at the rate that an account may, and then so many that `held` are open, which do nothing. The memory of
 * the workers is compared with that before.
 */
export async function connections({
  storm,
  held,
}: {
  readonly storm: number;
  readonly held: number;
}): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const kafka = scope.use(await startKafka());
  const workers = Math.max(2, Math.ceil(held / PER_WORKER));
  const cluster = scope.use(await Cluster.start({ kafka: kafka.broker, nodes: 1, workers, env: LIMITS }));
  const { revision } = await cluster.apply([
    { kind: "Api", id: API, spec: webSocketApiSpec({ routes: { $connect: {}, $default: {} } }) },
    { kind: "ApiStage", apiId: API, id: "live", spec: { autoDeploy: true } },
  ]);
  await cluster.waitApplied(revision);
  const [node] = cluster.nodes;
  if (!node) throw new Error("there is no node");
  const supervisor = node.part.child.pid as number;
  const workerPids = childrenOf(supervisor);
  // What a worker loads with its first clients is not theirs.
  await (await hold(urlOf(node), 50, FILL_PER_SECOND, 0)).kill("SIGKILL");
  await delay(SETTLE_MS);
  const [workersBefore, nodeBefore] = [rssBytes(workerPids), rssBytes([supervisor])];
  const refused: Record<string, number> = {};
  let opened = 0;
  const open = async (count: number, rate: number): Promise<number> => {
    const holder = scope.use(await hold(urlOf(node), count, rate, opened));
    for (const [why, times] of Object.entries(holder.refused)) refused[why] = (refused[why] ?? 0) + times;
    opened += holder.opened;
    return holder.opened;
  };
  const stormOpened = await open(storm, STORM_PER_SECOND);
  const stormFailed = storm - stormOpened;
  while (opened < held) if ((await open(Math.min(PER_HOLDER, held - opened), FILL_PER_SECOND)) === 0) break;
  await delay(SETTLE_MS);
  const perConnection = (rssBytes(workerPids) - workersBefore) / opened / 1024;
  return {
    figures: {
      storm_connections: storm,
      storm_failed: stormFailed,
      held: opened,
      worker_kb_per_connection: round(perConnection),
      node_kb_per_connection: round((rssBytes([supervisor]) - nodeBefore) / opened / 1024),
      ...Object.fromEntries(Object.entries(refused).map(([why, times]) => [`refused_${why}`, times])),
    },
    ratios: {},
  };
}
