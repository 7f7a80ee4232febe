import { isObject } from "../values/json.ts";

/** What no header may hold: a function must not be able to split the response. */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What a header of a function is called on the response; undefined: it is dropped. */
export type NameHeader = (name: string, lower: string) => string | undefined;

/** A header value as AWS takes it: strings, numbers and booleans; undefined for what makes the response malformed. */
const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : typeof value === "boolean" ? String(value) : undefined;

/**
 * collectHeaders joins both maps; undefined: they are malformed. Of a header in both, those of multiValueHeaders come first, in its casing,
 * or, as HTTP APIs have it, the single one.
 */
export function collectHeaders(
  single: unknown,
  multi: unknown,
  nameOf: NameHeader,
  singleFirst = false,
): string[] | undefined {
  const byLower = new Map<string, { name: string; values: string[] }>();
  const slot = (name: string) => {
    const lower = name.toLowerCase();
    const known = byLower.get(lower) ?? { name, values: [] };
    byLower.set(lower, known);
    return known;
  };
  if (multi !== undefined && multi !== null) {
    if (!isObject(multi)) return undefined;
    for (const [name, values] of Object.entries(multi)) {
      if (!Array.isArray(values)) return undefined;
      const strings = values.map(textOf);
      if (strings.includes(undefined)) return undefined;
      slot(name).values.push(...(strings as string[]));
    }
  }
  if (single !== undefined && single !== null) {
    if (!isObject(single)) return undefined;
    for (const [name, value] of Object.entries(single)) {
      const text = textOf(value);
      if (text === undefined) return undefined;
      const { values } = slot(name);
      if (singleFirst) values.unshift(text);
      else values.push(text);
    }
  }
  const headers: string[] = [];
  for (const [lower, { name, values }] of byLower) {
    const named = nameOf(name, lower);
    if (named === undefined) continue;
    if (!HEADER_NAME.test(name)) return undefined;
    for (const value of values) {
      if (!HEADER_VALUE.test(value)) return undefined;
      headers.push(named, value);
    }
  }
  return headers;
}
