import type { ErrorObject } from "ajv";

type Params = Readonly<Record<string, unknown>>;

const list = (value: unknown) => JSON.stringify(Array.isArray(value) ? value : [value]);
const textOf = (error: ErrorObject) => JSON.stringify(error.data);
const typeOf = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
};
const sizeOf = (value: unknown) =>
  Array.isArray(value) ? value.length : Object.keys(value as object).length;

/** Texts of the validator that API Gateway runs (json-schema-validator for Java), by JSON Schema keyword. */
const wordings: Readonly<Record<string, (params: Params, error: ErrorObject) => string>> = {
  type: ({ type }, error) =>
    `instance type (${typeOf(error.data)}) does not match any allowed primitive type (allowed: ${list(type)})`,
  enum: ({ allowedValues }, error) =>
    `instance value (${textOf(error)}) not found in enum (possible values: ${list(allowedValues)})`,
  minimum: ({ limit, comparison }, error) =>
    comparison === ">"
      ? `numeric instance is not strictly greater than the required minimum ${limit}`
      : `numeric instance is lower than the required minimum (minimum: ${limit}, found: ${textOf(error)})`,
  maximum: ({ limit, comparison }, error) =>
    comparison === "<"
      ? `numeric instance is not strictly lower than the required maximum ${limit}`
      : `numeric instance is greater than the required maximum (maximum: ${limit}, found: ${textOf(error)})`,
  multipleOf: ({ multipleOf }, error) =>
    `remainder of division is not zero (${textOf(error)} / ${multipleOf})`,
  minLength: ({ limit }, error) =>
    `string ${textOf(error)} is too short (length: ${String(error.data).length}, required minimum: ${limit})`,
  maxLength: ({ limit }, error) =>
    `string ${textOf(error)} is too long (length: ${String(error.data).length}, maximum allowed: ${limit})`,
  pattern: ({ pattern }, error) => `ECMA 262 regex "${pattern}" does not match input string ${textOf(error)}`,
  format: ({ format }, error) => `string ${textOf(error)} is invalid against requested format ${format}`,
  minItems: ({ limit }, error) =>
    `array is too short: must have at least ${limit} elements but instance has ${sizeOf(error.data)} elements`,
  maxItems: ({ limit }, error) =>
    `array is too long: must have at most ${limit} elements but instance has ${sizeOf(error.data)} elements`,
  uniqueItems: () => "array must not contain duplicate elements",
  minProperties: ({ limit }, error) =>
    `object has too few properties (found ${sizeOf(error.data)} but schema requires at least ${limit})`,
  maxProperties: ({ limit }, error) =>
    `object has too many properties (found ${sizeOf(error.data)} but schema requires at most ${limit})`,
  oneOf: ({ passingSchemas }, error) =>
    `instance failed to match exactly one schema (matched ${Array.isArray(passingSchemas) ? passingSchemas.length : 0} out of ${sizeOf(error.schema)})`,
  anyOf: (_params, error) =>
    `instance failed to match at least one required schema among ${sizeOf(error.schema)}`,
  not: () => "instance matched a schema which it should not have",
};

/** Errors that name one member each and are reported as one: by keyword, the parameter that names it and the text. */
const grouped: Readonly<Record<string, readonly [parameter: string, text: string]>> = {
  required: ["missingProperty", "object has missing required properties"],
  additionalProperties: [
    "additionalProperty",
    "object instance has properties which are not allowed by the schema:",
  ],
};

/** describeErrors words what is wrong with a body as $context.error.validationErrorString does: "[text, text]". */
export function describeErrors(errors: readonly ErrorObject[]): string {
  const found: string[] = [];
  const groups = new Map<string, { position: number; text: string; parentheses: boolean; names: string[] }>();
  for (const error of errors) {
    const group = grouped[error.keyword];
    if (!group) {
      found.push(
        wordings[error.keyword]?.(error.params as Params, error) ?? (error.message || error.keyword),
      );
      continue;
    }
    const key = `${error.keyword} ${error.instancePath} ${error.schemaPath}`;
    const name = String((error.params as Params)[group[0]]);
    const known = groups.get(key);
    if (known) known.names.push(name);
    else {
      groups.set(key, {
        position: found.length,
        text: group[1],
        parentheses: error.keyword === "required",
        names: [name],
      });
      found.push("");
    }
  }
  for (const { position, text, parentheses, names } of groups.values()) {
    const all = JSON.stringify(names.sort());
    found[position] = parentheses ? `${text} (${all})` : `${text} ${all}`;
  }
  return `[${found.join(", ")}]`;
}
