import type { JsonRequest } from "../../protocol/json/operation.ts";
import type { Shape, Structure } from "../../protocol/json/shape.ts";
import { invalidValue, monitoringError, validation, violates } from "./errors.ts";

export const STRING: Shape = { type: "string" };
export const INTEGER: Shape = { type: "integer" };
export const NUMBER: Shape = { type: "number" };
export const BOOLEAN: Shape = { type: "boolean" };
export const TIME: Shape = { type: "timestamp" };
export const STRINGS: Shape = { type: "list", of: STRING };
export const NUMBERS: Shape = { type: "list", of: NUMBER };

export const structure = (members: Structure["members"], required: readonly string[] = []): Structure => ({
  type: "structure",
  members,
  required,
});

export const DIMENSIONS: Shape = {
  type: "list",
  of: structure({ Name: STRING, Value: STRING }, ["Name", "Value"]),
};

export const METRIC_DATA_QUERIES: Shape = {
  type: "list",
  of: structure(
    {
      Id: STRING,
      MetricStat: structure(
        {
          Metric: structure({ Namespace: STRING, MetricName: STRING, Dimensions: DIMENSIONS }),
          Period: INTEGER,
          Stat: STRING,
          Unit: STRING,
        },
        ["Metric", "Period", "Stat"],
      ),
      Expression: STRING,
      Label: STRING,
      ReturnData: BOOLEAN,
      Period: INTEGER,
      AccountId: STRING,
    },
    ["Id"],
  ),
};

/** Input is members of a request by their names. */
export type Input = JsonRequest["input"];

export const textOf = (input: Input, name: string): string => (input[name] as string | undefined) ?? "";
export const numberOf = (input: Input, name: string): number | undefined => input[name] as number | undefined;
export const listOf = <T = Input>(input: Input, name: string): readonly T[] =>
  (input[name] as readonly T[] | undefined) ?? [];

/** unixSOf is a time in seconds since 1970. */
export const unixSOf = (input: Input, name: string): number => (input[name] as Date).getTime() / 1000;

export const dimensionsOf = (input: Input, name = "Dimensions") =>
  listOf(input, name).map((dimension) => ({
    name: textOf(dimension, "Name"),
    value: textOf(dimension, "Value"),
  }));

const PERIOD_MAX_S = 86_400;

/** periodOf is a period in seconds: values are kept by the minute, and merged into the minutes of shorter periods. */
export function periodOf(input: Input): number {
  const period = numberOf(input, "Period") ?? 0;
  if (period < 1) throw violates(period, "period", "Member must have value greater than or equal to 1");
  if (period > PERIOD_MAX_S)
    throw violates(period, "period", `Member must have value less than or equal to ${PERIOD_MAX_S}`);
  if (![1, 5, 10, 20, 30].includes(period) && period % 60 !== 0)
    throw invalidValue("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.");
  return period;
}

/** boundedBy checks how long a list is. */
export function boundedBy(list: readonly unknown[], place: string, most: number): void {
  if (list.length > most)
    throw violates(`[${list.length} items]`, place, `Member must have length less than or equal to ${most}`);
}

/** shortEnough checks how long a string is. */
export function shortEnough(text: string, place: string, most: number): void {
  if (text.length > most)
    throw violates(`${text.slice(0, 40)}...`, place, `Member must have length less than or equal to ${most}`);
}

/** pageOf is a page of a list, and the token of the next one. */
export function pageOf<T>(
  all: readonly T[],
  input: Input,
  size: number,
): { items: readonly T[]; next: string } {
  const token = textOf(input, "NextToken");
  const from =
    token === ""
      ? 0
      : Number(/^t(\d{1,9})$/.exec(Buffer.from(token, "base64url").toString())?.[1] ?? Number.NaN);
  if (!Number.isInteger(from))
    throw monitoringError("InvalidNextToken", "The value of NextToken is invalid.");
  const items = all.slice(from, from + size);
  const end = from + items.length;
  return { items, next: end < all.length ? Buffer.from(`t${end}`).toString("base64url") : "" };
}

export const nextToken = (next: string): { NextToken?: string } => (next === "" ? {} : { NextToken: next });

/** orderedRange checks that a range of times has something in it. */
export function orderedRange(input: Input): { startUnixS: number; endUnixS: number } {
  const range = { startUnixS: unixSOf(input, "StartTime"), endUnixS: unixSOf(input, "EndTime") };
  if (range.startUnixS === range.endUnixS)
    throw validation("The parameter StartTime must not equal parameter EndTime.");
  if (range.startUnixS > range.endUnixS)
    throw validation("The parameter EndTime must be greater than StartTime.");
  return range;
}

/** UNITS are the units of CloudWatch. */
export const UNITS: readonly string[] = [
  "Seconds",
  "Microseconds",
  "Milliseconds",
  ...["Bytes", "Bits"].flatMap((unit) =>
    ["", "Kilo", "Mega", "Giga", "Tera"].map((scale) => scaled(scale, unit)),
  ),
  "Percent",
  "Count",
  ...["Bytes", "Bits"].flatMap((unit) =>
    ["", "Kilo", "Mega", "Giga", "Tera"].map((scale) => `${scaled(scale, unit)}/Second`),
  ),
  "Count/Second",
  "None",
];

function scaled(scale: string, unit: string): string {
  return scale === "" ? unit : scale + unit.toLowerCase();
}
