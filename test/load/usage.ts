import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import type { Call, ObserverFactory, Route } from "@tollgate/pipeline";
import { restRoute, runningRoute } from "@tollgate/pipeline/kit";
import { createLogger } from "@tollgate/telemetry";
import { createTopicSender } from "@tollgate/usage-stream/kafka";
import { usageObserver } from "../../packages/data-plane/src/usage/observer.ts";
import { Shipper } from "../../packages/data-plane/src/usage/shipper.ts";
import { Spool, usageEvents } from "../../packages/data-plane/src/usage/spool.ts";
import { Cluster, stageUrl } from "../kit/cluster.ts";
import { measureFreshness } from "../kit/freshness.ts";
import { startKafka } from "../kit/kafka.ts";
import { childrenOf } from "../kit/process.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { cpuMs, median, percentile, round } from "./cpu.ts";
import type { MeasuredReport } from "./report.ts";
import { startAnswerer, wrk } from "./rivals.ts";

const API = "usageload1";
const CONNECTIONS = 32;
/** Calls that end in one turn of the event loop, and leave one frame. */
const TURN = 4;
const MB = 1024 * 1024;
const PROXY = { type: "HTTP_PROXY", uri: "http://x.example", httpMethod: "GET" };

/** A call of a route as a worker's observers get it. */
async function endedCall(): Promise<{ readonly route: Route; readonly call: Call }> {
  let seen: { route: Route; call: Call } | undefined;
  const keep: ObserverFactory = (route) => (call) => (seen = { route, call });
  const run = await runningRoute(restRoute("GET /bare", { integration: PROXY }), {
    upstream: () => ({ body: "x".repeat(300) }),
    ports: { observers: [keep] },
  });
  await run("GET /bare");
  if (!seen) throw new Error("no observer has seen the call");
  return seen;
}

/** What a call's usage costs of a processor, in microseconds: what the worker does, and with what the node does until Kafka has it. */
async function costOfUsage(broker: string, events: number) {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-usage-"));
  await using scope = new AsyncDisposableStack();
  scope.defer(() => rmSync(folder, { recursive: true, force: true }));
  const logger = createLogger("load", "error");
  const { route, call } = await endedCall();
  const limits = { limitBytes: 4096 * MB, workers: 1 };
  const spool = scope.use(
    new Spool({
      folder,
      worker: 0,
      boot: "0a",
      segmentBytes: 4 * MB,
      allowedBytes: limits.limitBytes,
      sync: "never",
      events: usageEvents,
      report: (error) => logger.error({ err: error }, "no new file"),
    }),
  );
  const topic = { name: "load.usage", partitions: 1, replicas: 1 };
  const kafka = { brokers: [broker], tls: undefined, login: undefined };
  const sink = scope.use(createTopicSender({ kafka, clientId: "load", topic, logger }));
  const shipper = scope.use(new Shipper({ folder, nodeId: "load", sink, logger, limits }));
  const observe = usageObserver(spool, () => 1)(route);
  if (!observe) throw new Error("the route has no usage");
  const write = async (count: number) => {
    for (let i = 1; i <= count; i++) {
      observe(call);
      if (i % TURN === 0) spool.commit();
      if (i % 1_000 === 0) await nextTurn();
    }
    spool.commit();
  };
  const spent = async (work: () => Promise<unknown>): Promise<number> => {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / events;
  };
  // What is compiled, and the connection to the broker, are not measured.
  await write(20_000);
  shipper.start();
  await shipper.flushed(60_000);
  const writing = await spent(() => write(events));
  const sending = await spent(async () => {
    if (!(await shipper.flushed(60_000))) throw new Error("usage was not sent in a minute");
  });
  return { worker: writing, node: writing + sending };
}

async function startCluster(scope: AsyncDisposableStack, broker: string, upstream: string) {
  const cluster = scope.use(await Cluster.start({ kafka: broker, nodes: 1, workers: 1 }));
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "load" } },
    resourceOf(API, "bare01", "/bare", { GET: proxy(`${upstream}/bare`) }),
  ]);
  await cluster.waitApplied(await cluster.deploy(API, "prod"));
  const [node] = cluster.nodes;
  if (!node) throw new Error("there is no node");
  return { cluster, url: `${stageUrl(node, API, "prod")}/bare`, pid: node.part.child.pid as number };
}

interface UsageLoad {
  readonly seconds: number;
  readonly rounds: number;
  readonly events: number;
  readonly calls: number;
}

/** usage compares what a call's usage costs with what the call costs, in turns of one run, and measures how soon usage has a call. No node works without usage, so that its path is measured by itself. */
export async function usage({ seconds, rounds, events, calls }: UsageLoad): Promise<MeasuredReport<"usage">> {
  await using scope = new AsyncDisposableStack();
  const upstream = scope.use(await startAnswerer());
  const kafka = scope.use(await startKafka());
  const { cluster, url, pid } = await startCluster(scope, kafka.broker, upstream.url);
  const figures = new Map<string, number[]>();
  const keep = (name: string, us: number) => figures.set(name, [...(figures.get(name) ?? []), us]);
  for (let turn = 0; turn <= rounds; turn++) {
    const [workers, all] = [childrenOf(pid), [pid, ...childrenOf(pid)]];
    const before = [cpuMs(workers), cpuMs(all)] as const;
    const { calls: made, bad } = await wrk(url, CONNECTIONS, turn === 0 ? 2 : seconds);
    if (made === 0 || bad > 0) throw new Error(`${made} calls, ${bad} of them failed`);
    const spent = [cpuMs(workers) - before[0], cpuMs(all) - before[1]] as const;
    const path = await costOfUsage(kafka.broker, events);
    if (turn === 0) continue;
    keep("call_worker", (spent[0] * 1_000) / made);
    keep("call_node", (spent[1] * 1_000) / made);
    keep("usage_worker", path.worker);
    keep("usage_node", path.node);
  }
  const counted = async () => Number((await cluster.usage.queryUsage({})).rows[0]?.callCount ?? 0);
  // Calls of wrk that were on their way at its end are counted, too: what comes of them comes within a second.
  for (let known = -1, now = await counted(); now !== known; now = await counted()) {
    known = now;
    await delay(1_000);
  }
  const call = async () => void (await (await fetch(url)).arrayBuffer());
  const { visibleMs } = await measureFreshness({ calls, perSecond: 20, call, counted });
  const share = (part: "worker" | "node") =>
    (figures.get(`usage_${part}`) ?? []).map(
      (us, i) => us / (figures.get(`call_${part}`)?.[i] ?? Number.NaN),
    );
  return {
    figures: {
      ...Object.fromEntries([...figures].map(([name, us]) => [`${name}_us_per_call`, round(median(us), 1)])),
      visible_ms_p50: round(percentile(visibleMs, 50), 0),
    },
    ratios: {},
    measured: {
      usage_of_worker: share("worker"),
      usage_of_node: share("node"),
      visible_ms_p99: [percentile(visibleMs, 99)],
    },
  };
}
