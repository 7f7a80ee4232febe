import { digestOf, isBuiltInModel, type Manifest } from "@tollgate/config";
import { isObject, type Json, type JsonObject } from "./document.ts";
import { type ImportContext, madeOf, resolve } from "./import-context.ts";
import { pointerOf, pointerParts, valueAt } from "./json-pointer.ts";
import { modelSchema } from "./schema-dialect.ts";
import { pointerOfWords } from "./schema-words.ts";

const SCHEMA_REFERENCE = /^#\/components\/schemas\/([^/]+)(\/.*)?$/;
const NAME_MAX_CHARS = 255;

/** The named schemas of a definition. */
function schemasOf(root: JsonObject): JsonObject {
  const components = isObject(root.components) ? root.components : {};
  return isObject(components.schemas) ? components.schemas : {};
}

/** modelNamesOf gives each named schema the name of its model: alphanumeric, as AWS requires, and unique. */
export function modelNamesOf(root: JsonObject): ReadonlyMap<string, string> {
  const schemas = Object.keys(schemasOf(root));
  const plain = (name: string) =>
    name.replaceAll(/[^A-Za-z0-9]/g, "").slice(0, NAME_MAX_CHARS - 6) || "Model";
  const names = new Map(schemas.filter((name) => name === plain(name)).map((name) => [name, name]));
  const taken = new Set(names.values());
  for (const schema of schemas) {
    if (names.has(schema)) continue;
    const name = plain(schema);
    let own = name;
    for (let i = 2; taken.has(own); i++) own = `${name}${i}`;
    taken.add(own);
    names.set(schema, own);
  }
  return names;
}

/** The URL of a model, or of a place in it. */
const urlOf = (model: string, at: string, { options }: ImportContext): string =>
  `https://apigateway.amazonaws.com/restapis/${options.apiId}/models/${model}${at === "" ? "" : `#${at}`}`;

/** The place of an inline schema, and the place within it: "schema" is the member of bodies that contains one. */
function placeOf(ref: string): { place: readonly string[]; rest: string } | undefined {
  if (!ref.startsWith("#/")) return undefined;
  const parts = pointerParts(ref.slice(1));
  const at = parts.indexOf("schema", parts.indexOf("content") + 1);
  return at < 0
    ? undefined
    : { place: parts.slice(0, at + 1), rest: pointerOf(parts.slice(at + 1)).replace(/^\/$/, "") };
}

/** placedModel is the model of an inline schema that another one refers to; undefined: there is none. */
function placedModel(place: readonly string[], context: ImportContext): string | undefined {
  const { root, models } = context;
  const key = pointerOf(place);
  const known = models.placed.get(key);
  const schema = valueAt(root, place);
  if (known !== undefined || !isObject(schema)) return known;
  const name = `MODEL${digestOf(key).slice(0, 8)}`;
  // Recorded before its JSON is created, which may refer to it.
  models.placed.set(key, name);
  models.inline.set(
    name,
    madeOf(place, manifest(name, linkedSchema(schema, place, context), context), context),
  );
  return name;
}

/** The target of a schema's reference in its model: the schema itself or another model. A reference to neither is reported. */
function linkOf(ref: string, at: readonly string[], context: ImportContext): string {
  const { report, models } = context;
  const [, name = "", given = ""] = SCHEMA_REFERENCE.exec(ref) ?? [];
  const rest = pointerOfWords(given);
  const schemaName = pointerParts(name)[0] ?? "";
  const model = models.names.get(schemaName);
  if (model !== undefined)
    return rest !== "" && at[1] === "schemas" && at[2] === schemaName
      ? `#${rest}`
      : urlOf(model, rest, context);
  const placed = placeOf(ref);
  if (placed) {
    if (pointerOf(placed.place) === pointerOf(at)) return `#${placed.rest}`;
    const other = placedModel(placed.place, context);
    if (other !== undefined) return urlOf(other, placed.rest, context);
  }
  // Within the schema itself, or AWS's own form of a link.
  if (!ref.startsWith("#/components/") && (ref.startsWith("#") || ref.startsWith("https://apigateway.")))
    return ref;
  report.addOnce(
    "warning",
    at,
    `$ref '${ref}' does not refer to a schema of this definition: the model cannot be used for validation`,
    { onAws: `Reference to model '${pointerParts(ref).at(-1) ?? ref}' not found. Ignoring.` },
  );
  return ref;
}

/** linkedSchema is the JSON of a model's schema; its references are the AWS URLs of models. */
function linkedSchema(schema: Json, at: readonly string[], context: ImportContext): string {
  const { report, isNewer } = context;
  const link = (ref: string) => linkOf(ref, at, context);
  const leftOut = (member: string) =>
    report.addOnce(
      "warning",
      at,
      `'${member}' does not exist in JSON Schema draft 4, the language of models, and was left out`,
    );
  const misfit = (member: string) =>
    report.addOnce(
      "warning",
      at,
      `'${member}' has a value of the wrong type: it is stored as 'x-${member}' and has no effect`,
    );
  return JSON.stringify(modelSchema(schema, { link, isNewer, leftOut, misfit }));
}

const manifest = (name: string, schema: string, { options }: ImportContext): Manifest => ({
  kind: "Model",
  apiId: options.apiId,
  id: name,
  spec: { schema },
});

/** As on AWS, the description of a named schema is the model's as well. */
const describedAs = (model: Manifest, description: string): Manifest => ({
  ...model,
  spec: { ...(model.spec as object), description },
});

/** importModels makes a model of every named schema. */
export function importModels(context: ImportContext): Manifest[] {
  const { root, report, models } = context;
  return Object.entries(schemasOf(root)).flatMap(([schemaName, schema]) => {
    const at = ["components", "schemas", schemaName];
    if (!isObject(schema) && typeof schema !== "boolean") {
      report.add("error", at, "must be a schema object");
      return [];
    }
    const name = models.names.get(schemaName) as string;
    if (name !== schemaName)
      report.add("info", at, `the model is renamed to '${name}': model names must be alphanumeric`);
    const made = manifest(name, linkedSchema(schema, at, context), context);
    const description = isObject(schema) ? schema.description : undefined;
    return [madeOf(at, typeof description === "string" ? describedAs(made, description) : made, context)];
  });
}

/** An inline schema becomes a model whose name is made from its content, as on AWS. */
function inlineModel(schema: Json, at: readonly string[], context: ImportContext): string {
  const text = linkedSchema(schema, at, context);
  const name = `MODEL${digestOf(text).slice(0, 8)}`;
  if (!context.models.inline.has(name))
    context.models.inline.set(name, madeOf(at, manifest(name, text, context), context));
  return name;
}

/** Reports a reference to a schema that the definition does not have. As on AWS, the body then has no model. */
function reportMissing(ref: string, at: readonly string[], { root, report }: ImportContext): boolean {
  const parts = pointerParts(ref.slice(ref.indexOf("#") + 1));
  if (ref.startsWith("#/") && valueAt(root, parts) !== undefined) return false;
  report.add(
    "warning",
    at,
    `$ref '${ref}' does not refer to a schema of this definition: the body has no model`,
    {
      onAws: `Reference to model '${parts.at(-1) ?? ref}' not found. Ignoring.`,
    },
  );
  return true;
}

/** modelsOf are the models of a content map by media type. */
export function modelsOf(
  content: Json | undefined,
  at: readonly string[],
  context: ImportContext,
): Record<string, string> {
  const models: Record<string, string> = {};
  for (const [mediaType, value] of Object.entries(isObject(content) ? content : {})) {
    const schema = isObject(value) ? value.schema : undefined;
    if (!isObject(schema)) continue;
    const where = [...at, mediaType, "schema"];
    const [, name = "", rest] =
      typeof schema.$ref === "string" ? (SCHEMA_REFERENCE.exec(schema.$ref) ?? []) : [];
    const schemaName = pointerParts(name)[0] ?? "";
    const named =
      rest === undefined
        ? (context.models.names.get(schemaName) ?? (isBuiltInModel(schemaName) ? schemaName : undefined))
        : undefined;
    if (named === undefined && typeof schema.$ref === "string") {
      if (reportMissing(schema.$ref, where, context) || resolve(schema, where, context) === undefined)
        continue;
    }
    models[mediaType] = named ?? inlineModel(schema, where, context);
  }
  return models;
}

/** requestModelsOf are the models of an operation's body by media type. */
export function requestModelsOf(
  operation: JsonObject,
  at: readonly string[],
  context: ImportContext,
): Record<string, string> {
  const where = [...at, "requestBody"];
  const body =
    operation.requestBody === undefined ? undefined : resolve(operation.requestBody, where, context);
  return modelsOf(isObject(body) ? body.content : undefined, [...where, "content"], context);
}
