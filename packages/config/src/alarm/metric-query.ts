import { z } from "zod";
import { dimensions, isExtendedStatistic, period, STATISTICS } from "./metric.ts";

const BASIC: ReadonlySet<string> = new Set(STATISTICS);

const metricStat = z.strictObject({
  metric: z.strictObject({
    namespace: z.string().min(1).max(255),
    metricName: z.string().min(1).max(255),
    dimensions: dimensions.default([]),
  }),
  period,
  stat: z.string().refine((name) => BASIC.has(name) || isExtendedStatistic(name), {
    error: "must be a statistic such as Sum, Average or p99",
  }),
  unit: z.string().min(1).max(32).optional(),
});

/** metricQuery is a metric or an expression of an alarm (AWS: MetricDataQuery). */
export const metricQuery = z.strictObject({
  id: z.string().regex(/^[a-z]\w{0,254}$/, {
    error: "must begin with a lower-case letter, followed by letters, digits and underscores",
  }),
  metricStat: metricStat.optional(),
  /** Metric math, such as errors / calls * 100. */
  expression: z.string().min(1).max(2_048).optional(),
  label: z.string().max(255).optional(),
  /** What the threshold is compared with: exactly one query of an alarm has it. */
  returnData: z.boolean().default(true),
  /** Of an expression. */
  period: period.optional(),
});

export type AlarmMetricQuery = z.output<typeof metricQuery>;
