import type { Pattern } from "@tollgate/patterns";
import { QueryProblem } from "./query-problem.ts";
import type {
  Arithmetic,
  Command,
  Comparison,
  Expression,
  Item,
  Period,
  PeriodUnit,
  Span,
} from "./syntax.ts";
import { Tokens } from "./tokens.ts";

/** AWS allows no longer query. */
const QUERY_MAX_CHARS = 10_000;
const DEPTH_MAX = 64;
export const ROWS_MAX = 10_000;
/** Commands of AWS that are known and not served. */
const NOT_SERVED = new Set([
  "pattern",
  "diff",
  "anomaly",
  "unmask",
  "source",
  "join",
  "filterindex",
  "lookup",
]);
const UNITS: ReadonlySet<string> = new Set(["ms", "s", "m", "h", "d", "w", "mo", "q", "y"]);

const COMPARISONS: ReadonlySet<string> = new Set(["=", "!=", "<", "<=", ">", ">="]);
/** Operators by how tightly they bind, loosest first. */
const ARITHMETIC: readonly (readonly string[])[] = [
  ["+", "-"],
  ["*", "/", "%"],
];

/**
 * Parser reads the query language of CloudWatch Logs Insights (AWS: query syntax):
 *
 *   query      := command { "|" command }
 *   command    := ("fields" | "display" | "dedup") items | "filter" expression | "stats" items ["by" items] | "limit" number
 *               | "sort" expression ["asc" | "desc"] { "," ... } | "parse" [primary] (text ["as"] names | regex ["as" names])
 *   items      := expression ["as" name] { "," ... }
 *   expression := conjunction { "or" conjunction };  conjunction := negation { "and" negation };  negation := ["not"] comparison
 *   comparison := sum [("=" | "!=" | "<" | "<=" | ">" | ">=") sum | ["not"] "like" (text | regex) | "=~" (regex | text)
 *               | ["not"] "in" "[" sum { "," sum } "]"]
 *   sum        := product { ("+" | "-") product };  product := power { ("*" | "/" | "%") power };  power := unary ["^" power]
 *   unary      := ["-"] primary
 *   primary    := number | period | text | field | name "(" [expression { "," expression }] ")" | "(" expression ")" | "*" in count
 */
class Parser {
  readonly #tokens: Tokens;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = new Tokens(text);
  }

  query(): readonly Command[] {
    const commands = [this.#command()];
    while (this.#tokens.takes("|")) {
      const { start } = this.#tokens.next;
      const command = this.#command();
      if (commands.some(({ type }) => type === "dedup") && command.type !== "limit")
        throw new QueryProblem("only limit can come after dedup", { start, end: this.#tokens.end });
      commands.push(command);
    }
    if (this.#tokens.next.type !== "end") this.#tokens.fail("'|' or the end of the query");
    return commands;
  }

  #command(): Command {
    const { type, text } = this.#tokens.next;
    const name = text.toLowerCase();
    const read = type === "name" && Object.hasOwn(this.#commands, name) ? this.#commands[name] : undefined;
    if (read) {
      this.#tokens.take();
      return read();
    }
    if (type === "name" && NOT_SERVED.has(name))
      throw new QueryProblem(`the command ${name} is not supported`, this.#tokens.next);
    return this.#tokens.fail(`a command (${Object.keys(this.#commands).join(", ")})`);
  }

  readonly #commands: Readonly<Record<string, () => Command>> = {
    fields: () => ({ type: "fields", items: this.#items() }),
    display: () => ({ type: "display", items: this.#items() }),
    filter: () => ({ type: "filter", test: this.#expression() }),
    stats: () => {
      const items = this.#items();
      return { type: "stats", items, by: this.#tokens.takesWord("by") ? this.#items() : [] };
    },
    sort: () => ({ type: "sort", terms: this.#list(() => this.#term()) }),
    limit: () => ({ type: "limit", count: this.#count() }),
    parse: () => this.#parse(),
    dedup: () => ({ type: "dedup", items: this.#items() }),
  };

  #count(): number {
    const { type, text } = this.#tokens.next;
    const count = Number(text);
    if (type !== "number" || !Number.isInteger(count) || count < 1 || count > ROWS_MAX)
      this.#tokens.fail(`a number from 1 to ${ROWS_MAX}`);
    this.#tokens.take();
    return count;
  }

  #term() {
    const expression = this.#expression();
    const isDescending = this.#tokens.takesWord("desc");
    if (!isDescending) this.#tokens.takesWord("asc");
    return { expression, isDescending };
  }

  #parse(): Command {
    const { start } = this.#tokens.next;
    const hasField = this.#tokens.next.type !== "text" && this.#tokens.next.text !== "/";
    const of: Expression = hasField
      ? this.#primary()
      : { type: "field", name: "@message", start, end: start };
    const at = this.#tokens.next;
    const regex = this.#tokens.regex();
    if (!regex && at.type !== "text")
      this.#tokens.fail("a pattern in quotes, or a regular expression between slashes");
    if (!regex) this.#tokens.take();
    const isNamed = this.#tokens.takesWord("as");
    const given = isNamed ? this.#list(() => this.#name()) : [];
    if (!regex && !isNamed) this.#tokens.fail("'as'");
    const span = { start: at.start, end: this.#tokens.end };
    const names = regex ? namesOf(regex, given, span) : given;
    const holes = regex ? names.length : at.text.split("*").length - 1;
    if (holes !== names.length)
      throw new QueryProblem(
        `the pattern has ${holes} '*', and ${names.length} names are given for them`,
        span,
      );
    return { type: "parse", of, pattern: regex ?? at.text, names };
  }

  #name(): string {
    const { type, text } = this.#tokens.next;
    if (type !== "name" && type !== "quoted-name") this.#tokens.fail("the name of a field");
    this.#tokens.take();
    return text;
  }

  #list<T>(read: () => T): readonly T[] {
    const list = [read()];
    while (this.#tokens.takes(",")) list.push(read());
    return list;
  }

  #items(): readonly Item[] {
    return this.#list(() => {
      const expression = this.#expression();
      if (this.#tokens.takesWord("as")) return { expression, name: this.#name() };
      const { start, end } = expression;
      return {
        expression,
        name: expression.type === "field" ? expression.name : this.#tokens.text.slice(start, end),
      };
    });
  }

  /** Runs a part that may contain itself. */
  #nested<T>(read: () => T): T {
    if (++this.#depth > DEPTH_MAX)
      throw new QueryProblem(`expressions are nested more than ${DEPTH_MAX} levels deep`, this.#tokens.next);
    const value = read();
    this.#depth--;
    return value;
  }

  #expression(): Expression {
    return this.#nested(() => this.#joined("or", () => this.#joined("and", () => this.#negation())));
  }

  #joined(operator: "and" | "or", read: () => Expression): Expression {
    let left = read();
    while (this.#tokens.takesWord(operator)) left = binary(operator, left, read());
    return left;
  }

  #negation(): Expression {
    const { start } = this.#tokens.next;
    if (!this.#tokens.takesWord("not")) return this.#comparison();
    const of = this.#nested(() => this.#negation());
    return { type: "not", of, start, end: of.end };
  }

  #comparison(): Expression {
    const left = this.#sum();
    const { type, text } = this.#tokens.next;
    if (type === "sign" && COMPARISONS.has(text)) {
      this.#tokens.take();
      return binary(text as Comparison, left, this.#sum());
    }
    if (this.#tokens.takes("=~")) return this.#like(left);
    const isNegated = this.#tokens.takesWord("not");
    if (this.#tokens.takesWord("like")) return negatedIf(isNegated, this.#like(left));
    if (this.#tokens.takesWord("in")) return negatedIf(isNegated, this.#in(left));
    return isNegated ? this.#tokens.fail("'like' or 'in'") : left;
  }

  #like(of: Expression): Expression {
    const { type, text } = this.#tokens.next;
    const pattern = this.#tokens.regex() ?? (type === "text" ? text : undefined);
    if (pattern === undefined) this.#tokens.fail("a text in quotes, or a regular expression between slashes");
    if (typeof pattern === "string") this.#tokens.take();
    return { type: "like", of, pattern, start: of.start, end: this.#tokens.end };
  }

  #in(of: Expression): Expression {
    this.#tokens.expect("[");
    const items = this.#list(() => this.#sum());
    this.#tokens.expect("]");
    return { type: "in", of, items, start: of.start, end: this.#tokens.end };
  }

  #sum(level = 0): Expression {
    const operators = ARITHMETIC[level];
    if (!operators) return this.#power();
    let left = this.#sum(level + 1);
    for (;;) {
      const { type, text } = this.#tokens.next;
      if (type !== "sign" || !operators.includes(text)) return left;
      this.#tokens.take();
      left = binary(text as Arithmetic, left, this.#sum(level + 1));
    }
  }

  #power(): Expression {
    const left = this.#unary();
    return this.#tokens.takes("^")
      ? binary(
          "^",
          left,
          this.#nested(() => this.#power()),
        )
      : left;
  }

  #unary(): Expression {
    const { start } = this.#tokens.next;
    if (!this.#tokens.takes("-")) return this.#primary();
    const of = this.#nested(() => this.#unary());
    return { type: "negative", of, start, end: of.end };
  }

  #primary(): Expression {
    const { type, text, start } = this.#tokens.next;
    const span = () => ({ start, end: this.#tokens.end });
    if (this.#tokens.takes("(")) {
      const inner = this.#expression();
      this.#tokens.expect(")");
      return { ...inner, ...span() };
    }
    if (type !== "number" && type !== "text" && type !== "name" && type !== "quoted-name")
      this.#tokens.fail("a field, a number, a text or a function");
    this.#tokens.take();
    if (type === "text") return { type: "constant", value: text, ...span() };
    if (type === "quoted-name") return { type: "field", name: text, ...span() };
    if (type === "number") {
      const period = this.#period(Number(text));
      return period
        ? { type: "period", period, ...span() }
        : { type: "constant", value: Number(text), ...span() };
    }
    if (this.#tokens.takes("(")) return this.#call(text.toLowerCase(), start);
    if (/^(true|false)$/i.test(text))
      return { type: "constant", value: text.toLowerCase() === "true", ...span() };
    return { type: "field", name: text, ...span() };
  }

  /** A number that is followed by a unit without a blank. */
  #period(count: number): Period | undefined {
    const { type, text } = this.#tokens.next;
    if (type !== "name" || !this.#tokens.isAdjacent) return undefined;
    if (!UNITS.has(text) || count < 1 || !Number.isInteger(count))
      this.#tokens.fail(`a whole number with one of the units ${[...UNITS].join(", ")}`);
    this.#tokens.take();
    return { count, unit: text as PeriodUnit };
  }

  #call(name: string, start: number): Expression {
    const { start: at } = this.#tokens.next;
    let args: readonly Expression[] = [];
    if (this.#tokens.takes("*")) args = [{ type: "all", start: at, end: this.#tokens.end }];
    else if (this.#tokens.next.text !== ")") args = this.#list(() => this.#expression());
    this.#tokens.expect(")");
    return { type: "call", name, args, start, end: this.#tokens.end };
  }
}

const binary = (
  operator: "and" | "or" | Comparison | Arithmetic,
  left: Expression,
  right: Expression,
): Expression => ({ type: "binary", operator, left, right, start: left.start, end: right.end });

const negatedIf = (isNegated: boolean, of: Expression): Expression =>
  isNegated ? { type: "not", of, start: of.start, end: of.end } : of;

/** Names of the groups of an expression, or those that are given for them in their order. */
function namesOf({ source }: Pattern, given: readonly string[], span: Span): readonly string[] {
  const named = [...source.matchAll(/(?<!\\)\(\?<([A-Za-z][A-Za-z0-9]*)>/g)].map(
    ([, name]) => name as string,
  );
  if (named.length > 0) return named;
  if (given.length > 0) return given;
  throw new QueryProblem("the regular expression has no named group, such as (?<user>\\S+)", span);
}

/** parseQuery reads a query. Throws QueryProblem. */
export function parseQuery(text: string): readonly Command[] {
  if (text.length > QUERY_MAX_CHARS)
    throw new QueryProblem(`the query has ${text.length} characters; the limit is ${QUERY_MAX_CHARS}`, {
      start: QUERY_MAX_CHARS,
      end: text.length,
    });
  return new Parser(text).query();
}
