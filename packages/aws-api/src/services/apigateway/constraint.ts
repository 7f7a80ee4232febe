import { inSet, invalid, violation } from "../../aws-error.ts";

/** checkOneOf refuses a value that is none of an enumeration's, in the service's order. */
export function checkOneOf(value: string | undefined, place: string, values: readonly string[]): void {
  if (value !== undefined && !values.includes(value)) throw invalid([violation(value, place, inSet(values))]);
}

const STATUS_CODE = "[1-5]\\d\\d";

/** checkStatusCode refuses what is not an HTTP status. */
export function checkStatusCode(value: string, place: string): void {
  if (!new RegExp(`^${STATUS_CODE}$`).test(value))
    throw invalid([
      violation(value, place, `Member must satisfy regular expression pattern: ${STATUS_CODE}`),
    ]);
}
