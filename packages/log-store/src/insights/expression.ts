import { roundedTime, SCALAR_FUNCTIONS } from "./functions.ts";
import { QueryProblem } from "./query-problem.ts";
import type { Row } from "./row.ts";
import type { Arithmetic, Comparison, Expression } from "./syntax.ts";
import { compare, equals, isTrue, numberOf, textOf, type Value } from "./value.ts";

/** Compiled computes the value of an expression of a row. */
export type Compiled = (row: Row) => Value;

type Call = Extract<Expression, { readonly type: "call" }>;

/** What an expression may have besides: aggregates, where groups are computed. */
export type CompileCall = (call: Call) => Compiled | undefined;

const arithmetic: Readonly<Record<Arithmetic, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": (a, b) => a ** b,
};

/** What is missing is neither less nor more, and differs from everything that is there. */
const ordered =
  (test: (order: number) => boolean) =>
  (left: Value, right: Value): boolean =>
    left !== undefined && right !== undefined && test(compare(left, right));

const comparisons: Readonly<Record<Comparison, (left: Value, right: Value) => boolean>> = {
  "=": equals,
  "!=": (left, right) => !equals(left, right),
  "<": ordered((order) => order < 0),
  "<=": ordered((order) => order <= 0),
  ">": ordered((order) => order > 0),
  ">=": ordered((order) => order >= 0),
};

/** Compiles the expressions of one command. */
class Compiler {
  readonly #own: CompileCall;

  constructor(own: CompileCall) {
    this.#own = own;
  }

  compile(expression: Expression): Compiled {
    switch (expression.type) {
      case "constant": {
        const { value } = expression;
        return () => value;
      }
      case "field": {
        const { name } = expression;
        return (row) => row.get(name);
      }
      case "call":
        return this.#own(expression) ?? this.#call(expression);
      case "not": {
        const of = this.compile(expression.of);
        return (row) => !isTrue(of(row));
      }
      case "negative": {
        const of = this.compile(expression.of);
        return (row) => {
          const number = numberOf(of(row));
          return number === undefined ? undefined : -number;
        };
      }
      case "binary":
        return this.#binary(expression);
      case "in": {
        const of = this.compile(expression.of);
        const items = expression.items.map((item) => this.compile(item));
        return (row) => {
          const value = of(row);
          return items.some((item) => equals(value, item(row)));
        };
      }
      case "like":
        return this.#like(expression);
      case "period":
        throw new QueryProblem("a period is only possible in bin, datefloor and dateceil", expression);
      default:
        throw new QueryProblem("'*' is only possible in count", expression);
    }
  }

  #binary({ operator, left, right }: Extract<Expression, { readonly type: "binary" }>): Compiled {
    const [a, b] = [this.compile(left), this.compile(right)];
    if (operator === "and") return (row) => isTrue(a(row)) && isTrue(b(row));
    if (operator === "or") return (row) => isTrue(a(row)) || isTrue(b(row));
    if (Object.hasOwn(comparisons, operator)) {
      const test = comparisons[operator as Comparison];
      return (row) => test(a(row), b(row));
    }
    const compute = arithmetic[operator as Arithmetic];
    return (row) => {
      const [x, y] = [numberOf(a(row)), numberOf(b(row))];
      if (x === undefined || y === undefined) return undefined;
      const value = compute(x, y);
      return Number.isFinite(value) ? value : undefined;
    };
  }

  #like({ of, pattern }: Extract<Expression, { readonly type: "like" }>): Compiled {
    const value = this.compile(of);
    const isIn =
      typeof pattern === "string"
        ? (text: string) => text.includes(pattern)
        : (text: string) => pattern.test(text);
    return (row) => {
      const text = textOf(value(row));
      return text !== undefined && isIn(text);
    };
  }

  #call(call: Call): Compiled {
    if (call.name === "bin" || call.name === "datefloor" || call.name === "dateceil")
      return this.#rounding(call);
    const { name, args } = call;
    const known = Object.hasOwn(SCALAR_FUNCTIONS, name) ? SCALAR_FUNCTIONS[name] : undefined;
    if (!known) throw new QueryProblem(`the function ${name} does not exist, or is not possible here`, call);
    const { least, most, run } = known;
    if (args.length < least || args.length > most) {
      const wanted = least === most ? `${least}` : `${least} to ${most}`;
      throw new QueryProblem(`${name} has ${args.length} arguments; it takes ${wanted}`, call);
    }
    const compiled = args.map((arg) => this.compile(arg));
    return (row) => run(compiled.map((arg) => arg(row)));
  }

  /** bin(5m) is of the time of the event; datefloor and dateceil name a time. */
  #rounding(call: Call): Compiled {
    const { name, args, start, end } = call;
    const [period] = args.slice(name === "bin" ? 0 : 1);
    if (args.length !== (name === "bin" ? 1 : 2) || period?.type !== "period")
      throw new QueryProblem(
        name === "bin"
          ? "bin takes a period, such as bin(5m)"
          : `${name} takes a time and a period, such as ${name}(@timestamp, 5m)`,
        call,
      );
    const of = this.compile(
      name === "bin" ? { type: "field", name: "@timestamp", start, end } : (args[0] as Expression),
    );
    return (row) => roundedTime(of(row), period.period, name === "dateceil");
  }
}

/** compileExpression compiles an expression. Throws QueryProblem. */
export const compileExpression = (expression: Expression, own: CompileCall = () => undefined): Compiled =>
  new Compiler(own).compile(expression);
