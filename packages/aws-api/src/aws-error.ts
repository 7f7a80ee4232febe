/** AwsError is an error of one service, with the code and status of the response. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** What AWS's sentence does not say: where the problem is, and what would be right. It stands beside the message in the response. */
  readonly hint: string | undefined;

  /** Members of the response besides these. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    status: number,
    message: string,
    hint?: string,
    members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.hint = hint;
    this.members = members;
  }
}

/** Errors outside of operations. Each protocol has its own codes for them. */
export type CommonReason =
  | "missing-authentication"
  | "incomplete-signature"
  | "unrecognized-client"
  | "invalid-signature"
  | "expired-token"
  | "access-denied"
  | "read-only-account"
  | "throttled"
  | "too-large"
  | "unknown-operation"
  | "serialization"
  | "validation"
  | "internal";

/** CommonError is an error that every service can return. */
export class CommonError extends Error {
  readonly reason: CommonReason;

  constructor(reason: CommonReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** CommonErrors is the codes and statuses of the common errors in one protocol. */
export type CommonErrors = Readonly<Record<CommonReason, { readonly code: string; readonly status: number }>>;

/** violation describes a value that violates a constraint. */
export const violation = (value: unknown, place: string, constraint: string): string =>
  `Value '${String(value)}' at '${place}' failed to satisfy constraint: ${constraint}`;

export const inSet = (values: readonly string[]): string =>
  `Member must satisfy enum value set: [${values.join(", ")}]`;

/** invalid is the error for a request that AWS's model of the API does not allow. It is thrown before anything is looked up. */
export const invalid = (violations: readonly string[]): CommonError =>
  new CommonError(
    "validation",
    `${violations.length} validation error${violations.length > 1 ? "s" : ""} detected: ${violations.join("; ")}`,
  );
