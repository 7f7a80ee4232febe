import { parseManifest, type Manifest } from "@tollgate/config";
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
const OF_API: Readonly<Record<string, readonly string[]>> = {
  name: ["info", "title"],
  policy: ["x-amazon-apigateway-policy"],
  minimumCompressionSize: ["x-amazon-apigateway-minimum-compression-size"],
  binaryMediaTypes: ["x-amazon-apigateway-binary-media-types"],
  apiKeySource: ["x-amazon-apigateway-api-key-source"],
};

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
  if (manifest.kind === "RestApi") return OF_API[first] ?? ["info"];
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
