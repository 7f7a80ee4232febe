import { parseManifest, type Manifest } from "@tollgate/config";
import { API_EXTENSIONS } from "./api-extensions.ts";
import type { ImportContext } from "./import-context.ts";

const INTEGRATION = "x-amazon-apigateway-integration";

/** Where what an entity's member is made of stands in a definition; the member's own name where it is not here. */
const OF_METHOD: Readonly<Record<string, readonly string[]>> = {
  integration: [INTEGRATION],
  requestParameters: ["parameters"],
  requestModels: ["requestBody"],
  methodResponses: ["responses"],
  operationName: ["operationId"],
  authorizationType: ["security"],
  authorizationScopes: ["security"],
};

/** Where what a member of an API is made of is in a definition. */
function placeInApi(member: string): readonly string[] {
  const extension = API_EXTENSIONS.get(member);
  if (extension !== undefined) return [extension];
  return member === "name" ? ["info", "title"] : ["info"];
}

function placeInMethod(method: object, member: readonly string[], context: ImportContext): readonly string[] {
  const [first, second, ...rest] = member;
  const at = context.origins.get(method) ?? ["paths"];
  if (first === undefined) return at;
  const place = OF_METHOD[first] ?? [first];
  if (first !== "integration") return [...at, ...place, ...member.slice(1)];
  // Integration responses are found by their status, and written by their pattern.
  if (second === "integrationResponses") return [...at, ...place, "responses"];
  return [...at, ...place, ...(second === undefined ? [] : [second, ...rest])];
}

/** placeOf is where what a member of a manifest is made of stands in the definition. */
export function placeOf(
  manifest: Manifest,
  member: readonly string[],
  context: ImportContext,
): readonly string[] {
  const [first = "", second = "", ...rest] = member;
  if (manifest.kind === "RestApi") return placeInApi(first);
  if (manifest.kind === "Resource") {
    const { methods } = manifest.spec as { readonly methods: Readonly<Record<string, object>> };
    const method = first === "methods" ? methods[second] : undefined;
    if (method) return placeInMethod(method, rest, context);
  }
  return [...(context.origins.get(manifest) ?? []), ...member];
}

/** checkManifests tells where the definition has what cannot be an entity: a value out of range, a member that is missing. */
export function checkManifests(manifests: readonly Manifest[], context: ImportContext): void {
  for (const [i, manifest] of manifests.entries()) {
    const parsed = parseManifest(manifest, i);
    for (const { member = [], message } of parsed.ok ? [] : parsed.problems)
      context.report.add("error", placeOf(manifest, member.map(String), context), message);
  }
}
