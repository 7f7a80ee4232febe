import { isExtendedStatistic, type SpecOf, STATISTICS } from "@tollgate/config";
import type { Shape } from "../../protocol/json/shape.ts";
import { invalidCombination, invalidValue, notOneOf, validation } from "./errors.ts";
import {
  BOOLEAN,
  DIMENSIONS,
  INTEGER,
  type Input,
  listOf,
  METRIC_DATA_QUERIES,
  NUMBER,
  STRING,
  STRINGS,
  structure,
  textOf,
} from "./inputs.ts";

export const TAGS: Shape = { type: "list", of: structure({ Key: STRING, Value: STRING }, ["Key", "Value"]) };

/** ACTION_SHAPES are the members of both kinds of alarms. */
export const ACTION_SHAPES: Readonly<Record<string, Shape>> = {
  AlarmDescription: STRING,
  ActionsEnabled: BOOLEAN,
  OKActions: STRINGS,
  AlarmActions: STRINGS,
  InsufficientDataActions: STRINGS,
};

/** METRIC_SHAPES are the members of metric alarms. */
export const METRIC_SHAPES: Readonly<Record<string, Shape>> = {
  MetricName: STRING,
  Namespace: STRING,
  Statistic: STRING,
  ExtendedStatistic: STRING,
  Dimensions: DIMENSIONS,
  Period: INTEGER,
  Unit: STRING,
  EvaluationPeriods: INTEGER,
  DatapointsToAlarm: INTEGER,
  Threshold: NUMBER,
  ComparisonOperator: STRING,
  TreatMissingData: STRING,
  EvaluateLowSampleCountPercentile: STRING,
  Metrics: METRIC_DATA_QUERIES,
};

/** COMPOSITE_SHAPES are the members of composite alarms. */
export const COMPOSITE_SHAPES: Readonly<Record<string, Shape>> = {
  AlarmRule: STRING,
  ActionsSuppressor: STRING,
  ActionsSuppressorWaitPeriod: INTEGER,
  ActionsSuppressorExtensionPeriod: INTEGER,
};

const MEMBERS = new Map([["OKActions", "okActions"]]);
const NAMES = new Map([["okActions", "OKActions"]]);
const memberOf = (name: string): string => MEMBERS.get(name) ?? name.charAt(0).toLowerCase() + name.slice(1);
const nameOf = (member: string): string =>
  NAMES.get(member) ?? member.charAt(0).toUpperCase() + member.slice(1);

function renamed(value: unknown, name: (of: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => renamed(one, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [name(key), renamed(one, name)]));
}

/** tagsIn are tags as a map. */
export const tagsIn = (input: Input): Record<string, string> =>
  Object.fromEntries(listOf(input, "Tags").map((tag) => [textOf(tag, "Key"), textOf(tag, "Value")]));

/** specIn is the spec of an alarm in a request, by the names of its members. Tags are set when an alarm is created, and kept after. */
export function specIn(
  input: Input,
  shapes: Readonly<Record<string, Shape>>,
  tags: Readonly<Record<string, string>> | undefined,
): object {
  const given = Object.entries(input).filter(([name]) => Object.hasOwn(shapes, name));
  const spec = renamed(Object.fromEntries(given), memberOf) as object;
  const known = tags ?? tagsIn(input);
  return Object.keys(known).length > 0 ? { ...spec, tags: known } : spec;
}

/** viewOf is the spec of an alarm as responses have it; members that were not given are absent. */
export const viewOf = ({ tags: _, ...spec }: SpecOf<"Alarm"> | SpecOf<"CompositeAlarm">) =>
  renamed(JSON.parse(JSON.stringify(spec)), nameOf) as Record<string, unknown>;

const MISSING_DATA = ["breaching", "notBreaching", "ignore", "missing"];
const OPERATORS = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
];
/** In AWS's order. */
const STATISTIC_NAMES = ["Maximum", "SampleCount", "Sum", "Minimum", "Average"];

/** checkMetricAlarm refuses in CloudWatch's sentences what these are known of; the rest is a matter of the spec. */
export function checkMetricAlarm(input: Input): void {
  const text = (name: string) => textOf(input, name);
  const missing = text("TreatMissingData");
  if (missing !== "" && !MISSING_DATA.includes(missing))
    throw validation(
      `The value ${missing} is not supported for TreatMissingData parameter. Supported values are [${MISSING_DATA.join(", ")}].`,
    );
  const operator = text("ComparisonOperator");
  if (!OPERATORS.includes(operator)) throw notOneOf(operator, "comparisonOperator", OPERATORS);
  const statistic = text("Statistic");
  if (statistic !== "" && !(STATISTICS as readonly string[]).includes(statistic))
    throw notOneOf(statistic, "statistic", STATISTIC_NAMES);
  const extended = text("ExtendedStatistic");
  if (extended !== "" && !isExtendedStatistic(extended))
    throw invalidValue(`The value ${extended} for parameter ExtendedStatistic is not supported.`);
  const low = text("EvaluateLowSampleCountPercentile");
  if (low !== "" && low !== "evaluate" && low !== "ignore")
    throw validation(
      `Option ${low} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.`,
    );
  const period = input["Period"] as number | undefined;
  if (period !== undefined && ![10, 20, 30].includes(period) && (period < 60 || period % 60 !== 0))
    throw validation("Period must be 10, 30 or a multiple of 60");
  if (text("MetricName") !== "" && listOf(input, "Metrics").length > 0)
    throw invalidCombination(
      "The parameters MetricName and Metrics are mutually exclusive and you have specified both.",
    );
}
