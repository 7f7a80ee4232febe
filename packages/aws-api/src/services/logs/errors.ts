import { AwsError } from "../../aws-error.ts";

export type LogsErrorCode =
  | "InvalidParameterException"
  | "LimitExceededException"
  | "MalformedQueryException"
  | "ResourceAlreadyExistsException"
  | "ResourceNotFoundException"
  | "ServiceUnavailableException"
  | "ValidationException";

/** logsError is an error response of CloudWatch Logs (AWS: CloudWatch Logs API reference, errors). */
export const logsError = (
  code: LogsErrorCode,
  message: string,
  members: Readonly<Record<string, unknown>> = {},
): AwsError =>
  new AwsError(code, code === "ServiceUnavailableException" ? 500 : 400, message, undefined, members);

/** violates is the error for a value outside of AWS's constraints. */
export const violates = (value: unknown, place: string, constraint: string): AwsError =>
  logsError(
    "InvalidParameterException",
    `1 validation error detected: Value '${String(value)}' at '${place}' failed to satisfy constraint: ${constraint}`,
  );
