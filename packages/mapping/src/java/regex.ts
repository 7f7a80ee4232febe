import { LRUCache } from "lru-cache";

/**
 * Java's regular expressions (java.util.regex.Pattern) on an engine that falls back to linear time. That fallback knows no look-around, no
 * back-references and no flags for case or Unicode: patterns that need the first are refused with a reason, case is folded here.
 */
export class PatternError extends Error {}

const PATTERN_MAX_CHARS = 2048;
/** Java's line terminators, which `.` does not match. */
const NOT_NEWLINE = "[^\\n\\r\\u0085\\u2028\\u2029]";
const SPACE = " \\t\\n\\x0B\\f\\r";
const POSIX: Readonly<Record<string, string>> = {
  Lower: "a-z",
  Upper: "A-Z",
  ASCII: "\\x00-\\x7F",
  Alpha: "a-zA-Z",
  Digit: "0-9",
  Alnum: "a-zA-Z0-9",
  Punct: "!-\\/:-@\\[-`\\{-~",
  Graph: "!-~",
  Print: " -~",
  Blank: " \\t",
  Cntrl: "\\x00-\\x1F\\x7F",
  XDigit: "0-9a-fA-F",
  Space: SPACE,
};
/** Escapes with another meaning in JavaScript, outside and inside brackets. */
const REPLACED: Readonly<Record<string, readonly [string, string | undefined]>> = {
  A: ["^", undefined],
  Z: ["$", undefined],
  z: ["$", undefined],
  h: ["[ \\t\\xA0]", " \\t\\xA0"],
  s: [`[${SPACE}]`, SPACE],
  S: [`[^${SPACE}]`, "\\x00-\\x08\\x0E-\\x1F!-\\uFFFF"],
  a: ["\\x07", "\\x07"],
  e: ["\\x1B", "\\x1B"],
};
const SYNTAX = /[\^$\\.*+?()[\]{}|/-]/;
const NOT_LINEAR = "cannot be matched in linear time";

const literal = (c: string) => (SYNTAX.test(c) ? `\\${c}` : c);
const swapCase = (c: string) =>
  c >= "a" && c <= "z" ? c.toUpperCase() : c >= "A" && c <= "Z" ? c.toLowerCase() : c;

/** The part of an ASCII range that has letters, in the other case. */
function foldRange(from: string, to: string): string {
  let out = "";
  for (const [low, high] of [
    ["a", "z"],
    ["A", "Z"],
  ] as const) {
    const first = from > low ? from : low;
    const last = to < high ? to : high;
    if (first <= last) out += `${swapCase(first)}-${swapCase(last)}`;
  }
  return out;
}

class Translator {
  readonly #pattern: string;
  #at = 0;
  #ignoreCase = false;
  #dotAll = false;
  multiline = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  translate(): string {
    let out = "";
    while (this.#at < this.#pattern.length) {
      if (this.#pattern[this.#at] === ")")
        throw new PatternError(`')' at character ${this.#at + 1} has no matching '('`);
      out += this.#atom();
    }
    return out;
  }

  #atom(): string {
    const c = this.#pattern[this.#at] as string;
    if (c === "\\") return this.#escape();
    if (c === "[") return this.#class();
    this.#at++;
    if (c === "(") return this.#group();
    if (c === ".") return this.#dotAll ? "[^]" : NOT_NEWLINE;
    if (c === "*" || c === "+" || c === "?") return this.#quantifier(c);
    if (c === "{") {
      const count = /^\d+(,\d*)?\}/.exec(this.#pattern.slice(this.#at))?.[0];
      if (!count)
        throw new PatternError(
          `'{' at character ${this.#at} must begin a count such as {2,5}, or be escaped`,
        );
      this.#at += count.length;
      return this.#quantifier(`{${count}`);
    }
    if (c === "^" || c === "$" || c === "|") return c;
    return this.#folded(c);
  }

  #folded(c: string): string {
    const other = swapCase(c);
    return this.#ignoreCase && other !== c ? `[${c}${other}]` : literal(c);
  }

  #quantifier(text: string): string {
    if (this.#pattern[this.#at] === "+")
      throw new PatternError(`the possessive quantifier '${text}+' ${NOT_LINEAR}`);
    return text;
  }

  #group(): string {
    const before = [this.#ignoreCase, this.#dotAll] as const;
    const rest = this.#pattern.slice(this.#at);
    if (/^\?(?:=|!|<=|<!)/.test(rest)) throw new PatternError(`look-around ${NOT_LINEAR}`);
    if (rest.startsWith("?>")) throw new PatternError(`an atomic group ${NOT_LINEAR}`);
    const opening = /^\?(?::|<[A-Za-z][A-Za-z0-9]*>|([ims]*)(?:-([ims]+))?([:)]))/.exec(rest);
    if (rest.startsWith("?") && !opening)
      throw new PatternError(`'(${rest.slice(0, 3)}' at character ${this.#at} is not supported`);
    this.#at += opening?.[0].length ?? 0;
    const [, on = "", off = "", end] = opening ?? [];
    if (end !== undefined) this.#setFlags(on, off);
    // (?i) changes what follows, up to the end of its group.
    if (end === ")") return "";
    let out = "";
    while (this.#pattern[this.#at] !== ")") {
      if (this.#at >= this.#pattern.length) throw new PatternError("a group is not closed");
      out += this.#atom();
    }
    this.#at++;
    [this.#ignoreCase, this.#dotAll] = before;
    return `(${end === ":" ? "?:" : (opening?.[0] ?? "")}${out})`;
  }

  #setFlags(on: string, off: string): void {
    if (on.includes("i")) this.#ignoreCase = true;
    if (on.includes("s")) this.#dotAll = true;
    if (on.includes("m")) this.multiline = true;
    if (off.includes("i")) this.#ignoreCase = false;
    if (off.includes("s")) this.#dotAll = false;
  }

  #escape(): string {
    const c = this.#pattern[this.#at + 1] ?? "";
    const quoted = this.#quoted();
    if (quoted !== undefined) return Array.from(quoted, (x) => this.#folded(x)).join("");
    if (c === "p" || c === "P") return `[${c === "P" ? "^" : ""}${this.#property()}]`;
    const replaced = REPLACED[c];
    if (replaced) {
      this.#at += 2;
      return replaced[0];
    }
    if (c === "B" || c === "b") {
      this.#at += 2;
      return `\\${c}`;
    }
    return this.#commonEscape();
  }

  /** \Q...\E */
  #quoted(): string | undefined {
    if (!this.#pattern.startsWith("\\Q", this.#at)) return undefined;
    const end = this.#pattern.indexOf("\\E", this.#at);
    const text = this.#pattern.slice(this.#at + 2, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#pattern.length : end + 2;
    return text;
  }

  #property(): string {
    const name = /^\\[pP]\{([A-Za-z]+)\}/.exec(this.#pattern.slice(this.#at));
    const ranges = name && POSIX[name[1] as string];
    if (!ranges)
      throw new PatternError(
        `'${this.#pattern.slice(this.#at, this.#at + 8)}': only the classes ${Object.keys(POSIX).join(", ")} are supported`,
      );
    this.#at += name[0].length;
    return ranges;
  }

  /** Escapes that mean the same within brackets and outside. */
  #commonEscape(): string {
    const c = this.#pattern[this.#at + 1];
    if (c === undefined) throw new PatternError("the pattern ends in a lone backslash");
    if (/[1-9k]/.test(c)) throw new PatternError(`a back-reference ${NOT_LINEAR}`);
    const coded = /^\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|0[0-3]?[0-7]{1,2})/.exec(
      this.#pattern.slice(this.#at),
    )?.[0];
    if (coded) {
      this.#at += coded.length;
      return coded[1] === "0"
        ? `\\x${Number.parseInt(coded.slice(2), 8).toString(16).padStart(2, "0")}`
        : coded;
    }
    if (/[A-Za-z0]/.test(c) && !"dDwWtnrf".includes(c))
      throw new PatternError(`'\\${c}' is not a valid escape in a Java pattern`);
    this.#at += 2;
    return /[A-Za-z]/.test(c) ? `\\${c}` : literal(c);
  }

  #class(): string {
    const open = this.#at;
    const content = this.#classContent();
    if (content === "") throw new PatternError(`'[' at character ${open + 1} begins an empty class`);
    return `[${content}]`;
  }

  /** The content of brackets, without the brackets; nested classes are merged into it. */
  #classContent(): string {
    const open = this.#at++;
    let out = "";
    if (this.#pattern[this.#at] === "^") {
      out = "^";
      this.#at++;
    }
    for (let first = true; ; first = false) {
      const c = this.#pattern[this.#at];
      if (c === undefined) throw new PatternError(`'[' at character ${open + 1} is not closed`);
      if (c === "]" && !first) {
        this.#at++;
        return out;
      }
      if (this.#pattern.startsWith("&&", this.#at))
        throw new PatternError("intersections (&&) of classes are not supported");
      if (c === "[") {
        const inner = this.#classContent();
        if (inner.startsWith("^")) throw new PatternError("a negated class within a class is not supported");
        out += inner;
      } else out += this.#classRange();
    }
  }

  #classRange(): string {
    const quoted = this.#quoted();
    if (quoted !== undefined) return Array.from(quoted, literal).join("");
    if (this.#pattern.startsWith("\\p{", this.#at)) return this.#property();
    const from = this.#classCharacter();
    const pattern = this.#pattern;
    if (
      pattern[this.#at] !== "-" ||
      pattern[this.#at + 1] === "]" ||
      pattern[this.#at + 1] === "[" ||
      (from.length > 1 && /^\\[dDwW]|-/.test(from))
    )
      return this.#ignoreCase && from.length === 1
        ? from + (swapCase(from) === from ? "" : swapCase(from))
        : from;
    this.#at++;
    const to = this.#classCharacter();
    return `${from}-${to}${this.#ignoreCase && from.length === 1 && to.length === 1 ? foldRange(from, to) : ""}`;
  }

  #classCharacter(): string {
    const c = this.#pattern[this.#at] as string;
    if (c !== "\\") {
      this.#at++;
      return literal(c);
    }
    const replaced = REPLACED[this.#pattern[this.#at + 1] ?? ""];
    if (!replaced) return this.#commonEscape();
    if (replaced[1] === undefined)
      throw new PatternError(`'\\${this.#pattern[this.#at + 1]}' cannot be used in a class`);
    this.#at += 2;
    return replaced[1];
  }
}

function compile(pattern: string, whole: boolean, global: boolean): RegExp | PatternError {
  if (pattern.length > PATTERN_MAX_CHARS)
    return new PatternError(
      `the pattern has ${pattern.length} characters; the limit is ${PATTERN_MAX_CHARS}`,
    );
  try {
    const translator = new Translator(pattern);
    const source = translator.translate();
    return new RegExp(
      whole ? `^(?:${source})$` : source,
      `${global ? "g" : ""}${translator.multiline ? "m" : ""}`,
    );
  } catch (error) {
    return error instanceof PatternError ? error : new PatternError((error as Error).message);
  }
}

const REMEMBERED_MAX = 1000;
const remembered = new LRUCache<string, RegExp | PatternError>({ max: REMEMBERED_MAX });

/** javaRegex compiles a Java pattern. `whole`: it must match the whole string, as String.matches does. Throws PatternError. */
export function javaRegex(pattern: string, { whole = false, global = false } = {}): RegExp {
  const key = `${whole ? "w" : ""}${global ? "g" : ""}:${pattern}`;
  let known = remembered.get(key);
  if (known === undefined) {
    known = compile(pattern, whole, global);
    remembered.set(key, known);
  }
  if (known instanceof PatternError) throw known;
  known.lastIndex = 0;
  return known;
}

type Replace = (
  groups: readonly (string | undefined)[],
  named: Readonly<Record<string, string>> | undefined,
) => string;

/** javaReplacement reads the replacement of String.replaceAll: $1, ${name} and escapes by backslash. */
export function javaReplacement(text: string): Replace {
  if (!/[\\$]/.test(text)) return () => text;
  return (groups, named) =>
    text.replace(
      /\\([^])|\$\{([A-Za-z][A-Za-z0-9]*)\}|\$(\d)|[\\$]/g,
      (all, escaped: string | undefined, name: string | undefined, digit: string | undefined) => {
        if (escaped !== undefined) return escaped;
        if (name !== undefined && named && Object.hasOwn(named, name)) return named[name] ?? "";
        if (digit !== undefined && Number(digit) < groups.length) return groups[Number(digit)] ?? "";
        throw new PatternError(`'${all}' in the replacement '${text}' does not name a group`);
      },
    );
}
