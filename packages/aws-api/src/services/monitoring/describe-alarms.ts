import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { ofAllAlarms } from "./alarm-names.ts";
import { childrenOf, type KnownAlarm, knownAlarms, viewOfAlarm } from "./alarm-view.ts";
import { invalidCombination, notOneOf, validation, violates } from "./errors.ts";
import {
  boundedBy,
  DIMENSIONS,
  dimensionsOf,
  INTEGER,
  type Input,
  listOf,
  nextToken,
  numberOf,
  pageOf,
  STRING,
  STRINGS,
  structure,
  textOf,
} from "./inputs.ts";

const NAMES_MAX = 100;
const PAGE_MAX = 100;
export const STATES = ["INSUFFICIENT_DATA", "ALARM", "OK"];
export const TYPES = ["CompositeAlarm", "MetricAlarm", "LogAlarm"];

/** sizeOf is how many items a page has. */
export function sizeOf(input: Input, standard: number): number {
  const size = numberOf(input, "MaxRecords") ?? standard;
  if (size < 1) throw violates(size, "maxRecords", "Member must have value greater than or equal to 1");
  if (size > PAGE_MAX)
    throw violates(size, "maxRecords", `Member must have value less than or equal to ${PAGE_MAX}`);
  return size;
}

/** typesOf are the types of alarms that a request is about. */
export function typesOf(input: Input): readonly string[] {
  const types = listOf<string>(input, "AlarmTypes");
  for (const type of types) if (!TYPES.includes(type)) throw notOneOf(type, "alarmTypes", TYPES);
  return types;
}

const actionsOf = ({ spec }: KnownAlarm): readonly string[] => [
  ...spec.okActions,
  ...spec.alarmActions,
  ...spec.insufficientDataActions,
];

/** Children and parents are shown by name, ARN and state only (AWS: DescribeAlarms). */
const RELATED = ["AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp"];
const related = (view: object): object =>
  Object.fromEntries(Object.entries(view).filter(([name]) => RELATED.includes(name)));

function filterOf(input: Input, all: readonly KnownAlarm[]): (alarm: KnownAlarm) => boolean {
  const names = new Set(listOf<string>(input, "AlarmNames"));
  const prefix = textOf(input, "AlarmNamePrefix");
  if (names.size > 0 && prefix !== "")
    throw invalidCombination(
      "The parameters AlarmNames and AlarmNamePrefix are mutually exclusive and you have specified both.",
    );
  const state = textOf(input, "StateValue");
  if (state !== "" && !STATES.includes(state)) throw notOneOf(state, "stateValue", STATES);
  const actions = textOf(input, "ActionPrefix");
  const types = typesOf(input);
  // Without types, AWS's clients of before composite alarms get what they know, unless they name an alarm.
  const isType = (type: string) =>
    types.length > 0 ? types.includes(type) : type === "MetricAlarm" || names.size > 0;
  const parent = textOf(input, "ChildrenOfAlarmName");
  const child = textOf(input, "ParentsOfAlarmName");
  if (parent !== "" && child !== "")
    throw validation("ChildrenOfAlarmName and ParentsOfAlarmName cannot be used together.");
  const children = new Set(all.filter(({ name }) => name === parent).flatMap(childrenOf));
  const isRelated = (alarm: KnownAlarm) =>
    parent !== "" ? children.has(alarm.name) : childrenOf(alarm).includes(child);
  return (alarm) =>
    (parent !== "" || child !== ""
      ? isRelated(alarm)
      : isType(alarm.type) &&
        (names.size === 0 || names.has(alarm.name)) &&
        alarm.name.startsWith(prefix) &&
        (actions === "" || actionsOf(alarm).some((arn) => arn.startsWith(actions)))) &&
    (state === "" || alarm.state.state === state);
}

/** describeAlarms is DescribeAlarms (AWS: CloudWatch API reference). */
export const describeAlarms: JsonOperation = {
  name: "DescribeAlarms",
  isReadOnly: true,
  input: structure({
    AlarmNames: STRINGS,
    AlarmNamePrefix: STRING,
    AlarmTypes: STRINGS,
    ChildrenOfAlarmName: STRING,
    ParentsOfAlarmName: STRING,
    StateValue: STRING,
    ActionPrefix: STRING,
    MaxRecords: INTEGER,
    NextToken: STRING,
  }),
  resource: ofAllAlarms,
  async run(request: JsonRequest) {
    const { input } = request;
    boundedBy(listOf(input, "AlarmNames"), "alarmNames", NAMES_MAX);
    const size = sizeOf(input, 50);
    const all = await knownAlarms(request);
    const { items, next } = pageOf(all.filter(filterOf(input, all)), input, size);
    const isOfRelation = textOf(input, "ChildrenOfAlarmName") + textOf(input, "ParentsOfAlarmName") !== "";
    const viewsOf = (type: string) =>
      items
        .filter((alarm) => alarm.type === type)
        .map((alarm) => viewOfAlarm(request, alarm))
        .map((view) => (isOfRelation ? related(view) : view));
    return {
      MetricAlarms: viewsOf("MetricAlarm"),
      CompositeAlarms: viewsOf("CompositeAlarm"),
      LogAlarms: [],
      ...nextToken(next),
    };
  },
};

const sameDimensions = (
  a: readonly { readonly name: string; readonly value: string }[],
  b: readonly { readonly name: string; readonly value: string }[],
): boolean => {
  const text = (list: typeof a) =>
    list
      .map(({ name, value }) => JSON.stringify([name, value]))
      .sort()
      .join();
  return text(a) === text(b);
};

/** describeAlarmsForMetric is DescribeAlarmsForMetric (AWS: CloudWatch API reference). */
export const describeAlarmsForMetric: JsonOperation = {
  name: "DescribeAlarmsForMetric",
  isReadOnly: true,
  input: structure(
    {
      MetricName: STRING,
      Namespace: STRING,
      Statistic: STRING,
      ExtendedStatistic: STRING,
      Dimensions: DIMENSIONS,
      Period: INTEGER,
      Unit: STRING,
    },
    ["MetricName", "Namespace"],
  ),
  resource: ofAllAlarms,
  async run(request: JsonRequest) {
    const { input } = request;
    const dimensions = dimensionsOf(input);
    const matches = (alarm: KnownAlarm): boolean => {
      const { spec } = alarm;
      if ("alarmRule" in spec) return false;
      const own = spec.metrics.flatMap(({ metricStat }) => metricStat?.metric ?? []);
      const metrics = spec.metricName === undefined ? own : [spec];
      const isGiven = (name: string, value: unknown) => input[name] === undefined || input[name] === value;
      return (
        metrics.some(
          (metric) =>
            metric.metricName === textOf(input, "MetricName") &&
            metric.namespace === textOf(input, "Namespace") &&
            sameDimensions(metric.dimensions, dimensions),
        ) &&
        isGiven("Statistic", spec.statistic) &&
        isGiven("ExtendedStatistic", spec.extendedStatistic) &&
        isGiven("Period", spec.period) &&
        isGiven("Unit", spec.unit)
      );
    };
    return {
      MetricAlarms: (await knownAlarms(request)).filter(matches).map((alarm) => viewOfAlarm(request, alarm)),
    };
  },
};
