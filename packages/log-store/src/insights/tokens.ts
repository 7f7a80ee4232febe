import { javaPattern, type Pattern, PatternError } from "@tollgate/patterns";
import { QueryProblem } from "./query-problem.ts";
import type { Span } from "./syntax.ts";

export interface Token extends Span {
  readonly type: "number" | "name" | "quoted-name" | "text" | "sign" | "end";
  readonly text: string;
}

/** Blanks, and comments, which end with their line. */
const BLANK = /(?:\s|#[^\n]*)*/y;
const TOKEN =
  /(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)|(?<name>[A-Za-z_@$][\w@$]*(?:\.[\w@$]+)*)|`(?<quoted>[^`]+)`|"(?<double>(?:[^"\\]|\\[^])*)"|'(?<single>(?:[^'\\]|\\[^])*)'|(?<sign>!=|<=|>=|=~|[-+*/%^<>=()[\],|])/y;
const REGEX = /\/((?:[^/\\\n]|\\[^])+)\//y;

const unescaped = (text: string): string => text.replace(/\\(["'\\])/g, "$1");

/** Tokens reads a query from left to right. Whatever is wrong is a QueryProblem. */
export class Tokens {
  readonly text: string;
  #next: Token;
  /** Where the last token that was taken ends. */
  end = 0;

  constructor(text: string) {
    this.text = text;
    this.#next = this.#read(0);
  }

  get next(): Token {
    return this.#next;
  }

  /** Whether the next token follows the last one without a blank. */
  get isAdjacent(): boolean {
    return this.#next.start === this.end;
  }

  take(): Token {
    const taken = this.#next;
    this.end = taken.end;
    this.#next = this.#read(taken.end);
    return taken;
  }

  /** Takes the next token if it is a sign. */
  takes(sign: string): boolean {
    if (this.#next.type !== "sign" || this.#next.text !== sign) return false;
    this.take();
    return true;
  }

  /** Takes the next token if it is a word of the language, in any case. */
  takesWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.take();
    return true;
  }

  isWord(word: string): boolean {
    return this.#next.type === "name" && this.#next.text.toLowerCase() === word;
  }

  expect(sign: string): void {
    if (!this.takes(sign)) this.fail(`'${sign}'`);
  }

  /** Takes a regular expression between slashes; undefined: none is next. */
  regex(): Pattern | undefined {
    const { start } = this.#next;
    if (this.#next.text !== "/" || this.#next.type !== "sign") return undefined;
    REGEX.lastIndex = start;
    const source = REGEX.exec(this.text)?.[1];
    if (source === undefined)
      throw new QueryProblem("a regular expression is not closed: '/' is expected", {
        start,
        end: this.text.length,
      });
    const span = { start, end: REGEX.lastIndex };
    this.end = span.end;
    this.#next = this.#read(span.end);
    try {
      return javaPattern(source.replaceAll("\\/", "/"));
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw new QueryProblem(`the regular expression is not valid: ${error.message}`, span);
    }
  }

  fail(wanted: string): never {
    const { type, text } = this.#next;
    const found = type === "end" ? "the query ends" : `'${text}' is there`;
    throw new QueryProblem(`${wanted} is expected, and ${found}`, this.#next);
  }

  #read(from: number): Token {
    const { text } = this;
    BLANK.lastIndex = from;
    BLANK.exec(text);
    const start = BLANK.lastIndex;
    if (start >= text.length) return { type: "end", text: "", start, end: start };
    TOKEN.lastIndex = start;
    const found = TOKEN.exec(text);
    const end = TOKEN.lastIndex;
    const { number, name, quoted, double, single, sign } = found?.groups ?? {};
    if (number !== undefined) return { type: "number", text: number, start, end };
    if (name !== undefined) return { type: "name", text: name, start, end };
    if (quoted !== undefined) return { type: "quoted-name", text: quoted, start, end };
    if (sign !== undefined) return { type: "sign", text: sign, start, end };
    const literal = double ?? single;
    if (literal !== undefined) return { type: "text", text: unescaped(literal), start, end };
    const c = text[start] as string;
    throw new QueryProblem(/["'`]/.test(c) ? `a text is not closed: ${c} is expected` : `unexpected '${c}'`, {
      start,
      end: /["'`]/.test(c) ? text.length : start + 1,
    });
  }
}
