import { inSet, invalid, violation } from "../../aws-error.ts";

/** checkOneOf throws unless a value is one of an enumeration, which is listed in the service's order. */
export function checkOneOf(value: string | undefined, place: string, values: readonly string[]): void {
  if (value !== undefined && !values.includes(value)) throw invalid([violation(value, place, inSet(values))]);
}

const STATUS_CODE = "[1-5]\\d\\d";

/** checkStatusCode throws unless a value is an HTTP status. */
export function checkStatusCode(value: string, place: string): void {
  if (!new RegExp(`^${STATUS_CODE}$`).test(value))
    throw invalid([
      violation(value, place, `Member must satisfy regular expression pattern: ${STATUS_CODE}`),
    ]);
}
