import { RE2JS } from "re2js";
import { NOT_LINEAR, PatternError } from "./syntax.ts";

const PATTERN_MAX_CHARS = 2048;
/** A pattern's instructions: what each character of a text can cost. */
const INSTRUCTIONS_MAX = 4_500;
/** Characters of a text times instructions of a pattern: about two seconds at worst. Who cannot wait that long looks at stepsFor first. */
const WORK_MAX = 30_000_000;
/** A pattern of so few instructions has so few states that a character costs one step, whatever the text is. */
const SMALL_INSTRUCTIONS = 16;
/** Time of the processor that all matches in one text may take together: each of them may read on to its end. */
const FIND_MAX_MS = 250;
const FINDS_BETWEEN_CHECKS = 32;

/** One character, or one of several, in the engine's syntax. */
const UNIT = "(?:[A-Za-z0-9]|\\\\x\\{[0-9a-f]+\\}|\\\\[dDwWtnfr]|\\[\\^?(?:[^\\]\\\\]|\\\\[^])+\\])";
/**
 * Patterns whose matches V8 finds without ever going back: characters, of which at most the last is repeated, or a choice of such without
 * repetition.
 */
const SIMPLE = new RegExp(`^(?:${UNIT}+[+*]?|${UNIT}+(?:\\|${UNIT}+)+)?$`);

/** Found is one match in a text. */
export interface Found {
  readonly index: number;
  /** The whole match, then its groups. */
  readonly groups: readonly (string | undefined)[];
  readonly named: Readonly<Record<string, string | undefined>> | undefined;
}

/** Pattern is a compiled pattern. Each test takes time in proportion to the length of its text, by the way the engine works. */
export class Pattern {
  /** The pattern as its user wrote it. */
  readonly source: string;
  readonly #engine: RE2JS;
  readonly #instructions: number;
  readonly #simple: RegExp | undefined;

  constructor(source: string, translated: string) {
    this.source = source;
    this.#engine = RE2JS.compile(translated);
    this.#instructions = this.#engine.programSize();
    if (this.#instructions > INSTRUCTIONS_MAX)
      throw new PatternError(
        `the pattern is too large with its counts written out: ${this.#instructions} steps; the limit is ${INSTRUCTIONS_MAX}`,
      );
    this.#simple = SIMPLE.test(translated)
      ? new RegExp(translated.replaceAll("\\x{", "\\u{"), "gu")
      : undefined;
  }

  /** Steps that one character of a text can cost. */
  get weight(): number {
    return this.#simple ? 1 : this.#instructions;
  }

  /** Steps that a test of a text can cost. */
  stepsFor(text: string): number {
    return this.weight <= SMALL_INSTRUCTIONS ? text.length : text.length * this.weight;
  }

  /** Whether it matches any part of a text. */
  test(text: string): boolean {
    this.#weigh(text);
    return this.#engine.test(text);
  }

  /** Whether it matches a whole text. */
  matches(text: string): boolean {
    this.#weigh(text);
    return this.#engine.testExact(text);
  }

  /** The matches in a text that do not overlap, from left to right. */
  *find(text: string): Iterable<Found> {
    this.#weigh(text);
    if (this.#simple) {
      for (const match of text.matchAll(this.#simple))
        yield { index: match.index, groups: match, named: undefined };
      return;
    }
    const started = process.threadCpuUsage();
    let finds = 0;
    for (const match of this.#engine.matchAll(text)) {
      if (++finds % FINDS_BETWEEN_CHECKS === 0) {
        const { user, system } = process.threadCpuUsage(started);
        if (user + system > FIND_MAX_MS * 1000)
          throw new PatternError(`'${this.source}' takes too long to find in ${text.length} characters`);
      }
      yield { index: match.index ?? 0, groups: [...match], named: match.groups };
    }
  }

  #weigh(text: string): void {
    if (this.stepsFor(text) > WORK_MAX)
      throw new PatternError(`a text of ${text.length} characters is too long for '${this.source}'`);
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
