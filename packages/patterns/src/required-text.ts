import { Literal } from "./literal.ts";

/** One step over a pattern in the engine's syntax: a character, an escape, a class, an assertion, or what opens a group. */
const TOKEN = /\\x\{([0-9a-f]+)\}|\\[^]|\[\^?(?:\\x\{[0-9a-f]+\}|\\[^]|[^\]\\])*\]|\(\?[a-zA-Z-]*\)|[^]/y;
/** A letter in both cases, as patterns that ignore case are written. */
const BOTH_CASES = /^\[([A-Za-z])([A-Za-z])\]$/;
const QUANTIFIER = /(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/y;
/** Shorter ones are in most texts. */
const USEFUL_CHARS = 2;
/** So many characters are looked for with what V8 has for that. It is much faster, but nothing bounds its time for a long text. */
const QUICK_CHARS_MAX = 16;
/** A pattern that consists of a group, all of it in any case or not. */
const WRAPPED = /^\(\?(i?):(.*)\)$/s;
/** Letters that have more than two cases: as ſ and the sign of Kelvin are written. */
const MANY_CASES = /[ks]/i;

/** A character of a run; `folds`: in any case. */
interface Unit {
  readonly char: string;
  readonly folds: boolean;
}

/** The character that a token means alone; undefined: it means something else, or one of several. */
function unitOf(token: string, hex: string | undefined): Unit | undefined {
  if (hex !== undefined) return { char: String.fromCodePoint(Number.parseInt(hex, 16)), folds: false };
  const [, one = "", other] = BOTH_CASES.exec(token) ?? [];
  if (other !== undefined)
    return one.toLowerCase() === other.toLowerCase() ? { char: one.toLowerCase(), folds: true } : undefined;
  return /^[A-Za-z0-9]$/.test(token) ? { char: token, folds: false } : undefined;
}

const isOptional = (quantifier: string | undefined, least: string | undefined): boolean =>
  quantifier !== undefined && (/^[*?]/.test(quantifier) || Number(least) === 0);

/** The characters that stand side by side in a pattern, outside its groups; undefined: it is a choice, of which each may have others. */
function runsOf(pattern: string): readonly (readonly Unit[])[] | undefined {
  const runs: Unit[][] = [[]];
  let depth = 0;
  for (let at = 0; at < pattern.length; ) {
    TOKEN.lastIndex = at;
    const [token = "", hex] = TOKEN.exec(pattern) ?? [];
    at += token.length || 1;
    // Flags, which change what follows, or a choice.
    if (token.startsWith("(?") || (token === "|" && depth === 0)) return undefined;
    if (token === "(") depth++;
    else if (token === ")") depth--;
    QUANTIFIER.lastIndex = at;
    const [quantifier, least] = QUANTIFIER.exec(pattern) ?? [];
    at += quantifier?.length ?? 0;
    const unit = depth === 0 && !isOptional(quantifier, least) ? unitOf(token, hex) : undefined;
    if (unit) runs.at(-1)?.push(unit);
    if (!unit || quantifier) runs.push([]);
  }
  return runs;
}

const escaped = (text: string): string => text.replace(/[^A-Za-z0-9]/g, "\\$&");
const isLetter = (char: string): boolean => /^[A-Za-z]$/.test(char);
const textOf = (units: readonly Unit[]): string => units.map(({ char }) => char).join("");

/**
 * literalOf is the text that a pattern, in the engine's syntax, means and nothing else; undefined: it means more. To look for it takes the engine
 * as many states as it has characters, each of which may stand for as many.
 */
export function literalOf(pattern: string): Literal | undefined {
  const [, flag, wrapped = pattern] = WRAPPED.exec(pattern) ?? [];
  const [units = [], rest] = runsOf(wrapped) ?? [];
  const text = textOf(units);
  // What is not in the run, such as an anchor or a group, begins another.
  if (units.length === 0 || rest || !text.isWellFormed()) return undefined;
  const letters = units.filter(({ char }) => isLetter(char));
  if (flag === "i")
    return /^[\0-\x7f]+$/.test(text) && !MANY_CASES.test(text) ? new Literal(text, true) : undefined;
  const folds = letters.length > 0 && letters.every((unit) => unit.folds);
  return folds || letters.every((unit) => !unit.folds) ? new Literal(text, folds) : undefined;
}

/**
 * requiredText looks for a text without which a pattern, in the engine's syntax, matches nothing: the longest that stands in it, outside groups
 * and choices. To look for it is much faster than to match. undefined: there is none that is worth it.
 */
export function requiredText(pattern: string): ((text: string) => boolean) | undefined {
  const [longest = []] = (runsOf(pattern) ?? []).toSorted((a, b) => b.length - a.length);
  if (longest.length < USEFUL_CHARS) return undefined;
  // Letters that are wanted in one case only are taken in any: it is the pattern that decides. Without the flag u, ASCII folds to ASCII only.
  const folds = longest.some((unit) => unit.folds);
  const start = textOf(longest.slice(0, QUICK_CHARS_MAX));
  const anyCase = folds ? new RegExp(escaped(start), "i") : undefined;
  const startIsIn = anyCase ? (text: string) => anyCase.test(text) : (text: string) => text.includes(start);
  if (longest.length <= QUICK_CHARS_MAX) return startIsIn;
  const literal = new Literal(textOf(longest), folds);
  return (text) => startIsIn(text) && literal.isIn(text);
}
