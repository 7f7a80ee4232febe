import { isNestedDeeper } from "@tollgate/config";

/** Deeper schemas are not walked here: they are refused when they are deployed. */
const LEVELS_MAX = 200;

/** A reference that AWS reads in a model: a place in its own schema, or the URL of a model. */
const CANONICAL = /^(#.*|https:\/\/apigateway\.[^/]+\/restapis\/[^/]+\/models\/[^/]+)?$/;

/** Members whose values are data, and members whose values are schemas by names. */
const DATA = new Set(["default", "enum", "example", "examples"]);
const NAMED = new Set(["definitions", "dependencies", "patternProperties", "properties"]);

function* referencesIn(schema: unknown): Generator<string> {
  if (Array.isArray(schema)) for (const one of schema) yield* referencesIn(one);
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return;
  for (const [member, value] of Object.entries(schema) as [string, unknown][]) {
    if (DATA.has(member)) continue;
    if (member === "$ref" && typeof value === "string") yield value;
    else if (NAMED.has(member) && typeof value === "object" && value !== null)
      for (const one of Object.values(value)) yield* referencesIn(one);
    else yield* referencesIn(value);
  }
}

const errorsOf = (ref: string): readonly string[] => [
  ...(URL.canParse(ref) ? [] : ["Invalid model schema specified"]),
  "Model reference must be in canonical form",
];

/**
 * wrongReferences is AWS's sentence for a model that refers to what is neither its own nor a model (quoted in dod-ccpo/atat-web-api #350 and
 * Dropsource/serverless-todo-api-example-complete #3). A schema that is not JSON has none.
 */
export function wrongReferences(schema: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(schema);
  } catch {
    return undefined;
  }
  if (isNestedDeeper(parsed, LEVELS_MAX)) return undefined;
  for (const ref of referencesIn(parsed))
    if (!CANONICAL.test(ref))
      return `Invalid model specified: Validation Result: warnings : [], errors : [${errorsOf(ref).join(", ")}]`;
  return undefined;
}
