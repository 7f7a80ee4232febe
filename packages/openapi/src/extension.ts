import type { Member, ObjectShape, Shape } from "@tollgate/config";
import type { Json } from "./document.ts";

/** Extension is a part of a spec as a definition writes it, such as x-amazon-apigateway-integration. */
export interface Extension {
  /** The part of the spec; members and types are derived from its schema. */
  readonly shape: ObjectShape;
  /** Members with other names in definitions, by their names in the spec. */
  readonly names?: Readonly<Record<string, string>>;
}

/** nameIn is the name of a member of the spec in an extension. */
export const nameIn = ({ names = {} }: Extension, member: string): string => names[member] ?? member;

/** namesIn are the names of everything that an extension has. */
export const namesIn = (extension: Extension): readonly string[] =>
  [...extension.shape.members.keys()].map((member) => nameIn(extension, member));

/** memberOf is the member of the spec by its name in an extension; undefined: the extension has no such member. */
export function memberOf(
  extension: Extension,
  name: string,
): (Member & { readonly member: string }) | undefined {
  for (const [member, found] of extension.shape.members)
    if (nameIn(extension, member) === name) return { ...found, member };
  return undefined;
}

/** Also accepts a number that is written as a string, like the parameters of templates. */
const numberOf = (value: Json): Json =>
  typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;

/** versionOf is a version such as 2.0, which YAML reads as a number. */
export const versionOf = (value: Json): Json => (typeof value === "number" ? value.toFixed(1) : value);

/** valueOf converts a value of a definition for the spec: enumerations to upper case, numbers and versions to their types. */
export function valueOf(shape: Shape, value: Json): Json {
  if (shape.type === "number") return numberOf(value);
  if (shape.type !== "string" || shape.values === undefined) return value;
  return typeof value === "string" ? value.toUpperCase() : versionOf(value);
}
