import type { SpecOf } from "@tollgate/config";

export type Comparison = SpecOf<"Alarm">["comparisonOperator"];

/** Datapoint is a value of one period. */
export interface Datapoint {
  readonly unixS: number;
  readonly value: number;
}

interface Operator {
  readonly phrase: string;
  readonly breaches: (value: number, threshold: number) => boolean;
}

const OPERATORS: Readonly<Record<Comparison, Operator>> = {
  GreaterThanOrEqualToThreshold: { phrase: "greater than or equal to", breaches: (a, b) => a >= b },
  GreaterThanThreshold: { phrase: "greater than", breaches: (a, b) => a > b },
  LessThanThreshold: { phrase: "less than", breaches: (a, b) => a < b },
  LessThanOrEqualToThreshold: { phrase: "less than or equal to", breaches: (a, b) => a <= b },
};

/** isBreaching compares a value with the threshold of an alarm. */
export const isBreaching = (comparison: Comparison, value: number, threshold: number): boolean =>
  OPERATORS[comparison].breaches(value, threshold);

/** doubleText writes a number as CloudWatch's sentences do: 5 is 5.0. */
export const doubleText = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));

const two = (value: number): string => String(value).padStart(2, "0");

/** 21.5 (29/11/26 10:15:00): AWS writes day, month and year so. */
function pointText({ unixS, value }: Datapoint): string {
  const date = new Date(unixS * 1_000);
  const day = `${two(date.getUTCDate())}/${two(date.getUTCMonth() + 1)}/${two(date.getUTCFullYear() % 100)}`;
  return `${doubleText(value)} (${day} ${date.toISOString().slice(11, 19)})`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
const wasOrWere = (count: number): string => (count === 1 ? "was" : "were");

export interface Crossing {
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly state: "OK" | "ALARM";
  /** The values that were looked at and are on the side of the state, newest first. */
  readonly datapoints: readonly Datapoint[];
  readonly evaluationPeriods: number;
  /** undefined: all. */
  readonly datapointsToAlarm: number | undefined;
  /** Periods without a value that count as if they had one. */
  readonly filled: number;
  readonly treatedAs: "Breaching" | "NonBreaching";
}

/** crossedReason is why an alarm is OK or in ALARM, in CloudWatch's sentence. */
export function crossedReason(crossing: Crossing): string {
  const { comparison, threshold, state, datapoints, evaluationPeriods: n, datapointsToAlarm: m } = crossing;
  const { filled, treatedAs } = crossing;
  const isAlarm = state === "ALARM";
  const treated = `${counted(filled, "missing datapoint")} ${wasOrWere(filled)} treated as [${treatedAs}]`;
  if (datapoints.length === 0 && filled > 0)
    return `Threshold Crossed: no datapoints were received for ${counted(filled, "period")} and ${treated}.`;
  const count = datapoints.length;
  const points = `[${datapoints.map(pointText).join(", ")}]`;
  const side = `${wasOrWere(count)} ${isAlarm ? "" : "not "}${OPERATORS[comparison].phrase} the threshold (${doubleText(threshold)})`;
  const more = filled > 0 ? ` and ${treated}` : "";
  if (m === undefined) return `Threshold Crossed: ${counted(count, "datapoint")} ${points} ${side}${more}.`;
  const [least, from] = isAlarm ? [m, "OK -> ALARM"] : [n - m + 1, "ALARM -> OK"];
  return `Threshold Crossed: ${count} out of the last ${n} datapoints ${points} ${side}${more} (minimum ${counted(least, "datapoint")} for ${from} transition).`;
}

/** insufficientReason is why nothing is known of an alarm, in CloudWatch's sentence. */
export const insufficientReason = (unknown: number): string =>
  `Insufficient Data: ${counted(unknown, "datapoint")} ${wasOrWere(unknown)} unknown.`;

/** CREATED_REASON is why a new alarm has the state INSUFFICIENT_DATA. */
export const CREATED_REASON = "Unchecked: Initial alarm creation";

/** awsDate is a time as CloudWatch writes it in JSON of alarms: 2026-11-29T10:15:00.000+0000. */
export const awsDate = (unixMs: number): string => new Date(unixMs).toISOString().replace("Z", "+0000");
