import { checkType, type JsonObject } from "./operation.ts";

/** InputType is the JSON type of a member of an operation's input, as AWS's model of the service has it. */
export type InputType =
  | "string"
  | "boolean"
  | "number"
  /** A string of at most so many characters. */
  | { readonly longest: number }
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

/** Strings of bounded lengths. */
export const bounded = (longest: number): InputType => ({ longest });
export const lengths = (byName: Readonly<Record<string, number>>): Inputs =>
  Object.fromEntries(Object.entries(byName).map(([name, longest]) => [name, bounded(longest)]));

export const STRINGS = listOf("string");
export const STRINGS_BY_NAME = mapOf("string");

function check(value: unknown, type: InputType): void {
  if (value === undefined || value === null) return;
  if (typeof type === "string") return checkType(value, type);
  if ("longest" in type) return checkType(value, "string");
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

/** TooLong is a string that is longer than it may be. */
export interface TooLong {
  readonly at: string;
  readonly longest: number;
}

type Container = Exclude<InputType, string | { readonly longest: number }>;

/** The parts of a value that AWS's model has: callers may name others as they like, even after those of Object.prototype. */
function partsOf(value: object, type: Container): [string, unknown, InputType][] {
  if ("members" in type)
    return Object.entries(type.members).map(([name, inner]) => [name, (value as JsonObject)[name], inner]);
  const inner = "list" in type ? type.list : type.map;
  return Object.entries(value).map(([name, item]) => [name, item, inner]);
}

function* tooLong(value: unknown, type: InputType, at: string): Generator<TooLong> {
  if (value === undefined || value === null || typeof type === "string") return;
  if ("longest" in type) {
    if ((value as string).length > type.longest) yield { at, longest: type.longest };
    return;
  }
  for (const [name, item, inner] of partsOf(value, type))
    yield* tooLong(item, inner, at === "" ? name : `${at}.${name}`);
}

/** firstTooLong is the first string of a body that is too long, after its types were checked. */
export const firstTooLong = (body: JsonObject, inputs: Inputs): TooLong | undefined =>
  tooLong(body, { members: inputs }, "").next().value ?? undefined;
