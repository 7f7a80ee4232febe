import type { Problem } from "@tollgate/config";

/**
 * Why a use case refuses:
 * "invalid": what was asked is wrong whatever is stored; "failed-precondition": what is stored does not allow it;
 * "conflict": somebody else wrote first; "expired": it is no longer kept; "unavailable": another service cannot be reached.
 */
export type RefusalReason =
  | "invalid"
  | "not-found"
  | "already-exists"
  | "conflict"
  | "failed-precondition"
  | "limit"
  | "permission-denied"
  | "expired"
  | "timeout"
  | "unavailable";

/** Refusal is an expected failure of a use case. Each adapter maps it to the errors of its protocol; any other error is a bug. */
export class Refusal extends Error {
  readonly reason: RefusalReason;
  readonly problems: readonly Problem[];

  constructor(reason: RefusalReason, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.reason = reason;
    this.problems = problems;
  }
}
