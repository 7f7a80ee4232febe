import { LogStore, QueryRuns } from "@tollgate/log-store";
import { MetricStore } from "@tollgate/metric-store";
import { type GrpcServer, startGrpcServer } from "@tollgate/proto/grpc-server";
import { type Logger, openStateFolder, TRACE_GROUP } from "@tollgate/telemetry";
import {
  type Position,
  type ReceivedBatch,
  type Receiver,
  readMessages,
  startReceiver,
} from "@tollgate/usage-stream/kafka";
import { newAuditFile, removeAuditFiles } from "./audit/audit-files.ts";
import type { UsageAuditing } from "./audit/audit-usage.ts";
import { countDeliveries } from "./billing-events/deliveries.ts";
import { keepMetricsSwept } from "./call-metrics/sweep-metrics.ts";
import { registerServices, SERVICES, type ServicesOptions } from "./grpc/services.ts";
import { noteFailures, storeLogs } from "./logs/store-logs.ts";
import { MeteringReadings } from "./metrics.ts";
import { BackendReader } from "./metrics-backend/backend-reader.ts";
import { boundedQueries } from "./metrics-backend/bounded-queries.ts";
import { connectQueryApi } from "./metrics-backend/query-api.ts";
import { keepOwnMetrics } from "./own-metrics/keep-own-metrics.ts";
import { serveProbes } from "./probes.ts";
import type { Publishing } from "./publication/keep-published.ts";
import { publishesRecords, startPublishing } from "./publication/start-publishing.ts";
import { keepReconciled } from "./reconcile/keep-reconciled.ts";
import { keepRetained } from "./retention/keep-retained.ts";
import { databaseFile, logFolder, type MeteringSettings, stateFolder } from "./settings.ts";
import { watchSettlement } from "./usage/unsettled.ts";
import { readCountedUntil } from "./usage-store/counted-until.ts";
import type { Database } from "./usage-store/database.ts";
import { type DatabaseWatch, watchDatabase, whenReachable } from "./usage-store/database-watch.ts";
import { keepCountedUntil } from "./usage-store/keep-counted-until.ts";
import { openPostgres } from "./usage-store/postgres.ts";
import { openSqlite } from "./usage-store/sqlite.ts";
import { UsageStore } from "./usage-store/usage-store.ts";

/** As X-Ray keeps traces. */
const TRACE_RETENTION_DAYS = 30;

export interface Metering extends AsyncDisposable {
  readonly port: number;
  /** 0: metrics are not served. */
  readonly metricsPort: number;
  /** Counts batches that arrive within the process; resolves when they are durable. */
  readonly ingest: (values: readonly Uint8Array[]) => Promise<void>;
  /** Stores batches of log events that arrive within the process. */
  readonly ingestLogs: (values: readonly Uint8Array[]) => Promise<void>;
}

/** Sources are silent only if this process would have heard of them: after its start it first catches up. */
function silentBefore(silentMs: number): () => number {
  const startedMs = Date.now();
  return () => (Date.now() - startedMs < silentMs ? 0 : Date.now() - silentMs);
}

/** Keeps log events until the scope is disposed: those of the topic, or those that arrive within the process. */
async function startLogs(scope: AsyncDisposableStack, settings: MeteringSettings, logger: Logger) {
  const { kafka, logsTopic: topic, sessionMs, home, logStoreBytes: maxBytes } = settings;
  const retentionDaysOf = (logGroup: string) => (logGroup === TRACE_GROUP ? TRACE_RETENTION_DAYS : 0);
  const store = scope.use(
    LogStore.open({ folder: logFolder(home), maxBytes, nowMs: Date.now, logger, retentionDaysOf }),
  );
  const queries = scope.use(new QueryRuns({ store, nowMs: Date.now, logger }));
  const counter = noteFailures(storeLogs(store, logger));
  // Each store has all events: whichever process is asked can reply.
  const group = `${settings.group}-logs-${store.positions.storeId}`;
  const receiver =
    kafka.brokers.length > 0
      ? scope.use(await startReceiver({ kafka, topic, group, sessionMs, counter, logger }))
      : undefined;
  return {
    store,
    queries,
    receiver,
    outage: () => counter.failure,
    ingest: (values: readonly Uint8Array[]): Promise<void> => {
      const receivedUnixMs = Date.now();
      return counter.count(
        values.map((value) => ({ value, receivedUnixMs })),
        { topic: "", partition: 0, nextOffset: 0 },
      );
    },
  };
}

/** What metering needs, and whether it has it. */
const needsOf = (
  database: Database,
  watch: DatabaseWatch,
  receiver: Receiver | undefined,
  logs: Awaited<ReturnType<typeof startLogs>>,
): ServicesOptions["status"] => ({
  deadDeliveries: async () => (await countDeliveries(database)).DEAD,
  database: () => watch.outage,
  usageTopic: receiver && (() => receiver.outage),
  logsTopic: logs.receiver && (() => logs.receiver?.outage),
  logStore: logs.outage,
});

interface Counted {
  readonly store: UsageStore;
  readonly readings: MeteringReadings;
  readonly logger: Logger;
}

/** Counts usage events until the scope is disposed: those of the topic, or those that arrive within the process. */
async function startCounting(
  scope: AsyncDisposableStack,
  { kafka, usageTopic: topic, group, sessionMs }: MeteringSettings,
  { store, readings, logger }: Counted,
) {
  const count = async (batches: readonly ReceivedBatch[], position?: Position) => {
    const report = await store.ingest(batches, position);
    readings.counted(report);
    const { missing, damaged, early, late, metrics } = report;
    if (metrics.damaged > 0)
      logger.error(
        { points: metrics.damaged },
        "stored metrics are damaged: what can be read of them is kept, and new calls are added",
      );
    if (missing + damaged > 0)
      logger.error({ missing, damaged, partition: position?.partition }, "usage events are missing");
    if (early + late > 0)
      logger.warn({ early, late }, "usage events were counted whose time is far from when they arrived");
  };
  const counter = {
    count,
    nextOffset: (of: string, partition: number) => store.nextOffset(of, partition),
    partitionsOf: (of: string) => store.partitionsOf(of),
    restart: (of: string, partition: number) => store.restart(of, partition),
  };
  const receiver =
    kafka.brokers.length > 0
      ? scope.use(await startReceiver({ kafka, topic, group, sessionMs, counter, logger }))
      : undefined;
  if (receiver)
    scope.use(
      keepCountedUntil({
        database: store.database,
        topic: topic.name,
        readEnds: () => receiver.ends(),
        nowMs: Date.now,
        logger,
      }),
    );
  // What arrives within the process is counted as it arrives.
  const countedUntilUnixMs = async () =>
    receiver ? await readCountedUntil(store.database, topic.name) : Date.now();
  return { batches: count, receiver, countedUntilUnixMs };
}

interface Tended extends Pick<Counted, "readings" | "logger"> {
  readonly database: Database;
  readonly metricStore: MetricStore;
  readonly silentBeforeUnixMs: () => number;
}

/** Merges old metrics, compares countings of usage, drops old usage and stores what is wrong now and then, until the scope is disposed. */
function tendDatabase(
  scope: AsyncDisposableStack,
  { metricStoreBytes: maxBytes, retentionMonths }: MeteringSettings,
  { database, metricStore: store, readings, silentBeforeUnixMs, logger }: Tended,
): void {
  scope.use(
    keepMetricsSwept({ database, store, maxBytes, logger, onSwept: (report) => readings.swept(report) }),
  );
  scope.use(keepReconciled({ database, silentBeforeUnixMs, logger }));
  scope.use(keepRetained({ database, retentionMonths, logger }));
  scope.use(keepOwnMetrics({ database, store, silentBeforeUnixMs, logger }));
}

/** How usage is counted again from the topic, beside the receiver. */
const auditingOf = (
  { home, kafka, usageTopic: { name: topic }, group }: MeteringSettings,
  logger: Logger,
): UsageAuditing => ({
  topic,
  readRaw:
    kafka.brokers.length > 0
      ? (ends, take) => readMessages({ kafka, topic, group: `${group}-audit`, ends, take, logger })
      : undefined,
  newFile: () => newAuditFile(stateFolder(home)),
});

/** Readers of metrics of calls, one for each request; undefined: the database has them. */
function backendReaders({ metricsBackend }: MeteringSettings) {
  if (!metricsBackend) return undefined;
  const api = boundedQueries(connectQueryApi(metricsBackend), { waitMs: metricsBackend.timeoutMs });
  const { series } = metricsBackend;
  return (accountId: string) =>
    new BackendReader({ accountId, api, series, nowUnixS: Math.floor(Date.now() / 1_000) });
}

/** Opens the store of usage as soon as the database can be reached. */
const openStore = (
  database: Database,
  settings: MeteringSettings,
  { metrics, logger }: { readonly metrics: MetricStore; readonly logger: Logger },
): Promise<UsageStore> =>
  whenReachable(
    database,
    (reachable) =>
      UsageStore.open(reachable, {
        sourceRetentionMs: settings.sourceRetentionMs,
        // Nodes are scraped by the backend; what clients put stays here.
        metrics: settings.metricsBackend ? "elsewhere" : metrics,
        notesRecords: publishesRecords(settings),
      }),
    { logger },
  );

/** startMetering counts usage events and serves queries of their sums until it is disposed. */
export async function startMetering(settings: MeteringSettings, logger: Logger): Promise<Metering> {
  const scope = new AsyncDisposableStack();
  try {
    openStateFolder(settings.home, "metering");
    removeAuditFiles(stateFolder(settings.home));
    const database = scope.use(
      settings.databaseUrl ? openPostgres(settings.databaseUrl) : openSqlite(databaseFile(settings.home)),
    );
    const metricStore = new MetricStore({ setsMax: settings.metricSetsMax, nowMs: Date.now });
    const store = await openStore(database, settings, { metrics: metricStore, logger });
    const silentBeforeUnixMs = silentBefore(settings.silentMs);
    let receiver: Receiver | undefined;
    let grpc: GrpcServer | undefined;
    let publishing: readonly Publishing[] = [];
    const settlement = scope.use(watchSettlement(database, logger));
    const readings = new MeteringReadings({
      database,
      settlement,
      silentBeforeUnixMs,
      receiver: () => receiver,
      logStore: () => logs.store,
      publishing: () => publishing,
    });
    tendDatabase(scope, settings, { database, metricStore, readings, silentBeforeUnixMs, logger });
    const count = await startCounting(scope, settings, { store, readings, logger });
    receiver = count.receiver;
    publishing = await whenReachable(
      database,
      (reachable) => startPublishing(scope, settings, { database: reachable, logger }),
      { logger },
    );
    const logs = await startLogs(scope, settings, logger);
    const watch = scope.use(
      watchDatabase({ database, onChange: (responds) => grpc?.setServing(responds), logger }),
    );
    const metricsPort = await serveProbes(scope, { ...settings, readings, outage: () => watch.outage });
    const service = { counted: store.database, silentBeforeUnixMs, logger };
    grpc = scope.use(
      await startGrpcServer({
        host: settings.host,
        port: settings.port,
        tokens: settings.access.tokens,
        tls: settings.access.tls,
        services: SERVICES,
        register: (server) =>
          registerServices(server, {
            ...service,
            database,
            countedUntilUnixMs: count.countedUntilUnixMs,
            logStore: logs.store,
            logQueries: logs.queries,
            metrics: {
              metrics: metricStore,
              onWritten: (report) => readings.wrote(report),
              backend: backendReaders(settings),
            },
            auditing: auditingOf(settings, logger),
            status: needsOf(database, watch, receiver, logs),
          }),
      }),
    );
    logger.info(
      { port: grpc.port, database: settings.databaseUrl ? "postgresql" : "embedded" },
      "metering is ready",
    );
    return {
      port: grpc.port,
      metricsPort,
      ingest: (values) => {
        const receivedUnixMs = Date.now();
        return count.batches(values.map((value) => ({ value, receivedUnixMs })));
      },
      ingestLogs: logs.ingest,
      [Symbol.asyncDispose]: () => scope.disposeAsync(),
    };
  } catch (error) {
    await scope.disposeAsync();
    throw error;
  }
}
