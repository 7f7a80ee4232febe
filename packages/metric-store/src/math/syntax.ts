import { MetricRefusal } from "../refusal.ts";

/** Expression is a metric math expression as a tree (AWS: Using metric math, syntax and functions). */
export type Expression =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "text"; readonly value: string }
  /** The id of a query, or a word such as REPEAT. */
  | { readonly type: "name"; readonly name: string }
  | { readonly type: "list"; readonly items: readonly Expression[] }
  | { readonly type: "unary"; readonly of: Expression }
  | {
      readonly type: "binary";
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly type: "call"; readonly name: string; readonly args: readonly Expression[] };

export type Operator = "||" | "&&" | "==" | "!=" | "<" | ">" | "<=" | ">=" | "+" | "-" | "*" | "/" | "^";

const TOKEN =
  /\s*(?:(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)|(?<name>[A-Za-z][A-Za-z0-9_]*)|"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<sign>\|\||&&|==|!=|<=|>=|[-+*/^<>()[\],]))/y;

interface Token {
  readonly type: "number" | "name" | "text" | "sign" | "end";
  readonly text: string;
}

/** By how tightly they bind, loosest first. */
const LEVELS: readonly (readonly Operator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!=", "<", ">", "<=", ">="],
  ["+", "-"],
  ["*", "/"],
];

const WORDS: ReadonlyMap<string, Operator> = new Map([
  ["AND", "&&"],
  ["OR", "||"],
]);

const DEPTH_MAX = 64;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) throw new MetricRefusal(`unexpected '${text.slice(at).trim().slice(0, 10)}' at ${at}`);
    const { number, name, double, single, sign } = groups;
    if (number !== undefined) tokens.push({ type: "number", text: number });
    else if (name !== undefined) {
      const operator = WORDS.get(name);
      tokens.push(operator ? { type: "sign", text: operator } : { type: "name", text: name });
    } else if (sign !== undefined) tokens.push({ type: "sign", text: sign });
    else tokens.push({ type: "text", text: double ?? single ?? "" });
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { type: "end", text: "the end" };
  }

  #takes(sign: string): boolean {
    const { type, text } = this.#next;
    if (type !== "sign" || text !== sign) return false;
    this.#at++;
    return true;
  }

  #need(sign: string): void {
    if (!this.#takes(sign)) throw new MetricRefusal(`'${sign}' is missing before '${this.#next.text}'`);
  }

  whole(): Expression {
    const expression = this.#binary(0);
    if (this.#next.type !== "end") throw new MetricRefusal(`unexpected '${this.#next.text}'`);
    return expression;
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const { type, text } = this.#next;
      const operator = type === "sign" ? operators.find((one) => one === text) : undefined;
      if (!operator) return left;
      this.#at++;
      left = { type: "binary", operator, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): Expression {
    if (++this.#depth > DEPTH_MAX) throw new MetricRefusal(`it is nested more than ${DEPTH_MAX} deep`);
    try {
      if (this.#takes("-")) return { type: "unary", of: this.#unary() };
      if (this.#takes("+")) return this.#unary();
      const left = this.#primary();
      return this.#takes("^") ? { type: "binary", operator: "^", left, right: this.#unary() } : left;
    } finally {
      this.#depth--;
    }
  }

  #primary(): Expression {
    if (this.#takes("(")) {
      const inner = this.#binary(0);
      this.#need(")");
      return inner;
    }
    if (this.#takes("[")) return { type: "list", items: this.#items("]") };
    const { type, text } = this.#next;
    this.#at++;
    if (type === "number") return { type, value: Number(text) };
    if (type === "text") return { type, value: text };
    if (type !== "name") throw new MetricRefusal(`unexpected '${text}'`);
    return this.#takes("(") ? { type: "call", name: text, args: this.#items(")") } : { type, name: text };
  }

  #items(end: string): Expression[] {
    const items: Expression[] = [];
    if (this.#takes(end)) return items;
    do items.push(this.#binary(0));
    while (this.#takes(","));
    this.#need(end);
    return items;
  }
}

/** parseExpression throws a MetricRefusal that says where an expression is wrong. */
export const parseExpression = (text: string): Expression => new Parser(tokensOf(text)).whole();

/** callsIn are the calls of a function in an expression. */
export function callsIn(expression: Expression, name: string): Extract<Expression, { type: "call" }>[] {
  const within = partsOf(expression).flatMap((part) => callsIn(part, name));
  return expression.type === "call" && expression.name === name ? [expression, ...within] : within;
}

/** namesIn are the names that an expression refers to. */
export function namesIn(expression: Expression): string[] {
  return expression.type === "name" ? [expression.name] : partsOf(expression).flatMap(namesIn);
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.type) {
    case "list":
      return expression.items;
    case "unary":
      return [expression.of];
    case "binary":
      return [expression.left, expression.right];
    case "call":
      return expression.args;
    default:
      return [];
  }
}
