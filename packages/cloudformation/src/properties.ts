import { z } from "zod";

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

/** A document: an object, or its JSON text. */
export const json = z.union([z.string(), z.record(z.string(), z.unknown())], {
  error: "must be an object or its JSON text",
});

/** compact leaves out what is undefined. */
export const compact = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** describeIssue words what is wrong with a property. */
export function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys")
    return `${issue.keys.map((key) => `'${key}'`).join(", ")} ${issue.keys.length > 1 ? "are" : "is"} not known here`;
  if (issue.code === "invalid_type" && issue.input === undefined) return "is missing";
  return issue.message.replace(/^Invalid input: /, "");
}
