import { describe, expect, it } from "vitest";
import { Distribution } from "../distribution/distribution.ts";
import type { StoredSet } from "../store/read-metrics.ts";
import { PointBudget } from "./budget.ts";
import { evaluateQueries } from "./evaluate-queries.ts";
import type { MetricQuery, MetricReader } from "./metric-query.ts";

const one = (value: number): Distribution => {
  const values = new Distribution();
  values.add(value);
  return values;
};

/** Points at 0, 60, 120 ... of each metric of one stage; undefined: none. */
const stored: Readonly<Record<string, readonly (number | undefined)[]>> = {
  Count: [10, 20, undefined, 40],
  "5XXError": [1, undefined, 3, 4],
  Zero: [0, 0, 0, 0],
};
const stage = (name: string, metrics: readonly string[]): StoredSet => ({
  key: name,
  accountId: "0",
  namespace: "AWS/ApiGateway",
  dimensions: [
    { name: "ApiName", value: "pets" },
    { name: "Stage", value: name },
  ],
  metrics: metrics.map((metric) => ({ name: metric, unit: "Count" })),
  seenUnixS: 0,
});
const SETS = [
  stage("prod", ["Count", "5XXError", "Latency"]),
  stage("beta", ["Count", "5XXError"]),
  { ...stage("api", ["Count"]), dimensions: [{ name: "ApiName", value: "pets" }] },
];

const reader: MetricReader = {
  accountId: "0",
  points: async ({ metricName }) => {
    const values = stored[metricName] ?? [];
    const points = new Map(
      values.flatMap((value, i) => (value === undefined ? [] : [[i * 60, one(value)] as const])),
    );
    if (metricName === "Mixed")
      return new Map([
        ["Seconds", new Map([[0, one(1)]])],
        ["Milliseconds", new Map([[0, one(2)]])],
      ]);
    return points.size > 0 ? new Map([["Count", points]]) : new Map();
  },
  sets: async (namespace) => SETS.filter((set) => namespace === undefined || set.namespace === namespace),
};

const metric = (id: string, metricName: string, more: Partial<MetricQuery> = {}): MetricQuery => ({
  id,
  isReturned: false,
  metricStat: { namespace: "AWS/ApiGateway", metricName, dimensions: [], periodS: 60, stat: "Sum" },
  ...more,
});
const OPERANDS = [
  metric("m1", "Count"),
  metric("m2", "5XXError"),
  metric("zero", "Zero"),
  metric("none", "Nothing"),
];

const evaluateAll = (queries: readonly MetricQuery[]) =>
  evaluateQueries(queries, { startUnixS: 0, endUnixS: 240 }, reader);
const of = (expression: string, more: Partial<MetricQuery> = {}) =>
  evaluateAll([...OPERANDS, { id: "e1", isReturned: true, expression, ...more }]);

describe("metric math", () => {
  it.each<[string, readonly (number | undefined)[]]>([
    ["m1 + m2", [11, 20, 3, 44]],
    ["m2 / m1 * 100", [10, 0, undefined, 10]],
    ["m1 / zero", []],
    ["-m1 ^ 2", [-100, -400, undefined, -1600]],
    ["2 ^ 3 ^ 2 + TIME_SERIES(0)", [512, 512, 512, 512]],
    ["m1 - 2 * 3", [4, 14, undefined, 34]],
    ["(m1 - 2) * 3", [24, 54, undefined, 114]],
    ["m1 >= 20 AND m2 <= 4", [0, 0, 0, 1]],
    ["m1 > 15 || m2 == 3", [0, 1, 1, 1]],
    ["IF(m1 > 15, m2 / m1, 0)", [0, 0, undefined, 0.1]],
    ["IF(m1 > 15, m1)", [undefined, 20, undefined, 40]],
    ["IF(m1 > 0, m2, m1)", [1, 0, undefined, 4]],
    ["FILL(m1, 0)", [10, 20, 0, 40]],
    ["FILL(m1, REPEAT)", [10, 20, 20, 40]],
    ["FILL(m1, LINEAR)", [10, 20, 30, 40]],
    ["FILL(none, 7)", [7, 7, 7, 7]],
    ["SUM([m1, m2])", [11, 20, 3, 44]],
    ["SUM(METRICS())", [11, 20, 3, 44]],
    ['MAX(METRICS("m"))', [10, 20, 3, 40]],
    ["m1 / SUM(m1) * 70", [10, 20, undefined, 40]],
    ["RATE(m1)", [undefined, 10 / 60, undefined, 20 / 120]],
    ["DIFF(m1)", [undefined, 10, undefined, 20]],
    ["RUNNING_SUM(m1)", [10, 30, undefined, 70]],
    ["m1 + DATAPOINT_COUNT(m1) + PERIOD(m1) + METRIC_COUNT([m1, m2])", [75, 85, undefined, 105]],
    ["ABS(m1 - 30)", [20, 10, undefined, 10]],
    ["MINUTE(m1)", [0, 1, undefined, 3]],
    ["FIRST(SORT([m1, m2], MAX, ASC))", [1, undefined, 3, 4]],
  ])("%s", async (expression, wanted) => {
    const [result] = await of(expression);
    const points = wanted.flatMap((value, i) => (value === undefined ? [] : [[i * 60, value] as const]));
    expect(result?.points.map(([unixS, value]) => [unixS, Number(value.toFixed(9))])).toEqual(
      points.map(([unixS, value]) => [unixS, Number(value.toFixed(9))]),
    );
  });

  it.each([
    ["m1 +", "unexpected 'the end'"],
    ["m1 & m2", "unexpected '& m2' at 2"],
    ["(m1", "')' is missing"],
    ["missing * 2", "there is no metric with the id 'missing'"],
    ["AVG(m1)", "the result must be a time series"],
    ["NOPE(m1)", "the function NOPE does not exist"],
    ["constructor(m1)", "the function constructor does not exist"],
    ["e1 + 1", "it refers to itself"],
    ["RATE(5)", "RATE needs a time series"],
    [`SUM([${"m1,".repeat(500)}m1])`, "an array has more than 500 time series"],
    ['m1 + "text"', "a string cannot be an operand"],
    ["(".repeat(500), "nested more than"],
    ["-".repeat(50_000), "nested more than"],
    ["SEARCH('{AWS/ApiGateway} (Count', 'Sum', 60)", "the search lacks a ')'"],
    ["SEARCH('Count', 'Sum', 0)", "the period of SEARCH must be"],
    ["SEARCH('Count', 'Sum', 90.5)", "the period of SEARCH must be"],
    ["SEARCH('Count', 'Sum', 864000)", "the period of SEARCH must be"],
  ])("says what is wrong with %.30s", async (expression, message) => {
    await expect(of(expression)).rejects.toThrow(`Error in expression 'e1': `);
    await expect(of(expression)).rejects.toThrow(message);
  });

  it("expressions use each other, in whatever order they are written", async () => {
    const results = await evaluateAll([
      { id: "e2", isReturned: true, expression: "e1 * 2" },
      { id: "e1", isReturned: true, expression: "m1 + 1" },
      ...OPERANDS,
    ]);
    expect(results.map(({ id, points }) => [id, points[0]?.[1]])).toEqual([
      ["e2", 22],
      ["e1", 11],
    ]);
  });
});

it("a range without end is refused where each of its periods would get a point", async () => {
  for (const expression of ["TIME_SERIES(1)", "FILL(m1, 0)"])
    await expect(
      evaluateQueries(
        [...OPERANDS, { id: "e1", isReturned: true, expression }],
        { startUnixS: 0, endUnixS: 1e11 },
        reader,
      ),
    ).rejects.toThrow("the range has more than 100800 periods of 60 seconds");
});

describe("a request that takes too much", () => {
  const refused = (queries: readonly MetricQuery[], of = reader) =>
    expect(
      evaluateQueries(queries, { startUnixS: 0, endUnixS: 60 * 500 }, of, new PointBudget(20_000)),
    ).rejects.toThrow("too many data points");
  const series = Array.from({ length: 50 }, () => "TIME_SERIES(1)");

  it.each([
    ["many operators", [series.join("+")]],
    ["an array", [`SUM([${series.join(",")}])`]],
    [
      "an array of filled series",
      ["FILL(SEARCH('Count', 'Sum', 60), 0)", "FILL(SEARCH('Count', 'Sum', 60) * 2, 0)"].flatMap((one) =>
        Array<string>(20).fill(one),
      ),
    ],
    ["many queries", series],
  ])("is refused: %s", async (_what, expressions) => {
    const queries = expressions.map((expression, i) => ({ id: `e${i}`, isReturned: true, expression }));
    await refused(queries);
  });

  it("is refused where it reads many points, whatever becomes of them", async () => {
    const queries = Array.from({ length: 50 }, (_, i) => metric(`m${i}`, "Count", { isReturned: true }));
    const reading: MetricReader = {
      ...reader,
      points: async (query) => {
        query.spend?.(450);
        return new Map();
      },
    };
    await refused(queries, reading);
  });
});

describe("SEARCH", () => {
  const found = async (search: string) =>
    (await of(`SEARCH('${search}', 'Sum', 60)`)).map(({ label }) => label);

  it.each<[string, readonly string[]]>([
    ['{AWS/ApiGateway,ApiName,Stage} MetricName="5XXError"', ["prod", "beta"]],
    ['{AWS/ApiGateway,Stage,ApiName} MetricName="5XXError" Stage="prod"', ["5XXError"]],
    ['{AWS/ApiGateway,ApiName} MetricName="Count"', ["Count"]],
    ['{AWS/ApiGateway,ApiName,Stage} MetricName=("Count" OR "Latency") AND NOT beta', ["Count", "Latency"]],
    ["{AWS/ApiGateway,ApiName,Stage} latency", ["Latency"]],
    ["{AWS/ApiGateway,ApiName,Stage} error prod", ["5XXError"]],
    ['MetricName="Count" Namespace="AWS/ApiGateway"', ["prod", "beta", ""]],
    ["{AWS/Other} Count", []],
  ])("%s", async (search, labels) => {
    expect(await found(search)).toEqual(labels);
  });
});

describe("labels", () => {
  const labelled = async (...queries: readonly MetricQuery[]) =>
    (await evaluateAll(queries.map((query) => ({ ...query, isReturned: true })))).map(({ label }) => label);
  const stat = (name: string, periodS = 60) => ({
    metricStat: { namespace: "N", metricName: "Count", dimensions: [], periodS, stat: name },
  });

  it("have what tells queries of one metric apart", async () => {
    expect(await labelled(metric("m1", "Count"), metric("m2", "5XXError"))).toEqual(["Count", "5XXError"]);
    expect(
      await labelled(metric("m1", "Count", stat("Sum")), metric("m2", "Count", stat("Average"))),
    ).toEqual(["Count Sum", "Count Average"]);
    expect(
      await labelled(metric("m1", "Count", stat("Sum")), metric("m2", "Count", stat("p99", 300))),
    ).toEqual(["Count Sum 60", "Count p99 300"]);
  });

  it("are filled in", async () => {
    const label = "${PROP('MetricName')} ${MAX} ${LAST} ${DATAPOINT_COUNT} ${LABEL} ${OTHER}";
    expect(await labelled(metric("m1", "Count", { label }))).toEqual(["Count 40 40 3 Count ${OTHER}"]);
  });

  it("a metric with several units has the values of one, and says so", async () => {
    const [result] = await evaluateAll([metric("m1", "Mixed", { isReturned: true })]);
    expect(result).toMatchObject({
      points: [[0, 2]],
      messages: [{ code: "MultipleUnits", value: "Multiple units returned: '[Milliseconds, Seconds]'" }],
    });
  });
});
