import { type ClientOptions, createClient, type ServiceClient } from "@tollgate/proto/grpc";
import { MetricsService } from "@tollgate/proto/metrics";
import { RpcCode } from "@tollgate/proto/rpc";
import { Refusal, type RefusalReason } from "../refusal.ts";

const TIMEOUT_MS = 30_000;

const REASONS: ReadonlyMap<number, RefusalReason> = new Map([
  [RpcCode.INVALID_ARGUMENT, "invalid"],
  [RpcCode.RESOURCE_EXHAUSTED, "limit"],
  [RpcCode.ABORTED, "throttled"],
]);

interface Dimension {
  readonly name: string;
  readonly value: string;
}

interface Range {
  readonly startUnixS: number;
  readonly endUnixS: number;
  /** A time at which periods begin; absent: they begin at multiples of their length. */
  readonly originUnixS?: number;
}

interface Stat {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly Dimension[];
  readonly periodS: number;
  readonly stat: string;
  readonly unit: string;
}

interface Query {
  readonly id: string;
  readonly label: string | undefined;
  readonly isHidden: boolean;
  readonly of:
    | { readonly case: "metricStat"; readonly value: Stat }
    | { readonly case: "expression"; readonly value: string };
  readonly periodS: number;
}

interface StatisticsQuery extends Range, Omit<Stat, "stat"> {
  readonly statistics: readonly string[];
}

interface Datum {
  readonly metricName: string;
  readonly dimensions: readonly Dimension[];
  readonly unixS: number;
  readonly unit: string;
  readonly values: readonly number[];
  readonly counts: readonly number[];
  readonly statistics:
    | {
        readonly sampleCount: number;
        readonly sum: number;
        readonly minimum: number;
        readonly maximum: number;
      }
    | undefined;
}

type Send<T> = (
  client: ServiceClient<typeof MetricsService>,
  options: { readonly deadline: Date },
) => Promise<T>;

const messageOf = ({ of, label, isHidden, ...query }: Query) => ({
  ...query,
  ...(label === undefined ? {} : { label }),
  hidden: isHidden,
  of:
    of.case === "metricStat"
      ? { case: of.case, value: { ...of.value, dimensions: [...of.value.dimensions] } }
      : of,
});

/** Seconds as the wire has them: from the beginning of the first, and to the end of the last. */
const rangeOf = ({ startUnixS, endUnixS }: Range) => ({
  startUnixS: BigInt(Math.floor(startUnixS)),
  endUnixS: BigInt(Math.ceil(endUnixS)),
});

/** MetricReader reads and writes the metrics that metering keeps. Its refusals have the sentences of CloudWatch. */
export type MetricReader = ReturnType<typeof connectMetrics>;

/** connectMetrics reads metrics from the metering at an address. It connects at the first request. */
export function connectMetrics(metering: ClientOptions) {
  const client = createClient(MetricsService, metering);
  const ask = async <T>(send: Send<T>): Promise<T> => {
    try {
      return await send(client, { deadline: new Date(Date.now() + TIMEOUT_MS) });
    } catch (error) {
      const { code = -1, details, message } = error as { code?: number; details?: string; message: string };
      const reason = REASONS.get(code);
      throw reason
        ? new Refusal(reason, details ?? message)
        : new Refusal(
            "unavailable",
            `the metrics at ${metering.address} cannot be read: ${details || message}`,
          );
    }
  };
  return {
    async data(accountId: string, queries: readonly Query[], range: Range) {
      const { results } = await ask((metrics, options) =>
        metrics.getMetricData(
          {
            accountId,
            queries: queries.map(messageOf),
            ...rangeOf(range),
            originUnixS: BigInt(range.originUnixS ?? 0),
          },
          options,
        ),
      );
      return results.map(({ unixS, ...result }) => ({ ...result, unixS: unixS.map(Number) }));
    },
    async statistics(accountId: string, { statistics, dimensions, ...query }: StatisticsQuery) {
      const { datapoints } = await ask((metrics, options) =>
        metrics.getMetricStatistics(
          {
            ...query,
            accountId,
            statistics: [...statistics],
            dimensions: [...dimensions],
            ...rangeOf(query),
          },
          options,
        ),
      );
      return datapoints.map(({ unixS, unit, values }) => ({ unixS: Number(unixS), unit, values }));
    },
    async sets(accountId: string, namespace: string, seenFromUnixS: number) {
      const { sets } = await ask((metrics, options) =>
        metrics.listMetrics({ accountId, namespace, seenFromUnixS: BigInt(seenFromUnixS) }, options),
      );
      return sets;
    },
    async put(accountId: string, namespace: string, data: readonly Datum[]): Promise<void> {
      await ask((metrics, options) =>
        metrics.putMetricData(
          {
            accountId,
            namespace,
            data: data.map(({ statistics, ...datum }) => ({
              ...datum,
              dimensions: [...datum.dimensions],
              values: [...datum.values],
              counts: [...datum.counts],
              unixS: BigInt(datum.unixS),
              ...(statistics ? { statistics } : {}),
            })),
          },
          options,
        ),
      );
    },
    [Symbol.dispose]() {
      client.close();
    },
  };
}
