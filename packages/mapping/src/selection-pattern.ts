import { javaPattern, type Pattern, PatternError } from "@tollgate/patterns";
import type { Compiled } from "./parameter.ts";

/** compileSelectionPattern compiles a selectionPattern, a Java pattern matched against the whole value. What has no linear time is refused. */
export function compileSelectionPattern(pattern: string): Compiled<Pattern> {
  try {
    return { ok: true, value: javaPattern(pattern) };
  } catch (error) {
    if (error instanceof PatternError) return { ok: false, message: `'${pattern}': ${error.message}` };
    throw error;
  }
}
