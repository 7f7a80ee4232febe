import { compilePattern, type Pattern } from "./pattern.ts";
import {
  type Atom,
  assertion,
  atom,
  literalOf,
  NOT_LINEAR,
  PatternError,
  rangeOf,
  Syntax,
} from "./syntax.ts";

const NOT_NEWLINE = "[^\\n\\r\\x{2028}\\x{2029}]";
const LAST = 0x10ffff;
/** Blanks and line terminators of ECMAScript, in order. */
const SPACES: readonly (readonly [from: number, to: number])[] = [
  [9, 13],
  [32, 32],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const SPACE = SPACES.map(([from, to]) => rangeOf(from, to)).join("");
const NOT_SPACE = SPACES.map(([from], i) => rangeOf((SPACES[i - 1]?.[1] ?? -1) + 1, from - 1))
  .concat(rangeOf(0xff00, LAST))
  .join("");
const CLASSES: Readonly<Record<string, string>> = {
  d: "\\d",
  D: "\\D",
  w: "\\w",
  W: "\\W",
  s: SPACE,
  S: NOT_SPACE,
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** EcmaSyntax reads ECMAScript's patterns without flags, as JSON Schema has them. Text is read by characters, not by halves of surrogate pairs. */
class EcmaSyntax extends Syntax {
  protected readonly braceIsLiteral = true;

  protected afterQuantifier(): void {}

  protected atom(): Atom {
    const c = this.pattern[this.at] as string;
    if (c === "\\") return this.#escape();
    if (c === "[") return atom(this.#class());
    if (c === "(") return this.#group();
    if (c === "^" || c === "$" || c === ".") {
      this.at++;
      return c === "." ? atom(NOT_NEWLINE) : assertion(c);
    }
    return atom(literalOf(this.#codePoint()));
  }

  #codePoint(): number {
    const codePoint = this.pattern.codePointAt(this.at) as number;
    this.at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  #group(): Atom {
    this.at++;
    const rest = this.rest();
    if (/^\?(?:=|!|<=|<!)/.test(rest)) throw new PatternError(`look-around ${NOT_LINEAR}`);
    const opening = /^\?(?::|<[A-Za-z_$][A-Za-z0-9_$]*>|(?:i|-i):)/.exec(rest)?.[0] ?? "";
    if (rest.startsWith("?") && opening === "")
      throw new PatternError(`'(${rest.slice(0, 3)}' at character ${this.at} is not supported`);
    this.at += opening.length;
    const isPlain = opening.endsWith(":");
    if (!isPlain) this.captures++;
    const out = this.alternatives();
    if (this.pattern[this.at] !== ")") throw new PatternError("a group is not closed");
    this.at++;
    return atom(`(${isPlain ? opening : ""}${out})`);
  }

  #escape(): Atom {
    const c = this.pattern[this.at + 1] ?? "";
    const members = CLASSES[c];
    if (members === undefined && c !== "b" && c !== "B") return atom(literalOf(this.#codedCharacter()));
    this.at += 2;
    return members === undefined ? assertion(`\\${c}`) : atom(`[${members}]`);
  }

  /** An escape that means one character. */
  #codedCharacter(): number {
    const rest = this.rest();
    const c = rest[1];
    if (c === undefined) throw new PatternError("the pattern ends in a lone backslash");
    if (/[1-9k]/.test(c)) throw new PatternError(`a back-reference ${NOT_LINEAR}`);
    const [text, x, control, u, low] =
      /^\\(?:x([0-9A-Fa-f]{2})|c([A-Za-z])|u([0-9A-Fa-f]{4})(?:\\u([Dd][C-Fc-f][0-9A-Fa-f]{2}))?)/.exec(
        rest,
      ) ?? [];
    if (text !== undefined) {
      this.at += text.length;
      if (control !== undefined) return control.charCodeAt(0) % 32;
      const codePoint = Number.parseInt((x ?? u) as string, 16);
      if (low === undefined) return codePoint;
      if (codePoint >= 0xd800 && codePoint < 0xdc00)
        return String.fromCharCode(codePoint, Number.parseInt(low, 16)).codePointAt(0) as number;
      // The second one does not belong to the first.
      this.at -= 6;
      return codePoint;
    }
    if (/^\\0[0-9]/.test(rest) || c === "p" || c === "P" || c === "c")
      throw new PatternError(`'${rest.slice(0, 3)}' is not supported`);
    this.at++;
    const codePoint = this.#codePoint();
    return c === "0" ? 0 : (CONTROLS[c] ?? codePoint);
  }

  #class(): string {
    const open = this.at++;
    let out = "";
    const isNegated = this.pattern[this.at] === "^";
    if (isNegated) this.at++;
    for (;;) {
      const c = this.pattern[this.at];
      if (c === undefined) throw new PatternError(`'[' at character ${open + 1} is not closed`);
      if (c === "]") {
        this.at++;
        // Nothing at all, or anything at all.
        if (out === "") return isNegated ? "(?s:.)" : `[^${rangeOf(0, LAST)}]`;
        return `[${isNegated ? "^" : ""}${out}]`;
      }
      out += this.#classRange();
    }
  }

  #classRange(): string {
    const from = this.#classMember();
    if (this.pattern[this.at] !== "-" || this.pattern[this.at + 1] === "]") return shown(from);
    const dash = this.at++;
    if (this.at >= this.pattern.length) return shown(from);
    const to = this.#classMember();
    // Beside a class, a dash stands for itself.
    if (typeof from === "string" || typeof to === "string") return shown(from) + literalOf(45) + shown(to);
    if (to < from) throw new PatternError(`the range at character ${dash} is out of order`);
    return rangeOf(from, to);
  }

  /** A character, or the members of a class. */
  #classMember(): number | string {
    if (this.pattern[this.at] !== "\\") return this.#codePoint();
    const c = this.pattern[this.at + 1] ?? "";
    const members = CLASSES[c];
    if (members === undefined && c !== "b") return this.#codedCharacter();
    this.at += 2;
    return members ?? 8;
  }
}

const shown = (member: number | string) => (typeof member === "string" ? member : literalOf(member));

/** ecmaPattern compiles a pattern as ECMAScript reads it. Throws PatternError. */
export function ecmaPattern(pattern: string): Pattern {
  const compiled = compilePattern(pattern, (text) => new EcmaSyntax(text).translate());
  if (compiled instanceof PatternError) throw compiled;
  return compiled;
}
