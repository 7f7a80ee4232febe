import { type Block, type Expression, type Place, TemplateSyntaxError } from "./syntax.ts";

/** Grammar connects the parts of the parser, which call each other only through it. */
export interface Grammar {
  readonly expression: (scanner: Scanner) => Expression;
  /** `origin` is the position of the text; it is computed only for an error. */
  readonly template: (text: string, origin: () => Place) => Block;
}

const NAME = /[A-Za-z_][A-Za-z0-9_-]*/y;

/** Scanner is a position in a template's text. */
export class Scanner {
  readonly text: string;
  at: number;
  /** Expressions open here. */
  depth = 0;
  readonly grammar: Grammar;
  readonly #origin: () => Place;

  constructor(text: string, grammar: Grammar, origin: () => Place = () => ({ line: 1, column: 1 })) {
    this.text = text;
    this.at = 0;
    this.grammar = grammar;
    this.#origin = origin;
  }

  place(at = this.at): Place {
    const before = this.text.slice(0, at).split("\n");
    const { line, column } = this.#origin();
    const inLine = (before.at(-1) as string).length;
    return { line: line + before.length - 1, column: before.length === 1 ? column + inLine : inLine + 1 };
  }

  fail(message: string, at = this.at): never {
    throw new TemplateSyntaxError(() => this.place(at), message);
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** take moves past `text` if it is at this position. */
  take(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.at += text.length;
    return true;
  }

  /** sees says whether a sticky pattern matches here. */
  sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    return pattern.test(this.text);
  }

  /** match moves past a sticky pattern if it matches here. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at += found[0].length;
    return found ?? undefined;
  }

  name(): string | undefined {
    return this.match(NAME)?.[0];
  }

  space(): void {
    this.match(/[ \t\r\n]*/y);
  }

  /** An excerpt of the text at this position, for messages. */
  get near(): string {
    return this.ended ? "the end" : `'${/^[^\n]{1,20}/.exec(this.text.slice(this.at))?.[0] ?? "a new line"}'`;
  }

  expect(text: string, what: string): void {
    if (!this.take(text)) this.fail(`expected '${text}' ${what}, found ${this.near}`);
  }
}
