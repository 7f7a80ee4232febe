import { z } from "zod";
import type { KindDefinition } from "./define-kind.ts";
import { apiMember, type Kind, kindNames, kindRule } from "./kind.ts";

/** JsonSchema is a JSON Schema (draft 2020-12) as far as the schemas of kinds use it. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Longest value of a label. */
const LABEL_MAX = 256;

/** Members that zod adds to every integer, and that say nothing. */
const UNBOUNDED: ReadonlySet<unknown> = new Set([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);

const options = {
  io: "input",
  unrepresentable: "any",
  override: ({ jsonSchema }: { jsonSchema: JsonSchema }) => {
    if (UNBOUNDED.has(jsonSchema.maximum)) delete jsonSchema.maximum;
    if (UNBOUNDED.has(jsonSchema.minimum)) delete jsonSchema.minimum;
  },
} as const;

/** What a schema refers to by $ref, in schemas that refer to themselves. */
const referredTo = new WeakMap<JsonSchema, JsonSchema>();

function findReferred(schema: JsonSchema, defs: JsonSchema["$defs"]): void {
  const name = schema.$ref?.replace("#/$defs/", "");
  const found = name === undefined ? undefined : defs?.[name];
  if (found) referredTo.set(schema, found);
  for (const value of Object.values(schema))
    if (typeof value === "object" && value !== null) findReferred(value as JsonSchema, defs);
}

/** specSchema is the JSON Schema of what an author writes as the spec of a kind. Rules that JSON Schema cannot express are left out. */
export function specSchema(kind: Kind): JsonSchema {
  const { $schema: _draft, ...schema } = z.toJSONSchema(kindRule(kind).spec, options);
  findReferred(schema, schema.$defs);
  return schema;
}

const idOf = ({ pattern, help }: KindDefinition["id"]) =>
  z
    .string()
    .regex(pattern)
    .meta({ description: `It ${help}.` });

/** A manifest of a kind, as a schema. */
function manifestOf(kind: Kind) {
  const { about, id, parent, spec } = kindRule(kind);
  const own = idOf(id);
  return z
    .strictObject({
      kind: z.literal(kind),
      ...(parent ? { [apiMember(kind)]: idOf(parent.id) } : {}),
      id: id.make ? own.optional() : own,
      labels: z.record(z.string(), z.string().max(LABEL_MAX)).optional(),
      spec,
    })
    .meta({ title: kind, description: about });
}

/** manifestsSchema is the JSON Schema (draft 2020-12) of a manifest of one of several kinds, for editors. */
export function manifestsSchema(of: readonly Kind[] = kindNames): JsonSchema {
  const manifests = of.map(manifestOf);
  const [only] = manifests;
  return z.toJSONSchema(manifests.length === 1 && only ? only : z.union(manifests), options);
}

/** The schemas of which a value may be one; those of alternatives one by one. */
function alternativesOf(schema: JsonSchema): readonly JsonSchema[] {
  const referred = referredTo.get(schema);
  if (referred) return alternativesOf(referred);
  const choices = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])] as readonly JsonSchema[];
  return choices.length === 0 ? [schema] : choices.flatMap(alternativesOf);
}

/** SchemaMember is a member that a schema describes. */
export interface SchemaMember {
  /** * is the name of any member of a map, and any item of a list is []. */
  readonly name: string;
  /** Its schemas in the alternatives that have it. */
  readonly schemas: readonly JsonSchema[];
  readonly isRequired: boolean;
}

/** membersOf are the members of an object, the entries of a map, or the items of a list. */
export function membersOf(schemas: readonly JsonSchema[]): readonly SchemaMember[] {
  const all = schemas.flatMap(alternativesOf);
  const objects = all.filter(({ properties }) => properties !== undefined);
  const names = [...new Set(objects.flatMap(({ properties = {} }) => Object.keys(properties)))];
  const fixed = names.map((name) => ({
    name,
    schemas: distinct(
      objects.flatMap(({ properties }) => {
        const schema = properties?.[name] as JsonSchema | undefined;
        return schema ? [schema] : [];
      }),
    ),
    isRequired: objects.every(({ required }) => required?.includes(name)),
  }));
  const entries = all.flatMap(({ additionalProperties: any }) =>
    typeof any === "object" ? [any as JsonSchema] : [],
  );
  const items = all.flatMap(({ items: item }) => (typeof item === "object" ? [item as JsonSchema] : []));
  const some = (name: string, schemas: readonly JsonSchema[]) =>
    schemas.length === 0 ? [] : [{ name, schemas: distinct(schemas), isRequired: false }];
  return [...fixed, ...some("*", entries), ...some("[]", items)];
}

const distinct = (schemas: readonly JsonSchema[]): readonly JsonSchema[] => [
  ...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values(),
];

/** memberAt is a member by its path, such as methods.GET.integration.uri; names of a map's members and items of a list may be left out. */
export function memberAt(schemas: readonly JsonSchema[], path: readonly string[]): SchemaMember | undefined {
  const [name, ...rest] = path;
  const members = membersOf(schemas);
  const below = (member: SchemaMember) => (rest.length === 0 ? member : memberAt(member.schemas, rest));
  const named = members.find((one) => one.name === name);
  if (named) return below(named);
  const any = members.find((one) => one.name === "*" || one.name === "[]");
  return any && (memberAt(any.schemas, path) ?? below(any));
}

const quoted = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** What an alternative allows, in words. */
function wordsOf(schema: JsonSchema): string {
  const { type, const: only, enum: allowed, format } = schema;
  if (only !== undefined) return quoted(only);
  if (allowed) return allowed.map(quoted).join(", ");
  const least = schema.minimum ?? schema.minLength ?? schema.minItems;
  const most = schema.maximum ?? schema.maxLength ?? schema.maxItems;
  const unit = type === "string" ? " characters" : type === "array" ? " items" : "";
  const bounds =
    least === undefined
      ? most === undefined
        ? ""
        : `, at most ${most}${unit}`
      : most === undefined
        ? type === "string" && least === 1
          ? ""
          : `, at least ${least}${unit}`
        : `, ${least} to ${most}${unit}`;
  const form =
    schema.pattern === undefined ? (format === undefined ? "" : `, ${format}`) : `, /${schema.pattern}/`;
  const name = { array: "list", object: schema.properties ? "object" : "map" }[String(type)] ?? type ?? "any";
  return `${name}${bounds}${form}`;
}

/** typeOf is what a member may be, in words. */
export const typeOf = ({ schemas }: Pick<SchemaMember, "schemas">): string =>
  [...new Set(schemas.flatMap(alternativesOf).map(wordsOf))].join(" | ");

/** defaultOf is the value of a member that is left out, as JSON; undefined: none. */
export function defaultOf({ schemas }: Pick<SchemaMember, "schemas">): string | undefined {
  const values = [
    ...new Set(schemas.flatMap(({ default: value }) => (value === undefined ? [] : [JSON.stringify(value)]))),
  ];
  return values.length === 1 ? values[0] : undefined;
}
