import type { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";
import type { AlarmMetricQuery } from "./metric-query.ts";

/** What of an alarm's spec depends on other parts of it. */
interface CheckedAlarm {
  readonly namespace?: string | undefined;
  readonly metricName?: string | undefined;
  readonly dimensions: readonly unknown[];
  readonly statistic?: string | undefined;
  readonly extendedStatistic?: string | undefined;
  readonly period?: number | undefined;
  readonly unit?: string | undefined;
  readonly metrics: readonly AlarmMetricQuery[];
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm?: number | undefined;
  readonly evaluateLowSampleCountPercentile?: string | undefined;
}

const HOUR_S = 3_600;
const DAY_S = 86_400;
/** AWS's limit of the queries of an alarm that are metrics. */
const METRICS_MAX = 10;
const MIN_PERIOD_S = 60;

/** alarmPeriod is the period of an alarm in seconds: that of its metric, or the longest of its metrics. */
export const alarmPeriod = ({ period, metrics }: Pick<CheckedAlarm, "period" | "metrics">): number =>
  period ?? Math.max(MIN_PERIOD_S, ...metrics.map((query) => query.metricStat?.period ?? query.period ?? 0));

type Context = z.RefinementCtx;

function checkMetric(alarm: CheckedAlarm, context: Context): void {
  for (const member of ["namespace", "metricName", "period"] as const)
    if (alarm[member] === undefined)
      raise(context, facts.REQUIRED_WITH({ condition: "without metrics" }), [member]);
  if (alarm.statistic === undefined && alarm.extendedStatistic === undefined)
    raise(context, facts.REQUIRED_WITH({ condition: "without extendedStatistic and metrics" }), [
      "statistic",
    ]);
  if (alarm.statistic !== undefined && alarm.extendedStatistic !== undefined)
    raise(context, facts.ONLY_WITH({ condition: "without statistic" }), ["extendedStatistic"]);
}

function checkQueries(alarm: CheckedAlarm, context: Context): void {
  for (const member of [
    "namespace",
    "metricName",
    "statistic",
    "extendedStatistic",
    "period",
    "unit",
  ] as const)
    if (alarm[member] !== undefined)
      raise(context, facts.ONLY_WITH({ condition: "without metrics" }), [member]);
  if (alarm.dimensions.length > 0)
    raise(context, facts.ONLY_WITH({ condition: "without metrics" }), ["dimensions"]);
  const ids = new Set<string>();
  for (const [i, { id, metricStat, expression }] of alarm.metrics.entries()) {
    if (ids.has(id)) raise(context, facts.LISTED_TWICE({ name: id }), ["metrics", i, "id"]);
    ids.add(id);
    if (metricStat && expression !== undefined)
      raise(context, facts.ONLY_WITH({ condition: "without metricStat" }), ["metrics", i, "expression"]);
    if (!metricStat && expression === undefined)
      raise(context, facts.REQUIRED_WITH({ condition: "without expression" }), ["metrics", i, "metricStat"]);
    if (expression !== undefined && /\b(SEARCH|ANOMALY_DETECTION_BAND)\s*\(|^\s*SELECT\b/i.test(expression))
      raise(context, facts.ALARM_EXPRESSION_UNSUPPORTED(), ["metrics", i, "expression"]);
  }
  const returned = alarm.metrics.filter(({ returnData }) => returnData).length;
  if (returned !== 1) raise(context, facts.ALARM_RETURNS({ returned }), ["metrics"]);
  if (alarm.metrics.filter(({ metricStat }) => metricStat).length > METRICS_MAX)
    raise(context, facts.TOO_MANY({ what: "metrics of an alarm", most: METRICS_MAX }), ["metrics"]);
}

/** checkAlarm reports members of an alarm that exclude or require each other (AWS: PutMetricAlarm). */
export function checkAlarm(alarm: CheckedAlarm, context: Context): void {
  if (alarm.metrics.length > 0) checkQueries(alarm, context);
  else checkMetric(alarm, context);
  const { evaluationPeriods, datapointsToAlarm = 1 } = alarm;
  if (datapointsToAlarm > evaluationPeriods)
    raise(context, facts.ALARM_DATAPOINTS({ datapointsToAlarm, evaluationPeriods }), ["datapointsToAlarm"]);
  const periodS = alarmPeriod(alarm);
  const mostS = periodS >= HOUR_S ? 7 * DAY_S : DAY_S;
  if (evaluationPeriods * periodS > mostS)
    raise(context, facts.ALARM_WINDOW({ seconds: evaluationPeriods * periodS, mostSeconds: mostS }), [
      "evaluationPeriods",
    ]);
  if (alarm.evaluateLowSampleCountPercentile !== undefined && alarm.extendedStatistic === undefined)
    raise(context, facts.ONLY_WITH({ condition: "with extendedStatistic" }), [
      "evaluateLowSampleCountPercentile",
    ]);
}
