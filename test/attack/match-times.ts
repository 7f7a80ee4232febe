import { type Pattern, PatternError } from "@tollgate/patterns";
import { type EvilPattern, textOf } from "./evil-patterns.ts";

/** Kernels count the processor's time by ticks of up to 4 ms: so many matches are measured together. */
const MATCHES = 4;
/** A round that others disturbed is followed by another. */
const ROUNDS_MAX = 20;

/** matched finds a pattern in a text; one that is too large for so long a text is not matched to its end. */
export function matched(pattern: Pattern, text: string): boolean {
  try {
    return pattern.test(text);
  } catch (error) {
    if (error instanceof PatternError) return false;
    throw error;
  }
}

let patternCount = 0;

/** The same pattern, but none that was compiled before. */
const unmet = (pattern: string) => `${pattern}(?:u${patternCount++}){0}`;

function cpuMsOf(run: () => void): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/**
 * firstMatchMs is the time of the processor, in milliseconds, that the first match after compiling takes in a text of so many characters: the mean
 * of several. It is measured again while it is longer than `enoughMs`, and the shortest counts.
 */
export function firstMatchMs(
  evil: EvilPattern,
  compile: (pattern: string) => Pattern,
  chars: number,
  enoughMs: number,
): number {
  const text = textOf(evil, chars);
  let bestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS_MAX && bestMs > enoughMs; round++) {
    const compiled = Array.from({ length: MATCHES }, () => compile(unmet(evil.pattern)));
    const ms = cpuMsOf(() => {
      for (const pattern of compiled) matched(pattern, text);
    });
    bestMs = Math.min(bestMs, ms / MATCHES);
  }
  return bestMs;
}
