import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { NodeHealth } from "@tollgate/config-stream";
import type { Subscriber, SubscriberStatus } from "@tollgate/config-stream/subscriber";
import { openRedis, type Redis } from "@tollgate/redis";
import {
  createMetrics,
  type Logger,
  type MetricName,
  type MetricReading,
  metricNames,
  openStateFolder,
} from "@tollgate/telemetry";
import { createTopicSender, type TopicSender, type UsageSink } from "@tollgate/usage-stream/kafka";
import { openCaches } from "../cache/open-caches.ts";
import { askControlPlane, KeyResolver } from "../directory/key-resolver.ts";
import { openLimits } from "../limits/open-limits.ts";
import { countedByMetering } from "../limits/shared/past-usage.ts";
import { QuotaLives } from "../limits/shared/quota-lives.ts";
import { type Logs, startLogs } from "../logs/start-logs.ts";
import type { DataPlaneSettings } from "../settings.ts";
import { Shipper } from "../usage/shipper.ts";
import { SourceClient } from "../usage/source-client.ts";
import { startSourceReports } from "../usage/source-reports.ts";
import type { ListenPorts } from "../worker/protocol.ts";
import { type Probes, startAdmin } from "./admin.ts";
import { checkPorts } from "./check-ports.ts";
import { conditionOf, type NodeFactsNow, notLive, notReady, type ServingState } from "./condition.ts";
import { openEdge } from "./edge-access.ts";
import { type FollowedConfig, followConfig } from "./follow-config.ts";
import { KnownNodes } from "./known-nodes.ts";
import { takeNodeFolder } from "./node-folder.ts";
import { openTls } from "./node-tls.ts";
import { openPeers } from "./peers.ts";
import { readAll } from "./readings.ts";
import { WorkerPool } from "./worker-pool.ts";
import { workerStart } from "./worker-start.ts";

/** How long a stopping node tries to send its last usage events. The rest stays in the spool until the next start. */
const FLUSH_TIMEOUT_MS = 10_000;
const LOG_FLUSH_TIMEOUT_MS = 2_000;

/** ServedPorts are where a node serves calls; 0: not. */
export interface ServedPorts {
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Of private networks; absent: they reach no port. */
  readonly privateHttpPort?: number;
  readonly privateHttpsPort?: number;
  /** Of edge nodes; absent: they reach no port. */
  readonly edgePort?: number;
}

export interface DataPlane extends AsyncDisposable {
  /** Resolves when the node serves calls, with a config from the control plane or from disk. */
  readonly serving: Promise<ServedPorts>;
  readonly adminPort: number;
  readonly workerPids: () => readonly number[];
}

/** Without a Redis, nothing is leased, and nobody writes down which sources of earlier lives are closed: those are not settled later. */
function openLives(
  scope: AsyncDisposableStack,
  isLeasing: boolean,
  { folder, nodeId, logger }: { readonly folder: string; readonly nodeId: string; readonly logger: Logger },
): QuotaLives | undefined {
  const file = join(folder, "quota-lives.db");
  if (isLeasing) return scope.use(new QuotaLives(file, nodeId, logger));
  for (const part of ["", "-wal", "-shm"]) rmSync(`${file}${part}`, { force: true });
  return undefined;
}

interface UsagePartsOptions {
  readonly folder: string;
  readonly spoolFolder: string;
  readonly logger: Logger;
  readonly sink: UsageSink | undefined;
}

/** Sends the usage events of the spool, until the scope is disposed. */
function startUsage(
  scope: AsyncDisposableStack,
  { kafka, usageTopic: topic, nodeId, ...settings }: DataPlaneSettings,
  { folder, spoolFolder, logger, sink: given }: UsagePartsOptions,
) {
  const { workers, spool, controlPlanes: addresses, token, tls } = settings;
  const limits = { limitBytes: spool.limitBytes, workers };
  const sink = scope.use(given ?? createTopicSender({ kafka, clientId: nodeId, topic, logger }));
  const lives = openLives(scope, settings.redis !== undefined, { folder, nodeId, logger });
  const shipper = scope.use(
    new Shipper({
      folder: spoolFolder,
      nodeId,
      sink,
      logger,
      limits,
      lives,
      damagedMaxBytes: spool.damagedMaxBytes,
    }),
  );
  shipper.start();
  const client = scope.use(new SourceClient({ addresses, token, tls }));
  scope.use(startSourceReports({ client, read: () => shipper.openSources, logger }));
  return { shipper, lives, pastUsage: countedByMetering(client, shipper) };
}

interface PartsOptions {
  readonly status: () => SubscriberStatus;
  /** They have the connections that other nodes ask for, and cached entries that others invalidate. */
  readonly workers: () => WorkerPool;
  readonly usage: ReturnType<typeof startUsage>;
  readonly logger: Logger;
}

/** What the workers ask the node for. */
async function openParts(
  scope: AsyncDisposableStack,
  settings: DataPlaneSettings,
  folder: string,
  { status, workers, usage: { lives, pastUsage }, logger }: PartsOptions,
) {
  const { controlPlanes: addresses, token, tls } = settings;
  const nodes = new KnownNodes(join(folder, "known-nodes"), logger);
  const redis = settings.redis && scope.use(await openRedis(settings.redis, logger));
  const limits = await openLimits(scope, {
    settings,
    redis,
    folder,
    knownNodes: () => nodes.count,
    lives,
    pastUsage,
    logger,
  });
  const asking = askControlPlane({
    addresses,
    current: () => status().address,
    token,
    tls,
    version: () => status().version,
  });
  const peers = scope.use(
    await openPeers(settings, {
      giveOrder: (ask) => workers().giveOrder(ask),
      page: (ask) => workers().page(ask),
      sampled: (ask) => workers().sampled(ask),
      logger,
    }),
  );
  return {
    redis,
    keys: new KeyResolver(scope.use(asking)),
    ...limits,
    caches: openCaches({
      settings,
      redis,
      onRemoved: (cache, key) => workers().removedElsewhere(cache, key),
    }),
    knownNodes: nodes,
    peers,
  };
}

/** Takes the node's folder, and checks its ports when the workers of a process that was killed have ended, which had both. */
async function takeFolder(scope: AsyncDisposableStack, settings: DataPlaneSettings) {
  openStateFolder(settings.home, "data-plane");
  const folder = join(settings.home, "data-plane", settings.nodeId);
  const spoolFolder = join(folder, "spool");
  scope.use(takeNodeFolder(folder, spoolFolder));
  await checkPorts(settings);
  return { folder, spoolFolder };
}

const wantedPorts = ({
  httpPort,
  isHttpServed,
  https,
  privateEntrance,
  edgePort,
}: DataPlaneSettings): ListenPorts => ({
  http: isHttpServed ? httpPort : undefined,
  https: https?.port,
  privateHttp: privateEntrance?.httpPort,
  privateHttps: privateEntrance?.httpsPort,
  edge: edgePort,
});

/** The ports that a node listens on by the names under which it prints them; 0: not. */
const namedPorts = (
  { http = 0, https = 0, privateHttp = 0, privateHttps = 0, edge }: ListenPorts,
  hasPrivate: boolean,
) => ({
  httpPort: http,
  httpsPort: https,
  ...(hasPrivate && { privateHttpPort: privateHttp, privateHttpsPort: privateHttps }),
  ...(edge !== undefined && { edgePort: edge }),
});

const openMetrics = (
  { metricExport: exporting, nodeId: instanceId }: DataPlaneSettings,
  read: () => Promise<readonly MetricReading[]>,
) => createMetrics({ read, exporting, instanceId });

const probesOf = (now: () => NodeFactsNow): Probes => ({
  notReady: () => notReady(now()),
  notLive: () => notLive(now()),
});

/** startDataPlane runs a node until it is disposed, which drains it. `sink` gets the usage events instead of Kafka, `logSink` the log events. */
export async function startDataPlane(
  settings: DataPlaneSettings,
  logger: Logger,
  { sink, logSink }: { readonly sink?: UsageSink; readonly logSink?: TopicSender } = {},
): Promise<DataPlane> {
  const scope = new AsyncDisposableStack();
  try {
    const { folder, spoolFolder } = await takeFolder(scope, settings);
    const usage = startUsage(scope, settings, { folder, spoolFolder, logger, sink });
    const { shipper } = usage;
    const status = () => subscriber.status;
    const logs = startLogs(scope, settings, { folder, logger, sink: logSink });
    const parts = await openParts(scope, settings, folder, { status, workers: () => workers, usage, logger });
    const tls = await openTls(scope, settings, (material) => workers.useTls(material), logger);
    const edge = await openEdge(scope, settings, (access) => workers.useEdgeAccess(access));
    const workers: WorkerPool = new WorkerPool({
      count: settings.workers,
      ports: wantedPorts(settings),
      start: workerStart(settings, spoolFolder, { ...parts, logs }),
      https: () => tls && { material: tls.material, redirectPort: settings.https?.redirectPort },
      edge: () => edge?.current,
      parts,
      shipper,
      logs: logs?.shipper,
      onCrash: (code, signal) => guard.workerEnded(code, signal),
      logger,
    });
    workers.start();

    let state: ServingState = "waiting";
    const now = () =>
      factsOf({ workers, subscriber, shipper, state, redis: parts.redis, workerCount: settings.workers });
    const configured = Promise.withResolvers<void>();
    const { subscriber, guard }: FollowedConfig = followConfig(settings, {
      folder,
      ...parts,
      apply: (update) => workers.apply(update),
      health: () => healthOf(workers),
      condition: () => conditionOf(now()),
      onApplied: configured.resolve,
      logger,
    });
    scope.use(guard);
    const serve = async () => {
      await Promise.all([configured.promise, subscriber.decided]);
      const ports = namedPorts(await workers.listen(), settings.privateEntrance !== undefined);
      if (state === "waiting") state = "serving";
      const { version } = subscriber.status;
      logger.info({ ...ports, workers: settings.workers, version }, "data plane is serving");
      return ports;
    };
    const read = () => readAll(workers, subscriber, shipper, { ...parts, logs, settings });
    const metrics = scope.use(openMetrics(settings, read));
    const admin = scope.use(await startAdmin(settings, metrics, probesOf(now)));
    // In reverse order of the start: accept no more calls, finish them, send their usage, then dispose of everything else.
    scope.defer(() => flushed(shipper, logs));
    scope.use(subscriber);
    scope.defer(async () => {
      state = "draining";
      // Load balancers learn it in the first half: whoever is sent away then is not sent here again. Connections that are in use end in the second half,
      // between two calls, and not while a client sends its next one.
      await delay(settings.drainDelayMs / 2);
      workers.leave();
      await delay(settings.drainDelayMs / 2);
      await workers.drain(settings.drainTimeoutMs);
    });
    const serving = serve();
    serving.catch(() => undefined); // reported to those who wait for it
    await subscriber.start();
    return {
      serving,
      adminPort: admin.port,
      workerPids: () => workers.status.pids,
      [Symbol.asyncDispose]: () => scope.disposeAsync(),
    };
  } catch (error) {
    await scope.disposeAsync();
    throw error;
  }
}

/** Waits until what is in the spools was sent, but not for long. */
async function flushed(usage: Shipper, logs: Logs | undefined): Promise<void> {
  await Promise.all([usage.flushed(FLUSH_TIMEOUT_MS), logs?.shipper.flushed(LOG_FLUSH_TIMEOUT_MS)]);
}

interface FactSources {
  readonly workers: WorkerPool;
  readonly subscriber: Subscriber;
  readonly shipper: Shipper;
  readonly state: ServingState;
  readonly redis: Redis | undefined;
  readonly workerCount: number;
}

function factsOf({ workers, subscriber, shipper, state, redis, workerCount }: FactSources): NodeFactsNow {
  const { denied, unsavedMs } = subscriber.status;
  const { backlogBytes, limitBytes: spoolLimitBytes } = shipper.status;
  const { isFull: isSpoolFull, sinkFailure } = shipper;
  return {
    denied,
    state,
    workers: workers.conditions,
    workerCount,
    isSpoolFull,
    sinkFailure,
    backlogBytes,
    spoolLimitBytes,
    unsavedMs,
    isRedisConnected: redis?.isConnected,
  };
}

/** What the control planes get while config goes out in waves. */
async function healthOf(workers: WorkerPool): Promise<NodeHealth> {
  const readings = await workers.readMetrics();
  const sumOf = (name: MetricName) =>
    readings.reduce((sum, reading) => sum + (reading.name === name ? reading.value : 0), 0);
  return {
    calls: sumOf(metricNames.count),
    serverErrors: sumOf(metricNames.serverError),
    workerCrashes: workers.status.restarts,
  };
}
