import type { DatapointView } from "../../metrics-port.ts";
import { Double } from "../../protocol/double.ts";
import type { JsonOperation } from "../../protocol/json/operation.ts";
import { invalidCombination, invalidValue, notOneOf } from "./errors.ts";
import {
  DIMENSIONS,
  dimensionsOf,
  INTEGER,
  listOf,
  periodOf,
  STRING,
  STRINGS,
  structure,
  TIME,
  textOf,
  UNITS,
  unixSOf,
} from "./inputs.ts";

const POINTS_MAX = 1_440;
export const STATISTICS = ["Maximum", "SampleCount", "Sum", "Minimum", "Average"];

/** isExtended says whether a text has the form of a statistic such as p99.9 or TM(10%:90%). */
export const isExtended = (text: string): boolean =>
  /^(?:(?:p|tm|tc|ts|wm)\d{1,3}(?:\.\d{1,10})?|(?:TM|TC|TS|WM|PR)\([\d.]*%?:[\d.]*%?\)|IQM)$/i.test(text);

function shown(
  { unixS, unit, values }: DatapointView,
  basic: readonly string[],
  extended: readonly string[],
) {
  const known = (names: readonly string[]) =>
    names.flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [[name, new Double(value)] as const];
    });
  return {
    Timestamp: new Date(unixS * 1000),
    ...Object.fromEntries(known(basic)),
    Unit: unit,
    ...(extended.length > 0 ? { ExtendedStatistics: new Map(known(extended)) } : {}),
  };
}

/** getMetricStatistics is GetMetricStatistics (AWS: CloudWatch API reference). */
export const getMetricStatistics: JsonOperation = {
  name: "GetMetricStatistics",
  isReadOnly: true,
  input: structure(
    {
      Namespace: STRING,
      MetricName: STRING,
      Dimensions: DIMENSIONS,
      StartTime: TIME,
      EndTime: TIME,
      Period: INTEGER,
      Statistics: STRINGS,
      ExtendedStatistics: STRINGS,
      Unit: STRING,
    },
    ["Namespace", "MetricName", "StartTime", "EndTime", "Period"],
  ),
  resource: () => "*",
  async run({ input, application, caller }) {
    const basic = listOf<string>(input, "Statistics");
    const extended = listOf<string>(input, "ExtendedStatistics");
    if (basic.length + extended.length === 0)
      throw invalidCombination("Must specify either Statistics or ExtendedStatistics");
    for (const name of basic) if (!STATISTICS.includes(name)) throw notOneOf(name, "statistics", STATISTICS);
    for (const name of extended)
      if (!isExtended(name))
        throw invalidValue(`The value ${name} for parameter ExtendedStatistics is not supported.`);
    const unit = textOf(input, "Unit");
    if (unit !== "" && !UNITS.includes(unit)) throw notOneOf(unit, "unit", UNITS);
    const range = { startUnixS: unixSOf(input, "StartTime"), endUnixS: unixSOf(input, "EndTime") };
    if (range.startUnixS >= range.endUnixS)
      throw invalidValue("The parameter StartTime must be less than the parameter EndTime.");
    const periodS = periodOf(input);
    const count = Math.ceil((range.endUnixS - range.startUnixS) / periodS);
    if (count > POINTS_MAX)
      throw invalidCombination(
        `You have requested up to ${count} datapoints, which exceeds the limit of ${POINTS_MAX}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
      );
    const metricName = textOf(input, "MetricName");
    const points = await application.metrics.statistics(caller.accountId, {
      ...range,
      namespace: textOf(input, "Namespace"),
      metricName,
      dimensions: dimensionsOf(input),
      periodS,
      statistics: [...basic, ...extended],
      unit,
    });
    return { Label: metricName, Datapoints: points.map((point) => shown(point, basic, extended)) };
  },
};
