import type { ObjectShape, Shape } from "@tollgate/config";
import { type JsonObject, member, orAbsent } from "../../protocol/rest-json/operation.ts";
import { flag, number, type PatchRule, text, valueItem } from "./patch.ts";

/** JSON types as they are read. A member with several types is not checked here. */
const JSON_TYPES = {
  string: "string",
  number: "number",
  boolean: "boolean",
  list: "list",
  map: "map",
  object: "map",
  any: undefined,
} as const satisfies Readonly<Record<Shape["type"], string | undefined>>;

const shapesOf = ({ members }: ObjectShape, exceptions: readonly string[]) =>
  [...members]
    .filter(([name]) => !exceptions.includes(name))
    .map(([name, { shape }]) => [name, shape] as const);

/**
 * readMembers reads the attributes of a body that config's schema has, and checks their JSON types. Exceptions are read by hand, or are not
 * accepted here.
 */
export const readMembers = (
  body: JsonObject,
  shape: ObjectShape,
  exceptions: readonly string[] = [],
): Record<string, unknown> =>
  Object.fromEntries(
    shapesOf(shape, exceptions).flatMap(([name, { type }]) => {
      const jsonType = JSON_TYPES[type];
      const value = jsonType === undefined ? (body[name] ?? undefined) : member(body, name, jsonType);
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** showMembers returns the attributes of a spec as AWS shows them, without empty lists and maps. */
export const showMembers = (
  spec: object,
  shape: ObjectShape,
  exceptions: readonly string[] = [],
): Record<string, unknown> => {
  const values = spec as JsonObject;
  return Object.fromEntries(
    shapesOf(shape, exceptions).flatMap(([name]) => {
      const value = values[name];
      const shown = typeof value === "object" && value !== null ? orAbsent(value) : value;
      return shown === undefined ? [] : [[name, shown]];
    }),
  );
};

/** memberRules are the rules to patch the simple attributes of a schema: strings, flags, numbers and lists of strings. */
export const memberRules = (shape: ObjectShape, exceptions: readonly string[] = []): PatchRule[] =>
  shapesOf(shape, exceptions).flatMap(([name, { type }]) => {
    if (type === "string") return [text(`/${name}`)];
    if (type === "boolean") return [flag(`/${name}`)];
    if (type === "number") return [number(`/${name}`)];
    return type === "list" ? [valueItem(name)] : [];
  });
