import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Screen } from "./screen.ts";

interface WatchOptions {
  readonly intervalMs: number;
  /** Aborted when somebody leaves. */
  readonly left: AbortSignal;
}

/** The result of a call, or undefined if somebody leaves first: nobody waits for a server that does not respond. */
async function unlessLeft<T>(called: Promise<T>, left: AbortSignal): Promise<T | undefined> {
  const over = new AbortController();
  const leaving = once(left, "abort", { signal: over.signal }).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([called, leaving]);
  } finally {
    over.abort();
  }
}

const problem = ({ details, message }: { details?: string; message: string }): readonly string[] => [
  `cannot look: ${details || message}`,
];

/** watch shows frames until somebody leaves. What cannot be reached is reported where the frame was, and asked for again. */
export async function watch(
  look: (lines: number) => Promise<readonly string[]>,
  screen: Pick<Screen, "lines" | "show">,
  { intervalMs, left }: WatchOptions,
): Promise<void> {
  while (!left.aborted) {
    const lines = await unlessLeft(look(screen.lines).catch(problem), left);
    if (lines === undefined) return;
    screen.show(lines);
    await delay(intervalMs, undefined, { signal: left }).catch(() => undefined);
  }
}
