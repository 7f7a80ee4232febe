import { z } from "zod";
import { actionMembers, alarmId, targetsOfActions } from "../alarm/actions.ts";
import { checkAlarm } from "../alarm/check-alarm.ts";
import { dimensions, period, STATISTICS, statistic } from "../alarm/metric.ts";
import { metricQuery } from "../alarm/metric-query.ts";
import { defineKind } from "../define-kind.ts";
import { tags } from "../tags.ts";
import { NotificationTarget } from "./notification-target.ts";

const spec = z
  .strictObject({
    ...actionMembers,
    /** The metric, unless the alarm has `metrics`. */
    namespace: z.string().min(1).max(255).optional(),
    metricName: z.string().min(1).max(255).optional(),
    dimensions: dimensions.default([]),
    statistic: z.enum(STATISTICS).optional(),
    /** Such as p99, instead of `statistic`. */
    extendedStatistic: statistic.optional(),
    /** In seconds. */
    period: period.optional(),
    unit: z.string().min(1).max(32).optional(),
    /** Metrics and expressions of them; one of them has returnData, and is what the threshold is compared with. */
    metrics: z.array(metricQuery).max(20).default([]),
    /** The last so many periods are looked at. */
    evaluationPeriods: z.int().min(1).max(10_080),
    /** So many of them must be beyond the threshold for the state ALARM; absent: all. */
    datapointsToAlarm: z.int().min(1).max(10_080).optional(),
    threshold: z.number(),
    comparisonOperator: z.enum([
      "GreaterThanOrEqualToThreshold",
      "GreaterThanThreshold",
      "LessThanThreshold",
      "LessThanOrEqualToThreshold",
    ]),
    /** What periods without data count as; absent: missing. */
    treatMissingData: z.enum(["breaching", "notBreaching", "ignore", "missing"]).optional(),
    /** Whether percentiles of too few values are compared; absent: evaluate. */
    evaluateLowSampleCountPercentile: z.enum(["evaluate", "ignore"]).optional(),
    tags: tags.optional(),
  })
  .superRefine(checkAlarm);

export const Alarm = defineKind({
  name: "Alarm",
  about: "An alarm on a metric, as one of Amazon CloudWatch (PutMetricAlarm). Its id is its name.",
  spec,
  collection: "alarms",
  id: alarmId,
  references: [{ to: NotificationTarget, of: ({ spec: given }) => targetsOfActions(given) }],
  /** (5000) */
  quota: "alarms",
});
