import type { ArithmeticOperator, ComparisonOperator } from "../java/arithmetic.ts";
import { integer, JavaDouble } from "../java/value.ts";
import { parseList } from "./parse-list.ts";
import { parseReference } from "./parse-reference.ts";
import type { Scanner } from "./scanner.ts";
import type { Expression } from "./syntax.ts";

const DEPTH_MAX = 100;

const OR = /\|\||or\b/y;
const AND = /&&|and\b/y;
const EQUALITY = /==|!=|eq\b|ne\b/y;
const RELATION = /<=|>=|<|>|le\b|lt\b|ge\b|gt\b/y;
const SUM = /[+-]/y;
const PRODUCT = /[*/%]/y;
const NOT = /!|not\b/y;
const WORDS: Readonly<Record<string, string>> = { eq: "==", ne: "!=", le: "<=", lt: "<", ge: ">=", gt: ">" };
const FRACTION = /-?(?:\d+\.(?!\.)\d*|\.\d+)(?:[eE][+-]?\d+)?|-?\d+[eE][+-]?\d+/y;
const INTEGER = /-?\d+/y;

/** binary parses operands of the next level with operators of this one between them, from left to right. */
function binary(
  scanner: Scanner,
  operator: RegExp,
  operand: (scanner: Scanner) => Expression,
  combine: (operator: string, left: Expression, right: Expression) => Expression,
): Expression {
  let left = operand(scanner);
  for (;;) {
    const before = scanner.at;
    scanner.space();
    const found = scanner.match(operator)?.[0];
    if (!found) {
      scanner.at = before;
      return left;
    }
    left = combine(WORDS[found] ?? found, left, operand(scanner));
  }
}

const arithmetic = (operator: string, left: Expression, right: Expression): Expression => ({
  kind: "arithmetic",
  operator: operator as ArithmeticOperator,
  left,
  right,
});
const comparison = (operator: string, left: Expression, right: Expression): Expression => ({
  kind: "comparison",
  operator: operator as ComparisonOperator | "==" | "!=",
  left,
  right,
});

const product = (s: Scanner) => binary(s, PRODUCT, unary, arithmetic);
const sum = (s: Scanner) => binary(s, SUM, product, arithmetic);
const relation = (s: Scanner) => binary(s, RELATION, sum, comparison);
const equality = (s: Scanner) => binary(s, EQUALITY, relation, comparison);
const and = (s: Scanner) => binary(s, AND, equality, (_o, left, right) => ({ kind: "and", left, right }));

/** parseExpression parses the expressions of #set, #if and lists. */
export function parseExpression(scanner: Scanner): Expression {
  if (++scanner.depth > DEPTH_MAX) scanner.fail(`expressions can be nested at most ${DEPTH_MAX} levels deep`);
  const expression = binary(scanner, OR, and, (_o, left, right) => ({ kind: "or", left, right }));
  scanner.depth--;
  return expression;
}

function unary(scanner: Scanner): Expression {
  scanner.space();
  let negations = 0;
  while (scanner.match(NOT)) {
    negations++;
    scanner.space();
  }
  let operand = primary(scanner);
  while (negations-- > 0) operand = { kind: "not", operand };
  return operand;
}

function primary(scanner: Scanner): Expression {
  const { text, at } = scanner;
  const c = text[at];
  if (c === '"' || c === "'") return stringLiteral(scanner, c);
  if (c === "$") {
    const reference = parseReference(scanner);
    return reference ? { kind: "reference", reference } : scanner.fail(`${scanner.near} is not a reference`);
  }
  if (c === "[") return listOrRange(scanner);
  if (c === "{") return mapLiteral(scanner);
  if (scanner.take("(")) {
    const inner = parseExpression(scanner);
    scanner.space();
    scanner.expect(")", "to close the parenthesis");
    return inner;
  }
  const word = scanner.match(/(true|false|null)\b/y)?.[0];
  if (word) return { kind: "literal", value: word === "null" ? null : word === "true" };
  const fraction = scanner.match(FRACTION)?.[0];
  if (fraction) return { kind: "literal", value: new JavaDouble(Number(fraction)) };
  const whole = scanner.match(INTEGER)?.[0];
  if (whole) return { kind: "literal", value: integer(BigInt(whole)) };
  return scanner.fail(`expected a value, found ${scanner.near}`);
}

/** A quote within a string is written twice; a backslash is an ordinary character. Only double quotes are interpolated. */
function stringLiteral(scanner: Scanner, quote: string): Expression {
  const start = scanner.at++;
  for (;;) {
    const end = scanner.text.indexOf(quote, scanner.at);
    if (end < 0) scanner.fail(`the string that begins here has no closing ${quote}`, start);
    scanner.at = end + 1;
    if (scanner.text[scanner.at] !== quote) break;
    scanner.at++;
  }
  const content = scanner.text.slice(start + 1, scanner.at - 1).replaceAll(quote + quote, quote);
  if (quote === "'" || !/[$#]/.test(content)) return { kind: "literal", value: content };
  return { kind: "interpolated", block: scanner.grammar.template(content, () => scanner.place(start + 1)) };
}

function listOrRange(scanner: Scanner): Expression {
  scanner.at++;
  scanner.space();
  if (scanner.take("]")) return { kind: "list", items: [] };
  const first = parseExpression(scanner);
  scanner.space();
  if (scanner.take("..")) {
    const to = parseExpression(scanner);
    scanner.space();
    scanner.expect("]", "to end the range");
    return { kind: "range", from: first, to };
  }
  if (scanner.take("]")) return { kind: "list", items: [first] };
  scanner.expect(",", "or ']'");
  return { kind: "list", items: [first, ...parseList(scanner, "]")] };
}

function mapLiteral(scanner: Scanner): Expression {
  scanner.at++;
  const entries: [Expression, Expression][] = [];
  scanner.space();
  while (!scanner.take("}")) {
    if (entries.length > 0) scanner.expect(",", "or '}'");
    const key = parseExpression(scanner);
    scanner.space();
    scanner.expect(":", "after the key of a map");
    entries.push([key, parseExpression(scanner)]);
    scanner.space();
  }
  return { kind: "map", entries };
}
