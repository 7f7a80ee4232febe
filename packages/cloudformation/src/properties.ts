import { z } from "zod";
import { shown } from "./shown.ts";

/** Texts of a template may be written as numbers and booleans. */
export const text = z
  .union([z.string(), z.number(), z.boolean()], { error: "must be a text" })
  .transform(String);

/** True and false may be written as texts. */
export const flag = z.union(
  [
    z.boolean(),
    z
      .string()
      .regex(/^(true|false)$/i)
      .transform((given) => given.toLowerCase() === "true"),
  ],
  { error: "must be true or false" },
);

/** Numbers may be written as texts. */
export const number = z.union(
  [
    z.number(),
    z
      .string()
      .regex(/^-?\d+(\.\d+)?$/)
      .transform(Number),
  ],
  { error: "must be a number" },
);

/** Texts, or one where a list could be. */
export const texts = z.union([z.array(text), text.transform((one) => [one])], {
  error: "must be a list of texts",
});

export const textMap = z.record(z.string(), text);
export const flagMap = z.record(z.string(), flag);

/** Tags as a list of keys and values. */
export const tags = z
  .array(z.strictObject({ Key: text, Value: text }))
  .transform((list) => Object.fromEntries(list.map(({ Key, Value }) => [Key, Value])));

/** Tags as a map: those of the second generation. */
export const tagMap = z.record(z.string(), text);

/** A document: an object, or its JSON text. */
export const json = z.union([z.string(), z.record(z.string(), z.unknown())], {
  error: "must be an object or its JSON text",
});

/** compact leaves out what is undefined. */
export const compact = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** PropertyProblem is what is wrong with a property, and where below the properties it is. */
export interface PropertyProblem {
  readonly path: readonly string[];
  readonly message: string;
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, key) =>
      typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );

/** problemsOf are the problems that an issue is made of. */
export function problemsOf(issue: z.core.$ZodIssue, given: unknown): readonly PropertyProblem[] {
  const path = issue.path.map(shown);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...path, key], message: `'${key}' is not known here` }));
  const isMissing = valueAt(given, issue.path) === undefined;
  return [{ path, message: isMissing ? "is missing" : issue.message.replace(/^Invalid input: /, "") }];
}
