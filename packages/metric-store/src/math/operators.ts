import { MetricRefusal } from "../refusal.ts";
import type { Operator } from "./syntax.ts";
import { listValue, mapPoints, type Series, scalar, seriesValue, timesOf, type Value } from "./value.ts";

const flag = (holds: boolean): number => (holds ? 1 : 0);

const compute: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  // A division by zero is not finite, and so drops the point.
  "/": (a, b) => (b === 0 ? Number.NaN : a / b),
  "^": (a, b) => a ** b,
  "==": (a, b) => flag(a === b),
  "!=": (a, b) => flag(a !== b),
  "<": (a, b) => flag(a < b),
  ">": (a, b) => flag(a > b),
  "<=": (a, b) => flag(a <= b),
  ">=": (a, b) => flag(a >= b),
  "&&": (a, b) => flag(a !== 0 && b !== 0),
  "||": (a, b) => flag(a !== 0 || b !== 0),
};

/** A point that one of two series lacks counts as 0. */
function combine(left: Series, right: Series, operate: (a: number, b: number) => number): Series {
  const points = new Map<number, number>();
  for (const unixS of timesOf([left, right])) {
    const value = operate(left.points.get(unixS) ?? 0, right.points.get(unixS) ?? 0);
    if (Number.isFinite(value)) points.set(unixS, value);
  }
  return { id: "", label: left.label, periodS: Math.max(left.periodS, right.periodS), points };
}

/** applyOperator applies an operator point by point; of a list to each of its series. */
export function applyOperator(operator: Operator, left: Value, right: Value): Value {
  const operate = compute[operator];
  if (left.type === "text" || right.type === "text")
    throw new MetricRefusal(`a string cannot be an operand of '${operator}'`);
  if (left.type === "list") {
    if (right.type === "list") throw new MetricRefusal(`two arrays cannot be operands of '${operator}'`);
    return listValue(left.list.map((one) => seriesOf(applyOperator(operator, seriesValue(one), right))));
  }
  if (right.type === "list")
    return listValue(
      right.list.map((one) => ({
        ...seriesOf(applyOperator(operator, left, seriesValue(one))),
        label: one.label,
      })),
    );
  if (left.type === "scalar")
    return right.type === "scalar"
      ? scalar(operate(left.value, right.value))
      : seriesValue(mapPoints(right.series, (value) => operate(left.value, value)));
  return right.type === "scalar"
    ? seriesValue(mapPoints(left.series, (value) => operate(value, right.value)))
    : seriesValue(combine(left.series, right.series, operate));
}

const seriesOf = (value: Value): Series => (value as Extract<Value, { type: "series" }>).series;
