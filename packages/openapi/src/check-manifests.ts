import { type Manifest, type Problem, parseManifest } from "@tollgate/config";
import { API_EXTENSIONS } from "./api-extensions.ts";
import type { Json } from "./document.ts";
import type { ImportContext } from "./import-context.ts";
import { malformedIntegration } from "./import-integration.ts";
import { valueAt } from "./json-pointer.ts";
import { partOf } from "./part.ts";

const INTEGRATION = "x-amazon-apigateway-integration";

/** The place in a definition of an entity's member; members that are not listed have the same name there. */
const OF_METHOD: Readonly<Record<string, readonly string[]>> = {
  integration: [INTEGRATION],
  requestParameters: ["parameters"],
  requestModels: ["requestBody"],
  methodResponses: ["responses"],
  operationName: ["operationId"],
  authorizationType: ["security"],
  authorizationScopes: ["security"],
};

/** The place in a definition of a member of an API. */
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
  // Entities have integration responses by status, definitions by pattern.
  if (second === "integrationResponses") return [...at, ...place, "responses"];
  return [...at, ...place, ...(second === undefined ? [] : [second, ...rest])];
}

/** placeOf is the place in the definition from which a member of a manifest was made. */
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

/** A member of an integration that is an object where AWS reads text, such as a function of CloudFormation (localstack/localstack #4619). */
function malformed(manifest: Manifest, { code, member = [] }: Problem): { whole?: string } {
  const part = partOf(manifest, member);
  if (part?.kind !== "integration" || code !== "TYPE_WRONG") return {};
  const value = valueAt(manifest.spec as Json, member.map(String));
  return typeof value === "object" ? { whole: malformedIntegration(part.path) } : {};
}

/** checkManifests reports the places of a definition that cannot become an entity, such as a value out of range or a missing member. */
export function checkManifests(manifests: readonly Manifest[], context: ImportContext): void {
  for (const [i, manifest] of manifests.entries()) {
    const parsed = parseManifest(manifest, i);
    for (const problem of parsed.ok ? [] : parsed.problems) {
      const { member = [], message } = problem;
      context.report.add("error", placeOf(manifest, member.map(String), context), message, {
        problem,
        part: partOf(manifest, member),
        ...malformed(manifest, problem),
      });
    }
  }
}
