import { Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { startKafka } from "../kit/kafka.ts";
import { childrenOf } from "../kit/process.ts";
import { webSocketApiSpec } from "../kit/websocket-api.ts";
import { collectGarbage } from "./collected-memory.ts";
import { round, rssBytes } from "./cpu.ts";
import { CLIENT_LIMITS, HELD_ENV, hold, openInspectors, openMaxMs } from "./held-sockets.ts";
import type { LoadReport } from "./report.ts";
import type { HeldSockets } from "./socket-holder.ts";

const API = "loadheld01";
/** Of one process: below the usual limit of open files. */
const PER_HOLDER = 15_000;
const PER_WORKER = 15_000;
/** The account's limit of new connections a second. */
const STORM_PER_SECOND = 500;

const urlOf = (node: ClusterNode): string => stageUrl(node, API, "live").replace("http", "ws");

interface World {
  readonly kafka: string;
  readonly workers: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A node with an API that lets everyone in and does nothing more. */
async function startNode(
  scope: AsyncDisposableStack,
  { kafka, workers, env = {} }: World,
): Promise<ClusterNode> {
  const cluster = scope.use(
    await Cluster.start({ kafka, nodes: 1, workers, env: { ...CLIENT_LIMITS, ...env } }),
  );
  const { revision } = await cluster.apply([
    { kind: "Api", id: API, spec: webSocketApiSpec({ routes: { $connect: {}, $default: {} } }) },
    { kind: "ApiStage", apiId: API, id: "live", spec: { autoDeploy: true } },
  ]);
  await cluster.waitApplied(revision);
  const [node] = cluster.nodes;
  if (!node) throw new Error("there is no node");
  return node;
}

const refusals = (prefix: string, refused: HeldSockets["refused"]): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(refused).map(([why, times]) => [`${prefix}_refused_${why}`, times]));

/** Opens connections at the rate that an account may. */
async function measureStorm(kafka: string, count: number): Promise<Readonly<Record<string, number>>> {
  await using scope = new AsyncDisposableStack();
  const node = await startNode(scope, { kafka, workers: 2 });
  const { opened, refused } = scope.use(await hold(urlOf(node), { count, first: 0, rate: STORM_PER_SECOND }));
  return { storm_connections: count, storm_failed: count - opened, ...refusals("storm", refused) };
}

/** Compares the memory of a node that has so many connections, which do nothing, with that before. */
async function measureHeld(kafka: string, count: number): Promise<Readonly<Record<string, number>>> {
  await using scope = new AsyncDisposableStack();
  const workers = Math.max(2, Math.ceil(count / PER_WORKER));
  const node = await startNode(scope, { kafka, workers, env: HELD_ENV });
  const supervisor = node.part.child.pid as number;
  const workerPids = childrenOf(supervisor);
  // What a worker loads with its first clients is not theirs.
  await (await hold(urlOf(node), { count: 25 * workers, first: 0 })).kill("SIGKILL");
  const inspectors = await openInspectors(node, workerPids);
  // Without a collection, memory depends on when each worker made its last one, by more than what connections need.
  const collectedBytes = async () => {
    await Promise.all(inspectors.map(collectGarbage));
    return rssBytes(workerPids);
  };
  const [workersBefore, nodeBefore] = [await collectedBytes(), rssBytes([supervisor])];
  const startedMs = performance.now();
  const refused: Record<string, number> = {};
  let opened = 0;
  while (opened < count && performance.now() - startedMs < openMaxMs(count)) {
    const holder = scope.use(
      await hold(urlOf(node), { count: Math.min(PER_HOLDER, count - opened), first: opened }),
    );
    for (const [why, times] of Object.entries(holder.refused)) refused[why] = (refused[why] ?? 0) + times;
    opened += holder.opened;
    process.stderr.write(`${opened} are open after ${round((performance.now() - startedMs) / 1_000, 0)} s\n`);
  }
  const openedMs = performance.now() - startedMs;
  const workersAfter = await collectedBytes();
  const kbEach = (bytes: number) => round(bytes / opened / 1024);
  return {
    held: opened,
    held_opened_per_second: round((opened * 1_000) / openedMs, 0),
    ...refusals("held", refused),
    worker_kb_per_connection: kbEach(workersAfter - workersBefore),
    supervisor_kb_per_connection: kbEach(rssBytes([supervisor]) - nodeBefore),
  };
}

/**
 * connections opens `storm` connections at the rate that an account may, and, on another node, so many that `held` are open, which do nothing. The
 * memory of the workers is compared with that before.
 */
export async function connections({
  storm,
  held,
}: {
  readonly storm: number;
  readonly held: number;
}): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const { broker } = scope.use(await startKafka());
  const figures = { ...(await measureStorm(broker, storm)), ...(await measureHeld(broker, held)) };
  return { figures, ratios: { worker_kb_of_12: round((figures.worker_kb_per_connection ?? 0) / 12) } };
}
