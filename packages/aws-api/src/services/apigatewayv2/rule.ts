import { type JsonObject, orAbsent } from "../../protocol/rest-json/operation.ts";
import { badRequest } from "../apigateway/errors.ts";

/** Rule is one row of a table of what AWS refuses: its sentence for a wrong value, or undefined. */
export type Rule<T> = (value: T) => string | undefined;

/** brokenRule is AWS's sentence for the first rule that a value breaks. */
export function brokenRule<T>(value: T, rules: readonly Rule<T>[]): string | undefined {
  for (const rule of rules) {
    const sentence = rule(value);
    if (sentence !== undefined) return sentence;
  }
  return undefined;
}

/** check throws AWS's error for the first rule that a value breaks. */
export function check<T>(value: T, rules: readonly Rule<T>[]): void {
  const sentence = brokenRule(value, rules);
  if (sentence !== undefined) throw badRequest(sentence);
}

/** timestamp returns a time as version 2 writes it; undefined: it is not known. */
export const timestamp = (unixMs: number): string | undefined =>
  unixMs === 0 ? undefined : new Date(unixMs).toISOString().replace(/\.\d+Z$/, "Z");

/** without leaves out empty lists and maps, which version 2 does not show. */
export const withoutEmpty = (members: JsonObject): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(members).filter(
      ([, value]) =>
        value !== undefined && !(typeof value === "object" && value !== null && !orAbsent(value)),
    ),
  );
