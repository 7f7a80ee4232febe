import {
  importOpenApi,
  nameOfLocation,
  partManifests,
  stableId,
  type DocumentedPart,
} from "@tollgate/openapi";
import { z } from "zod";
import { importBody } from "../definition-body.ts";
import { compact, flag, json, number, tags, text, textMap, texts } from "../properties.ts";
import { resourceType, type TemplateResource } from "../resource-type.ts";
import type { StackDraft } from "../stack-draft.ts";

const properties = z.strictObject({
  ApiKeySourceType: text.optional(),
  BinaryMediaTypes: texts.optional(),
  Body: json.optional(),
  BodyS3Location: z.unknown().optional(),
  CloneFrom: text.optional(),
  Description: text.optional(),
  DisableExecuteApiEndpoint: flag.optional(),
  EndpointAccessMode: text.optional(),
  EndpointConfiguration: z
    .strictObject({
      Types: texts.optional(),
      VpcEndpointIds: texts.optional(),
      IpAddressType: text.optional(),
    })
    .optional(),
  FailOnWarnings: flag.optional(),
  MinimumCompressionSize: number.optional(),
  Mode: z.enum(["overwrite", "merge"]).optional(),
  Name: text.optional(),
  Parameters: textMap.optional(),
  Policy: json.optional(),
  SecurityPolicy: text.optional(),
  Tags: tags.optional(),
});
type RestApiProperties = z.output<typeof properties>;

/** What is in another API is not at hand. */
function checkSources(resource: TemplateResource, given: RestApiProperties, { findings }: StackDraft): void {
  const at = (name: string) => [...resource.at, "Properties", name];
  if (given.CloneFrom !== undefined)
    findings.add("error", at("CloneFrom"), "an API cannot be cloned: export it, and write it into Body");
  for (const name of ["SecurityPolicy", "EndpointAccessMode"] as const)
    if (given[name] !== undefined)
      findings.add("info", at(name), "has no effect: TLS is ended in front of the gateway");
}

/** Where an API is reached: as it is written, or by the import's parameter. */
function endpointOf({ EndpointConfiguration: given, Parameters: parameters }: RestApiProperties) {
  const type = parameters?.endpointConfigurationTypes;
  if (given === undefined) return type === undefined ? undefined : { types: [type] };
  return compact({
    types: given.Types ?? ["EDGE"],
    vpcEndpointIds: given.VpcEndpointIds,
    ipAddressType: given.IpAddressType,
  });
}

function emit(resource: TemplateResource, given: RestApiProperties, draft: StackDraft): void {
  checkSources(resource, given, draft);
  const apiId = resource.stableId;
  const outcome = importBody(
    resource,
    { ...given, basePath: given.Parameters?.basepath },
    draft,
    importOpenApi,
  );
  const [api, ...parts] = outcome?.manifests ?? [];
  if (given.Name === undefined && given.Body === undefined && given.BodyS3Location === undefined)
    draft.findings.add("error", [...resource.at, "Properties"], "has neither a Name nor a Body");
  const policy = given.Policy;
  draft.put(
    {
      kind: "RestApi",
      id: apiId,
      spec: {
        ...(api?.spec as object | undefined),
        ...compact({
          name: given.Name,
          description: given.Description,
          apiKeySource: given.ApiKeySourceType,
          binaryMediaTypes: given.BinaryMediaTypes?.map((type) => type.replaceAll("~1", "/")),
          endpointConfiguration: endpointOf(given),
          minimumCompressionSize: given.MinimumCompressionSize,
          policy,
          disableExecuteApiEndpoint: given.DisableExecuteApiEndpoint,
          tags: given.Tags,
        }),
        ...(given.Name === undefined && api === undefined ? { name: resource.logicalId } : {}),
      },
    },
    resource,
  );
  for (const manifest of parts) draft.put({ ...manifest, id: manifest.id ?? "" }, resource);
  for (const part of outcome ? partManifests([], apiId, outcome.documentation) : [])
    draft.put({ ...part, id: stableId(nameOfLocation((part.spec as DocumentedPart).location)) }, resource);
}

/** AWS::ApiGateway::RestApi. */
export const restApi = resourceType<RestApiProperties>({
  properties,
  ref: ({ stableId }) => stableId,
  attributes: {
    RestApiId: ({ stableId }) => stableId,
    RootResourceId: ({ stableId }, draft) => draft.namePath(stableId, "/"),
  },
  emit,
});
