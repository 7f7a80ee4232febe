import { setTimeout as delay } from "node:timers/promises";
import { Etcd3 } from "etcd3";
import { Cluster, stageUrl } from "../kit/cluster.ts";
import { type Etcd, startEtcd } from "../kit/etcd.ts";
import { type KafkaBroker, startKafka } from "../kit/kafka.ts";
import { killWorker } from "../kit/node-workers.ts";
import { type Postgres, startPostgres } from "../kit/postgres.ts";
import { until } from "../kit/process.ts";
import { type RedisServer, startRedis } from "../kit/redis.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { startHttpUpstream } from "../kit/upstream.ts";
import { checkLimits } from "../limits/limits-history.ts";
import { type ConfigHistory, checkConfig } from "./config-history.ts";
import { ConfigRecorder } from "./config-recorder.ts";
import { lastEdit } from "./last-edit.ts";
import { limitFaults } from "./limits.ts";
import { diskLost, sameDirectory } from "./node-directory.ts";
import { API, type Pace, STAGE, Traffic } from "./traffic.ts";
import { UsageCheck, type UsageFindings } from "./usage-check.ts";

/** FaultsWorld is a cluster with real services behind it, serving one API. */
export interface FaultsWorld extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly etcd: Etcd;
  readonly kafka: KafkaBroker;
  readonly postgres: Postgres;
  readonly redis: RedisServer;
}

const resource = (id: string, path: string, origin: string) =>
  resourceOf(API, id, path, {
    GET: { requestParameters: { "method.request.path.id": true }, ...proxy(`${origin}${path}`) },
  });

/** startWorld starts the cluster and its services. */
export async function startWorld(nodes = 2): Promise<FaultsWorld> {
  const scope = new AsyncDisposableStack();
  try {
    const [etcd, kafka, postgres, redis] = await Promise.all([
      startEtcd(),
      startKafka(),
      startPostgres(),
      startRedis(),
    ]);
    for (const service of [etcd, kafka, postgres, redis]) scope.use(service);
    const upstream = scope.use(await startHttpUpstream((_request, response) => response.end("ok")));
    const cluster = scope.use(
      await Cluster.start({
        etcd: etcd.url,
        kafka: kafka.broker,
        postgres: postgres.url,
        nodes,
        workers: 2,
        env: {
          TOLLGATE_SILENT_SECONDS: "5",
          TOLLGATE_REDIS: redis.url,
          TOLLGATE_SECRETS_KEY: Buffer.alloc(32, 7).toString("base64"),
        },
      }),
    );
    await cluster.apply([
      { kind: "RestApi", id: API, spec: { name: "faults" } },
      resource("item01", "/item/{id}", upstream.origin),
    ]);
    await cluster.waitApplied(await cluster.deploy(API, STAGE));
    return { cluster, etcd, kafka, postgres, redis, [Symbol.asyncDispose]: () => scope.disposeAsync() };
  } catch (error) {
    await scope.disposeAsync();
    throw error;
  }
}

export interface FaultOptions {
  readonly random: () => number;
  /** Length of an outage of Kafka or etcd. */
  readonly outageMs: number;
  /** Absent: as much as there can be. */
  readonly pace?: Pace;
  /** How often a node is stopped after two edits. */
  readonly editRounds: number;
  /** Gets the history of the config. */
  readonly onHistory?: (history: ConfigHistory) => void;
}

/** What a run found out of limits, besides what all runs do. */
interface LimitFindings {
  calls: number;
  readonly wrong: string[];
}

type Fault = (
  world: FaultsWorld,
  traffic: Traffic,
  options: FaultOptions & { readonly limits: LimitFindings },
) => Promise<void>;

const METERING_STEPS_MS = 500;

const pick = <T>(items: readonly T[], random: () => number): T =>
  items[Math.floor(random() * items.length)] as T;

/** faults is what is done to a cluster while it is called. */
export const faults: Readonly<Record<string, Fault>> = {
  async worker({ cluster }, traffic, { random }) {
    for (let round = 0; round < 3; round++) {
      await traffic.more(1_000);
      const node = pick(cluster.nodes, random);
      const back = traffic.outage(node.id);
      await killWorker(node, random);
      back();
      await traffic.more(2_000);
    }
  },
  async node({ cluster }, traffic, { random }) {
    await traffic.more(2_000);
    const node = pick(cluster.nodes, random);
    const back = traffic.outage(node.id);
    await cluster.killNode(node);
    await traffic.more(2_000);
    await cluster.startNode(node.id);
    back();
    await traffic.more(4_000);
  },
  async "control-plane"({ cluster }, traffic) {
    await traffic.more(2_000);
    await cluster.controlPlane.kill("SIGKILL");
    await traffic.more(4_000);
    await cluster.startControlPlane();
    await cluster.waitApplied(1);
    // An edit after the restart reaches both nodes.
    await cluster.waitApplied(await cluster.deploy(API, STAGE));
    await traffic.more(2_000);
  },
  async metering({ cluster }, traffic, { random }) {
    for (let round = 0; round < 3; round++) {
      await traffic.more(3_000);
      // Between any two of its steps: it counts several times a second.
      await delay(random() * METERING_STEPS_MS);
      await cluster.metering.kill("SIGKILL");
      await traffic.more(1_000);
      await cluster.startMetering();
    }
    await traffic.more(2_000);
  },
  async postgres({ postgres }, traffic, { random, outageMs }) {
    await traffic.more(2_000);
    await postgres.kill(pick(["SIGQUIT", "SIGINT"] as const, random));
    await delay(outageMs);
    await postgres.restart();
    await traffic.more(2_000);
  },
  async kafka({ kafka }, traffic, { outageMs }) {
    await traffic.more(2_000);
    await kafka.kill();
    await delay(outageMs);
    await kafka.restart();
    await traffic.more(2_000);
  },
  async etcd({ cluster, etcd }, traffic, { outageMs }) {
    await traffic.more(2_000);
    await etcd.kill();
    await delay(outageMs);
    await etcd.restart();
    // Others write and compact before the control plane's watch is back: it has to start over with a listing.
    const raw = new Etcd3({ hosts: etcd.url });
    for (let i = 0; i < 20; i++) await raw.put("/unrelated").value(String(i));
    const { header } = await raw.getAll().prefix("/unrelated").exec();
    await raw.kv.compact({ revision: header.revision, physical: true });
    raw.close();
    const revision = await until("the control plane takes writes again", () =>
      cluster.deploy(API, STAGE).catch(() => undefined),
    );
    await cluster.waitApplied(revision);
    await traffic.more(2_000);
  },
  /** A node restarts with control plane and etcd both down, and serves from its disk. */
  async "cold-start"({ cluster, etcd }, traffic, { random }) {
    await traffic.more(1_000);
    await cluster.controlPlane.kill("SIGKILL");
    await etcd.kill();
    const node = pick(cluster.nodes, random);
    const back = traffic.outage(node.id);
    await cluster.killNode(node);
    await cluster.startNode(node.id);
    back();
    const answer = await fetch(`${stageUrl(node, API, STAGE)}/item/1`);
    if (answer.status !== 200) throw new Error(`the node answered ${answer.status} from disk`);
    await traffic.more(4_000);
    await etcd.restart();
    await cluster.startControlPlane();
    await cluster.waitApplied(1);
  },
  async "same-directory"({ cluster }, traffic, { random }) {
    for (let round = 0; round < 2; round++)
      await sameDirectory(cluster, pick(cluster.nodes, random), traffic);
  },
  async "disk-lost"({ cluster, kafka }, traffic, { random, outageMs }) {
    await diskLost(traffic, { cluster, kafka, node: pick(cluster.nodes, random), outageMs });
  },
  async "last-edit"({ cluster }, traffic, { random, editRounds: rounds }) {
    await traffic.more(1_000);
    await lastEdit(cluster, traffic, { random, rounds });
    await traffic.more(2_000);
  },
  async limits({ cluster, redis }, traffic, { random, limits }) {
    const { history, strange } = await limitFaults({ cluster, redis, random }, traffic);
    limits.calls += history.observations.length;
    limits.wrong.push(...checkLimits(history), ...strange);
    await traffic.more(1_000);
  },
};

/** FaultReport is one run: calls answered, what became of their usage, and calls that failed without a kill to explain it. */
export interface FaultReport extends UsageFindings {
  readonly sent: number;
  readonly failed: number;
  readonly cut: number;
  /** Edits of the config, reads of it at the nodes, and what of both does not fit the model of `config-history.ts`. */
  readonly configWrites: number;
  readonly configReads: number;
  readonly configWrong: number;
  /** Calls that limits admitted or refused, and what of them does not fit the model of `limits-history.ts`. */
  readonly limitCalls: number;
  readonly limitsWrong: number;
  readonly details: readonly string[];
  /** How long each fault took. */
  readonly seconds: Readonly<Record<string, number>>;
}

/** runFaults carries out faults one after another under traffic and compares the records with what the driver saw. */
export async function runFaults(
  world: FaultsWorld,
  names: readonly string[],
  options: FaultOptions,
): Promise<FaultReport> {
  const { cluster, kafka } = world;
  const usage = await UsageCheck.begin(cluster.usage, kafka.broker);
  const recorder = await ConfigRecorder.start(cluster, options.random, options.pace?.pauseMs || undefined);
  const traffic = new Traffic(cluster, options.pace);
  const limits: LimitFindings = { calls: 0, wrong: [] };
  const seconds: Record<string, number> = {};
  try {
    for (const name of names) {
      const beginMs = performance.now();
      traffic.step = name;
      await (faults[name] as Fault)(world, traffic, { ...options, limits });
      seconds[name] = Math.round((performance.now() - beginMs) / 1_000);
    }
  } catch (error) {
    // What the scenario broke off with is reported, not what ending it in the middle leads to.
    await Promise.allSettled([traffic.stop(), recorder.stop()]);
    throw error;
  }
  await traffic.stop();
  const history = await recorder.stop();
  options.onHistory?.(history);
  const configWrong = checkConfig(history);
  const counted = await usage.settle(traffic.answered, history.reads.length);
  const details = [
    ...new Set([...configWrong, ...limits.wrong, ...traffic.failed, ...traffic.unexpected]),
  ].slice(0, 10);
  return {
    sent: traffic.answered.length,
    ...counted,
    failed: traffic.failed.length + traffic.unexpected.length,
    cut: traffic.cutCount,
    configWrites: history.writes.length,
    configReads: history.reads.length,
    configWrong: configWrong.length,
    limitCalls: limits.calls,
    limitsWrong: limits.wrong.length,
    details,
    seconds,
  };
}
