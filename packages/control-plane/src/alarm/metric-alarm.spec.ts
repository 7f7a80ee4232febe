import { describe, expect, it } from "vitest";
import { kinds, type SpecOf } from "@tollgate/config";
import { evaluateMetricAlarm, readingOf, seriesOf } from "./metric-alarm.ts";

const END = Date.parse("2026-11-29T10:15:00Z") / 1_000;

const alarm = (more: object = {}): SpecOf<"Alarm"> =>
  kinds.Alarm.spec.parse({
    namespace: "AWS/ApiGateway",
    metricName: "5XXError",
    dimensions: [{ name: "ApiName", value: "pets" }],
    statistic: "Sum",
    period: 60,
    evaluationPeriods: 2,
    threshold: 4,
    comparisonOperator: "GreaterThanThreshold",
    ...more,
  });

/** Values of the last periods, newest last; undefined: none. */
function outcome(spec: SpecOf<"Alarm">, values: readonly (number | undefined)[], samples = 1) {
  const reading = readingOf(spec, END);
  const present = values.flatMap((value, i) =>
    value === undefined ? [] : [{ unixS: END - (values.length - i) * reading.periodS, value }],
  );
  const unixS = present.map((point) => point.unixS);
  return evaluateMetricAlarm(
    spec,
    reading,
    seriesOf(spec, [
      { id: "m0", unixS, values: present.map(({ value }) => value) },
      { id: "n0", unixS, values: unixS.map(() => samples) },
    ]),
  );
}

describe("a metric alarm says why it is in a state", () => {
  it.each<[object, (number | undefined)[], string, string]>([
    [
      {},
      [5, 7.5],
      "ALARM",
      "Threshold Crossed: 2 datapoints [7.5 (29/11/26 10:14:00), 5.0 (29/11/26 10:13:00)] were greater than the threshold (4.0).",
    ],
    [
      { evaluationPeriods: 1 },
      [5],
      "ALARM",
      "Threshold Crossed: 1 datapoint [5.0 (29/11/26 10:14:00)] was greater than the threshold (4.0).",
    ],
    [
      { evaluationPeriods: 1, comparisonOperator: "LessThanOrEqualToThreshold" },
      [5],
      "OK",
      "Threshold Crossed: 1 datapoint [5.0 (29/11/26 10:14:00)] was not less than or equal to the threshold (4.0).",
    ],
    [
      { evaluationPeriods: 3, datapointsToAlarm: 2 },
      [5, 1, 7],
      "ALARM",
      "Threshold Crossed: 2 out of the last 3 datapoints [7.0 (29/11/26 10:14:00), 5.0 (29/11/26 10:12:00)] were greater than the threshold (4.0) (minimum 2 datapoints for OK -> ALARM transition).",
    ],
    [
      { evaluationPeriods: 3, datapointsToAlarm: 2 },
      [5, 1, 2],
      "OK",
      "Threshold Crossed: 2 out of the last 3 datapoints [2.0 (29/11/26 10:14:00), 1.0 (29/11/26 10:13:00)] were not greater than the threshold (4.0) (minimum 2 datapoints for ALARM -> OK transition).",
    ],
    [
      { treatMissingData: "breaching" },
      [],
      "ALARM",
      "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].",
    ],
    [
      { treatMissingData: "notBreaching" },
      [],
      "OK",
      "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [NonBreaching].",
    ],
    [
      { treatMissingData: "breaching" },
      [9],
      "ALARM",
      "Threshold Crossed: 1 datapoint [9.0 (29/11/26 10:14:00)] was greater than the threshold (4.0) and 1 missing datapoint was treated as [Breaching].",
    ],
    [
      { evaluationPeriods: 1, datapointsToAlarm: 1 },
      [5],
      "ALARM",
      "Threshold Crossed: 1 out of the last 1 datapoints [5.0 (29/11/26 10:14:00)] was greater than the threshold (4.0) (minimum 1 datapoint for OK -> ALARM transition).",
    ],
    [{}, [], "INSUFFICIENT_DATA", "Insufficient Data: 2 datapoints were unknown."],
    [{ evaluationPeriods: 1 }, [], "INSUFFICIENT_DATA", "Insufficient Data: 1 datapoint was unknown."],
  ])("%j of %j", (more, values, state, reason) => {
    expect(outcome(alarm(more), values)).toMatchObject({ state, reason });
  });

  it("with what was compared, for programs", () => {
    const { reasonData } = outcome(alarm({ unit: "Count" }), [5, 7.5], 9);
    expect(JSON.parse(reasonData)).toEqual({
      version: "1.0",
      queryDate: "2026-11-29T10:15:00.000+0000",
      startDate: "2026-11-29T10:13:00.000+0000",
      unit: "Count",
      statistic: "Sum",
      period: 60,
      recentDatapoints: [5, 7.5],
      threshold: 4,
      evaluatedDatapoints: [
        { timestamp: "2026-11-29T10:14:00.000+0000", sampleCount: 9, value: 7.5 },
        { timestamp: "2026-11-29T10:13:00.000+0000", sampleCount: 9, value: 5 },
      ],
    });
  });
});

it("keeps its state where nothing is said about it", () => {
  expect(outcome(alarm({ treatMissingData: "ignore" }), []).state).toBeUndefined();
});

describe("percentiles of few values", () => {
  const slow = (more: object) =>
    alarm({ statistic: undefined, extendedStatistic: "p90", evaluationPeriods: 1, ...more });

  it.each<[object, number, string | undefined]>([
    [{}, 1, "ALARM"],
    [{ evaluateLowSampleCountPercentile: "evaluate" }, 1, "ALARM"],
    [{ evaluateLowSampleCountPercentile: "ignore" }, 99, undefined],
    [{ evaluateLowSampleCountPercentile: "ignore" }, 100, "ALARM"],
    [{ evaluateLowSampleCountPercentile: "ignore", extendedStatistic: "p10" }, 99, undefined],
    [{ evaluateLowSampleCountPercentile: "ignore", extendedStatistic: "p10" }, 100, "ALARM"],
    [{ evaluateLowSampleCountPercentile: "ignore", extendedStatistic: "tm90" }, 1, "ALARM"],
  ])("%j with %d samples", (more, samples, state) => {
    expect(outcome(slow(more), [5], samples).state).toBe(state);
  });
});

it("reads the periods that end now, and those before that may stand in for missing ones", () => {
  const { queries, ...range } = readingOf(alarm({ period: 300 }), END);
  expect(range).toEqual({ startUnixS: END - 4 * 300, endUnixS: END, periodS: 300 });
  expect(queries.map(({ of }) => of.case === "metricStat" && of.value.stat)).toEqual(["Sum", "SampleCount"]);
});

it("takes the query that has returnData", () => {
  const stat = (metricName: string) => ({
    metric: { namespace: "AWS/ApiGateway", metricName },
    period: 300,
    stat: "Sum",
  });
  const spec = alarm({
    namespace: undefined,
    metricName: undefined,
    dimensions: [],
    statistic: undefined,
    period: undefined,
    evaluationPeriods: 1,
    metrics: [
      { id: "errors", metricStat: stat("5XXError"), returnData: false },
      { id: "calls", metricStat: stat("Count"), returnData: false },
      { id: "rate", expression: "100 * errors / calls" },
    ],
  });
  const reading = readingOf(spec, END);
  expect(reading.queries.map(({ id, isHidden }) => [id, isHidden])).toEqual([
    ["errors", true],
    ["calls", true],
    ["rate", false],
  ]);
  const series = seriesOf(spec, [{ id: "rate", unixS: [END - 300], values: [12.5] }]);
  expect(evaluateMetricAlarm(spec, reading, series)).toMatchObject({
    state: "ALARM",
    reason: "Threshold Crossed: 1 datapoint [12.5 (29/11/26 10:10:00)] was greater than the threshold (4.0).",
  });
});
