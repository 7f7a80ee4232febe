import {
  evaluateQueries,
  isBasic,
  listSets,
  type MetricQuery,
  type MetricReader,
  MetricRefusal,
  type MetricStore,
  PointBudget,
  type PointsCache,
  parseStatistic,
  readPoints,
  type Sample,
  startOf,
  valuesOf,
  type WriteReport,
} from "@tollgate/metric-store";
import type { ServiceImplementation } from "@tollgate/proto/grpc";
import type {
  GetMetricStatisticsRequest,
  MetricDataQuery,
  MetricDatum,
  MetricsService,
  PutMetricDataRequest,
} from "@tollgate/proto/metrics";
import { RpcCode, RpcError, unary } from "@tollgate/proto/rpc";
import type { Logger } from "@tollgate/telemetry";
import { CALLS_NAMESPACE } from "../call-metrics/call-tally.ts";
import { BackendBusy, BackendFailed, BackendRefused } from "../metrics-backend/query-api.ts";
import type { Database } from "../usage-store/database.ts";
import { toRpcError } from "./refused.ts";

export interface MetricsServiceOptions {
  readonly database: Database;
  readonly metrics: MetricStore;
  readonly nowMs: () => number;
  /** Hears what became of samples that were put. */
  readonly onWritten: (report: WriteReport) => void;
  /** Reads the metrics of calls where another place than the database has them; absent: the database does. */
  readonly backend?: ((accountId: string) => MetricReader) | undefined;
  readonly logger: Logger;
}

/** Metrics that had no value for longer are not found by name (AWS: ListMetrics). */
const LISTED_S = 14 * 86_400;
const PERIOD_MIN_S = 60;

function storedReader({ database, nowMs }: MetricsServiceOptions, accountId: string): MetricReader {
  const cache: PointsCache = new Map();
  const listedFromUnixS = Math.floor(nowMs() / 1000) - LISTED_S;
  return {
    accountId,
    points: (query) => readPoints(database, query, cache),
    sets: (namespace, seenFromUnixS = 0) =>
      listSets(database, {
        accountId,
        namespace,
        seenFromUnixS: Math.max(listedFromUnixS, seenFromUnixS),
      }),
  };
}

/** What clients put is stored; a backend has the metrics of calls alone. */
function readerOf(options: MetricsServiceOptions, accountId: string): MetricReader {
  const stored = storedReader(options, accountId);
  const backend = options.backend?.(accountId);
  if (!backend) return stored;
  return {
    accountId,
    points: (query) => (query.namespace === CALLS_NAMESPACE ? backend : stored).points(query),
    async sets(namespace, seenFromUnixS) {
      if (namespace === CALLS_NAMESPACE) return await backend.sets(namespace, seenFromUnixS);
      const own = await stored.sets(namespace, seenFromUnixS);
      if (namespace !== undefined) return own;
      // Calls that were counted before there was a backend are not mixed with its own.
      return [
        ...(await backend.sets(CALLS_NAMESPACE, seenFromUnixS)),
        ...own.filter((set) => set.namespace !== CALLS_NAMESPACE),
      ];
    },
  };
}

/** A period that is shorter than a minute is one: values are kept by the minute. */
const periodOf = (periodS: number): number => Math.max(PERIOD_MIN_S, periodS);

function queryOf({ id, label, hidden, of, periodS }: MetricDataQuery): MetricQuery {
  const head = { id, label, isReturned: !hidden };
  if (of.case === "expression")
    return { ...head, expression: of.value, periodS: periodS === 0 ? undefined : periodOf(periodS) };
  if (of.case !== "metricStat")
    throw new MetricRefusal(`the query ${id} has neither a metric nor an expression`);
  const { namespace, metricName, dimensions, stat, unit, periodS: own } = of.value;
  const metricStat = { namespace, metricName, dimensions, stat, periodS: periodOf(own) };
  return { ...head, metricStat: { ...metricStat, unit: unit === "" ? undefined : unit } };
}

async function statisticsOf(options: MetricsServiceOptions, request: GetMetricStatisticsRequest) {
  const { accountId, namespace, metricName, dimensions, unit } = request;
  const statistics = request.statistics.map((name) => {
    const statistic = parseStatistic(name);
    if (!statistic) throw new MetricRefusal(`The value ${name} for parameter Statistics is not supported.`);
    return { name, statistic };
  });
  const periodS = periodOf(request.periodS);
  const budget = new PointBudget();
  const byUnit = await readerOf(options, accountId).points({
    accountId,
    namespace,
    metricName,
    dimensions,
    periodS,
    startUnixS: startOf(Number(request.startUnixS), periodS),
    endUnixS: Number(request.endUnixS),
    hasBuckets: !request.statistics.every(isBasic),
    spend: (points) => budget.spend(points),
  });
  const datapoints = [...byUnit]
    .filter(([one]) => unit === "" || one === unit)
    .flatMap(([one, points]) =>
      [...points].map(([unixS, values]) => ({
        unixS: BigInt(unixS),
        unit: one,
        values: Object.fromEntries(
          statistics.flatMap(({ name, statistic }) => {
            const value = statistic(values);
            return value === undefined ? [] : [[name, value] as const];
          }),
        ),
      })),
    );
  return { datapoints: datapoints.sort((a, b) => Number(a.unixS - b.unixS)) };
}

function samplesOf({ metricName, dimensions, unixS, unit, values, counts, statistics }: MetricDatum) {
  const one = { metric: { name: metricName, unit }, dimensions, unixS: Number(unixS) };
  if (statistics) return [{ ...one, values: valuesOf(statistics) }];
  return values.map((value, i) => ({ ...one, values: valuesOf({ value, samples: counts[i] ?? 1 }) }));
}

async function put(
  { database, metrics, onWritten }: MetricsServiceOptions,
  { accountId, namespace, data }: PutMetricDataRequest,
): Promise<void> {
  const samples: Sample[] = data.flatMap((datum) =>
    samplesOf(datum).map((sample) => ({ ...sample, accountId, namespace })),
  );
  await database.transaction(async (session) => {
    const report = await metrics.write(session, samples);
    if (report.refused > 0) {
      // Nothing is written then: whoever tries again does not put the rest twice.
      onWritten({ ...report, expired: 0 });
      throw new RpcError(
        RpcCode.RESOURCE_EXHAUSTED,
        "the account has as many combinations of dimensions as it may have (TOLLGATE_METRIC_SETS), or one of them has 1,000 metrics: new ones are not kept",
      );
    }
  });
}

/** createMetricsService serves the metrics of a database over gRPC. */
export function createMetricsService(
  options: MetricsServiceOptions,
): ServiceImplementation<typeof MetricsService> {
  const { logger } = options;
  const report = (error: unknown) =>
    logger.error({ err: error }, "a request for metrics failed unexpectedly");
  const serve = <I, O>(run: (request: I) => Promise<O>) =>
    unary(async (request: I) => {
      try {
        return await run(request);
      } catch (error) {
        if (error instanceof MetricRefusal) throw new RpcError(RpcCode.INVALID_ARGUMENT, error.message);
        if (error instanceof BackendBusy) throw new RpcError(RpcCode.ABORTED, error.message);
        if (error instanceof BackendRefused) throw new RpcError(RpcCode.RESOURCE_EXHAUSTED, error.message);
        if (!(error instanceof BackendFailed)) throw toRpcError(error);
        logger.warn({ err: error }, "metrics of calls cannot be read");
        throw new RpcError(RpcCode.UNAVAILABLE, error.message);
      }
    }, report);
  return {
    getMetricData: serve(async ({ accountId, queries, startUnixS, endUnixS, originUnixS }) => {
      if (originUnixS % 60n !== 0n) throw new MetricRefusal("origin_unix_s must be a multiple of 60");
      const range = {
        startUnixS: Number(startUnixS),
        endUnixS: Number(endUnixS),
        originUnixS: Number(originUnixS),
      };
      const results = await evaluateQueries(queries.map(queryOf), range, readerOf(options, accountId));
      return {
        results: results.map(({ id, label, points, messages }) => ({
          id,
          label,
          unixS: points.map(([unixS]) => BigInt(unixS)),
          values: points.map(([, value]) => value),
          messages: messages.map(({ code, value }) => ({ code, value })),
        })),
      };
    }),
    getMetricStatistics: serve((request) => statisticsOf(options, request)),
    listMetrics: serve(async ({ accountId, namespace, seenFromUnixS }) => {
      const sets = await readerOf(options, accountId).sets(
        namespace === "" ? undefined : namespace,
        Number(seenFromUnixS),
      );
      return {
        sets: sets.map(({ namespace: own, dimensions, metrics }) => ({
          namespace: own,
          dimensions: dimensions.map(({ name, value }) => ({ name, value })),
          metricNames: [...new Set(metrics.map(({ name }) => name))],
        })),
      };
    }),
    putMetricData: serve(async (request) => {
      await put(options, request);
      return {};
    }),
  };
}
