import { isObject, type Json, type JsonObject } from "./document.ts";
import type { ExportType } from "./export-source.ts";

/** Keywords that schemas have in Swagger 2.0, OpenAPI 3.0 and JSON Schema. */
const COMMON = [
  "$ref",
  "title",
  "description",
  "default",
  "format",
  "type",
  "enum",
  "example",
  "externalDocs",
  "xml",
  "multipleOf",
  "maximum",
  "exclusiveMaximum",
  "minimum",
  "exclusiveMinimum",
  "maxLength",
  "minLength",
  "pattern",
  "maxItems",
  "minItems",
  "uniqueItems",
  "maxProperties",
  "minProperties",
  "required",
  "items",
  "properties",
  "additionalProperties",
  "allOf",
  "discriminator",
  "readOnly",
];

const WORDS: Readonly<Record<ExportType, ReadonlySet<string>>> = {
  swagger: new Set(COMMON),
  oas30: new Set([...COMMON, "not", "oneOf", "anyOf", "nullable", "writeOnly", "deprecated"]),
};

/** Keywords of any draft of JSON Schema that one of the dialects lacks. */
const ELSEWHERE = new Set([
  "not",
  "oneOf",
  "anyOf",
  "nullable",
  "writeOnly",
  "deprecated",
  "id",
  "$id",
  "$schema",
  "$anchor",
  "$comment",
  "$defs",
  "$dynamicRef",
  "$dynamicAnchor",
  "$vocabulary",
  "definitions",
  "patternProperties",
  "additionalItems",
  "dependencies",
  "contentEncoding",
  "contentMediaType",
  "contentSchema",
  "const",
  "examples",
  "prefixItems",
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
]);

const common = new Set(COMMON);
const isKnown = (word: string) => common.has(word) || ELSEWHERE.has(word) || word.startsWith("x-");

/** Keywords whose values a dialect may not allow: they become extensions as well. */
const ASIDE = new Set([...ELSEWHERE, "items", "discriminator", "$ref"]);

/** Valid targets of references in a definition. */
const PLACES: Readonly<Record<ExportType, string>> = {
  swagger: "#/definitions/",
  oas30: "#/components/schemas/",
};

/** A discriminator is a property's name in Swagger 2.0, and an object with it in OpenAPI 3.0 and in models. */
function discriminatorIn(type: ExportType, value: Json): JsonObject {
  const given = isObject(value) ? value : { propertyName: value };
  const { propertyName: name, ...more } = given;
  if (typeof name !== "string") return { "x-discriminator": value };
  if (type === "oas30") return { discriminator: given };
  return {
    discriminator: name,
    ...(Object.keys(more).length > 0 ? { "x-discriminator": given } : {}),
  };
}

/** OpenAPI 3.0 does not allow a list of schemas, one per position, in items. */
const itemsIn = (type: ExportType, value: Json): JsonObject =>
  type === "oas30" && Array.isArray(value) ? { items: {}, "x-items": value } : { items: value };

/**
 * inWords converts a schema, without its subschemas, to the keywords of a dialect. Missing ones become extensions, so that the definition
 * is valid and keeps its meaning.
 */
export function inWords(schema: JsonObject, type: ExportType): JsonObject {
  const words = WORDS[type];
  return Object.assign(
    {},
    ...Object.entries(schema).map(([word, value]): JsonObject => {
      if (word === "discriminator") return discriminatorIn(type, value);
      if (word === "items") return itemsIn(type, value);
      const isLost = word === "$ref" && typeof value === "string" && !value.startsWith(PLACES[type]);
      if (isLost) return { "x-$ref": value };
      return { [words.has(word) || word.startsWith("x-") ? word : `x-${word}`]: value };
    }),
  ) as JsonObject;
}

/** No dialect takes a value twice. */
const withoutTwins = (values: readonly Json[]): readonly Json[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
];

const is = (type: string) => (value: Json) => typeof value === type;
const isList = (value: Json) => Array.isArray(value);
const fitting = (words: readonly string[], fits: (value: Json) => boolean) =>
  words.map((word) => [word, fits] as const);

/** What the values of words are. One that is something else says nothing, and would make a definition invalid. */
const FITS: ReadonlyMap<string, (value: Json) => boolean> = new Map([
  ...fitting(["title", "description", "format", "pattern", "$ref"], is("string")),
  ...fitting(["nullable", "deprecated", "readOnly", "writeOnly", "uniqueItems"], is("boolean")),
  ...fitting(["maximum", "minimum", "multipleOf", "maxLength", "minLength"], is("number")),
  ...fitting(["maxItems", "minItems", "maxProperties", "minProperties"], is("number")),
  ...fitting(
    ["exclusiveMaximum", "exclusiveMinimum"],
    (value) => is("boolean")(value) || is("number")(value),
  ),
  ...fitting(["enum", "required", "allOf", "anyOf", "oneOf"], isList),
  ...fitting(["properties", "patternProperties", "definitions", "xml", "externalDocs"], isObject),
]);

const isFit = (word: string, value: Json): boolean => FITS.get(word)?.(value) ?? true;

/** Whether ofWords changes a member; in most schemas it changes none. */
const isChanged = ([word, value]: readonly [string, Json]): boolean => {
  if (word.startsWith("x-")) return ASIDE.has(word.slice(2));
  if (!isFit(word, value)) return true;
  if (word === "type") return value === "file";
  return word === "enum" || (word === "discriminator" && typeof value === "string") || !isKnown(word);
};

/** The word that an extension of inWords holds the value of; undefined: it is not such an extension. */
const wordAside = (word: string): string | undefined =>
  word.startsWith("x-") && ASIDE.has(word.slice(2)) ? word.slice(2) : undefined;

/** A keyword and its value as in a model. */
function inModel(word: string, value: Json): JsonObject {
  if (word === "discriminator" && typeof value === "string") return { [word]: { propertyName: value } };
  if (word === "type" && value === "file") return { [word]: "string", format: "binary" };
  if (word === "enum" && Array.isArray(value)) return { [word]: withoutTwins(value as readonly Json[]) };
  return { [isKnown(word) && isFit(word, value) ? word : `x-${word}`]: value };
}

/**
 * ofWords is the inverse: it restores what inWords made extensions, and turns unknown keywords, and values that are
 * of another type, as extensions.
 */
export function ofWords(schema: JsonObject, misfit: (word: string) => void = () => {}): JsonObject {
  if (!Object.entries(schema).some(isChanged)) return schema;
  const members = new Map<string, Json>();
  const aside = new Map<string, Json>();
  for (const [word, value] of Object.entries(schema)) {
    const plain = wordAside(word);
    if (plain !== undefined && isFit(plain, value)) {
      aside.set(plain, value);
      continue;
    }
    if (!isFit(word, value)) misfit(word);
    for (const [name, member] of Object.entries(inModel(word, value))) members.set(name, member);
  }
  // An extension of inWords has precedence over the keyword that replaced it.
  return Object.fromEntries([...members, ...aside]);
}

/** Keywords whose members are names, or whose items are positions: the next step of a pointer is not a keyword. */
const WITH_NAMES = new Set(["properties", "patternProperties", "definitions", "$defs", "dependencies"]);
const WITH_PLACES = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const WITH_SCHEMA = new Set(["items", "not", "additionalProperties", "additionalItems"]);

/** A pointer into a schema with its keywords renamed, down to the first extension, whose content is unchanged. */
function renamed(pointer: string, rename: (word: string, next: string) => string): string {
  const parts = pointer.split("/");
  let at = 1;
  while (at < parts.length) {
    const word = parts[at] as string;
    const next = parts[at + 1] ?? "";
    const said = rename(word, next);
    parts[at] = said;
    if (said !== word) break;
    if (WITH_NAMES.has(word) || WITH_PLACES.has(word)) at += 2;
    else if (word === "items" && isPlace(next)) at += 2;
    else if (WITH_SCHEMA.has(word)) at += 1;
    else break;
  }
  return parts.join("/");
}

const isPlace = (part: string) => /^\d+$/.test(part);

/** pointerInWords converts a pointer into a schema for the result of inWords. */
export const pointerInWords = (pointer: string, type: ExportType): string =>
  renamed(pointer, (word, next) => {
    const isTuple = type === "oas30" && word === "items" && isPlace(next);
    return (WORDS[type].has(word) && !isTuple) || word.startsWith("x-") ? word : `x-${word}`;
  });

/** pointerOfWords is the inverse. */
export const pointerOfWords = (pointer: string): string =>
  renamed(pointer, (word) => wordAside(word) ?? word);
