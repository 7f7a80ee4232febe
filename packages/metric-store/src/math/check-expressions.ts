import { MetricRefusal } from "../refusal.ts";
import { evaluate } from "./evaluate.ts";
import { type Expression, namesIn, parseExpression } from "./syntax.ts";
import { seriesValue, type Value } from "./value.ts";

/** CheckedQuery is a query of metric math: an expression, or a metric where there is none. */
export interface CheckedQuery {
  readonly id: string;
  readonly expression?: string | undefined;
  /** What it gives is a result, and not only a part of other expressions. */
  readonly returnData: boolean;
}

/** ExpressionProblem says why an expression cannot be computed, whatever the metrics are. */
export interface ExpressionProblem {
  readonly id: string;
  readonly message: string;
}

const PERIOD_S = 60;

/** checkExpressions computes expressions with metrics that have no values, and reports those that cannot be. */
export function checkExpressions(queries: readonly CheckedQuery[]): readonly ExpressionProblem[] {
  const byId = new Map(queries.map((query) => [query.id, query]));
  const known = new Map<string, Value>();
  const open = new Set<string>();
  const empty = (id: string) => ({ id, label: id, periodS: PERIOD_S, points: new Map<number, number>() });

  const valueOf = ({ id, expression }: CheckedQuery): Value => {
    const value = known.get(id);
    if (value) return value;
    if (open.has(id)) throw new MetricRefusal(`${id} refers to itself`);
    open.add(id);
    const computed =
      expression === undefined ? seriesValue(empty(id)) : computedOf(parseExpression(expression));
    known.set(id, computed);
    return computed;
  };
  const computedOf = (expression: Expression): Value => {
    const values = new Map<string, Value>();
    for (const name of namesIn(expression)) {
      const query = byId.get(name);
      if (query) values.set(name, valueOf(query));
    }
    return evaluate(expression, {
      startUnixS: 0,
      endUnixS: 0,
      periodS: PERIOD_S,
      values,
      found: new Map(),
      spend: () => undefined,
      metrics: () => queries.filter((query) => query.expression === undefined).map(({ id }) => empty(id)),
    });
  };

  return queries.flatMap((query) => {
    open.clear();
    try {
      const { type } = valueOf(query);
      return type === "series" || type === "list" || !query.returnData
        ? []
        : [{ id: query.id, message: "the result must be a time series or an array of them" }];
    } catch (error) {
      if (!(error instanceof MetricRefusal)) throw error;
      return [{ id: query.id, message: error.message }];
    }
  });
}
