import type { MetricDataQuery, MetricDataResult } from "../../metrics-port.ts";
import { doublesOf } from "../../protocol/double.ts";
import type { JsonOperation } from "../../protocol/json/operation.ts";
import { monitoringError, notOneOf, validation, violates } from "./errors.ts";
import {
  boundedBy,
  dimensionsOf,
  INTEGER,
  type Input,
  listOf,
  METRIC_DATA_QUERIES,
  nextToken,
  numberOf,
  orderedRange,
  periodOf,
  STRING,
  shortEnough,
  structure,
  TIME,
  textOf,
  UNITS,
} from "./inputs.ts";

const QUERIES_MAX = 500;
const POINTS_MAX = 100_800;
const EXPRESSION_MAX = 2_048;
const ID = /^[a-z][a-zA-Z0-9_]*$/;

/** metricQueries reads MetricDataQueries, as GetMetricData and alarms have them. `parameter` is their name in errors. */
export function metricQueries(given: readonly Input[], parameter = "MetricDataQueries"): MetricDataQuery[] {
  boundedBy(given, "metricDataQueries", QUERIES_MAX);
  const ids = new Set<string>();
  return given.map((query, i) => {
    const place = `${parameter}.member.${i + 1}`;
    const id = textOf(query, "Id");
    if (!ID.test(id))
      throw validation(
        `The value ${id} for parameter ${place}.Id is not valid: it must begin with a lower-case letter, and have letters, digits and underscores only.`,
      );
    if (ids.has(id)) throw validation(`The values for parameter Id in ${parameter} are not unique: ${id}.`);
    ids.add(id);
    return { ...queryOf(query, place), id };
  });
}

function queryOf(query: Input, place: string): Omit<MetricDataQuery, "id"> {
  const label = query["Label"] as string | undefined;
  const isHidden = query["ReturnData"] === false;
  const expression = query["Expression"] as string | undefined;
  const stat = query["MetricStat"] as Input | undefined;
  if (stat && expression !== undefined)
    throw validation(
      `The parameters ${place}.MetricStat and ${place}.Expression are mutually exclusive and you have specified both.\n`,
    );
  if (expression !== undefined) {
    shortEnough(expression, `${place}.expression`, EXPRESSION_MAX);
    const periodS = query["Period"] === undefined ? 0 : periodOf(query);
    return { label, isHidden, of: { case: "expression", value: expression }, periodS };
  }
  if (!stat) throw validation(`The parameter ${place}.MetricStat is required.\n`);
  const metric = stat["Metric"] as Input;
  const unit = textOf(stat, "Unit");
  if (unit !== "" && !UNITS.includes(unit)) throw notOneOf(unit, `${place}.metricStat.unit`, UNITS);
  for (const name of ["Namespace", "MetricName"])
    if (textOf(metric, name) === "")
      throw validation(`The parameter ${place}.MetricStat.Metric.${name} is required.\n`);
  const value = {
    namespace: textOf(metric, "Namespace"),
    metricName: textOf(metric, "MetricName"),
    dimensions: dimensionsOf(metric),
    periodS: periodOf(stat),
    stat: textOf(stat, "Stat"),
    unit,
  };
  return { label, isHidden, of: { case: "metricStat", value }, periodS: 0 };
}

/** A page is points of the results in their order; the token is how many were returned before. */
function pageOfPoints(results: readonly MetricDataResult[], input: Input) {
  const token = textOf(input, "NextToken");
  const before =
    token === "" ? 0 : Number(/^p(\d{1,9})$/.exec(Buffer.from(token, "base64url").toString())?.[1]);
  if (!Number.isInteger(before))
    throw monitoringError("InvalidNextToken", "The value of NextToken is invalid.");
  const wanted = numberOf(input, "MaxDatapoints") ?? POINTS_MAX;
  if (wanted < 1)
    throw violates(wanted, "maxDatapoints", "Member must have value greater than or equal to 1");
  const most = Math.min(wanted, POINTS_MAX);
  const isAscending = textOf(input, "ScanBy") === "TimestampAscending";
  let at = 0;
  const shown = results.map(({ id, label, unixS, values, messages }) => {
    const times = isAscending ? unixS : unixS.toReversed();
    const numbers = isAscending ? values : values.toReversed();
    const from = Math.min(Math.max(0, before - at), times.length);
    const to = Math.min(Math.max(0, before + most - at), times.length);
    at += times.length;
    return {
      Id: id,
      Label: label,
      Timestamps: times.slice(from, to).map((time) => new Date(time * 1000)),
      Values: doublesOf(numbers.slice(from, to)),
      StatusCode: to < times.length ? "PartialData" : "Complete",
      ...(messages.length > 0
        ? { Messages: messages.map(({ code, value }) => ({ Code: code, Value: value })) }
        : {}),
    };
  });
  const end = before + most;
  return { shown, next: end < at ? Buffer.from(`p${end}`).toString("base64url") : "" };
}

/** getMetricData is GetMetricData (AWS: CloudWatch API reference). */
export const getMetricData: JsonOperation = {
  name: "GetMetricData",
  isReadOnly: true,
  input: structure(
    {
      MetricDataQueries: METRIC_DATA_QUERIES,
      StartTime: TIME,
      EndTime: TIME,
      NextToken: STRING,
      ScanBy: STRING,
      MaxDatapoints: INTEGER,
    },
    ["MetricDataQueries", "StartTime", "EndTime"],
  ),
  resource: () => "*",
  async run({ input, application, caller }) {
    const range = orderedRange(input);
    const order = textOf(input, "ScanBy");
    const orders = ["TimestampDescending", "TimestampAscending"];
    if (order !== "" && !orders.includes(order)) throw notOneOf(order, "scanBy", orders);
    const queries = metricQueries(listOf(input, "MetricDataQueries"));
    const results = await application.metrics.data(caller.accountId, queries, range);
    const { shown, next } = pageOfPoints(results, input);
    return { MetricDataResults: shown, ...nextToken(next), Messages: [] };
  },
};
