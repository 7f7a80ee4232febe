import type { SegmentDocument } from "@tollgate/telemetry";
import { Refusal } from "../refusal.ts";
import { annotationsIn, partsOf, rootOf, type Trace } from "./trace.ts";
import { serviceOf, type TraceSummary } from "./trace-summary.ts";

/** TraceFilter is a compiled filter expression of X-Ray (X-Ray developer guide, "Use filter expressions"). */
export type TraceFilter = (trace: Trace, summary: TraceSummary) => boolean;

const EXPRESSION_MAX_CHARS = 2_000;
/** Of parentheses, braces and negations. */
const DEPTH_MAX = 50;

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*")|(<=|>=|!=|[=<>!(){},[\]])|(-?\d+(?:\.\d+)?(?![\w.]))|([A-Za-z_][\w.:-]*)|(\S))/y;

interface Token {
  readonly kind: "string" | "symbol" | "number" | "word";
  readonly text: string;
  readonly at: number;
}

const refuse = (what: string): never => {
  throw new Refusal("invalid", `Invalid filter expression: ${what}`);
};

/** A quoted string has quotation marks and backslashes behind backslashes; others are what they are. */
const unquoted = (text: string): string => text.slice(1, -1).replaceAll(/\\(["\\])/g, "$1");

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  const scanner = new RegExp(TOKEN);
  while (expression.slice(scanner.lastIndex).trim() !== "") {
    const at = scanner.lastIndex;
    const [, string, symbol, number, word, other] = scanner.exec(expression) ?? [];
    if (string !== undefined) tokens.push({ kind: "string", text: unquoted(string), at });
    else if (symbol !== undefined) tokens.push({ kind: "symbol", text: symbol, at });
    else if (number !== undefined) tokens.push({ kind: "number", text: number, at });
    else if (word !== undefined) tokens.push({ kind: "word", text: word, at });
    else refuse(`'${other}' at character ${at + 1}`);
  }
  return tokens;
}

/** Subject is what simple keywords look at: the root of a trace, or one segment of it. */
interface Subject {
  readonly document: SegmentDocument;
  readonly trace: Trace;
  readonly summary: TraceSummary;
}

type Test = (subject: Subject) => boolean;
type Value = string | number | boolean | undefined;

const isRoot = ({ document, trace }: Subject): boolean => rootOf(trace) === document;

const BOOLEANS: Readonly<Record<string, Test>> = {
  ok: ({ document: { error, fault, throttle } }) => !(error || fault || throttle),
  error: ({ document }) => document.error === true,
  throttle: ({ document }) => document.throttle === true,
  fault: ({ document }) => document.fault === true,
  partial: ({ summary }) => summary.IsPartial,
  inferred: () => false,
  first: isRoot,
  last: ({ document, trace }) => trace.segments.at(-1)?.document === document,
  remote: ({ document }) => document.namespace === "remote",
  root: isRoot,
};

const NUMBERS: Readonly<Record<string, (subject: Subject) => number | undefined>> = {
  responsetime: ({ document: { start_time, end_time } }) =>
    end_time === undefined ? undefined : end_time - start_time,
  duration: ({ summary }) => summary.Duration,
  "http.status": ({ document }) => document.http?.response?.status,
};

const STRINGS: Readonly<Record<string, (subject: Subject) => readonly string[]>> = {
  "http.url": ({ document }) => some(document.http?.request?.url),
  "http.method": ({ document }) => some(document.http?.request?.method),
  "http.useragent": ({ document }) => some(document.http?.request?.user_agent),
  "http.clientip": ({ document }) => some(document.http?.request?.client_ip),
  user: ({ trace }) => trace.segments.flatMap(({ document }) => some(document.user)),
  name: ({ document }) => [document.name],
  type: ({ document }) => some(document.origin),
  "resource.arn": ({ trace }) => trace.segments.flatMap(({ document }) => some(document.resource_arn)),
};

const some = (text: string | undefined): readonly string[] => (text === undefined ? [] : [text]);

const TEXT_OPERATORS: Readonly<Record<string, (text: string, wanted: string) => boolean>> = {
  "=": (text, wanted) => text === wanted,
  "!=": (text, wanted) => text !== wanted,
  CONTAINS: (text, wanted) => text.includes(wanted),
  BEGINSWITH: (text, wanted) => text.startsWith(wanted),
  ENDSWITH: (text, wanted) => text.endsWith(wanted),
};
const NUMBER_OPERATORS: Readonly<Record<string, (value: number, wanted: number) => boolean>> = {
  "=": (value, wanted) => value === wanted,
  "!=": (value, wanted) => value !== wanted,
  "<": (value, wanted) => value < wanted,
  "<=": (value, wanted) => value <= wanted,
  ">": (value, wanted) => value > wanted,
  ">=": (value, wanted) => value >= wanted,
};

const own = <T>(known: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(known, name) ? known[name] : undefined;

/** Parser reads an expression: OR binds less than AND, which may be left out. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(expression: string) {
    this.#tokens = tokensOf(expression);
  }

  whole(): Test {
    const test = this.#either();
    const rest = this.#tokens[this.#at];
    if (rest) refuse(`'${rest.text}' at character ${rest.at + 1} is not expected`);
    return test;
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #isNext(text: string): boolean {
    const { kind, text: given } = this.#next ?? {};
    return kind !== "string" && given?.toUpperCase() === text;
  }

  #takes(text: string): boolean {
    if (!this.#isNext(text)) return false;
    this.#at++;
    return true;
  }

  #must(text: string): void {
    if (!this.#takes(text)) refuse(`'${text}' is missing ${this.#place()}`);
  }

  #place(): string {
    return this.#next ? `before '${this.#next.text}'` : "at the end";
  }

  #take(kind: Token["kind"], what: string): string {
    const next = this.#next;
    if (next?.kind !== kind) return refuse(`${what} is missing ${this.#place()}`);
    this.#at++;
    return next.text;
  }

  #within(read: () => Test): Test {
    if (++this.#depth > DEPTH_MAX) refuse("it is nested too deep");
    const test = read();
    this.#depth--;
    return test;
  }

  #either(): Test {
    const tests = [this.#all()];
    while (this.#takes("OR")) tests.push(this.#all());
    return tests.length === 1 ? (tests[0] as Test) : (subject) => tests.some((test) => test(subject));
  }

  #all(): Test {
    const tests = [this.#one()];
    for (;;) {
      this.#takes("AND");
      const isOver = !this.#next || ["OR", ")", "}"].some((end) => this.#isNext(end));
      if (isOver) break;
      tests.push(this.#one());
    }
    return tests.length === 1 ? (tests[0] as Test) : (subject) => tests.every((test) => test(subject));
  }

  #one(): Test {
    return this.#within(() => {
      if (this.#takes("!")) {
        const test = this.#one();
        return (subject) => !test(subject);
      }
      if (this.#takes("(")) {
        const test = this.#either();
        this.#must(")");
        return test;
      }
      return this.#keyword(this.#take("word", "a keyword"));
    });
  }

  #keyword(word: string): Test {
    const keyword = word.toLowerCase();
    if (keyword === "service") return this.#service();
    if (keyword === "annotation") {
      this.#must("[");
      const key = this.#next?.kind === "string" ? this.#take("string", "a key") : this.#take("word", "a key");
      this.#must("]");
      return this.#annotation(key);
    }
    if (keyword.startsWith("annotation.")) return this.#annotation(word.slice("annotation.".length));
    const boolean = own(BOOLEANS, keyword);
    if (boolean) return this.#boolean(boolean);
    const number = own(NUMBERS, keyword);
    if (number) return this.#comparison((subject) => [number(subject)], "number");
    const text = own(STRINGS, keyword);
    if (text) return this.#comparison(text, "string");
    return refuse(`'${word}' is not a supported keyword`);
  }

  /** A boolean alone, or compared with true or false. */
  #boolean(read: Test): Test {
    const isNegated = this.#isNext("!=");
    if (!isNegated && !this.#isNext("=")) return read;
    this.#at++;
    const wanted = this.#take("word", "true or false").toLowerCase();
    if (wanted !== "true" && wanted !== "false") refuse(`'${wanted}' is neither true nor false`);
    const isTrue = (wanted === "true") !== isNegated;
    return (subject) => read(subject) === isTrue;
  }

  #operator(): string | undefined {
    const { kind, text = "" } = this.#next ?? {};
    const operator = kind === "word" ? text.toUpperCase() : text;
    if (kind === "string" || !(operator in TEXT_OPERATORS || operator in NUMBER_OPERATORS)) return undefined;
    this.#at++;
    return operator;
  }

  #comparison(read: (subject: Subject) => readonly Value[], kind: Token["kind"]): Test {
    return this.#compared(read, kind) ?? refuse(`an operator is missing ${this.#place()}`);
  }

  /** undefined: no operator follows. */
  #compared(read: (subject: Subject) => readonly Value[], kind?: Token["kind"]): Test | undefined {
    const operator = this.#operator();
    if (operator === undefined) return undefined;
    const value = this.#next;
    if (!value || value.kind === "symbol") return refuse(`a value is missing ${this.#place()}`);
    if (kind !== undefined && value.kind !== kind) refuse(`'${value.text}' is not a ${kind}`);
    this.#at++;
    const matches = comparing(operator, value);
    return operator === "!="
      ? (subject) => read(subject).every(matches)
      : (subject) => read(subject).some(matches);
  }

  /** An annotation of any segment: compared, or only there. */
  #annotation(key: string): Test {
    const read = ({ trace }: Subject): readonly Value[] =>
      trace.segments.flatMap(({ document }) =>
        [...partsOf(document)].flatMap((part) =>
          annotationsIn(part).flatMap(([name, value]) => (name === key ? [value] : [])),
        ),
      );
    return this.#compared(read) ?? ((subject) => read(subject).length > 0);
  }

  /** A segment of the trace that has a name or a type, and for which the expression in braces holds. */
  #service(): Test {
    let isNamed: Test = () => true;
    if (this.#takes("(")) {
      isNamed = this.#named();
      this.#must(")");
    }
    let holds: Test = () => true;
    if (this.#takes("{")) {
      if (!this.#isNext("}")) holds = this.#within(() => this.#either());
      this.#must("}");
    }
    return ({ trace, summary }) =>
      trace.segments.some(({ document }) => {
        const subject = { document, trace, summary };
        return isNamed(subject) && holds(subject);
      });
  }

  /** "name", or id(name: "name", type: "type"). */
  #named(): Test {
    if (this.#next?.kind === "string") {
      const name = this.#take("string", "a name");
      return ({ document }) => document.name === name;
    }
    if (!this.#takes("ID")) return refuse(`a name is missing ${this.#place()}`);
    this.#must("(");
    const wanted: Record<string, string> = {};
    do {
      // The colon belongs to the word before it.
      const member = this.#take("word", "a member").replace(/:$/, "");
      wanted[member] = this.#take("string", "a value");
    } while (this.#takes(","));
    this.#must(")");
    const unknown = Object.keys(wanted).find((name) => !["name", "type", "account.id"].includes(name));
    if (unknown !== undefined) refuse(`id() has no member '${unknown}'`);
    return ({ document }) => {
      const { Name, Type, AccountId } = serviceOf(document);
      const { name = Name, type = Type, "account.id": account = AccountId } = wanted;
      return name === Name && type === Type && account === AccountId;
    };
  }
}

function comparing(operator: string, { kind, text }: Token): (value: Value) => boolean {
  if (kind === "number") {
    const compare = NUMBER_OPERATORS[operator] ?? refuse(`${operator} is not for numbers`);
    return (value) => typeof value === "number" && compare(value, Number(text));
  }
  const compare = TEXT_OPERATORS[operator] ?? refuse(`${operator} is not for texts`);
  // true and false are words: annotations may have them as values.
  return (value) =>
    value !== undefined && compare(String(value), kind === "word" ? text.toLowerCase() : text);
}

/** compileTraceFilter compiles an expression; an empty one lets all traces pass. */
export function compileTraceFilter(expression: string): TraceFilter {
  if (expression.length > EXPRESSION_MAX_CHARS) refuse(`it has more than ${EXPRESSION_MAX_CHARS} characters`);
  if (expression.trim() === "") return () => true;
  const test = new Parser(expression).whole();
  return (trace, summary) => test({ document: rootOf(trace), trace, summary });
}
