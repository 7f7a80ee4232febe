import {
  integer,
  isNumeric,
  JavaDouble,
  type Meter,
  Nothing,
  sameValue,
  textOf,
  toDouble,
  type Value,
} from "./value.ts";

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";
export type ComparisonOperator = "<" | "<=" | ">" | ">=";

type Number_ = number | bigint | JavaDouble;

const onDoubles: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

const onIntegers: Readonly<Record<ArithmeticOperator, (a: bigint, b: bigint) => bigint>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

/** arithmetic computes as Velocity does: integers stay integers, division by zero is null, and so is a result with an operand that is not a number. */
export function arithmetic(operator: ArithmeticOperator, left: Value, right: Value): Value {
  if (isNumeric(left) && isNumeric(right)) return onNumbers(operator, left, right);
  if (operator !== "+" || left === null || right === null) return null;
  if (typeof left === "string" || typeof right === "string") return textOf(left) + textOf(right);
  return null;
}

function onNumbers(operator: ArithmeticOperator, left: Number_, right: Number_): Value {
  const divides = operator === "/" || operator === "%";
  if (divides && toDouble(right) === 0) return null;
  if (left instanceof JavaDouble || right instanceof JavaDouble)
    return new JavaDouble(onDoubles[operator](toDouble(left), toDouble(right)));
  if (typeof left === "number" && typeof right === "number") {
    const result = onDoubles[operator](left, right);
    if (Number.isSafeInteger(result) || (divides && Number.isFinite(result))) return Math.trunc(result) + 0;
  }
  return integer(onIntegers[operator](BigInt(left), BigInt(right)));
}

/** compare orders numbers; undefined if a side is not a number. */
export function compare(operator: ComparisonOperator, left: Value, right: Value): boolean {
  if (!isNumeric(left) || !isNumeric(right)) return false;
  const [a, b] =
    left instanceof JavaDouble || right instanceof JavaDouble
      ? [toDouble(left), toDouble(right)]
      : ([left, right] as const);
  switch (operator) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}

/** equal is Velocity's ==: it compares numbers by value, objects of the same class by equals, and everything else by its printed form. */
export function equal(left: Value, right: Value, meter?: Meter): boolean {
  if (left === right) return true;
  if (left instanceof Nothing) return right === null || right === "";
  if (right instanceof Nothing) return left === null || left === "";
  if (left === null || right === null) return false;
  if (isNumeric(left) && isNumeric(right)) return sameValue(left, right);
  if (typeof left === "object" && typeof right === "object" && left.constructor === right.constructor)
    return sameValue(left, right, meter);
  return textOf(left) === textOf(right);
}
