import { z } from "zod";

/** STATISTICS are the statistics that CloudWatch has names for; others are extended ones, such as p99. */
export const STATISTICS = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] as const;

const EXTENDED =
  /^(?:(?:p|tm|tc|ts|wm)(?:100|\d{1,2}(?:\.\d{1,10})?)|IQM|(?:PR|TC|TM|TS|WM)\((?:[\d.]{1,20}%?)?:(?:[\d.]{1,20}%?)?\))$/i;

/** isExtendedStatistic reports whether a name is one of a statistic that needs the single values. */
export const isExtendedStatistic = (name: string): boolean => EXTENDED.test(name);

export const statistic = z.string().refine(isExtendedStatistic, {
  error: "must be a statistic such as p99.9, tm90, TM(10%:90%), PR(:300) or IQM",
});

/** The period of points in seconds. */
export const period = z
  .int()
  .min(10)
  .max(86_400)
  .refine((seconds) => [10, 20, 30].includes(seconds) || seconds % 60 === 0, {
    error: "Period must be 10, 30 or a multiple of 60",
  });

export const dimensions = z
  .array(z.strictObject({ name: z.string().min(1).max(255), value: z.string().min(1).max(1_024) }))
  .max(30);
