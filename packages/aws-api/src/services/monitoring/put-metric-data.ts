import type { MetricDatum } from "../../metrics-port.ts";
import type { JsonOperation } from "../../protocol/json/operation.ts";
import { invalidCombination, invalidValue, notOneOf } from "./errors.ts";
import {
  boundedBy,
  DIMENSIONS,
  dimensionsOf,
  INTEGER,
  type Input,
  listOf,
  NUMBER,
  NUMBERS,
  numberOf,
  STRING,
  shortEnough,
  structure,
  TIME,
  textOf,
  UNITS,
  unixSOf,
} from "./inputs.ts";

const DATA_MAX = 1_000;
const VALUES_MAX = 150;
const DIMENSIONS_MAX = 30;
const NAME_MAX = 255;
const DIMENSION_VALUE_MAX = 1_024;
const VALUE_MAX = 2 ** 360;
const PAST_S = 14 * 86_400;
const FUTURE_S = 2 * 3_600;

function checkNumber(value: number, place: string): void {
  if (!Number.isFinite(value) || Math.abs(value) > VALUE_MAX)
    throw invalidValue(`The value ${value} for parameter ${place} is invalid.`);
}

const exclusive = (place: string, one: string, other: string) =>
  invalidCombination(
    `The parameters ${place}.${one} and ${place}.${other} are mutually exclusive and you have specified both.`,
  );

type Values = Pick<MetricDatum, "values" | "counts" | "statistics">;

function valuesOf(datum: Input, place: string): Values {
  const value = numberOf(datum, "Value");
  const set = datum["StatisticValues"] as Input | undefined;
  const values = listOf<number>(datum, "Values");
  const counts = listOf<number>(datum, "Counts");
  if (value !== undefined && values.length > 0) throw exclusive(place, "Value", "Values");
  if (value !== undefined && set) throw exclusive(place, "Value", "StatisticValues");
  if (set && values.length > 0) throw exclusive(place, "StatisticValues", "Values");
  if (set) {
    const number = (name: string) => {
      const one = numberOf(set, name) ?? 0;
      checkNumber(one, `${place}.StatisticValues.${name}`);
      return one;
    };
    const statistics = {
      sampleCount: number("SampleCount"),
      sum: number("Sum"),
      minimum: number("Minimum"),
      maximum: number("Maximum"),
    };
    if (statistics.sampleCount <= 0)
      throw invalidValue(
        `The value ${statistics.sampleCount} for parameter ${place}.StatisticValues.SampleCount is invalid.`,
      );
    if (statistics.minimum > statistics.maximum)
      throw invalidValue(
        `The parameter ${place}.StatisticValues.Maximum must be greater than or equal to Minimum.`,
      );
    return { values: [], counts: [], statistics };
  }
  if (value !== undefined) {
    checkNumber(value, `${place}.Value`);
    return { values: [value], counts: [1], statistics: undefined };
  }
  if (values.length === 0)
    throw invalidCombination(
      `At least one of the parameters ${place}.Value, ${place}.Values and ${place}.StatisticValues must be specified.`,
    );
  boundedBy(values, `${place}.values`, VALUES_MAX);
  if (counts.length > 0 && counts.length !== values.length)
    throw invalidValue(`The parameters ${place}.Values and ${place}.Counts must be of the same size.`);
  for (const [i, one] of values.entries()) checkNumber(one, `${place}.Values.member.${i + 1}`);
  for (const [i, one] of counts.entries())
    if (!(one > 0) || !Number.isFinite(one))
      throw invalidValue(`The value ${one} for parameter ${place}.Counts.member.${i + 1} is invalid.`);
  return { values, counts: counts.length > 0 ? counts : values.map(() => 1), statistics: undefined };
}

function datumOf(datum: Input, place: string, nowUnixS: number): MetricDatum {
  const dimensions = dimensionsOf(datum);
  boundedBy(dimensions, `${place}.dimensions`, DIMENSIONS_MAX);
  for (const [i, { name, value }] of dimensions.entries()) {
    shortEnough(name, `${place}.dimensions.${i + 1}.name`, NAME_MAX);
    shortEnough(value, `${place}.dimensions.${i + 1}.value`, DIMENSION_VALUE_MAX);
    if (name === "" || value === "")
      throw invalidValue(
        `The parameter ${place}.Dimensions.member.${i + 1}.${name === "" ? "Name" : "Value"} must not be empty.`,
      );
  }
  if (new Set(dimensions.map(({ name }) => name)).size < dimensions.length)
    throw invalidValue(`The parameter ${place}.Dimensions has a name twice.`);
  const unit = textOf(datum, "Unit") || "None";
  if (!UNITS.includes(unit)) throw notOneOf(unit, `${place}.unit`, UNITS);
  const resolution = numberOf(datum, "StorageResolution") ?? 60;
  if (resolution !== 1 && resolution !== 60)
    throw invalidValue(`The value ${resolution} for parameter ${place}.StorageResolution is invalid.`);
  const unixS = datum["Timestamp"] === undefined ? nowUnixS : unixSOf(datum, "Timestamp");
  if (unixS < nowUnixS - PAST_S || unixS > nowUnixS + FUTURE_S)
    throw invalidValue(
      `The parameter ${place}.Timestamp must specify a time within the past two weeks and no more than two hours in the future.`,
    );
  const metricName = textOf(datum, "MetricName");
  shortEnough(metricName, `${place}.metricName`, NAME_MAX);
  if (metricName === "") throw invalidValue(`The parameter ${place}.MetricName must not be empty.`);
  return { metricName, dimensions, unixS: Math.floor(unixS), unit, ...valuesOf(datum, place) };
}

/** putMetricData is PutMetricData (AWS: CloudWatch API reference). Values are kept by the minute whatever their resolution. */
export const putMetricData: JsonOperation = {
  name: "PutMetricData",
  input: structure(
    {
      Namespace: STRING,
      MetricData: {
        type: "list",
        of: structure(
          {
            MetricName: STRING,
            Dimensions: DIMENSIONS,
            Timestamp: TIME,
            Value: NUMBER,
            Values: NUMBERS,
            Counts: NUMBERS,
            StatisticValues: structure(
              { SampleCount: NUMBER, Sum: NUMBER, Minimum: NUMBER, Maximum: NUMBER },
              ["SampleCount", "Sum", "Minimum", "Maximum"],
            ),
            Unit: STRING,
            StorageResolution: INTEGER,
          },
          ["MetricName"],
        ),
      },
    },
    ["Namespace", "MetricData"],
  ),
  // Values are not what an audit log is about, and are many.
  recorded: ({ Namespace }) => ({ Namespace }),
  resource: () => "*",
  async run({ input, application, caller }) {
    const namespace = textOf(input, "Namespace");
    if (namespace === "" || namespace.startsWith("AWS/"))
      throw invalidValue(`The value ${namespace.slice(0, 4)} for parameter Namespace is invalid.`);
    shortEnough(namespace, "namespace", NAME_MAX);
    const data = listOf(input, "MetricData");
    boundedBy(data, "metricData", DATA_MAX);
    const nowUnixS = Date.now() / 1000;
    await application.metrics.put(
      caller.accountId,
      namespace,
      data.map((datum, i) => datumOf(datum, `MetricData.member.${i + 1}`, nowUnixS)),
    );
    return undefined;
  },
};
