import { Cluster, type ClusterNode } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { type KafkaBroker, startKafka } from "../kit/kafka.ts";
import { startPostgres } from "../kit/postgres.ts";
import { until } from "../kit/process.ts";
import { inRandomOrder } from "../kit/seeded.ts";
import { BalancedCalls, configureCalls, startCalledUpstream } from "./balanced-calls.ts";
import { type ConfigHistory, checkConfig } from "./config-history.ts";
import { ConfigRecorder } from "./config-recorder.ts";
import { UsageCheck, type UsageFindings } from "./usage-check.ts";

const NODES = 3;
/** For how long a node that stops still takes calls: several times what the load balancer needs to hear of it. */
const DRAIN_DELAY_MS = 1_000;

/** RollingWorld is a cluster of three nodes, two control planes and two meterings. */
export interface RollingWorld extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly kafka: KafkaBroker;
}

/** startRollingWorld starts the cluster and its servers. */
export async function startRollingWorld(): Promise<RollingWorld> {
  await using scope = new AsyncDisposableStack();
  const [etcd, kafka, postgres] = await Promise.all([startEtcd(), startKafka(), startPostgres()]);
  for (const server of [etcd, kafka, postgres]) scope.use(server);
  const upstream = scope.use(await startCalledUpstream());
  const cluster = scope.use(
    await Cluster.start({
      etcd: etcd.url,
      kafka: kafka.broker,
      postgres: postgres.url,
      nodes: NODES,
      controlPlanes: 2,
      meterings: 2,
      env: {
        TOLLGATE_DRAIN_DELAY_MS: String(DRAIN_DELAY_MS),
        TOLLGATE_SECRETS_KEY: Buffer.alloc(32, 7).toString("base64"),
      },
    }),
  );
  await configureCalls(cluster, upstream);
  const life = scope.move();
  return { cluster, kafka, [Symbol.asyncDispose]: () => life.disposeAsync() };
}

export interface RollingOptions {
  readonly rounds: number;
  readonly callsPerSecond: number;
  readonly random: () => number;
}

/** RollingReport is a run of restarts: none of its calls may fail, and none of its edits may be lost. */
export interface RollingReport extends UsageFindings {
  readonly restarts: number;
  readonly sent: number;
  readonly slow: number;
  readonly uploads: number;
  readonly failed: number;
  readonly configWrites: number;
  readonly configReads: number;
  readonly configWrong: number;
  readonly details: readonly string[];
}

/** rolling restarts every process of the cluster in each round, one at a time in a random order, under calls and edits. */
export async function rolling(
  { cluster, kafka }: RollingWorld,
  { rounds, callsPerSecond, random }: RollingOptions,
): Promise<RollingReport> {
  const usage = await UsageCheck.begin(cluster.usage, kafka.broker);
  const recorder = await ConfigRecorder.start(cluster, random);
  const calls = new BalancedCalls(cluster, callsPerSecond);
  const details: string[] = [];
  let restarts = 0;
  for (let round = 0; round < rounds; round++)
    for (const { restart } of inRandomOrder(partsOf(cluster), random)) {
      await restart().catch((error: unknown) => {
        details.push((error as Error).message);
        console.error((error as Error).message);
      });
      restarts++;
    }
  await calls.stop();
  // A node that is not there is found by it, too: the run says why, and what else it has found.
  const history = await recorder.stop().catch((error: unknown) => {
    details.push(`the config was not read to the end: ${(error as Error).message}`);
    return NO_HISTORY;
  });
  const configWrong = checkConfig(history);
  const failedRestarts = details.length;
  details.push(...new Set([...configWrong, ...calls.failed]));
  return {
    restarts,
    sent: calls.answered.length,
    slow: calls.counts.slow,
    uploads: calls.counts.upload,
    ...(await usage.settle(calls.answered, history.reads.length)),
    failed: failedRestarts + calls.failed.length,
    configWrites: history.writes.length,
    configReads: history.reads.length,
    configWrong: configWrong.length,
    details: details.slice(0, 10),
  };
}

const NO_HISTORY: ConfigHistory = { writes: [], reads: [], stored: {}, served: {} };

interface RestartedPart {
  restart(): Promise<void>;
}

interface Stopped {
  readonly part: ClusterNode["part"];
  readonly name: string;
  /** Starts it again, whatever became of it. */
  start(): Promise<unknown>;
}

/** Ends a process as an orchestrator does, and starts it again. It has to end by itself. */
async function stopAndStart({ part, name, start }: Stopped): Promise<void> {
  const stopMs = performance.now();
  await part.kill("SIGTERM");
  const seconds = ((performance.now() - stopMs) / 1_000).toFixed(1);
  await start();
  const { exitCode, signalCode } = part.child;
  if (exitCode !== 0)
    throw new Error(
      `${name} ended with ${exitCode ?? signalCode} after ${seconds} s: ${part.output().slice(-2_000)}`,
    );
}

/** Every process of the cluster. A restart is over when all nodes are at the newest config again. */
function partsOf(cluster: Cluster): readonly RestartedPart[] {
  const settled = async () => {
    try {
      await cluster.waitApplied(1, NODES);
    } catch (error) {
      // A node that is missing may have ended: what it said is the cause.
      const ended = cluster.nodes.filter(({ part }) => part.hasEnded());
      const last = ended.map(({ id, part }) => `${id} has ended: ${part.output().slice(-2_000)}`);
      throw new Error([(error as Error).message, ...last].join("; "), { cause: error });
    }
  };
  const nodes = cluster.nodes.map(({ id }) => ({
    async restart() {
      const { part } = cluster.nodes.find((node) => node.id === id) as ClusterNode;
      await stopAndStart({
        part,
        name: id,
        async start() {
          const { adminPort } = await cluster.startNode(id);
          await until(`${id} is ready`, async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).ok);
          await settled();
        },
      });
    },
  }));
  const first: readonly RestartedPart[] = [
    {
      restart: () =>
        stopAndStart({
          part: cluster.controlPlane,
          name: "the first control plane",
          start: () => cluster.startControlPlane().then(settled),
        }),
    },
    {
      restart: () =>
        stopAndStart({
          part: cluster.metering,
          name: "the first metering",
          start: () => cluster.startMetering(),
        }),
    },
  ];
  const planes = cluster.otherControlPlanes.map((plane) => ({
    restart: () =>
      stopAndStart({
        part: plane.part,
        name: "another control plane",
        start: () => cluster.restartOther(plane).then(settled),
      }),
  }));
  const meterings = cluster.otherMeterings.map((metering) => ({
    restart: () =>
      stopAndStart({
        part: metering.part,
        name: "another metering",
        start: () => cluster.restartOtherMetering(metering),
      }),
  }));
  return [...nodes, ...first, ...planes, ...meterings];
}
