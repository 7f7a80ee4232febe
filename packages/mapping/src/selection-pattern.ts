import { javaRegex, PatternError } from "./java/regex.ts";
import type { Compiled } from "./parameter.ts";

/** compileSelectionPattern compiles a selectionPattern, a Java pattern matched against the whole value. Patterns that could explode are refused. */
export function compileSelectionPattern(pattern: string): Compiled<RegExp> {
  try {
    return { ok: true, value: javaRegex(pattern, { whole: true }) };
  } catch (error) {
    if (error instanceof PatternError) return { ok: false, message: `'${pattern}': ${error.message}` };
    throw error;
  }
}
