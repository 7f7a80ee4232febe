import { AwsError } from "../aws-error.ts";

/** invalid is the refusal of requests that AWS's model of the API does not allow, before anything is looked up. */
export const invalid = (violations: readonly string[]): AwsError =>
  new AwsError(
    "ValidationException",
    `${violations.length} validation error${violations.length > 1 ? "s" : ""} detected: ${violations.join("; ")}`,
  );

/** violation is one value at its place, and what it must be. */
export const violation = (value: unknown, place: string, constraint: string): string =>
  `Value '${String(value)}' at '${place}' failed to satisfy constraint: ${constraint}`;

export const inSet = (values: readonly string[]): string =>
  `Member must satisfy enum value set: [${values.join(", ")}]`;

/** checkOneOf refuses a value that is none of an enumeration's, in the service's order. */
export function checkOneOf(value: string | undefined, place: string, values: readonly string[]): void {
  if (value !== undefined && !values.includes(value)) throw invalid([violation(value, place, inSet(values))]);
}

const STATUS_CODE = "[1-5]\\d\\d";

/** checkStatusCode refuses what is no HTTP status. */
export function checkStatusCode(value: string, place: string): void {
  if (!new RegExp(`^${STATUS_CODE}$`).test(value))
    throw invalid([
      violation(value, place, `Member must satisfy regular expression pattern: ${STATUS_CODE}`),
    ]);
}
