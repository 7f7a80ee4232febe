import { isObject, type Json, type JsonObject } from "../document.ts";
import { pointerParts, valueAt } from "../json-pointer.ts";
import type { HttpImport } from "./http-import.ts";

const LOCAL = "#/";

/** The references in a part of a definition, with their places. AWS's extensions have references of their own. */
function* referencesIn(value: Json, at: readonly string[]): Generator<readonly [string, readonly string[]]> {
  if (Array.isArray(value))
    for (const [i, one] of (value as readonly Json[]).entries()) yield* referencesIn(one, [...at, String(i)]);
  if (!isObject(value)) return;
  if (typeof value.$ref === "string") yield [value.$ref, at];
  for (const [name, member] of Object.entries(value))
    if (!name.startsWith("x-")) yield* referencesIn(member, [...at, name]);
}

/** reportMissingSchemas warns of local references of an operation to what the definition has not, in AWS's words: HTTP APIs have no models, so nothing depends on them. */
export function reportMissingSchemas(
  operation: JsonObject,
  { path, method, at }: { readonly path: string; readonly method: string; readonly at: readonly string[] },
  { root, report }: HttpImport,
): void {
  for (const [reference, where] of referencesIn(operation, [])) {
    if (!reference.startsWith(LOCAL)) continue;
    if (valueAt(root, pointerParts(reference.slice(1))) !== undefined) continue;
    const steps = where.filter((step) => !step.includes("/"));
    report.add("warning", [...at, ...where], `$ref '${reference}' is missing`, {
      onAws: `Parse issue: attribute paths.'${path}'(${method}).${[...steps, reference].join(".")} is missing`,
    });
  }
}
