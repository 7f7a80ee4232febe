import type { Pattern } from "@tollgate/patterns";

/** Steps that all patterns of a body may take together on the event loop: at worst some 60 ms. */
export const LOOP_STEPS = 1_000_000;
/** Time of the processor that all patterns of a body may take together beside it. */
const ASIDE_MAX_MS = 2_000;
const STEPS_BETWEEN_CHECKS = 1_000_000;

/** TooManySteps ends a check that has to go on beside the event loop. */
export class TooManySteps extends Error {}

/** What the patterns of the body that is checked now may still cost. A check never waits, so there is one at a time. */
let spend: (steps: number) => void = () => undefined;

/** budgeted is a pattern that each test takes from what its body may cost. */
export const budgeted = (pattern: Pattern) => ({
  test: (text: string): boolean => {
    spend(pattern.stepsFor(text));
    return pattern.test(text);
  },
  toString: () => pattern.source,
});

function inSteps(stepsMax: number): (steps: number) => void {
  let left = stepsMax;
  return (steps) => {
    left -= steps;
    if (left < 0) throw new TooManySteps();
  };
}

function inTime(): (steps: number) => void {
  const started = process.threadCpuUsage();
  let unchecked = 0;
  return (steps) => {
    unchecked += steps;
    if (unchecked < STEPS_BETWEEN_CHECKS) return;
    unchecked = 0;
    const { user, system } = process.threadCpuUsage(started);
    if (user + system > ASIDE_MAX_MS * 1000) throw new Error("its patterns take too long");
  };
}

/** withinBudget runs a check whose patterns may take so many steps; undefined: as many as fit the time of a body beside the event loop. */
export function withinBudget<T>(stepsMax: number | undefined, check: () => T): T {
  spend = stepsMax === undefined ? inTime() : inSteps(stepsMax);
  try {
    return check();
  } finally {
    spend = () => undefined;
  }
}
