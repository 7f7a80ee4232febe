import { anyOf, type Candidates } from "./candidates.ts";
import type { Scanner } from "./scanner.ts";

/** Test decides about a value; T is what the names of a pattern lead to. */
export type Test<T> = (value: T) => boolean;

/** Condition is a test, and what finds the events for which it may hold; undefined: it may hold for each. */
export interface Condition<T> {
  readonly test: Test<T>;
  readonly candidates?: Candidates | undefined;
}

/** compileConditions compiles conditions joined by && and ||, of which && binds more, and parentheses. `atom` reads one condition. */
export function compileConditions<T>(
  scanner: Scanner,
  atom: (scanner: Scanner) => Condition<T>,
): Condition<T> {
  const joined = (
    sign: string,
    next: () => Condition<T>,
    join: (conditions: readonly Condition<T>[]) => Condition<T>,
  ): Condition<T> => {
    const conditions = [next()];
    while (scanner.take(sign)) conditions.push(next());
    return conditions.length === 1 ? (conditions[0] as Condition<T>) : join(conditions);
  };
  const one = (): Condition<T> => {
    if (!scanner.take("(")) return atom(scanner);
    const inner = any();
    scanner.expect(")");
    return inner;
  };
  const all = () =>
    joined("&&", one, (conditions) => ({
      test: (value) => conditions.every(({ test }) => test(value)),
      candidates: conditions.find(({ candidates }) => candidates)?.candidates,
    }));
  const any = (): Condition<T> =>
    joined("||", all, (conditions) => ({
      test: (value) => conditions.some(({ test }) => test(value)),
      candidates: anyOf(conditions.map(({ candidates }) => candidates)),
    }));
  return any();
}

/** No digit can be read by two parts of it: texts come from those who store events, and may be long. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

const numbers: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** A text in which * stands for any characters, as a test that takes time in proportion to the text. */
function wildcard(glob: string): Test<string> {
  const parts = glob.split("*");
  if (parts.length === 1) return (text) => text === glob;
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  const middle = parts.slice(1, -1);
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
      return false;
    let at = first.length;
    for (const part of middle) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= text.length - last.length;
  };
}

/** Comparison compares a value of an event. */
export interface Comparison {
  readonly fits: Test<unknown>;
  /** By a regular expression, which needs a bound of its time. */
  readonly isRegex: boolean;
  /** The only text that fits; undefined: there are others. */
  readonly text?: string | undefined;
}

/** compileComparison reads an operator and a value: a number fits only a number, a text only a text; `fromText` reads numbers in texts, which events of fields have. */
export function compileComparison(
  scanner: Scanner,
  { fromText, ends }: { readonly fromText: boolean; readonly ends: string },
): Comparison {
  scanner.skipSpaces();
  const operator = scanner.match(/!=|<=|>=|=|<|>/y);
  if (operator === undefined) scanner.fail("one of = != < <= > >=");
  scanner.skipSpaces();
  const isEqual = operator === "=";
  const isText = isEqual || operator === "!=";
  const regex = scanner.regex();
  if (regex) {
    if (!isText) scanner.fail("= or != before a regular expression");
    return {
      fits: (value) => typeof value === "string" && regex.test(value) === isEqual,
      isRegex: true,
    };
  }
  const quoted = scanner.quoted();
  const text = quoted ?? scanner.match(new RegExp(`(?![=<>!])[^\\s"()&|${escaped(ends)}]+`, "y"));
  if (text === undefined) scanner.fail("a value");
  if (quoted === undefined && NUMBER.test(text)) {
    const wanted = Number(text);
    const compare = numbers[operator] as (a: number, b: number) => boolean;
    return {
      fits(value) {
        const given = fromText && typeof value === "string" && NUMBER.test(value) ? Number(value) : value;
        return typeof given === "number" && compare(given, wanted);
      },
      isRegex: false,
    };
  }
  if (!isText) scanner.fail(`a number after ${operator}`);
  const fits = wildcard(text);
  const isGlob = text.includes("*");
  return {
    fits(value) {
      const given = isGlob && typeof value === "number" ? String(value) : value;
      return typeof given === "string" && fits(given) === isEqual;
    },
    isRegex: false,
    text: isEqual && !isGlob ? text : undefined,
  };
}
