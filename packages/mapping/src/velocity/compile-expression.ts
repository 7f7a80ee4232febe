import { arithmetic, compare, equal } from "../java/arithmetic.ts";
import { JavaList, type JavaMap, type Value } from "../java/value.ts";
import { compileReference } from "./compile-reference.ts";
import type { Scope } from "./scope.ts";
import { type Evaluate, RenderError, type State, type Test } from "./state.ts";
import type { Expression } from "./syntax.ts";

/** A range longer than this is refused. */
const RANGE_MAX = 100_000;

/** compileExpression compiles an expression to a function from the state to its value. */
export function compileExpression(expression: Expression, scope: Scope): Evaluate {
  switch (expression.kind) {
    case "literal": {
      const { value } = expression;
      return () => value;
    }
    case "interpolated": {
      const render = scope.block(expression.block);
      return (state) => state.capture(render);
    }
    case "reference":
      return compileReference(expression.reference, scope);
    case "list":
      return compileList(expression.items, scope);
    case "range":
      return compileRange(expression.from, expression.to, scope);
    case "map":
      return compileMap(expression.entries, scope);
    case "arithmetic": {
      const { operator } = expression;
      const left = compileExpression(expression.left, scope);
      const right = compileExpression(expression.right, scope);
      return (state) => {
        const value = arithmetic(operator, left(state), right(state));
        if (typeof value === "string") state.spendOnText(value.length);
        return value;
      };
    }
    default:
      return compileTest(expression, scope);
  }
}

function compileList(items: readonly Expression[], scope: Scope): Evaluate {
  const compiled = items.map((item) => compileExpression(item, scope));
  return (state) => new JavaList(compiled.map((item) => item(state)));
}

function compileMap(entries: readonly (readonly [Expression, Expression])[], scope: Scope): Evaluate {
  const compiled = entries.map(
    ([key, value]) => [compileExpression(key, scope), compileExpression(value, scope)] as const,
  );
  return (state) => {
    const map: JavaMap = new Map();
    for (const [key, value] of compiled) map.set(key(state), value(state));
    return map;
  };
}

function compileRange(from: Expression, to: Expression, scope: Scope): Evaluate {
  const [first, last] = [compileExpression(from, scope), compileExpression(to, scope)];
  return (state) => {
    const [start, end] = [first(state), last(state)];
    if (typeof start !== "number" || typeof end !== "number") return null;
    const size = Math.abs(end - start) + 1;
    if (size > RANGE_MAX) throw new RenderError(`the range has ${size} numbers; the limit is ${RANGE_MAX}`);
    state.spend(size / 8);
    const step = end < start ? -1 : 1;
    return new JavaList(Array.from({ length: size }, (_item, i) => start + i * step));
  };
}

/** Whether a reference is true: every value but false; the dialect decides what a missing value is. */
const isTrue = (value: Value): boolean => value !== false && value !== null;
const isNotFalse = (value: Value): boolean => value !== false;

/** compileTest compiles a condition. Only references, comparisons and the words true and false can be true. */
export function compileTest(expression: Expression, scope: Scope): Test {
  switch (expression.kind) {
    case "reference": {
      const read = compileReference(expression.reference, scope);
      const test = scope.dialect.missingIsTrue ? isNotFalse : isTrue;
      return (state) => test(read(state));
    }
    case "comparison":
      return compileComparison(expression, scope);
    case "and": {
      const [left, right] = [compileTest(expression.left, scope), compileTest(expression.right, scope)];
      return (state) => left(state) && right(state);
    }
    case "or": {
      const [left, right] = [compileTest(expression.left, scope), compileTest(expression.right, scope)];
      return (state) => left(state) || right(state);
    }
    case "not": {
      const operand = compileTest(expression.operand, scope);
      return (state) => !operand(state);
    }
    default: {
      const constant = expression.kind === "literal" && expression.value === true;
      return () => constant;
    }
  }
}

function compileComparison(
  { operator, left, right }: Extract<Expression, { kind: "comparison" }>,
  scope: Scope,
): (state: State) => boolean {
  const [a, b] = [compileExpression(left, scope), compileExpression(right, scope)];
  const { missing } = scope.dialect;
  const areEqual = (state: State) => equal(a(state) ?? missing, b(state) ?? missing, state);
  if (operator === "==") return areEqual;
  if (operator === "!=") return (state) => !areEqual(state);
  return (state) => compare(operator, a(state), b(state));
}
