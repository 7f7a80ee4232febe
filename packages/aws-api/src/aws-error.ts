/** AwsError is an error of one service: its code and its status are in the response. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Errors that do not come from an operation. Each protocol has its own codes for them. */
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

/** CommonError is an error that any service can return. */
export class CommonError extends Error {
  readonly reason: CommonReason;

  constructor(reason: CommonReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** CommonErrors is what the common errors are called in one protocol. */
export type CommonErrors = Readonly<Record<CommonReason, { readonly code: string; readonly status: number }>>;

/** violation is one value at its place, and what it must be. */
export const violation = (value: unknown, place: string, constraint: string): string =>
  `Value '${String(value)}' at '${place}' failed to satisfy constraint: ${constraint}`;

export const inSet = (values: readonly string[]): string =>
  `Member must satisfy enum value set: [${values.join(", ")}]`;

/** invalid refuses a request that AWS's model of the API does not allow, before anything is looked up. */
export const invalid = (violations: readonly string[]): CommonError =>
  new CommonError(
    "validation",
    `${violations.length} validation error${violations.length > 1 ? "s" : ""} detected: ${violations.join("; ")}`,
  );
