import { ownApisOf } from "./commit-batch.ts";
import type { ExpandedChange } from "./expanded-change.ts";

/** What takes longer to compute goes into a side lane. What never waits for the event loop does not: nothing could pass it. */
const SLOW_MS = 20;

/** Outcome is what a computation has come to. */
export type Outcome = { readonly change: ExpandedChange } | { readonly error: unknown };

/** SideLane is a change that takes long to compute, such as an import: others are committed meanwhile. */
export class SideLane {
  /** The revision of the account after the commits that it knows of. */
  #revision: number;
  /** The APIs that these have written to; undefined: they have written something else, too. */
  #passed: ReadonlySet<string> | undefined = new Set();
  /** Settled when it has been computed. */
  readonly outcome: Promise<Outcome>;

  constructor(revision: number, outcome: Promise<Outcome>) {
    this.#revision = revision;
    this.outcome = outcome;
  }

  /** passedBy is called with each commit that is made meanwhile: the revisions before and after it, and the APIs that alone it wrote to. */
  passedBy(before: number, after: number, apis: ReadonlySet<string> | undefined): void {
    // Another control plane may have written anything.
    const isNext = before === this.#revision;
    this.#revision = after;
    this.#passed = isNext && apis && this.#passed ? new Set([...this.#passed, ...apis]) : undefined;
  }

  /** Whether what it has come to is what it would come to at a revision of the account. */
  isValidAt(revision: number, outcome: Outcome): boolean {
    if (revision !== this.#revision) return false;
    const passed = this.#passed;
    if (passed?.size === 0) return true;
    if (!passed || "error" in outcome) return false;
    const own = ownApisOf(outcome.change);
    return own !== undefined && ![...own].some((apiId) => passed.has(apiId));
  }
}

/** decideSoon returns what a computation comes to, or a side lane if that takes long. */
export async function decideSoon(
  revision: number,
  decide: () => Promise<ExpandedChange>,
): Promise<ExpandedChange | SideLane> {
  const outcome = decide().then(
    (change): Outcome => ({ change }),
    (error: unknown): Outcome => ({ error }),
  );
  const { promise: slow, resolve } = Promise.withResolvers<SideLane>();
  const timer = setTimeout(() => resolve(new SideLane(revision, outcome)), SLOW_MS);
  const first = await Promise.race([outcome, slow]);
  clearTimeout(timer);
  if (first instanceof SideLane) return first;
  if ("error" in first) throw first.error;
  return first.change;
}
