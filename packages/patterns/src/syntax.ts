/** PatternError is what keeps a pattern from being compiled, or from being matched against a text. */
export class PatternError extends Error {}

export const NOT_LINEAR = "cannot be matched in linear time";

/** The engine takes no larger count; larger ones are written as several. */
const COUNT_MAX = 1000;

const hex = (codePoint: number) => `\\x{${codePoint.toString(16)}}`;

/** literalOf is a character in the engine's syntax: it never means anything but itself, within brackets and outside. */
export const literalOf = (codePoint: number): string => {
  const c = String.fromCodePoint(codePoint);
  return /[A-Za-z0-9]/.test(c) ? c : hex(codePoint);
};

/** rangeOf is a range of characters within brackets, in the engine's syntax. */
export const rangeOf = (from: number, to: number): string =>
  from === to ? literalOf(from) : `${literalOf(from)}-${literalOf(to)}`;

/** Atom is one thing that a quantifier can follow, in the engine's syntax. */
export interface Atom {
  readonly source: string;
  readonly isRepeatable: boolean;
}

export const atom = (source: string): Atom => ({ source, isRepeatable: true });
export const assertion = (source: string): Atom => ({ source, isRepeatable: false });

/** Syntax reads a pattern of one language and writes it in the engine's syntax. */
export abstract class Syntax {
  protected readonly pattern: string;
  protected at = 0;
  /** Groups that capture, so far. */
  protected captures = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  translate(): string {
    const out = this.alternatives();
    if (this.at < this.pattern.length)
      throw new PatternError(`')' at character ${this.at + 1} has no matching '('`);
    return out;
  }

  /** Reads one atom. The next character is neither the end, nor a quantifier, nor | or a closing parenthesis. */
  protected abstract atom(): Atom;
  /** Whether a { that begins no count stands for itself. */
  protected abstract readonly braceIsLiteral: boolean;
  /** Called behind a quantifier, to refuse what may follow it elsewhere. */
  protected abstract afterQuantifier(text: string): void;

  protected rest(): string {
    return this.pattern.slice(this.at);
  }

  /** What a group or the whole pattern consists of, up to its end. */
  protected alternatives(): string {
    let out = "";
    while (this.at < this.pattern.length && this.pattern[this.at] !== ")") {
      if (this.pattern[this.at] === "|") {
        this.at++;
        out += "|";
        continue;
      }
      const capturesBefore = this.captures;
      const start = this.at;
      if (this.count() !== undefined)
        throw new PatternError(`'${this.pattern[start]}' at character ${start + 1} has nothing to repeat`);
      const { source, isRepeatable } = this.atom();
      const counted = this.count();
      if (counted && !isRepeatable)
        throw new PatternError(`'${counted.text}' at character ${this.at} has nothing to repeat`);
      out += counted ? repeated(source, counted, this.captures > capturesBefore) : source;
    }
    return out;
  }

  /** Reads a quantifier, if one is next. */
  private count(): Count | undefined {
    const [text, low, range, high] = /^(?:[*+?]|\{(\d+)(,(\d*))?\})/.exec(this.rest()) ?? [];
    if (text === undefined) {
      if (this.pattern[this.at] === "{" && !this.braceIsLiteral)
        throw new PatternError(
          `'{' at character ${this.at + 1} must begin a count such as {2,5}, or be escaped`,
        );
      return undefined;
    }
    this.at += text.length;
    this.afterQuantifier(text);
    const lazy = this.pattern[this.at] === "?" ? "?" : "";
    this.at += lazy.length;
    const [min, max] = BOUNDS[text] ?? [
      Number(low),
      range === undefined ? Number(low) : high === "" ? Number.POSITIVE_INFINITY : Number(high),
    ];
    if (max < min) throw new PatternError(`the count ${text} is out of order`);
    return { text, min, max, lazy };
  }
}

interface Count {
  readonly text: string;
  readonly min: number;
  readonly max: number;
  readonly lazy: string;
}

const BOUNDS: Readonly<Record<string, readonly [number, number]>> = {
  "*": [0, Number.POSITIVE_INFINITY],
  "+": [1, Number.POSITIVE_INFINITY],
  "?": [0, 1],
};

function repeated(source: string, { text, min, max, lazy }: Count, captures: boolean): string {
  const isUnbounded = max === Number.POSITIVE_INFINITY;
  if (min <= COUNT_MAX && (isUnbounded || max <= COUNT_MAX)) return `${source}${text}${lazy}`;
  if (captures)
    throw new PatternError(`a group that captures is repeated more than ${COUNT_MAX} times (${text})`);
  let out = inParts(source, min, (count) => `{${count}}`);
  out += isUnbounded ? `${source}*${lazy}` : inParts(source, max - min, (count) => `{0,${count}}${lazy}`);
  return `(?:${out})`;
}

/** Whole counts of a thing that is repeated more often than the engine counts. */
function inParts(source: string, times: number, written: (count: number) => string): string {
  let out = "";
  for (let left = times; left > 0; left -= COUNT_MAX) {
    if (out.length > LONGEST_CHARS) throw new PatternError(`a count of ${times} makes the pattern too large`);
    out += source + written(Math.min(left, COUNT_MAX));
  }
  return out;
}

const LONGEST_CHARS = 10_000;
