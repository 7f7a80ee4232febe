import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import {
  type DocumentedPart,
  importOpenApi,
  type Json,
  nameOfLocation,
  partManifests,
  stableId,
} from "@tollgate/openapi";
import { importBody } from "../definition-body.ts";
import type { Exceptions, Members } from "../from-pascal.ts";
import { document, NOT_ON_AWS, tagList } from "../properties.ts";
import { type Given, resourceType } from "../resource-type.ts";
import type { StackDraft } from "../stack-draft.ts";
import type { TemplateResource } from "../template-resource.ts";

const own = z.object({
  body: document.optional(),
  bodyS3Location: z.unknown().optional(),
  cloneFrom: z.string().optional(),
  failOnWarnings: z.boolean().optional(),
  mode: z.enum(["overwrite", "merge"]).optional(),
  parameters: z.record(z.string(), z.string()).optional(),
});
type Own = z.output<typeof own>;

const escaped = (given: Json): Json => (typeof given === "string" ? given.replaceAll("~1", "/") : given);

const exceptions: Exceptions = {
  apiKeySource: { property: "ApiKeySourceType" },
  // Media types are escaped, as in paths of patches.
  binaryMediaTypes: {
    read: (given) => (Array.isArray(given) ? (given as readonly Json[]).map(escaped) : escaped(given)),
  },
  "endpointConfiguration.types": { standard: ["EDGE"] },
  name: { isOptional: true },
  tags: tagList,
  version: { absent: NOT_ON_AWS },
};

/** Other APIs cannot be read here. */
function checkSources(resource: TemplateResource, given: Own, { findings }: StackDraft): void {
  const at = (name: string) => [...resource.at, "Properties", name];
  if (given.cloneFrom !== undefined)
    findings.add("error", at("CloneFrom"), "an API cannot be cloned: export it, and put it into Body");
}

/** How an API can be reached if a parameter of the import says so and not its own property. */
function imported({ parameters }: Own): Members {
  const type = parameters?.endpointConfigurationTypes;
  return type === undefined ? {} : { endpointConfiguration: { types: [type] } };
}

/** An empty policy is none: the Serverless Framework writes it. */
const withoutEmptyPolicy = (spec: Members): Members =>
  Object.fromEntries(Object.entries(spec).filter(([name, value]) => name !== "policy" || value !== ""));

function emit({ resource, spec, own: given }: Given<Own>, draft: StackDraft): void {
  checkSources(resource, given, draft);
  const apiId = resource.stableId;
  const outcome = importBody(
    resource,
    { ...given, basePath: given.parameters?.basepath },
    draft,
    importOpenApi,
  );
  const [api, ...parts] = outcome?.manifests ?? [];
  if (spec.name === undefined && given.body === undefined && given.bodyS3Location === undefined)
    draft.findings.add("error", [...resource.at, "Properties"], "has neither a Name nor a Body");
  const whole = {
    name: resource.logicalId,
    ...(api?.spec as object | undefined),
    ...imported(given),
    ...withoutEmptyPolicy(spec),
  };
  draft.put({ kind: "RestApi", id: apiId, spec: whole }, resource);
  for (const manifest of parts) draft.put({ ...manifest, id: manifest.id ?? "" }, resource);
  for (const part of outcome ? partManifests([], apiId, outcome.documentation) : [])
    draft.put({ ...part, id: stableId(nameOfLocation((part.spec as DocumentedPart).location)) }, resource);
}

/** AWS::ApiGateway::RestApi. */
export const restApi = resourceType({
  spec: objectAt(kinds.RestApi.spec),
  own,
  exceptions,
  ref: ({ stableId: id }) => id,
  attributes: {
    RestApiId: ({ stableId: id }) => id,
    RootResourceId: ({ stableId: id }, draft) => draft.namePath(id, "/"),
  },
  emit,
});

/** ownApi reports whether an API belongs to this stack: nothing is added to others. */
export function ownApi(resource: TemplateResource, apiId: string, draft: StackDraft): boolean {
  if (draft.hasApi(apiId)) return true;
  draft.findings.add(
    "error",
    [...resource.at, "Properties", "RestApiId"],
    `'${apiId}' is not an API of this template: the parts of an API must be in its template`,
  );
  return false;
}
