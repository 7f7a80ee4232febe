/** Why a request is refused, by what the caller may do about it. */
export type LogRefusalReason = "invalid" | "not-found" | "already-exists" | "limit";

/** LogRefusal is an expected failure, in the words of CloudWatch Logs. */
export class LogRefusal extends Error {
  readonly reason: LogRefusalReason;

  constructor(reason: LogRefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Refusals with the sentences that AWS always says (AWS: CloudWatch Logs API reference). */
export const refusals = {
  noGroup: () => new LogRefusal("not-found", "The specified log group does not exist."),
  noStream: () => new LogRefusal("not-found", "The specified log stream does not exist."),
  groupExists: () => new LogRefusal("already-exists", "The specified log group already exists"),
  streamExists: () => new LogRefusal("already-exists", "The specified log stream already exists"),
  tooMany: () => new LogRefusal("limit", "Resource limit exceeded."),
  token: () => new LogRefusal("invalid", "The specified nextToken is invalid."),
};
