import { RE2JS } from "re2js";
import type { Literal } from "./literal.ts";
import { Allowance, isLong, MatchTimeout, metered, spend } from "./match-time.ts";
import { literalOf, requiredText } from "./required-text.ts";
import { NOT_LINEAR, PatternError } from "./syntax.ts";

const PATTERN_MAX_CHARS = 2048;
/** A pattern's instructions: what each character of a text can cost. */
const INSTRUCTIONS_MAX = 4_500;
/** Steps that take half a millisecond at worst. */
const UNMETERED_STEPS = 10_000;
/** A pattern of so few instructions has so few states that a character costs one step, whatever the text is. */
const SMALL_INSTRUCTIONS = 16;

/** One character, or one of several, in the engine's syntax. */
const UNIT = "(?:[A-Za-z0-9]|\\\\x\\{[0-9a-f]+\\}|\\\\[dDwWtnfr]|\\[\\^?(?:[^\\]\\\\]|\\\\[^])+\\])";
/**
 * Patterns whose matches V8 finds without ever going back: characters, of which at most the last is repeated, or a choice of such without
 * repetition.
 */
const SIMPLE = new RegExp(`^(?:${UNIT}+[+*]?|${UNIT}+(?:\\|${UNIT}+)+)?$`);

/** What RE2's one-pass engine may take: for a long text, its automaton needs an eighth of the time a character. */
const ONE_PASS = /^(?:\(\?[a-z]*:)*(?:\^|\\A)/;
/** Before a pattern, it changes nothing but that it begins with a choice, which the one-pass engine does not take. */
const ANY_PASS = "(?:$^|)";

/** Found is one match in a text. */
export interface Found {
  readonly index: number;
  /** The whole match, then its groups. */
  readonly groups: readonly (string | undefined)[];
  readonly named: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Pattern is a compiled pattern. Each match takes time in proportion to the length of its text, by the way the engine works, and ends with a
 * MatchTimeout where that is longer than allowed.
 */
export class Pattern {
  /** The pattern as its user wrote it. */
  readonly source: string;
  readonly #engine: RE2JS;
  /** For long texts, once there was one; undefined: none yet. */
  #automaton: RE2JS | undefined = undefined;
  readonly #instructions: number;
  readonly #simple: RegExp | undefined;
  /** What it means and nothing else; undefined: more. */
  readonly #literal: Literal | undefined;
  readonly #mayMatch: ((text: string) => boolean) | undefined;
  readonly #allowance = new Allowance();
  /** In the engine's syntax. */
  readonly translated: string;

  constructor(source: string, translated: string) {
    this.source = source;
    this.translated = translated;
    this.#engine = RE2JS.compile(translated);
    this.#instructions = this.#engine.programSize();
    if (this.#instructions > INSTRUCTIONS_MAX)
      throw new PatternError(
        `the pattern is too large with its counts written out: ${this.#instructions} steps; the limit is ${INSTRUCTIONS_MAX}`,
      );
    this.#simple = SIMPLE.test(translated)
      ? new RegExp(translated.replaceAll("\\x{", "\\u{"), "gu")
      : undefined;
    this.#literal = literalOf(translated);
    this.#mayMatch = this.#literal ? undefined : requiredText(translated);
  }

  /** Steps that one character of a text can cost. */
  get weight(): number {
    return this.#simple || this.#literal ? 1 : this.#instructions;
  }

  /** Whether it matches any part of a text. */
  test(text: string): boolean {
    if (this.#literal) return this.#literal.isIn(this.#searched(text));
    return (
      (this.#mayMatch?.(text) ?? true) && this.#timed(() => this.#engineFor(text).test(this.#paid(text)))
    );
  }

  /** Whether it matches a whole text. */
  matches(text: string): boolean {
    if (this.#literal) return this.#literal.is(text);
    return (
      (this.#mayMatch?.(text) ?? true) && this.#timed(() => this.#engineFor(text).testExact(this.#paid(text)))
    );
  }

  /** The matches in a text that do not overlap, from left to right. Each of them may read on to its end, so their time is counted together. */
  *find(text: string): Iterable<Found> {
    if (this.#literal) {
      yield* this.#findLiteral(this.#literal, this.#searched(text));
      return;
    }
    if (this.#simple) {
      for (const match of text.matchAll(this.#simple))
        yield { index: match.index, groups: match, named: undefined };
      return;
    }
    const matches = this.#engine.matchAll(metered(text, this.#steps, this.#allowance));
    for (;;) {
      const { value: match, done } = this.#timed(() => matches.next());
      if (done || !match) return;
      yield { index: match.index ?? 0, groups: [...match], named: match.groups };
    }
  }

  *#findLiteral(literal: Literal, text: string): Iterable<Found> {
    const { length } = literal;
    for (let index = literal.indexIn(text); index >= 0; index = literal.indexIn(text, index + length))
      yield { index, groups: [text.slice(index, index + length)], named: undefined };
  }

  #engineFor(text: string): RE2JS {
    if (!isLong(text)) return this.#engine;
    this.#automaton ??= ONE_PASS.test(this.translated)
      ? RE2JS.compile(`${ANY_PASS}(?:${this.translated})`)
      : this.#engine;
    return this.#automaton;
  }

  /** Steps that a character counts as. */
  get #steps(): number {
    return this.weight <= SMALL_INSTRUCTIONS ? 1 : this.weight;
  }

  #timed<T>(match: () => T): T {
    try {
      return match();
    } catch (error) {
      if (error instanceof MatchTimeout) this.#allowance.usedUp(error.maxMs);
      throw error;
    }
  }

  /** A text that is only searched for another, a step a character. */
  #searched(text: string): string {
    spend(text.length);
    return text;
  }

  #paid(text: string): string {
    const steps = text.length * this.#steps;
    // A small pattern takes a millisecond for 100 KB, whatever they are: to meter that would take longer.
    if (steps > UNMETERED_STEPS && this.#steps > 1) return metered(text, this.#steps, this.#allowance);
    spend(steps);
    return text;
  }

  toString(): string {
    return this.source;
  }
}

/** compilePattern compiles a pattern by way of the engine's syntax. */
export function compilePattern(
  source: string,
  translate: (source: string) => string,
): Pattern | PatternError {
  if (source.length > PATTERN_MAX_CHARS)
    return new PatternError(`the pattern has ${source.length} characters; the limit is ${PATTERN_MAX_CHARS}`);
  try {
    return new Pattern(source, translate(source));
  } catch (error) {
    if (error instanceof PatternError) return error;
    const reason = (error as Error).message;
    return new PatternError(/repetition|repeat/i.test(reason) ? `${reason}: ${NOT_LINEAR}` : reason);
  }
}
