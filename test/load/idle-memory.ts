import { mock, resourceOf } from "../kit/rest-api.ts";
import { collectGarbage } from "./collected-memory.ts";
import { round, rssBytes } from "./cpu.ts";
import { CLIENT_LIMITS, HELD_ENV, hold, openInspectors } from "./held-sockets.ts";
import { startOneNode } from "./one-node.ts";
import type { MeasuredReport } from "./report.ts";

const API = "idlemem001";
const MB = 1_000_000;
const KB = 1_000;
/** What a worker loads with its first clients is not theirs. */
const FIRST_CLIENTS = 50;

/** idleMemory measures the resident memory of a worker as images run it, which has an API and calls nothing, and of connections that had one call each and stay open. */
export async function idleMemory({
  connections,
  rounds,
}: {
  readonly connections: number;
  readonly rounds: number;
}): Promise<MeasuredReport<"idle-memory">> {
  await using scope = new AsyncDisposableStack();
  const { cluster, node, workerPids, url } = await startOneNode(scope, {
    isBundled: true,
    env: { ...CLIENT_LIMITS, ...HELD_ENV },
  });
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "load" } },
    resourceOf(API, "idle", "/idle", { GET: mock("{}") }),
  ]);
  await cluster.waitApplied(await cluster.deploy(API, "prod"));
  const idle = `${url(API, "prod")}/idle`;
  const idleBytes = rssBytes(workerPids());
  await (await hold(idle, { count: FIRST_CLIENTS, first: 0 })).kill("SIGKILL");
  const inspectors = await openInspectors(node, workerPids());
  // Without a collection, memory depends on when a worker made its last one.
  const collectedBytes = async () => {
    await Promise.all(inspectors.map(collectGarbage));
    return rssBytes(workerPids());
  };
  const each: number[] = [];
  let held = 0;
  // What a round gave back to the allocator, the next one would take again: connections add up instead.
  for (let i = 0; i < rounds; i++) {
    const before = await collectedBytes();
    const { opened, refused } = scope.use(await hold(idle, { count: connections, first: held }));
    if (opened < connections)
      throw new Error(`${opened} of ${connections} are open: ${JSON.stringify(refused)}`);
    held += opened;
    each.push(((await collectedBytes()) - before) / opened / KB);
  }
  return {
    figures: { held, worker_with_connections_mb: round(rssBytes(workerPids()) / MB, 1) },
    ratios: {},
    measured: { worker_mb: [idleBytes / MB], connection_kb: each },
  };
}
