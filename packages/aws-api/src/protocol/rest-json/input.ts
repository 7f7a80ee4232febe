import { checkType, type JsonObject } from "./operation.ts";

/** InputType is the JSON type of a member of an operation's input, as AWS's model of the service has it. */
export type InputType =
  | "string"
  | "boolean"
  | "number"
  | { readonly list: InputType }
  | { readonly map: InputType }
  | { readonly members: Inputs };

/** Inputs are the members of a JSON object by their names. */
export type Inputs = Readonly<Record<string, InputType>>;

export const listOf = (list: InputType): InputType => ({ list });
/** mapOf is an object whose names the caller chooses. */
export const mapOf = (map: InputType): InputType => ({ map });
export const structure = (members: Inputs): InputType => ({ members });

const all =
  (type: InputType) =>
  (...names: readonly string[]): Inputs =>
    Object.fromEntries(names.map((name) => [name, type]));

/** Members of one type. */
export const strings = all("string");
export const booleans = all("boolean");
export const numbers = all("number");

export const STRINGS = listOf("string");
export const STRINGS_BY_NAME = mapOf("string");

function check(value: unknown, type: InputType): void {
  if (value === undefined || value === null) return;
  if (typeof type === "string") return checkType(value, type);
  checkType(value, "list" in type ? "list" : "map");
  if ("list" in type) for (const item of value as readonly unknown[]) check(item, type.list);
  else if ("map" in type) for (const item of Object.values(value)) check(item, type.map);
  else checkInput(value as JsonObject, type.members);
}

/**
 * checkInput checks the JSON types in a body at all depths. A wrong one is a SerializationException, as on AWS; null has all types, and
 * members that AWS's model does not have are ignored.
 */
export function checkInput(body: JsonObject, inputs: Inputs): void {
  for (const [name, type] of Object.entries(inputs)) check(body[name], type);
}
