import { MetricRefusal } from "../refusal.ts";
import { type MathContext, mathFunctions } from "./functions.ts";
import { applyOperator } from "./operators.ts";
import type { Expression } from "./syntax.ts";
import { listValue, type Series, scalar, type Value } from "./value.ts";

/** Names that functions read as strings. */
const WORDS = new Set(["REPEAT", "LINEAR", "ASC", "DESC", "AVG", "MIN", "MAX", "SUM"]);

/** Time series of one array: as many as a request has queries. Arrays of arrays would have any number. */
const LIST_MAX = 500;

export interface Evaluation extends MathContext {
  /** The values of other queries by their ids. */
  readonly values: ReadonlyMap<string, Value>;
  /** What the calls of SEARCH found. */
  readonly found: ReadonlyMap<Expression, readonly Series[]>;
}

/** evaluate computes an expression; throws a MetricRefusal if it means nothing, or takes too many points. */
export function evaluate(expression: Expression, context: Evaluation): Value {
  const value = valueOf(expression, context);
  // These have been paid for by their query.
  if (expression.type === "name") return value;
  if (value.type === "series") context.spend(value.series.points.size);
  if (value.type === "list") for (const { points } of value.list) context.spend(points.size);
  return value;
}

function valueOf(expression: Expression, context: Evaluation): Value {
  switch (expression.type) {
    case "number":
      return scalar(expression.value);
    case "text":
      return { type: "text", value: expression.value };
    case "name":
      return named(expression.name, context);
    case "list":
      return listOf(expression.items.map((item) => evaluate(item, context)));
    case "unary":
      return applyOperator("*", scalar(-1), evaluate(expression.of, context));
    case "binary":
      return applyOperator(
        expression.operator,
        evaluate(expression.left, context),
        evaluate(expression.right, context),
      );
    case "call":
      return call(expression, context);
  }
}

function listOf(values: readonly Value[]): Value {
  const list: Series[] = [];
  for (const value of values) {
    if (value.type === "series") list.push(value.series);
    else if (value.type === "list") list.push(...value.list);
    else throw new MetricRefusal("items of an array must be time series");
    if (list.length > LIST_MAX) throw new MetricRefusal(`an array has more than ${LIST_MAX} time series`);
  }
  return listValue(list);
}

function named(name: string, { values }: Evaluation): Value {
  const value = values.get(name);
  if (value) return value;
  if (WORDS.has(name)) return { type: "text", value: name };
  throw new MetricRefusal(`there is no metric with the id '${name}'`);
}

function call(expression: Extract<Expression, { type: "call" }>, context: Evaluation): Value {
  const found = context.found.get(expression);
  if (found) return listValue(found);
  const { name, args } = expression;
  const run = Object.hasOwn(mathFunctions, name) ? mathFunctions[name] : undefined;
  if (!run) throw new MetricRefusal(`the function ${name} does not exist or is not supported`);
  return run(
    args.map((arg) => evaluate(arg, context)),
    context,
  );
}
