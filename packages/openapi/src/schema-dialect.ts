import { isObject, type Json, type JsonObject } from "./document.ts";
import { inWords, ofWords } from "./schema-words.ts";

/** Members of a schema that contain one schema, a list or a map of schemas. */
const SINGLE = new Set(["items", "not", "additionalProperties", "additionalItems"]);
const LISTS = new Set(["allOf", "anyOf", "oneOf"]);
const MAPS = new Set(["properties", "patternProperties", "definitions", "$defs"]);
/** Members of newer drafts that draft 4 cannot express. */
const NEWER = new Set([
  "if",
  "then",
  "else",
  "contains",
  "minContains",
  "maxContains",
  "propertyNames",
  "dependentRequired",
  "dependentSchemas",
  "unevaluatedItems",
  "unevaluatedProperties",
  "$dynamicRef",
]);

/** How a walk over schemas converts references and reports members that are left out. */
export interface SchemaWalk {
  readonly link: (ref: string) => string;
  /** Whether members have the meaning of JSON Schema 2020-12 (OpenAPI 3.1). */
  readonly isNewer: boolean;
  readonly leftOut: (member: string) => void;
  /** Called for members whose values have the wrong type. */
  readonly misfit: (member: string) => void;
}

/** In draft 4 exclusiveMinimum is a boolean; in later drafts it is the bound itself. */
function bound(schema: JsonObject, plain: "minimum" | "maximum", exclusive: string): JsonObject {
  const value = schema[exclusive];
  if (typeof value !== "number") return {};
  const other = schema[plain];
  const isTighter = typeof other === "number" && (plain === "minimum" ? other > value : other < value);
  return isTighter ? { [exclusive]: false } : { [plain]: value, [exclusive]: true };
}

function asDraft4(schema: JsonObject, walk: SchemaWalk): JsonObject {
  const { const: constant, prefixItems, items, examples: _examples, ...others } = schema;
  const kept = Object.entries(others).filter(([member]) => {
    if (NEWER.has(member)) walk.leftOut(member);
    return !NEWER.has(member);
  });
  return {
    ...Object.fromEntries(kept),
    ...(constant === undefined ? {} : { enum: [constant] }),
    ...(items === undefined ? {} : Array.isArray(prefixItems) ? { additionalItems: items } : { items }),
    ...(Array.isArray(prefixItems) ? { items: prefixItems as readonly Json[] } : {}),
  };
}

const withBounds = (schema: JsonObject): JsonObject =>
  typeof schema.exclusiveMinimum === "number" || typeof schema.exclusiveMaximum === "number"
    ? {
        ...schema,
        ...bound(schema, "minimum", "exclusiveMinimum"),
        ...bound(schema, "maximum", "exclusiveMaximum"),
      }
    : schema;

const mapped = (value: Json, one: (item: Json) => Json): Json =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, one(item)]))
    : value;

/** A schema with each of its direct subschemas changed. */
function withInner(schema: JsonObject, inner: (item: Json) => Json): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).map(([member, value]): [string, Json] => {
      if (MAPS.has(member)) return [member, mapped(value, inner)];
      if (LISTS.has(member) || (member === "items" && Array.isArray(value)))
        return [member, Array.isArray(value) ? (value as readonly Json[]).map(inner) : value];
      if (SINGLE.has(member))
        return [member, typeof value === "boolean" && member.startsWith("additional") ? value : inner(value)];
      return [member, value];
    }),
  );
}

/** How OpenAPI 3.0, which has no type null, expresses null. */
const NULL_SCHEMA = { enum: [null], nullable: true } as const;

const isNullSchema = ({ nullable, enum: values, type }: JsonObject): boolean =>
  nullable === true &&
  type === undefined &&
  Array.isArray(values) &&
  values.length === 1 &&
  values[0] === null;

/** OpenAPI 3.0 has nullable instead of JSON Schema's type null. */
function withNull(schema: JsonObject): JsonObject {
  if (isNullSchema(schema)) {
    const { nullable: _nullable, enum: _enum, ...others } = schema;
    return { type: "null", ...others };
  }
  if (schema.nullable !== true || typeof schema.type !== "string") return schema;
  const members = Object.entries(schema).filter(([member]) => member !== "nullable");
  return Object.fromEntries(
    members.map(([member, value]) => [member, member === "type" ? [value, "null"] : value]),
  );
}

/** modelSchema converts a schema of a definition for a model: to JSON Schema draft 4, with references to other models. */
export function modelSchema(schema: Json, walk: SchemaWalk): Json {
  // A schema may be just true or false in newer drafts.
  if (typeof schema === "boolean") return schema ? {} : { not: {} };
  if (!isObject(schema)) return schema;
  const own = withBounds(ofWords(schema, walk.misfit));
  const given = withNull(walk.isNewer ? asDraft4(own, walk) : own);
  const { $ref } = given;
  return {
    ...withLinkedExtensions(
      withInner(given, (item) => modelSchema(item, walk)),
      walk,
    ),
    ...(typeof $ref === "string" ? { $ref: walk.link($ref) } : {}),
  };
}

/** Extensions may refer to schemas too. */
function withLinkedExtensions(schema: JsonObject, walk: SchemaWalk): JsonObject {
  if (!Object.keys(schema).some((member) => member.startsWith("x-"))) return schema;
  const linked = (value: Json): Json => {
    if (Array.isArray(value)) return (value as readonly Json[]).map(linked);
    if (!isObject(value)) return value;
    const { $ref } = value;
    const members = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, linked(item)]));
    return typeof $ref === "string" && $ref.startsWith("#/components/schemas/")
      ? { ...members, $ref: walk.link($ref) }
      : members;
  };
  return Object.fromEntries(
    Object.entries(schema).map(([member, value]) => [
      member,
      member.startsWith("x-") ? linked(value) : value,
    ]),
  );
}

/** Types as in OpenAPI 3.0: one at a time, and without null. */
function typesOf(type: Json | undefined): JsonObject {
  if (type === "null") return NULL_SCHEMA;
  if (!Array.isArray(type)) return type === undefined ? {} : { type };
  const others = (type as readonly Json[]).filter((one) => one !== "null");
  const nullable = others.length < type.length ? { nullable: true } : {};
  const [first = "null", ...rest] = others;
  if (rest.length === 0) return { ...typesOf(first), ...nullable };
  return { anyOf: others.map((one) => ({ type: one, ...nullable })) };
}

/** definitionSchema is a model's schema in OpenAPI 3.0. Members keep their order. */
export function definitionSchema(schema: JsonObject): JsonObject {
  const types = typesOf(schema.type);
  const isSaid = Object.keys(types).some((member) => member !== "type" && Object.hasOwn(schema, member));
  const members = Object.entries(schema).flatMap(([member, value]) =>
    member !== "type" ? [[member, value] as const] : isSaid ? [] : Object.entries(types),
  );
  const allOf = Array.isArray(schema.allOf) ? (schema.allOf as readonly Json[]) : [];
  const others = isSaid ? { allOf: [...allOf, types] } : {};
  return withInner(inWords({ ...Object.fromEntries(members), ...others }, "oas30"), (item) =>
    isObject(item) ? definitionSchema(item) : item,
  );
}

/** swaggerSchema is a model's schema in Swagger 2.0, which has the types of JSON Schema. */
export const swaggerSchema = (schema: JsonObject): JsonObject =>
  withInner(inWords(schema, "swagger"), (item) => (isObject(item) ? swaggerSchema(item) : item));
