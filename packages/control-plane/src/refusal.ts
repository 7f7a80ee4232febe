import type { Problem } from "@tollgate/config";

/**
 * Why a use case refuses:
 * "invalid": the request is wrong whatever is stored; "failed-precondition": the stored state does not allow it;
 * "conflict": another change was written first; "in-use": it must be emptied or detached before it is deleted; "expired": it is no longer kept;
 * "throttled": there is too much to do at this time, and the same request may be accepted later;
 * "unavailable": another service cannot be reached; "not-configured": this server lacks a setting for it.
 */
export type RefusalReason =
  | "invalid"
  | "not-found"
  | "already-exists"
  | "conflict"
  | "in-use"
  | "failed-precondition"
  | "limit"
  | "throttled"
  | "permission-denied"
  | "expired"
  | "timeout"
  | "unavailable"
  | "not-configured"
  | "malformed-policy"
  | "policy-too-large"
  | "identity-token-invalid"
  | "identity-token-expired"
  | "identity-provider-unreachable";

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
