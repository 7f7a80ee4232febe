import { isBasic, parseStatistic } from "../distribution/statistic.ts";
import { evaluate } from "../math/evaluate.ts";
import { callsIn, type Expression, namesIn, parseExpression } from "../math/syntax.ts";
import { inOrder, type Series, seriesValue, type TimeRange, type Value } from "../math/value.ts";
import { MetricRefusal } from "../refusal.ts";
import { parseSearch } from "../search/search-expression.ts";
import { startOf } from "../store/retention.ts";
import { PointBudget } from "./budget.ts";
import { defaultLabels, distinguishing, labelOf } from "./labels.ts";
import type { MetricQuery, MetricReader, MetricStat, QueryMessage, QueryResult } from "./metric-query.ts";

/** Series that one SEARCH may find. */
const FOUND_MAX = 500;

interface Known {
  readonly value: Value;
  readonly messages: readonly QueryMessage[];
}

/** Computes queries in the order in which they need each other. */
class Evaluator {
  readonly #queries: ReadonlyMap<string, MetricQuery>;
  readonly #labels: ReadonlyMap<MetricQuery, string>;
  readonly #range: TimeRange;
  readonly #reader: MetricReader;
  readonly #budget: PointBudget;
  readonly #known = new Map<string, Known>();
  readonly #open = new Set<string>();

  constructor(queries: readonly MetricQuery[], range: TimeRange, reader: MetricReader, budget: PointBudget) {
    this.#budget = budget;
    this.#queries = new Map(queries.map((query) => [query.id, query]));
    this.#labels = defaultLabels(queries);
    this.#range = range;
    this.#reader = reader;
  }

  async result(query: MetricQuery): Promise<readonly QueryResult[]> {
    const { value, messages } = await this.value(query);
    if (value.type === "scalar" || value.type === "text")
      throw new MetricRefusal(
        `Error in expression '${query.id}': the result must be a time series or an array of them`,
      );
    const list = value.type === "series" ? [value.series] : value.list;
    return list.map((series) => {
      const standard = value.type === "list" ? series.label : this.labelOf(query);
      const label =
        query.label === undefined
          ? standard
          : labelOf(query.label, series, { standard, stat: query.metricStat });
      return { id: query.id, label, points: inOrder(series), messages };
    });
  }

  labelOf(query: MetricQuery): string {
    return this.#labels.get(query) ?? query.id;
  }

  async value(query: MetricQuery): Promise<Known> {
    const known = this.#known.get(query.id);
    if (known) return known;
    if (this.#open.has(query.id))
      throw new MetricRefusal(`Error in expression '${query.id}': it refers to itself`);
    this.#open.add(query.id);
    const value = query.metricStat
      ? await this.#stat(query, query.metricStat)
      : { value: await this.#expression(query), messages: [] };
    this.#known.set(query.id, value);
    return value;
  }

  async #stat(query: MetricQuery, stat: MetricStat): Promise<Known> {
    const { points, messages } = await readStat(stat, this.#range, this.#reader, this.#budget);
    const label = query.label ?? this.labelOf(query);
    return { value: seriesValue({ id: query.id, label, periodS: stat.periodS, points }), messages };
  }

  async #expression(query: MetricQuery): Promise<Value> {
    try {
      const expression = parseExpression(query.expression ?? "");
      const usesAll = callsIn(expression, "METRICS").length > 0;
      const metrics = [...this.#queries.values()].filter(({ metricStat }) => metricStat);
      const needed = new Map(
        [
          ...namesIn(expression).flatMap((name) => this.#queries.get(name) ?? []),
          ...(usesAll ? metrics : []),
        ].map((one) => [one.id, one]),
      );
      const values = new Map<string, Value>();
      for (const [id, one] of needed) values.set(id, (await this.value(one)).value);
      const found = new Map<Expression, readonly Series[]>();
      for (const call of callsIn(expression, "SEARCH"))
        found.set(call, await search(call.args, this.#range, this.#reader, this.#budget));
      await othersRun();
      return evaluate(expression, {
        ...this.#range,
        spend: (points) => this.#budget.spend(points),
        periodS: query.periodS ?? periodOf([...values.values()]),
        values,
        found,
        metrics: () =>
          metrics.flatMap(({ id }) => {
            const value = values.get(id);
            return value?.type === "series" ? [value.series] : [];
          }),
      });
    } catch (error) {
      if (!(error instanceof MetricRefusal) || error.message.startsWith("Error in expression")) throw error;
      throw new MetricRefusal(`Error in expression '${query.id}': ${error.message}`);
    }
  }
}

const periodOf = (values: readonly Value[]): number =>
  Math.max(60, ...values.map((value) => (value.type === "series" ? value.series.periodS : 0)));

/** What else the process does goes on between metrics and expressions. */
const othersRun = () => new Promise<void>((resume) => setImmediate(resume));

/** One statistic of one metric. Of several units one is taken, as on AWS. */
async function readStat(
  stat: MetricStat,
  { startUnixS, endUnixS, originUnixS }: TimeRange,
  reader: MetricReader,
  budget: PointBudget,
): Promise<{ points: Map<number, number>; messages: readonly QueryMessage[] }> {
  await othersRun();
  const statistic = parseStatistic(stat.stat);
  if (!statistic) throw new MetricRefusal(`The value ${stat.stat} for parameter Stat is not supported.`);
  const { namespace, metricName, dimensions, periodS, unit } = stat;
  let damaged = 0;
  const byUnit = await reader.points({
    accountId: reader.accountId,
    namespace,
    metricName,
    dimensions,
    periodS,
    startUnixS: startOf(startUnixS, periodS, originUnixS),
    endUnixS,
    originUnixS,
    hasBuckets: !isBasic(stat.stat),
    spend: (rows) => budget.spend(rows),
    onDamaged: () => damaged++,
  });
  const units = [...byUnit.keys()].filter((one) => unit === undefined || one === unit).sort();
  const points = new Map<number, number>();
  for (const [unixS, values] of byUnit.get(units[0] ?? "") ?? []) {
    const value = statistic(values);
    if (value !== undefined) points.set(unixS, value);
  }
  const messages = [
    ...(units.length > 1
      ? [{ code: "MultipleUnits", value: `Multiple units returned: '[${units.join(", ")}]'` }]
      : []),
    // AWS has no code for it: its stores lose nothing.
    ...(damaged > 0
      ? [{ code: "DamagedData", value: `${damaged} stored data points are damaged: values are missing` }]
      : []),
  ];
  return { points, messages };
}

/** The period that SEARCH names, as those of metrics are. */
function searchPeriodOf(seconds: number): number {
  if ([1, 5, 10, 20, 30].includes(seconds)) return 60;
  if (seconds > 0 && seconds <= 86_400 && seconds % 60 === 0) return seconds;
  throw new MetricRefusal(
    "the period of SEARCH must be 1, 5, 10, 20, 30 or a multiple of 60, and at most 86400",
  );
}

async function search(
  args: readonly Expression[],
  range: TimeRange,
  reader: MetricReader,
  budget: PointBudget,
): Promise<readonly Series[]> {
  const [text, stat, period] = args;
  if (text?.type !== "text" || stat?.type !== "text" || (period && period.type !== "number"))
    throw new MetricRefusal(
      "SEARCH needs a search expression and a statistic as strings, and a period in seconds",
    );
  const { namespace, matches } = parseSearch(text.value);
  const sets = await reader.sets(namespace);
  const all = sets.flatMap(({ namespace: own, dimensions, metrics }) =>
    [...new Set(metrics.map(({ name }) => name))].map((metricName) => ({
      namespace: own,
      metricName,
      dimensions,
    })),
  );
  const found = all.filter(matches).slice(0, FOUND_MAX);
  const values = distinguishing(found);
  const hasNames = new Set(found.map(({ metricName }) => metricName)).size > 1;
  const periodS = searchPeriodOf(period?.value ?? 300);
  const list: Series[] = [];
  for (const metric of found) {
    const { points } = await readStat({ ...metric, periodS, stat: stat.value }, range, reader, budget);
    const parts = [...values(metric), ...(hasNames || found.length === 1 ? [metric.metricName] : [])];
    list.push({ id: "", label: parts.join(" "), periodS, points });
  }
  return list;
}

/** evaluateQueries computes what GetMetricData returns, in the order of the queries; throws a MetricRefusal where that is wrong, or too much. */
export async function evaluateQueries(
  queries: readonly MetricQuery[],
  range: TimeRange,
  reader: MetricReader,
  budget = new PointBudget(),
): Promise<readonly QueryResult[]> {
  const evaluator = new Evaluator(queries, range, reader, budget);
  const results: QueryResult[] = [];
  for (const query of queries) if (query.isReturned) results.push(...(await evaluator.result(query)));
  return results;
}
