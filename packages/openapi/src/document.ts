import { DefinitionError, type DefinitionSource } from "./definition-source.ts";
import { jsonSource } from "./json-source.ts";
import { yamlSource } from "./yaml-source.ts";

/** Largest definition that AWS imports (API Gateway quotas). */
const DEFINITION_MAX_BYTES = 6 * 1024 * 1024;

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** orAbsent turns an empty map into undefined. */
export const orAbsent = <T extends object>(value: T): T | undefined =>
  Object.keys(value).length > 0 ? value : undefined;

/** compact removes undefined members. */
export const compact = (members: Readonly<Record<string, Json | undefined>>): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

/** DefinitionDocument is a parsed definition that knows the line of every member. */
export interface DefinitionDocument extends DefinitionSource {
  readonly root: JsonObject;
}

/** parseDefinition reads JSON or YAML of at most maxBytes. Throws DefinitionError with the line of the first error. */
export function parseDefinition(text: string, maxBytes = DEFINITION_MAX_BYTES): DefinitionDocument {
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > maxBytes)
    throw new DefinitionError(`the definition has ${sizeBytes} bytes; the limit is ${maxBytes}`);
  const source = /^\uFEFF?\s*\{\s*["}]/.test(text) ? jsonSource(text) : yamlSource(text);
  const { root } = source;
  if (!isObject(root))
    throw new DefinitionError("the definition must be an object with 'openapi', 'info' and 'paths'");
  return { root, lineOf: (path) => source.lineOf(path) };
}

/** isDefinition reports whether a file is meant to be a definition, even if it is not valid. */
export function isDefinition(text: string): boolean {
  if (!/^\uFEFF?\s*\{/.test(text)) return /^["']?(openapi|swagger)["']?\s*:/m.test(text);
  try {
    const root: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return isObject(root) && ("openapi" in root || "swagger" in root);
  } catch {
    return /"(openapi|swagger)"\s*:\s*"[0-9]/.test(text);
  }
}
