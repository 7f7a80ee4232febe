import { type AlarmState, alarmPeriod, type SpecOf } from "@tollgate/config";
import { awsDate, crossedReason, type Datapoint, insufficientReason, isBreaching } from "./state-reason.ts";
import { evaluateWindow, type MissingData, RANGE_MORE } from "./window.ts";

type AlarmSpec = SpecOf<"Alarm">;

/** AlarmQuery is a query of the metrics that an alarm reads, as metric-reader.ts takes it. */
export interface AlarmQuery {
  readonly id: string;
  readonly label: string | undefined;
  readonly isHidden: boolean;
  readonly of:
    | {
        readonly case: "metricStat";
        readonly value: {
          readonly namespace: string;
          readonly metricName: string;
          readonly dimensions: readonly { readonly name: string; readonly value: string }[];
          readonly periodS: number;
          readonly stat: string;
          readonly unit: string;
        };
      }
    | { readonly case: "expression"; readonly value: string };
  readonly periodS: number;
}

/** AlarmReading is what an alarm reads to be evaluated at a time. */
export interface AlarmReading {
  readonly queries: readonly AlarmQuery[];
  readonly startUnixS: number;
  /** Exclusive; periods begin at it, and at whole periods before. */
  readonly endUnixS: number;
  readonly periodS: number;
}

/** Outcome is what an evaluation says about an alarm. */
export interface Outcome {
  /** undefined: it stays as it is. */
  readonly state: AlarmState | undefined;
  readonly reason: string;
  /** JSON; empty: there is none. */
  readonly reasonData: string;
}

/** Values are kept by the minute. */
const MIN_PERIOD_S = 60;
const VALUES = "m0";
const SAMPLES = "n0";

function ownQueries(spec: AlarmSpec): readonly AlarmQuery[] {
  const { namespace = "", metricName = "", dimensions, unit = "" } = spec;
  const periodS = Math.max(MIN_PERIOD_S, spec.period ?? MIN_PERIOD_S);
  const of = (id: string, stat: string): AlarmQuery => ({
    id,
    label: id,
    isHidden: false,
    periodS: 0,
    of: { case: "metricStat", value: { namespace, metricName, dimensions, periodS, stat, unit } },
  });
  return [of(VALUES, spec.statistic ?? spec.extendedStatistic ?? "Average"), of(SAMPLES, "SampleCount")];
}

const givenQueries = ({ metrics }: AlarmSpec): readonly AlarmQuery[] =>
  metrics.map(({ id, metricStat, expression = "", returnData, period = 0 }) => {
    const head = { id, label: id, isHidden: !returnData };
    if (!metricStat) return { ...head, periodS: period, of: { case: "expression", value: expression } };
    const { metric, stat, unit = "" } = metricStat;
    const periodS = Math.max(MIN_PERIOD_S, metricStat.period);
    return { ...head, periodS: 0, of: { case: "metricStat", value: { ...metric, periodS, stat, unit } } };
  });

/** readingOf is what an alarm reads to be evaluated at the end of a minute. */
export function readingOf(spec: AlarmSpec, endUnixS: number): AlarmReading {
  const periodS = Math.max(MIN_PERIOD_S, alarmPeriod(spec));
  const queries = spec.metrics.length > 0 ? givenQueries(spec) : ownQueries(spec);
  return {
    queries,
    startUnixS: endUnixS - (spec.evaluationPeriods + RANGE_MORE) * periodS,
    endUnixS,
    periodS,
  };
}

/** So many samples are enough for a percentile to mean something (AWS: percentile-based alarms and low data samples). */
function samplesNeeded(statistic: string): number {
  const share = Number(/^p([\d.]+)$/.exec(statistic)?.[1]) / 100;
  if (Number.isNaN(share) || share <= 0 || share >= 1) return 0;
  // 1 - 0.9 is a little more than 0.1 is 10 / 0.1.
  return Math.round(10 / (share >= 0.5 ? 1 - share : share));
}

type Series = ReadonlyMap<number, number>;

/** SeriesOfAlarm are the values of an alarm by the beginnings of their periods, and how many samples these have. */
export interface SeriesOfAlarm {
  readonly values: Series;
  /** Empty: it is not known. */
  readonly samples: Series;
}

interface Result {
  readonly id: string;
  readonly unixS: readonly number[];
  readonly values: readonly number[];
}

/** seriesOf takes the series of an alarm from results of its queries. */
export function seriesOf(spec: AlarmSpec, results: readonly Result[]): SeriesOfAlarm {
  const wanted = spec.metrics.find(({ returnData }) => returnData)?.id ?? VALUES;
  const seriesNamed = (id: string): Series => {
    const result = results.find((one) => one.id === id);
    return new Map(result?.unixS.map((unixS, i) => [unixS, result.values[i] as number]));
  };
  return {
    values: seriesNamed(wanted),
    samples: spec.metrics.length > 0 ? new Map() : seriesNamed(SAMPLES),
  };
}

interface Period {
  readonly unixS: number;
  /** undefined: there is no value. */
  readonly value: number | undefined;
  readonly isLow: boolean;
}

function periodsOf(
  spec: AlarmSpec,
  { startUnixS, endUnixS, periodS }: AlarmReading,
  series: SeriesOfAlarm,
): Period[] {
  const needed =
    spec.evaluateLowSampleCountPercentile === "ignore" ? samplesNeeded(spec.extendedStatistic ?? "") : 0;
  const periods: Period[] = [];
  for (let unixS = startUnixS; unixS < endUnixS; unixS += periodS) {
    const value = series.values.get(unixS);
    const isLow = value !== undefined && (series.samples.get(unixS) ?? needed) < needed;
    periods.push({ unixS, value, isLow });
  }
  return periods;
}

function dataOf(
  spec: AlarmSpec,
  reading: AlarmReading,
  used: readonly Datapoint[],
  { samples }: SeriesOfAlarm,
): string {
  const newestFirst = used.toReversed();
  const oldest = newestFirst.at(-1);
  return JSON.stringify({
    version: "1.0",
    queryDate: awsDate(reading.endUnixS * 1_000),
    ...(oldest ? { startDate: awsDate(oldest.unixS * 1_000) } : {}),
    ...(spec.unit === undefined ? {} : { unit: spec.unit }),
    ...(spec.metrics.length > 0 ? {} : { statistic: spec.statistic ?? spec.extendedStatistic }),
    period: reading.periodS,
    recentDatapoints: used.map(({ value }) => value),
    threshold: spec.threshold,
    evaluatedDatapoints: newestFirst.map(({ unixS, value }) => ({
      timestamp: awsDate(unixS * 1_000),
      ...(samples.has(unixS) ? { sampleCount: samples.get(unixS) } : {}),
      value,
    })),
  });
}

/** evaluateMetricAlarm decides the state of an alarm from the values of its last periods. */
export function evaluateMetricAlarm(spec: AlarmSpec, reading: AlarmReading, series: SeriesOfAlarm): Outcome {
  const { comparisonOperator: comparison, threshold, evaluationPeriods } = spec;
  const datapointsToAlarm = spec.datapointsToAlarm ?? evaluationPeriods;
  const treatMissingData: MissingData = spec.treatMissingData ?? "missing";
  const periods = periodsOf(spec, reading, series);
  const newest = periods.findLast(({ value }) => value !== undefined);
  if (newest?.isLow) return { state: undefined, reason: "", reasonData: "" };
  const breaches = periods.map(({ value, isLow }) =>
    value === undefined || isLow ? undefined : isBreaching(comparison, value, threshold),
  );
  const { state, used, filled } = evaluateWindow(breaches, {
    evaluationPeriods,
    datapointsToAlarm,
    treatMissingData,
  });
  const points = used.map((i) => ({
    unixS: periods[i]?.unixS as number,
    value: periods[i]?.value as number,
  }));
  if (state === undefined) return { state, reason: "", reasonData: "" };
  const reasonData = dataOf(spec, reading, points, series);
  if (state === "INSUFFICIENT_DATA")
    return { state, reason: insufficientReason(evaluationPeriods), reasonData };
  const onSide = points.filter(
    ({ value }) => isBreaching(comparison, value, threshold) === (state === "ALARM"),
  );
  const reason = crossedReason({
    comparison,
    threshold,
    state,
    datapoints: onSide.toReversed(),
    evaluationPeriods,
    datapointsToAlarm: spec.datapointsToAlarm,
    filled,
    treatedAs: treatMissingData === "breaching" ? "Breaching" : "NonBreaching",
  });
  return { state, reason, reasonData };
}
