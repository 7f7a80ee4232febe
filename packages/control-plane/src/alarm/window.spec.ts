import { describe, expect, it } from "vitest";
import { evaluateWindow, type MissingData } from "./window.ts";

const POLICIES: readonly MissingData[] = ["missing", "ignore", "breaching", "notBreaching"];
const VALUES: Readonly<Record<string, boolean | undefined>> = { "0": false, X: true, "-": undefined };
const SHORT: Readonly<Record<string, string>> = { INSUFFICIENT_DATA: "?" };

/** The states by policy: keep is that the state stays. */
const statesOf = (points: string, evaluationPeriods: number, datapointsToAlarm: number) =>
  POLICIES.map((treatMissingData) => {
    const breaches = points.split(" ").map((point) => VALUES[point]);
    const { state } = evaluateWindow(breaches, { evaluationPeriods, datapointsToAlarm, treatMissingData });
    return state === undefined ? "keep" : (SHORT[state] ?? state);
  }).join(" ");

describe("how missing data is treated (the tables of the CloudWatch user guide)", () => {
  // Newest last; the states for missing, ignore, breaching and notBreaching.
  it.each([
    ["0 - X - X", "OK OK OK OK"],
    ["0 - - - -", "OK OK OK OK"],
    ["- - - - -", "? keep ALARM OK"],
    ["0 X X - X", "ALARM ALARM ALARM ALARM"],
    ["- - X - -", "ALARM keep ALARM OK"],
    // An alarm does not go to ALARM early for a value that is not old enough.
    ["- - - - X", "OK keep ALARM OK"],
    ["- - - X -", "OK keep ALARM OK"],
    ["- X - - 0", "OK OK OK OK"],
    ["- - X X X", "ALARM ALARM ALARM ALARM"],
    ["0 0 0 X X", "OK OK OK OK"],
  ])("3 of 3: %s", (points, states) => expect(statesOf(points, 3, 3)).toBe(states));

  it.each([
    ["0 - X - X", "ALARM ALARM ALARM ALARM"],
    ["0 0 X 0 X", "ALARM ALARM ALARM ALARM"],
    ["0 - X - -", "OK OK ALARM OK"],
    ["- - - - 0", "OK OK ALARM OK"],
    ["- - - X -", "ALARM keep ALARM OK"],
    ["X X 0 0 X", "OK OK OK OK"],
    ["- X X - -", "ALARM ALARM ALARM ALARM"],
  ])("2 of 3: %s", (points, states) => expect(statesOf(points, 3, 2)).toBe(states));

  it.each([
    ["- - X", "ALARM ALARM ALARM ALARM"],
    ["X X 0", "OK OK OK OK"],
    ["- - -", "? keep ALARM OK"],
    // The newest value that there is in the evaluation range.
    ["X - -", "ALARM ALARM ALARM ALARM"],
  ])("1 of 1: %s", (points, states) => expect(statesOf(points, 1, 1)).toBe(states));
});
