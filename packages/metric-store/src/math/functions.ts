import { MetricRefusal } from "../refusal.ts";
import { startOf } from "../store/retention.ts";
import {
  inOrder,
  listValue,
  mapPoints,
  type Series,
  scalar,
  seriesValue,
  type TimeRange,
  timesOf,
  type Value,
} from "./value.ts";

/** MathContext is where an expression is evaluated. */
export interface MathContext extends TimeRange {
  /** Of series that come from no metric. */
  readonly periodS: number;
  /** All series of metrics in the request, for METRICS(). */
  readonly metrics: () => readonly Series[];
  /** Throws where the request would take too many points. */
  readonly spend: (points: number) => void;
}

type MathFunction = (args: readonly Value[], context: MathContext) => Value;

const wrong = (what: string): MetricRefusal => new MetricRefusal(what);

function seriesList(value: Value | undefined, name: string): readonly Series[] {
  if (value?.type === "series") return [value.series];
  if (value?.type === "list") return value.list;
  throw wrong(`${name} needs a time series`);
}

function numberAt(args: readonly Value[], at: number, name: string): number {
  const value = args[at];
  if (value?.type !== "scalar") throw wrong(`argument ${at + 1} of ${name} is not a number`);
  return value.value;
}

function textAt(args: readonly Value[], at: number, name: string): string {
  const value = args[at];
  if (value?.type !== "text") throw wrong(`argument ${at + 1} of ${name} is not a string`);
  return value.value;
}

/** Computes a series of each that is given. */
const each =
  (
    name: string,
    compute: (series: Series, args: readonly Value[], context: MathContext) => Series,
  ): MathFunction =>
  (args, context) => {
    const list = seriesList(args[0], name).map((series) => ({ ...compute(series, args, context), id: "" }));
    return args[0]?.type === "list" ? listValue(list) : seriesValue(list[0] as Series);
  };

const pointwise =
  (name: string, compute: (value: number) => number): MathFunction =>
  (args, context) =>
    args[0]?.type === "scalar"
      ? scalar(compute(args[0].value))
      : each(name, (series) => mapPoints(series, compute))(args, context);

/** A series as points with the point before each; the first has none. */
function fromBefore(
  series: Series,
  compute: (value: number, before: number, seconds: number) => number,
): Series {
  const ordered = inOrder(series);
  const points = new Map<number, number>();
  for (const [i, [unixS, value]] of ordered.entries()) {
    const before = ordered[i - 1];
    if (before) points.set(unixS, compute(value, before[1], unixS - before[0]));
  }
  return { ...series, points };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const aggregates: Readonly<Record<string, (values: readonly number[]) => number>> = {
  AVG: mean,
  MAX: (values) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  MIN: (values) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  SUM: (values) => values.reduce((a, b) => a + b, 0),
  STDDEV: (values) => {
    const middle = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  },
};

/** Of one series a number; of an array a series with a number for each time. */
const aggregate =
  (name: string): MathFunction =>
  (args) => {
    const compute = aggregates[name] as (values: readonly number[]) => number;
    const list = seriesList(args[0], name);
    if (args[0]?.type === "series") return scalar(compute([...(list[0] as Series).points.values()]));
    const points = new Map<number, number>();
    for (const unixS of timesOf(list))
      points.set(unixS, compute(list.flatMap((series) => series.points.get(unixS) ?? [])));
    return seriesValue({ id: "", label: name, periodS: periodOf(list), points });
  };

const periodOf = (list: readonly Series[]): number => Math.max(60, ...list.map(({ periodS }) => periodS));

/** Points that a series may be given: CloudWatch returns no more in one response. */
const GRID_MAX = 100_800;

/** The times at which a series could have points. */
function* grid(
  { startUnixS, endUnixS, originUnixS, spend }: MathContext,
  periodS: number,
): Generator<number> {
  const count = (endUnixS - startUnixS) / periodS;
  if (count > GRID_MAX) throw wrong(`the range has more than ${GRID_MAX} periods of ${periodS} seconds`);
  spend(count);
  for (let unixS = startOf(startUnixS, periodS, originUnixS); unixS < endUnixS; unixS += periodS) yield unixS;
}

function fill(series: Series, args: readonly Value[], context: MathContext): Series {
  const how = args[1];
  const ordered = inOrder(series);
  const points = new Map(series.points);
  let at = 0;
  for (const unixS of grid(context, series.periodS)) {
    while (at < ordered.length && (ordered[at] as [number, number])[0] <= unixS) at++;
    if (points.has(unixS)) continue;
    const before = ordered[at - 1];
    const after = ordered[at];
    if (how?.type === "scalar") points.set(unixS, how.value);
    else if (how?.type === "text" && how.value === "REPEAT") {
      if (before) points.set(unixS, before[1]);
    } else if (how?.type === "text" && how.value === "LINEAR") {
      const share = before && after && (unixS - before[0]) / (after[0] - before[0]);
      if (share !== undefined) points.set(unixS, before![1] + share * (after![1] - before![1]));
    } else throw wrong("argument 2 of FILL must be a number, REPEAT or LINEAR");
  }
  return { ...series, points };
}

const choose: MathFunction = (args) => {
  const [condition, whenTrue, whenFalse] = args;
  if (!condition || !whenTrue || args.length > 3) throw wrong("IF needs two or three arguments");
  if (condition.type === "scalar") {
    const chosen = condition.value === 0 ? whenFalse : whenTrue;
    if (!chosen) throw wrong("IF with a number as its condition needs three arguments");
    return chosen;
  }
  if (condition.type !== "series") throw wrong("argument 1 of IF is not a time series or a number");
  const branches = [whenTrue, whenFalse].flatMap((one) => (one?.type === "series" ? [one.series] : []));
  const at = (value: Value | undefined, unixS: number): number | undefined => {
    if (value?.type === "scalar") return value.value;
    if (value?.type === "series") return value.series.points.get(unixS);
    if (value) throw wrong("branches of IF must be time series or numbers");
    return undefined;
  };
  const points = new Map<number, number>();
  for (const unixS of timesOf([condition.series, ...branches])) {
    const isTrue = (condition.series.points.get(unixS) ?? 0) !== 0;
    // A missing point is 0 where the condition is true, and missing where it is not.
    const value = isTrue ? (at(whenTrue, unixS) ?? 0) : at(whenFalse, unixS);
    if (value !== undefined) points.set(unixS, value);
  }
  return seriesValue({ ...condition.series, id: "", points });
};

const parts: Readonly<Record<string, (at: Date) => number>> = {
  MINUTE: (at) => at.getUTCMinutes(),
  HOUR: (at) => at.getUTCHours(),
  DAY: (at) => at.getUTCDay() || 7,
  DATE: (at) => at.getUTCDate(),
  MONTH: (at) => at.getUTCMonth() + 1,
  YEAR: (at) => at.getUTCFullYear(),
  EPOCH: (at) => at.getTime() / 1000,
};

const calendar = (name: string): MathFunction =>
  each(name, (series) => mapPoints(series, (_value, unixS) => parts[name]?.(new Date(unixS * 1000))));

const sort: MathFunction = (args) => {
  const list = seriesList(args[0], "SORT");
  const by = aggregates[textAt(args, 1, "SORT")];
  const order = textAt(args, 2, "SORT");
  if (!by || (order !== "ASC" && order !== "DESC"))
    throw wrong("SORT needs AVG, MIN, MAX or SUM, and ASC or DESC");
  const sign = order === "ASC" ? 1 : -1;
  const ranked = list
    .map((series) => ({ series, rank: by([...series.points.values()]) }))
    .filter(({ series }) => series.points.size > 0)
    .sort((a, b) => sign * (a.rank - b.rank));
  const most = args.length > 3 ? numberAt(args, 3, "SORT") : ranked.length;
  return listValue(ranked.slice(0, most).map(({ series }) => series));
};

const slice: MathFunction = (args) => {
  const from = numberAt(args, 1, "SLICE");
  const to = args.length > 2 ? numberAt(args, 2, "SLICE") : undefined;
  return listValue(seriesList(args[0], "SLICE").slice(from, to));
};

const oneOf =
  (name: string, at: number): MathFunction =>
  (args) => {
    const found = seriesList(args[0], name).at(at);
    return found ? seriesValue(found) : listValue([]);
  };

/** mathFunctions are the functions of metric math, except SEARCH, which reads the store. */
export const mathFunctions: Readonly<Record<string, MathFunction>> = {
  ABS: pointwise("ABS", Math.abs),
  CEIL: pointwise("CEIL", Math.ceil),
  FLOOR: pointwise("FLOOR", Math.floor),
  LOG: pointwise("LOG", Math.log),
  LOG10: pointwise("LOG10", Math.log10),
  RATE: each("RATE", (series) => fromBefore(series, (value, before, seconds) => (value - before) / seconds)),
  DIFF: each("DIFF", (series) => fromBefore(series, (value, before) => value - before)),
  DIFF_TIME: each("DIFF_TIME", (series) => fromBefore(series, (_value, _before, seconds) => seconds)),
  RUNNING_SUM: each("RUNNING_SUM", (series) => {
    let sum = 0;
    return { ...series, points: new Map(inOrder(series).map(([unixS, value]) => [unixS, (sum += value)])) };
  }),
  FILL: each("FILL", fill),
  AVG: aggregate("AVG"),
  MAX: aggregate("MAX"),
  MIN: aggregate("MIN"),
  SUM: aggregate("SUM"),
  STDDEV: aggregate("STDDEV"),
  METRIC_COUNT: (args) => scalar(seriesList(args[0], "METRIC_COUNT").length),
  DATAPOINT_COUNT: (args) =>
    scalar(seriesList(args[0], "DATAPOINT_COUNT").reduce((sum, { points }) => sum + points.size, 0)),
  PERIOD: (args) => scalar(seriesList(args[0], "PERIOD")[0]?.periodS ?? 0),
  METRICS: (args, { metrics }) => {
    const part = args.length > 0 ? textAt(args, 0, "METRICS") : "";
    return listValue(metrics().filter(({ id }) => id.includes(part)));
  },
  SORT: sort,
  SLICE: slice,
  FIRST: oneOf("FIRST", 0),
  LAST: oneOf("LAST", -1),
  REMOVE_EMPTY: (args) =>
    listValue(seriesList(args[0], "REMOVE_EMPTY").filter(({ points }) => points.size > 0)),
  IF: choose,
  ...Object.fromEntries(Object.keys(parts).map((name) => [name, calendar(name)])),
  TIME_SERIES: (args, context) => {
    const value = numberAt(args, 0, "TIME_SERIES");
    const points = new Map([...grid(context, context.periodS)].map((unixS) => [unixS, value]));
    return seriesValue({ id: "", label: "TIME_SERIES", periodS: context.periodS, points });
  },
};
