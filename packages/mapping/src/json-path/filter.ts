import { isNumeric, JavaList, sameValue, textOf, toDouble, type Value } from "../java/value.ts";
import type { Filter, Operand, RelativePath } from "./syntax.ts";

/** Read evaluates a path of a filter; undefined: it matches nothing. */
export type Read = (path: RelativePath) => Value | undefined;

/** accepts returns whether a filter is true for the element that `read` reads from. */
export function accepts(filter: Filter, read: Read): boolean {
  switch (filter.kind) {
    case "or":
      return accepts(filter.left, read) || accepts(filter.right, read);
    case "and":
      return accepts(filter.left, read) && accepts(filter.right, read);
    case "not":
      return !accepts(filter.operand, read);
    case "exists":
      return (read(filter.path) !== undefined) !== filter.negated;
    case "relation":
      return relate(filter.operator, filter.left, filter.right, read);
  }
}

const valueOf = (operand: Operand, read: Read): Value | undefined =>
  operand.kind === "path" ? read(operand.path) : operand.kind === "value" ? operand.value : undefined;

const itemsOf = (value: Value | undefined): readonly Value[] | undefined =>
  value instanceof JavaList ? value.items : undefined;

const isIn = (items: readonly Value[], wanted: Value) => items.some((item) => equal(item, wanted));

/** Numbers and strings are compared with each other, as in Jayway; everything else by equality. */
function equal(a: Value, b: Value): boolean {
  if (isNumeric(a) && typeof b === "string") return b.trim() !== "" && toDouble(a) === Number(b);
  if (typeof a === "string" && isNumeric(b)) return a === textOf(b);
  return sameValue(a, b);
}

function ordered(operator: string, a: Value, b: Value): boolean {
  const [left, right] =
    isNumeric(a) && isNumeric(b)
      ? [toDouble(a), toDouble(b)]
      : typeof a === "string" && typeof b === "string"
        ? [a, b]
        : [undefined, undefined];
  if (left === undefined || right === undefined) return false;
  if (operator === "<") return left < right;
  if (operator === "<=") return left <= right;
  return operator === ">" ? left > right : left >= right;
}

const sizeOf = (value: Value): number | undefined =>
  typeof value === "string" ? value.length : value instanceof Map ? value.size : itemsOf(value)?.length;

const typeOf = (value: Value): string => {
  if (value === null) return "null";
  if (isNumeric(value)) return "number";
  if (value instanceof Map || value instanceof JavaList) return "json";
  return typeof value;
};

type Relation = (left: Value, right: Value) => boolean;

const relations: Readonly<Record<string, Relation>> = {
  "==": equal,
  "===": (a, b) => typeOf(a) === typeOf(b) && equal(a, b),
  in: (a, b) => isIn(itemsOf(b) ?? [], a),
  nin: (a, b) => !isIn(itemsOf(b) ?? [], a),
  subsetof: (a, b) => itemsOf(a)?.every((item) => isIn(itemsOf(b) ?? [], item)) ?? false,
  anyof: (a, b) => itemsOf(a)?.some((item) => isIn(itemsOf(b) ?? [], item)) ?? false,
  noneof: (a, b) => itemsOf(a)?.every((item) => !isIn(itemsOf(b) ?? [], item)) ?? false,
  all: (a, b) => itemsOf(b)?.every((item) => isIn(itemsOf(a) ?? [], item)) ?? false,
  contains: (a, b) =>
    typeof a === "string" ? typeof b === "string" && a.includes(b) : isIn(itemsOf(a) ?? [], b),
  size: (a, b) => isNumeric(b) && sizeOf(a) === toDouble(b),
  empty: (a, b) => typeof b === "boolean" && sizeOf(a) !== undefined && (sizeOf(a) === 0) === b,
  type: (a, b) => typeOf(a) === b,
};

function relate(operator: string, left: Operand, right: Operand, read: Read): boolean {
  if (operator === "=~") return matches(left, right, read);
  const [a, b] = [valueOf(left, read), valueOf(right, read)];
  if (operator === "!=" || operator === "!==") {
    if (a === undefined || b === undefined) return true;
    return operator === "!=" ? !equal(a, b) : !(typeOf(a) === typeOf(b) && equal(a, b));
  }
  // What is not there equals nothing, not even what is not there either.
  if (a === undefined || b === undefined) return false;
  const relation = relations[operator];
  return relation ? relation(a, b) : ordered(operator, a, b);
}

function matches(left: Operand, right: Operand, read: Read): boolean {
  const [regex, operand] =
    right.kind === "regex" ? [right.regex, left] : left.kind === "regex" ? [left.regex, right] : [];
  const value = operand && valueOf(operand, read);
  if (!regex || value === undefined || value === null) return false;
  const items = itemsOf(value);
  if (items) return items.some((item) => typeof item === "string" && regex.matches(item));
  return !(value instanceof Map) && regex.matches(textOf(value));
}
