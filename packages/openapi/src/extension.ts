import type { Member, ObjectShape, Shape } from "@tollgate/config";
import type { Json } from "./document.ts";

/** Extension is a part of a spec as a definition writes it, such as x-amazon-apigateway-integration. */
export interface Extension {
  /** The part: what it has and of what type is derived from its schema. */
  readonly shape: ObjectShape;
  /** Members that definitions call otherwise, by their name in the spec. */
  readonly names?: Readonly<Record<string, string>>;
}

/** nameIn is what an extension calls a member of the spec. */
export const nameIn = ({ names = {} }: Extension, member: string): string => names[member] ?? member;

/** namesIn are the names of everything that an extension has. */
export const namesIn = (extension: Extension): readonly string[] =>
  [...extension.shape.members.keys()].map((member) => nameIn(extension, member));

/** memberOf is the member of the spec that an extension writes under a name; undefined: the extension has none of that name. */
export function memberOf(
  extension: Extension,
  name: string,
): (Member & { readonly member: string }) | undefined {
  for (const [member, found] of extension.shape.members)
    if (nameIn(extension, member) === name) return { ...found, member };
  return undefined;
}

/** numberOf takes a number that is written as a string, as the parameters of templates are. */
export const numberOf = (value: Json): Json =>
  typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;

/** versionOf is a version such as 2.0, which YAML reads as a number. */
export const versionOf = (value: Json): Json => (typeof value === "number" ? value.toFixed(1) : value);

/** valueOf is a value of a definition as a spec has it: enumerations in capitals, numbers and versions in their own type. */
export function valueOf(shape: Shape, value: Json): Json {
  if (shape.type === "number") return numberOf(value);
  if (shape.type !== "string" || shape.values === undefined) return value;
  return typeof value === "string" ? value.toUpperCase() : versionOf(value);
}
