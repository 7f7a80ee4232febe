/** One step over a pattern in the engine's syntax: a character, an escape, a class, an assertion, or what opens a group. */
const TOKEN = /\\x\{([0-9a-f]+)\}|\\[^]|\[\^?(?:\\x\{[0-9a-f]+\}|\\[^]|[^\]\\])*\]|\(\?[a-zA-Z-]*\)|[^]/y;
/** A letter in both cases, as patterns that ignore case are written. */
const BOTH_CASES = /^\[([A-Za-z])([A-Za-z])\]$/;
const QUANTIFIER = /(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/y;
/** Shorter ones are in most texts. */
const USEFUL_CHARS = 2;
/** To look for a long one can take its length times that of the text, such as one b among many a in a text of a: nothing bounds that time. */
const WANTED_CHARS_MAX = 16;

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

/**
 * requiredText looks for a text without which a pattern, in the engine's syntax, matches nothing: the start of the longest that stands in it,
 * outside groups and choices. To look for it is much faster than to match. undefined: there is none that is worth it.
 */
export function requiredText(pattern: string): ((text: string) => boolean) | undefined {
  const [longest = []] = (runsOf(pattern) ?? []).toSorted((a, b) => b.length - a.length);
  const start = longest.slice(0, WANTED_CHARS_MAX);
  if (start.length < USEFUL_CHARS) return undefined;
  const wanted = start.map(({ char }) => char).join("");
  if (!start.some(({ folds }) => folds)) return (text) => text.includes(wanted);
  // Letters that are wanted in one case only are taken in any: it is the pattern that decides. Without the flag u, ASCII folds to ASCII only.
  const anyCase = new RegExp(escaped(wanted), "i");
  return (text) => anyCase.test(text);
}
