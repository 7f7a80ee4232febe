import type { Compiled } from "./parameter.ts";

/** What a linear-time engine cannot express: look-around and back-references. */
const NOT_LINEAR = /\(\?(?:[=!]|<[=!])|\\[1-9]|\\k</;
const PATTERN_MAX_CHARS = 2048;

/** compileSelectionPattern compiles a selectionPattern, matched against the whole value. Patterns that could explode are refused. */
export function compileSelectionPattern(pattern: string): Compiled<RegExp> {
  if (pattern.length > PATTERN_MAX_CHARS)
    return {
      ok: false,
      message: `the pattern has ${pattern.length} characters; at most ${PATTERN_MAX_CHARS}`,
    };
  if (NOT_LINEAR.test(pattern))
    return {
      ok: false,
      message: `'${pattern}' uses look-around or a back-reference, which cannot be matched in linear time`,
    };
  try {
    return { ok: true, value: new RegExp(`^(?:${pattern})$`, "s") };
  } catch (error) {
    return { ok: false, message: `'${pattern}' is not a regular expression: ${(error as Error).message}` };
  }
}
