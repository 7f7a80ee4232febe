import { MATCH_MAX_MS, PatternError, withinMatchTime } from "@tollgate/patterns";
import { LogRefusal } from "../refusal.ts";
import { compileFields } from "./fields.ts";
import { compileJson } from "./json.ts";
import type { LogPattern } from "./log-pattern.ts";
import { Scanner } from "./scanner.ts";
import { compileTerms } from "./terms.ts";

/** PATTERN_MAX_CHARS is AWS's limit. */
export const PATTERN_MAX_CHARS = 1024;

/** Regular expressions have the same time for an event, however long it is: no call waits for those who read logs. */
const inTime = ({ matches, candidates }: LogPattern): LogPattern => ({
  matches: (message) => withinMatchTime(MATCH_MAX_MS, () => matches(message)),
  candidates,
});

/**
 * compilePattern compiles a filter pattern (AWS: filter pattern syntax): terms, `{ ... }` for JSON events, `[ ... ]` for space-delimited ones; undefined:
 * everything matches. Throws a LogRefusal that says what is wrong with it.
 */
export function compilePattern(text: string): LogPattern | undefined {
  if (text.length > PATTERN_MAX_CHARS)
    throw new LogRefusal(
      "invalid",
      `1 validation error detected: Value '${text}' at 'filterPattern' failed to satisfy constraint: Member must have length less than or equal to ${PATTERN_MAX_CHARS}`,
    );
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const scanner = new Scanner(trimmed);
  try {
    if (trimmed.startsWith("{")) return inTime(compileJson(scanner));
    return inTime(trimmed.startsWith("[") ? compileFields(scanner) : compileTerms(scanner));
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new LogRefusal("invalid", `Invalid filter pattern: ${error.message}`);
  }
}
