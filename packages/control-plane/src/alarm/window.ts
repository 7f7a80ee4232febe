import type { AlarmState } from "@tollgate/config";

export type MissingData = "breaching" | "notBreaching" | "ignore" | "missing";

export interface WindowRule {
  /** N: the last so many periods are looked at. */
  readonly evaluationPeriods: number;
  /** M: so many of them must breach. */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: MissingData;
}

/** WindowOutcome is what the values of an alarm's periods mean. */
export interface WindowOutcome {
  /** undefined: the state stays as it is. */
  readonly state: AlarmState | undefined;
  /** Positions of the periods with a value that were looked at, oldest first. */
  readonly used: readonly number[];
  /** How many periods without a value were counted as if they had one. */
  readonly filled: number;
}

/** RANGE_MORE is how many periods before its last N an alarm reads, for those that have no value (AWS: evaluation range). */
export const RANGE_MORE = 2;

/**
 * evaluateWindow decides the state of an alarm from its last periods, oldest first: whether each one is beyond the threshold; undefined: it has no
 * value (AWS: Using Amazon CloudWatch alarms, "Evaluating an alarm" and "Configuring how CloudWatch alarms treat missing data").
 */
export function evaluateWindow(
  breaches: readonly (boolean | undefined)[],
  { evaluationPeriods: n, datapointsToAlarm: m, treatMissingData }: WindowRule,
): WindowOutcome {
  const known = breaches.flatMap((breach, i) => (breach === undefined ? [] : [i]));
  const breaching = (positions: readonly number[]) => positions.filter((i) => breaches[i] === true).length;
  const decided = (count: number): AlarmState => (count >= m ? "ALARM" : "OK");
  if (known.length >= n) {
    const used = known.slice(-n);
    return { state: decided(breaching(used)), used, filled: 0 };
  }
  const count = breaching(known);
  const missing = n - known.length;
  switch (treatMissingData) {
    case "breaching":
      return { state: decided(count + missing), used: known, filled: missing };
    case "notBreaching":
      return { state: decided(count), used: known, filled: missing };
    case "ignore":
      // With nothing but breaching values, too few of them, what is missing would decide.
      return {
        state: count === known.length && count < m ? undefined : decided(count),
        used: known,
        filled: 0,
      };
    case "missing":
      return { state: withoutFilling(breaches, known, m, decided(count)), used: known, filled: 0 };
  }
}

/** An alarm does not wait for values that may never come: if all there are breach, the oldest of them need only be old enough. */
function withoutFilling(
  breaches: readonly (boolean | undefined)[],
  known: readonly number[],
  m: number,
  decided: AlarmState,
): AlarmState {
  const [oldest] = known;
  if (oldest === undefined) return "INSUFFICIENT_DATA";
  const isAllBreaching = known.every((i) => breaches[i]);
  return isAllBreaching && breaches.length - oldest >= m ? "ALARM" : decided;
}
