import { ecmaPattern, type Pattern, PatternError } from "@tollgate/patterns";

/** AWS allows no more regular expressions in a pattern. */
const REGEX_MAX = 2;

/** Scanner reads a filter pattern from left to right. Whatever is wrong is a PatternError that says where. */
export class Scanner {
  readonly text: string;
  at = 0;
  #regexes = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  fail(wanted: string): never {
    const found = this.isAtEnd ? "it ends" : `'${this.text.slice(this.at, this.at + 20)}' is there`;
    throw new PatternError(`${wanted} is expected at character ${this.at + 1}, and ${found}`);
  }

  skipSpaces(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }

  /** take moves behind a text if it is next, after spaces. */
  take(text: string): boolean {
    this.skipSpaces();
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) this.fail(`'${text}'`);
  }

  /** match reads what a sticky expression matches here. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** quoted reads a text in double quotes, in which a backslash is before a quote or a backslash; undefined: none is here. */
  quoted(): string | undefined {
    if (this.text[this.at] !== '"') return undefined;
    const found = this.match(/"(?:[^"\\]|\\[^])*"/y);
    if (found === undefined) {
      this.at = this.text.length;
      this.fail("'\"'");
    }
    return found.slice(1, -1).replace(/\\(["\\])/g, "$1");
  }

  /** regex reads an expression between percent signs; undefined: none is here. */
  regex(): Pattern | undefined {
    if (this.text[this.at] !== "%") return undefined;
    const found = this.match(/%(?:[^%\\]|\\[^])+%/y);
    if (found === undefined) this.fail("'%regular expression%'");
    if (++this.#regexes > REGEX_MAX)
      throw new PatternError(`there are more than ${REGEX_MAX} regular expressions`);
    if (/(?<!\\)[()]/.test(found))
      throw new PatternError("parentheses are not supported in regular expressions");
    return ecmaPattern(found.slice(1, -1));
  }
}
