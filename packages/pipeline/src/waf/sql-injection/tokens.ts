import { EVIL, FUNCTIONS, PAIRS, type TokenType, WORDS } from "./words.ts";

/** Quote is what a text is inside of, in the statement that it becomes a part of. */
export type Quote = "" | "'" | '"';

/** Tokens that are kept of a text. What is injected is at its beginning, or follows a quote that it closes. */
const TOKENS_MAX = 24;

const SPACE = /[\s\0\xa0]*/y;
const NUMBER = /(?:0x[0-9a-f]+|0b[01]+|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)(?![\w$])/iy;
const NAME = /[a-z_$\x80-\xff\\][\w$.\x80-\xff\\]*|`[^`]*`?|\[[\w ]{1,64}\]|\d+[a-z_][\w$]*/iy;
const VARIABLE = /@{1,2}[\w$.]*/y;
const COMPARISON = /<=>|<>|!=|!<|!>|:=|<=|>=|==|=|<|>|~\*?|!~\*?/y;
const ARITHMETIC = /\|(?!\|)|<<|>>|[-+/%^]|&(?!&)/y;

/** Tokenizer splits a text as a database would read it (libinjection's idea; Galbreath, 2012). */
export class Tokenizer {
  readonly #text: string;
  #at = 0;
  readonly #needsBlank: boolean;
  types = "";

  /** `needsBlank`: two dashes are a comment only before a blank, as for MySQL. */
  constructor(text: string, needsBlank = false) {
    this.#text = text;
    this.#needsBlank = needsBlank;
  }

  #read(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** The types of the tokens of a text that begins inside of a quote, or outside. */
  run(quote: Quote): string {
    if (quote !== "") {
      this.#string(quote);
      this.types = "s";
    }
    while (this.types.length < TOKENS_MAX) {
      this.#read(SPACE);
      if (this.#at >= this.#text.length) break;
      const type = this.#next();
      if (type !== undefined) this.types += type;
    }
    return this.types;
  }

  #next(): TokenType | undefined {
    const char = this.#text[this.#at] as string;
    if (char === "'" || char === '"') {
      this.#at++;
      this.#string(char);
      return "s";
    }
    const comment = this.#comment(char);
    if (comment !== "none") return comment;
    if ("(),;*".includes(char)) {
      this.#at++;
      return char as TokenType;
    }
    if (this.#read(NUMBER) !== undefined) return "1";
    if (char === "@" && this.#read(VARIABLE) !== undefined) return "v";
    const word = this.#read(NAME);
    if (word !== undefined) return this.#word(word.toLowerCase());
    if (this.#text.startsWith("||", this.#at) || this.#text.startsWith("&&", this.#at)) {
      this.#at += 2;
      return "&";
    }
    if (this.#read(COMPARISON) !== undefined) return "=";
    if (this.#read(ARITHMETIC) !== undefined) return "o";
    this.#at++;
    return char === "!" ? undefined : "?";
  }

  /** Up to the closing quote, which is doubled or escaped inside; without one, to the end. */
  #string(quote: string): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at];
      if (char === "\\") this.#at++;
      else if (char === quote) {
        this.#at++;
        if (this.#text[this.#at] !== quote) return;
      }
    }
    this.#at = Math.min(this.#at, this.#text.length);
  }

  /** "none": here is no comment; undefined: one that separates tokens as a blank does. */
  #comment(char: string): TokenType | "none" | undefined {
    if (char === "/" && this.#text[this.#at + 1] === "*") {
      // MySQL runs what is in a comment that begins with an exclamation mark.
      const executed = this.#read(/\/\*!\d*/y);
      if (executed !== undefined) return undefined;
      const end = this.#text.indexOf("*/", this.#at + 2);
      const isOpen = end < 0;
      this.#at = isOpen ? this.#text.length : end + 2;
      return isOpen || this.#at >= this.#text.length ? "c" : undefined;
    }
    if (char === "*" && this.#text[this.#at + 1] === "/") {
      this.#at += 2;
      return undefined;
    }
    const isDashes = char === "-" && this.#areDashes();
    if (!isDashes && char !== "#") return "none";
    const line = this.#read(/[^\n]*/y) ?? "";
    return /\w\w/.test(line) ? "C" : "c";
  }

  #areDashes(): boolean {
    if (this.#text[this.#at + 1] !== "-") return false;
    return !this.#needsBlank || /^\s?$/.test(this.#text.charAt(this.#at + 2));
  }

  #word(word: string): TokenType | undefined {
    if (word === "not") return undefined;
    const next = /[\s\0]+([a-z]+)/iy;
    next.lastIndex = this.#at;
    const second = next.exec(this.#text)?.[1]?.toLowerCase();
    const pair = second === undefined ? undefined : PAIRS.get(`${word} ${second}`);
    if (pair) {
      this.#at = next.lastIndex;
      return pair;
    }
    const isCall = this.#text
      .slice(this.#at, this.#at + 64)
      .trimStart()
      .startsWith("(");
    if (EVIL.has(word)) return isCall || word.startsWith("xp_") || word.startsWith("sp_") ? "F" : "n";
    if (isCall && FUNCTIONS.has(word)) return "f";
    return WORDS.get(word) ?? "n";
  }
}
