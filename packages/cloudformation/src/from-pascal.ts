import type { ObjectShape, Shape } from "@tollgate/config";
import { isObject, type Json, type JsonObject } from "@tollgate/openapi";
import { nearestOf } from "./nearest.ts";

/** Exception says how a member's property differs from its schema. Without one it is derived: httpMethod is read from HttpMethod. */
export interface Exception {
  /** Its name in CloudFormation, if that is not the member's name. */
  readonly property?: string;
  /** Its value if it is absent. */
  readonly standard?: Json;
  /** It may be absent although the schema requires it: the resource type sets it. */
  readonly isOptional?: boolean;
  /** A map that is written as a list. */
  readonly list?: ListedMap;
  /** Converts another notation of its value to that of its schema. */
  readonly read?: (given: Json) => Json;
  /** The reason why no property sets the member. */
  readonly absent?: string;
  /** The reason why a property that is not in the schema is allowed without effect. */
  readonly unused?: string;
}

/** Exceptions by the member's path. Maps and lists add nothing to a path: "methodResponses.responseModels". */
export type Exceptions = Readonly<Record<string, Exception>>;

/** ListedMap says how the entries of a map are written in a list. */
export interface ListedMap {
  /** Members of an entry that form its key. Without `name` there is one, and it is required. */
  readonly key: readonly string[];
  readonly name?: (parts: readonly (string | undefined)[]) => string;
  /** The member that is the entry's value; without it the value is an object of all other members. */
  readonly value?: string;
}

/** PropertyProblem is a problem of a property, with its path below the properties. */
export interface PropertyProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** Members are the members of a spec that were read from properties. */
export type Members = Record<string, Json>;

/** Where a value is: in the template below the properties, and in the schema. */
interface At {
  readonly place: readonly string[];
  readonly member: string;
}

interface Reading {
  readonly exceptions: Exceptions;
  readonly problems: PropertyProblem[];
}

const STRING: Shape = { type: "string" };
const WANTED = {
  string: "must be a string",
  number: "must be a number",
  boolean: "must be true or false",
  list: "must be a list",
  object: "must be an object",
} as const;

/** propertyOf is the name in CloudFormation of a member without an exception. */
export const propertyOf = (member: string): string => `${member.charAt(0).toUpperCase()}${member.slice(1)}`;

const joined = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf(".")));
const inside = ({ place, member }: At, step: string): At => ({ place: [...place, step], member });

/** Adds a problem. The returned value does not matter: with a problem the properties are not used. */
function refuse({ problems }: Reading, { place: path }: At, message: string): Json {
  problems.push({ path, message });
  return null;
}

const isScalar = (value: Json): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/** A scalar in the type of its schema: CloudFormation allows "5" for 5, "true" for true, and 5 for "5". */
function scalarOf(type: "string" | "number" | "boolean", given: Json, at: At, reading: Reading): Json {
  if (type === "string") return isScalar(given) ? String(given) : refuse(reading, at, WANTED.string);
  if (typeof given === type) return given;
  const text = typeof given === "string" ? given : "";
  if (type === "number" && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (type === "boolean" && /^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  return refuse(reading, at, WANTED[type]);
}

function listOf(item: Shape, given: Json, at: At, reading: Reading): Json {
  const isOne = isScalar(given) && item.type === "string";
  const items = Array.isArray(given) ? (given as readonly Json[]) : isOne ? [given] : undefined;
  return items
    ? items.map((one, i) => valueOf(item, one, inside(at, String(i)), reading))
    : refuse(reading, at, WANTED.list);
}

/** The properties of an entry of a listed map: the members of its key, and its value or the value's members. */
const entryShape = ({ key, name, value: whole }: ListedMap, value: Shape): ObjectShape => ({
  type: "object",
  members: new Map([
    ...key.map((member) => [member, { shape: STRING, isRequired: name === undefined }] as const),
    ...(whole === undefined ? [] : [[whole, { shape: value, isRequired: true }] as const]),
    ...(whole === undefined && value.type === "object" ? value.members : []),
  ]),
});

function listedMapOf(listed: ListedMap, value: Shape, given: Json, at: At, reading: Reading): Json {
  if (!Array.isArray(given)) return refuse(reading, at, WANTED.list);
  const { key, name, value: whole } = listed;
  const shape = entryShape(listed, value);
  const entries = (given as readonly Json[]).map((one, i) => {
    const entry = valueOf(shape, one, inside(at, String(i)), reading) as Members | null;
    // null is what was refused.
    const parts = key.map((member) => (entry?.[member] ?? undefined) as string | undefined);
    const others = Object.entries(entry ?? {}).filter(([member]) => !key.includes(member));
    return [
      name ? name(parts) : (parts[0] ?? ""),
      whole === undefined ? Object.fromEntries(others) : (entry?.[whole] ?? null),
    ] as const;
  });
  return Object.fromEntries(entries);
}

function mapOf(value: Shape, given: Json, at: At, reading: Reading): Json {
  const listed = reading.exceptions[at.member]?.list;
  if (listed) return listedMapOf(listed, value, given, at, reading);
  if (!isObject(given)) return refuse(reading, at, WANTED.object);
  const entries = Object.entries(given).map(
    ([name, one]) => [name, valueOf(value, one, inside(at, name), reading)] as const,
  );
  return Object.fromEntries(entries);
}

/** Properties that are allowed in an object but are not members of it. */
const unusedIn = (member: string, { exceptions }: Reading): readonly string[] =>
  Object.entries(exceptions).flatMap(([path, { unused }]) =>
    unused !== undefined && parentOf(path) === member
      ? [propertyOf(path.slice(path.lastIndexOf(".") + 1))]
      : [],
  );

function membersOf(shape: ObjectShape, given: JsonObject, at: At, reading: Reading): Members {
  const members: Members = {};
  const known = new Set(unusedIn(at.member, reading));
  for (const [name, { shape: wanted, isRequired }] of shape.members) {
    const member = joined(at.member, name);
    const exception = reading.exceptions[member] ?? {};
    if (exception.absent !== undefined) continue;
    const { property = propertyOf(name), standard, isOptional = false, read } = exception;
    known.add(property);
    const where = { place: [...at.place, property], member };
    const value = given[property];
    if (value !== undefined) members[name] = valueOf(wanted, read ? read(value) : value, where, reading);
    else if (standard !== undefined) members[name] = standard;
    else if (isRequired && !isOptional) refuse(reading, where, "is missing");
  }
  for (const property of Object.keys(given)) {
    if (known.has(property)) continue;
    const nearest = nearestOf(property, known);
    const hint = nearest === undefined ? "" : `; did you mean '${nearest}'?`;
    refuse(reading, inside(at, property), `'${property}' is not a known property${hint}`);
  }
  return members;
}

function valueOf(shape: Shape, given: Json, at: At, reading: Reading): Json {
  switch (shape.type) {
    case "any":
      return given;
    case "list":
      return listOf(shape.item, given, at, reading);
    case "map":
      return mapOf(shape.value, given, at, reading);
    case "object":
      return isObject(given) ? membersOf(shape, given, at, reading) : refuse(reading, at, WANTED.object);
    default:
      return scalarOf(shape.type, given, at, reading);
  }
}

/**
 * fromPascal reads CloudFormation's properties as the members of a spec. Everything comes from the schema's shape: names, coercions, nested
 * objects, lists, and maps, whose keys are unchanged; `exceptions` override it. With a problem the members are incomplete.
 */
export function fromPascal(
  shape: ObjectShape,
  properties: JsonObject,
  exceptions: Exceptions = {},
): { readonly members: Members; readonly problems: readonly PropertyProblem[] } {
  const problems: PropertyProblem[] = [];
  const members = membersOf(shape, properties, { place: [], member: "" }, { exceptions, problems });
  return { members, problems };
}

/** exceptionsBelow turns the exceptions of a part into those of an object that has the part as a member. */
export const exceptionsBelow = (member: string, exceptions: Exceptions): Exceptions =>
  Object.fromEntries(Object.entries(exceptions).map(([path, exception]) => [`${member}.${path}`, exception]));
