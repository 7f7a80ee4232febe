import { LRUCache } from "lru-cache";
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

/** Java's line terminators, which `.` does not match. */
const NOT_NEWLINE = "[^\\n\\r\\x{85}\\x{2028}\\x{2029}]";
const SPACE = "\\x{20}\\t\\n\\x{b}\\f\\r";
const POSIX: Readonly<Record<string, string>> = {
  Lower: "a-z",
  Upper: "A-Z",
  ASCII: "\\x{0}-\\x{7f}",
  Alpha: "a-zA-Z",
  Digit: "0-9",
  Alnum: "a-zA-Z0-9",
  Punct: "\\x{21}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{60}\\x{7b}-\\x{7e}",
  Graph: "\\x{21}-\\x{7e}",
  Print: "\\x{20}-\\x{7e}",
  Blank: "\\x{20}\\t",
  Cntrl: "\\x{0}-\\x{1f}\\x{7f}",
  XDigit: "0-9a-fA-F",
  Space: SPACE,
};
/** Classes whose members the engine's own do not have, or that it does not know. */
const CLASSES: Readonly<Record<string, readonly [alone: string, inBrackets: string]>> = {
  h: ["[\\x{20}\\t\\x{a0}]", "\\x{20}\\t\\x{a0}"],
  s: [`[${SPACE}]`, SPACE],
  S: [`[^${SPACE}]`, "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{10ffff}"],
  d: ["\\d", "\\d"],
  D: ["\\D", "\\D"],
  w: ["\\w", "\\w"],
  W: ["\\W", "\\W"],
};
const ASSERTIONS: Readonly<Record<string, string>> = { A: "\\A", Z: "$", z: "\\z", b: "\\b", B: "\\B" };
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 };

const swapCase = (codePoint: number): number =>
  codePoint >= 97 && codePoint <= 122
    ? codePoint - 32
    : codePoint >= 65 && codePoint <= 90
      ? codePoint + 32
      : codePoint;

/** The part of an ASCII range that has letters, in the other case. */
function foldRange(from: number, to: number): string {
  let out = "";
  for (const [low, high] of [
    [97, 122],
    [65, 90],
  ] as const) {
    const first = Math.max(from, low);
    const last = Math.min(to, high);
    if (first <= last) out += rangeOf(swapCase(first), swapCase(last));
  }
  return out;
}

/** JavaSyntax reads java.util.regex.Pattern. Case is folded here, for ASCII only, as Java does by default. */
class JavaSyntax extends Syntax {
  protected readonly braceIsLiteral = false;
  #ignoreCase = false;
  #dotAll = false;
  #multiline = false;

  protected afterQuantifier(text: string): void {
    if (this.pattern[this.at] === "+")
      throw new PatternError(`the possessive quantifier '${text}+' ${NOT_LINEAR}`);
  }

  protected atom(): Atom {
    const c = this.pattern[this.at] as string;
    if (c === "\\") return this.#escape();
    if (c === "[") return atom(this.#class());
    if (c === "(") return this.#group();
    if (c === "^" || c === "$") {
      this.at++;
      return assertion(this.#multiline ? `(?m:${c})` : c);
    }
    if (c === ".") {
      this.at++;
      return atom(this.#dotAll ? "(?s:.)" : NOT_NEWLINE);
    }
    return atom(this.#folded(this.#codePoint()));
  }

  #codePoint(): number {
    const codePoint = this.pattern.codePointAt(this.at) as number;
    this.at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  #folded(codePoint: number): string {
    const other = swapCase(codePoint);
    const own = literalOf(codePoint);
    return this.#ignoreCase && other !== codePoint ? `[${own}${literalOf(other)}]` : own;
  }

  #group(): Atom {
    this.at++;
    const before = [this.#ignoreCase, this.#dotAll, this.#multiline] as const;
    const rest = this.rest();
    if (/^\?(?:=|!|<=|<!)/.test(rest)) throw new PatternError(`look-around ${NOT_LINEAR}`);
    if (rest.startsWith("?>")) throw new PatternError(`an atomic group ${NOT_LINEAR}`);
    const opening = /^\?(?::|<[A-Za-z][A-Za-z0-9]*>|([ims]*)(?:-([ims]+))?([:)]))/.exec(rest);
    if (rest.startsWith("?") && !opening)
      throw new PatternError(`'(${rest.slice(0, 3)}' at character ${this.at} is not supported`);
    this.at += opening?.[0].length ?? 0;
    const [text = "", on = "", off = "", end] = opening ?? [];
    if (end !== undefined) this.#setFlags(on, off);
    // (?i) changes what follows, up to the end of its group.
    if (end === ")") return assertion("");
    const captures = text === "" || text.startsWith("?<");
    if (captures) this.captures++;
    const out = this.alternatives();
    if (this.pattern[this.at] !== ")") throw new PatternError("a group is not closed");
    this.at++;
    [this.#ignoreCase, this.#dotAll, this.#multiline] = before;
    return atom(`(${captures ? text : "?:"}${out})`);
  }

  #setFlags(on: string, off: string): void {
    if (on.includes("i")) this.#ignoreCase = true;
    if (on.includes("s")) this.#dotAll = true;
    if (on.includes("m")) this.#multiline = true;
    if (off.includes("i")) this.#ignoreCase = false;
    if (off.includes("s")) this.#dotAll = false;
    if (off.includes("m")) this.#multiline = false;
  }

  #escape(): Atom {
    const c = this.pattern[this.at + 1] ?? "";
    if (c === "p" || c === "P") return atom(`[${c === "P" ? "^" : ""}${this.#property()}]`);
    const known = CLASSES[c]?.[0];
    const asserted = ASSERTIONS[c];
    if (known === undefined && asserted === undefined) return atom(this.#folded(this.#codedCharacter()));
    this.at += 2;
    return known === undefined ? assertion(asserted as string) : atom(known);
  }

  #property(): string {
    const name = /^\\[pP]\{([A-Za-z]+)\}/.exec(this.rest());
    const ranges = name && POSIX[name[1] as string];
    if (!ranges)
      throw new PatternError(
        `'${this.rest().slice(0, 8)}': only the classes ${Object.keys(POSIX).join(", ")} are supported`,
      );
    this.at += name[0].length;
    return ranges;
  }

  /** An escape that means one character. */
  #codedCharacter(): number {
    const c = this.pattern[this.at + 1];
    if (c === undefined) throw new PatternError("the pattern ends in a lone backslash");
    if (/[1-9k]/.test(c)) throw new PatternError(`a back-reference ${NOT_LINEAR}`);
    const [text, x, long, u, low, octal] =
      /^\\(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})(?:\\u([Dd][C-Fc-f][0-9A-Fa-f]{2}))?|0([0-3]?[0-7]{1,2}))/.exec(
        this.rest(),
      ) ?? [];
    if (text !== undefined) return this.#coded(text, { digits: x ?? long ?? u, low, octal });
    const control = CONTROLS[c];
    if (control === undefined && /[A-Za-z0]/.test(c))
      throw new PatternError(`'\\${c}' is not a valid escape in a Java pattern`);
    this.at++;
    const codePoint = this.#codePoint();
    return control ?? codePoint;
  }

  #coded(
    text: string,
    { digits, low, octal }: Record<"digits" | "low" | "octal", string | undefined>,
  ): number {
    this.at += text.length;
    const codePoint = octal === undefined ? Number.parseInt(digits as string, 16) : Number.parseInt(octal, 8);
    if (codePoint > 0x10ffff) throw new PatternError(`'${text}' is no character`);
    if (low === undefined) return codePoint;
    if (codePoint >= 0xd800 && codePoint < 0xdc00)
      return String.fromCharCode(codePoint, Number.parseInt(low, 16)).codePointAt(0) as number;
    // The second one does not belong to the first.
    this.at -= 6;
    return codePoint;
  }

  #class(): string {
    const open = this.at;
    const content = this.#classContent();
    if (content === "") throw new PatternError(`'[' at character ${open + 1} begins an empty class`);
    return `[${content}]`;
  }

  /** The content of brackets, without the brackets; nested classes are merged into it. */
  #classContent(): string {
    const open = this.at++;
    let out = "";
    if (this.pattern[this.at] === "^") {
      out = "^";
      this.at++;
    }
    for (let first = true; ; first = false) {
      const c = this.pattern[this.at];
      if (c === undefined) throw new PatternError(`'[' at character ${open + 1} is not closed`);
      if (c === "]" && !first) {
        this.at++;
        return out;
      }
      if (this.pattern.startsWith("&&", this.at))
        throw new PatternError("intersections (&&) of classes are not supported");
      if (c === "[") {
        const inner = this.#classContent();
        if (inner.startsWith("^")) throw new PatternError("a negated class within a class is not supported");
        out += inner;
      } else out += this.#classRange();
    }
  }

  #classRange(): string {
    const escaped = this.pattern[this.at] === "\\" ? (this.pattern[this.at + 1] ?? "") : "";
    if (escaped === "p") return this.#property();
    const members = CLASSES[escaped]?.[1];
    if (members !== undefined) {
      this.at += 2;
      return members;
    }
    const from = this.#classCharacter();
    const next = this.pattern[this.at + 1];
    if (this.pattern[this.at] !== "-" || next === "]" || next === "[" || next === undefined)
      return literalOf(from) + (this.#ignoreCase && swapCase(from) !== from ? literalOf(swapCase(from)) : "");
    this.at++;
    const to = this.#classCharacter();
    if (to < from) throw new PatternError(`a range before character ${this.at + 1} is out of order`);
    return rangeOf(from, to) + (this.#ignoreCase ? foldRange(from, to) : "");
  }

  #classCharacter(): number {
    if (this.pattern[this.at] !== "\\") return this.#codePoint();
    const c = this.pattern[this.at + 1] ?? "";
    if (ASSERTIONS[c] !== undefined || CLASSES[c] !== undefined || c === "P" || c === "p")
      throw new PatternError(`'\\${c}' cannot be used in a class`);
    return this.#codedCharacter();
  }
}

/** Quoted text is written with escapes instead: a quantifier behind it counts its last character only. */
const unquoted = (pattern: string): string =>
  pattern.replace(/\\Q([^]*?)(?:\\E|$)|\\[^]/g, (all, text: string | undefined) =>
    text === undefined ? all : text.replace(/[^A-Za-z0-9\u0080-\uffff]/g, "\\$&"),
  );

const REMEMBERED_MAX = 1000;
const remembered = new LRUCache<string, Pattern | PatternError>({ max: REMEMBERED_MAX });

/** javaPattern compiles a pattern as java.util.regex.Pattern reads it. Throws PatternError. */
export function javaPattern(pattern: string): Pattern {
  let known = remembered.get(pattern);
  if (known === undefined) {
    known = compilePattern(pattern, (text) => new JavaSyntax(unquoted(text)).translate());
    remembered.set(pattern, known);
  }
  if (known instanceof PatternError) throw known;
  return known;
}
