import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { drive } from "../kit/http-driver.ts";
import { killWorker } from "../kit/node-workers.ts";
import { until } from "../kit/process.ts";
import type { RedisServer } from "../kit/redis.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";
import type { Limit, LimitsHistory, Observation } from "../limits/limits-history.ts";
import type { Traffic } from "./traffic.ts";

const API = "limitsapi1";
const STAGE = "prod";
const KEY = "the-key-of-the-run-of-limits";
/** Time between two calls of a connection: more than the limits allow, and not more than a busy machine takes. */
const PACE_MS = 10;
const CONNECTIONS = 2;
/** A quota that admitted nothing for so long is used up, if a killed node was settled meanwhile. */
const QUIET_MS = 8_000;
const QUIET_MAX_MS = 90_000;

const METHOD = { kind: "throttle", rateLimit: 60, burstLimit: 30 } as const satisfies Limit;
const PLAN = { kind: "throttle", rateLimit: 100, burstLimit: 50 } as const satisfies Limit;
const QUOTA = { kind: "quota", limit: 1_500 } as const satisfies Limit;
/** The last limit of each path is told apart by its message. */
const PATHS = { keyed: ["plan", "quota"], few: ["method"] } as const;
type Path = keyof typeof PATHS;
const REFUSALS: Readonly<Record<Path, Readonly<Record<string, string>>>> = {
  keyed: { '{"message":"Too Many Requests"}': "plan", '{"message":"Limit Exceeded"}': "quota" },
  few: { '{"message":"Too Many Requests"}': "method" },
};

/** A plan of this run alone: what earlier runs have used of theirs is theirs. */
async function setUp(cluster: Cluster): Promise<string> {
  const plan = `l${Date.now().toString(36)}`;
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "limits" } },
    resourceOf(API, "few", "/few", { GET: mock("ok") }),
    resourceOf(API, "keyed", "/keyed", { GET: { ...mock("ok"), apiKeyRequired: true } }),
  ]);
  await cluster.deploy(API, STAGE);
  const { entity } = await cluster.config.get({ kind: "Stage", apiId: API, id: STAGE });
  const { rateLimit, burstLimit } = METHOD;
  const few = { throttlingRateLimit: rateLimit, throttlingBurstLimit: burstLimit };
  const spec = { ...JSON.parse(entity?.specJson ?? "{}"), methodSettings: { "few/GET": few } };
  const { rateLimit: planRate, burstLimit: planBurst } = PLAN;
  const { revision } = await cluster.apply([
    { kind: "Stage", apiId: API, id: STAGE, spec },
    {
      kind: "UsagePlan",
      id: plan,
      spec: {
        name: plan,
        apiStages: [{ apiId: API, stage: STAGE }],
        throttle: { rateLimit: planRate, burstLimit: planBurst },
        quota: { limit: QUOTA.limit, period: "MONTH" },
      },
    },
    { kind: "ApiKey", id: plan, spec: { enabled: true, value: `${KEY}-${plan}`, usagePlanIds: [plan] } },
  ]);
  await cluster.waitApplied(revision);
  return plan;
}

/** Callers ask all nodes for more than their limits allow, and write down what becomes of each call. */
class Callers {
  readonly observations: Observation[] = [];
  readonly unknown: Record<string, number> = {};
  readonly strange: string[] = [];
  admittedMs = performance.now();
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(cluster: Cluster, plan: string) {
    this.#running = Promise.all(
      cluster.nodes.flatMap((node) => [this.#call(node, "keyed", plan), this.#call(node, "few", plan)]),
    );
  }

  #call({ id: node, ...at }: ClusterNode, path: Path, plan: string): Promise<void> {
    const base = new URL(stageUrl({ id: node, ...at }, API, STAGE));
    const begins = new Map<number, number>();
    let nextMs = 0;
    return drive({
      origin: base.origin,
      path: (i) => {
        begins.set(i, performance.now());
        return `${base.pathname}/${path}`;
      },
      headers: () => ({ "x-api-key": `${KEY}-${plan}` }),
      concurrency: CONNECTIONS,
      signal: this.#stop.signal,
      gate: () => {
        const nowMs = performance.now();
        if (nowMs < nextMs) return delay(nextMs - nowMs);
        nextMs = nowMs + PACE_MS / CONNECTIONS;
        return undefined;
      },
      onAnswer: (i, { status, body }) => {
        const beginMs = begins.get(i) ?? 0;
        begins.delete(i);
        const endMs = performance.now();
        const by = status === 429 ? REFUSALS[path][body] : undefined;
        if (status === 200) {
          if (path === "keyed") this.admittedMs = endMs;
          this.observations.push({ node, path, beginMs, endMs, admitted: 1, refused: {} });
        } else if (by)
          this.observations.push({ node, path, beginMs, endMs, admitted: 0, refused: { [by]: 1 } });
        else this.strange.push(`${path} of ${node} was answered ${status} ${body}`);
      },
      onFailure: () => {
        this.unknown[path] = (this.unknown[path] ?? 0) + 1;
      },
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

export interface LimitFaultsOptions {
  readonly cluster: Cluster;
  readonly redis: RedisServer;
  readonly random: () => number;
}

/** limitFaults kills the Redis, a node and a worker, while callers want more than their limits allow. What is wrong besides the history is in `strange`. */
export async function limitFaults(
  { cluster, redis, random }: LimitFaultsOptions,
  traffic: Traffic,
): Promise<{ readonly history: LimitsHistory; readonly strange: readonly string[] }> {
  const plan = await setUp(cluster);
  const callers = new Callers(cluster, plan);
  const pause = () => delay(1_500 + random() * 1_500);
  await pause();
  await redis.kill();
  await delay(200 + random() * 1_500);
  await redis.restart();
  // Nodes say what they know, and lease again.
  await delay(3_500);
  const node = cluster.nodes[Math.floor(random() * cluster.nodes.length)] as ClusterNode;
  const back = traffic.outage(node.id);
  await cluster.killNode(node);
  await pause();
  const restarted = await cluster.startNode(node.id);
  back();
  await pause();
  const replaced = traffic.outage(node.id);
  await killWorker(restarted, random);
  replaced();
  await pause();
  await until("the quota is used up", () => performance.now() - callers.admittedMs > QUIET_MS, QUIET_MAX_MS);
  await callers.stop();
  const { observations, unknown, strange } = callers;
  return {
    history: {
      nodes: cluster.nodes.length,
      limits: { method: METHOD, plan: PLAN, quota: QUOTA },
      paths: PATHS,
      observations,
      unknown,
      exhausted: ["quota"],
    },
    strange,
  };
}
