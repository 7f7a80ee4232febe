import { z } from "zod";
import { kinds, objectAt } from "@tollgate/config";
import { importHttpApi, stableId } from "@tollgate/openapi";
import { importBody } from "../definition-body.ts";
import type { Exceptions, Members } from "../from-pascal.ts";
import { member } from "../member.ts";
import { document } from "../properties.ts";
import { type Given, resourceType } from "../resource-type.ts";
import type { DraftApi, StackDraft } from "../stack-draft.ts";
import type { TemplateResource } from "../template-resource.ts";

const own = z.object({
  basePath: z.string().optional(),
  body: document.optional(),
  bodyS3Location: z.unknown().optional(),
  credentialsArn: z.string().optional(),
  failOnWarnings: z.boolean().optional(),
  routeKey: z.string().optional(),
  target: z.string().optional(),
});
type Own = z.output<typeof own>;

/** MANAGED is the exception of what quick create marks. */
export const MANAGED = { absent: "a Target of the API creates managed parts" };

const PART = { absent: "it is a resource of the template" };

const exceptions: Exceptions = {
  authorizers: PART,
  integrations: PART,
  models: PART,
  name: { isOptional: true },
  protocolType: { isOptional: true },
  routes: PART,
};

/** The members of an HTTP API: CloudFormation allows those of WebSocket APIs, and they have no effect. */
function ofHttp(spec: Members): Members {
  const {
    apiKeySelectionExpression: _key,
    disableSchemaValidation: _validation,
    routeSelectionExpression: _route,
    ...members
  } = spec;
  return { protocolType: "HTTP", ...members };
}

/** The further parts of an API with a Target: a route, an integration and a stage with autoDeploy (AWS: quick create). */
function quickCreate(
  resource: TemplateResource,
  { target = "", routeKey = "$default", credentialsArn }: Own,
  api: DraftApi,
  draft: StackDraft,
): void {
  const id = stableId(routeKey);
  const isFunction = target.startsWith("arn:");
  const managed = { apiGatewayManaged: true };
  api.integrations[id] = {
    ...managed,
    integrationType: isFunction ? "AWS_PROXY" : "HTTP_PROXY",
    integrationUri: target,
    payloadFormatVersion: isFunction ? "2.0" : "1.0",
    ...(isFunction && credentialsArn !== undefined ? { credentialsArn } : {}),
  };
  api.routes[id] = { ...managed, routeKey, target: `integrations/${id}` };
  draft.put(
    { kind: "ApiStage", apiId: resource.stableId, id: "$default", spec: { ...managed, autoDeploy: true } },
    resource,
  );
}

function emit({ resource, spec: given, own: properties }: Given<Own>, draft: StackDraft): void {
  const imported = importBody(resource, properties, draft, importHttpApi);
  const isWebSocket = String(given.protocolType).toUpperCase() === "WEBSOCKET";
  const { body, bodyS3Location: bucket } = properties;
  if (given.name === undefined && body === undefined && bucket === undefined)
    draft.findings.add("error", [...resource.at, "Properties"], "has neither a Name nor a Body");
  const parts = { authorizers: {}, integrations: {}, routes: {} };
  const spec = {
    name: resource.logicalId,
    ...parts,
    ...(isWebSocket ? { models: {} } : {}),
    ...imported?.manifest.spec,
    ...(isWebSocket ? { ...given, protocolType: "WEBSOCKET" } : ofHttp(given)),
  };
  draft.put({ kind: "Api", id: resource.stableId, spec }, resource);
  if (properties.target !== undefined) quickCreate(resource, properties, spec as unknown as DraftApi, draft);
}

const endpoint = (resource: TemplateResource, { stack }: StackDraft): string => {
  const scheme = resource.property("ProtocolType") === "WEBSOCKET" ? "wss" : "https";
  return `${scheme}://${resource.stableId}.execute-api.${stack.region}.amazonaws.com`;
};

/** AWS::ApiGatewayV2::Api. */
export const api = resourceType({
  spec: objectAt(kinds.Api.spec),
  own,
  exceptions,
  ref: ({ stableId: id }) => id,
  attributes: { ApiId: ({ stableId: id }) => id, ApiEndpoint: endpoint },
  emit,
});

/** ownHttpApi is an API of this stack; if there is none, that is a finding, because nothing is added to other APIs. */
export function ownHttpApi(
  resource: TemplateResource,
  apiId: string,
  draft: StackDraft,
): DraftApi | undefined {
  const found = draft.httpApi(apiId);
  if (!found)
    draft.findings.add(
      "error",
      [...resource.at, "Properties", "ApiId"],
      `'${apiId}' is not an API of this template: the parts of an API must be in its template`,
    );
  return found;
}

/** The owner of responses: its list, its name in messages, and where its responses are. */
const PARTS = {
  route: { list: "routes", property: "RouteId", responses: "routeResponses" },
  integration: { list: "integrations", property: "IntegrationId", responses: "integrationResponses" },
} as const;

/** addResponse adds a response to a route or an integration of an API; if that is not in this template, it is a finding. */
export function addResponse(
  { resource, spec, own: { apiId } }: Given<{ readonly apiId: string }>,
  part: "route" | "integration",
  id: string,
  draft: StackDraft,
): void {
  const { list, property, responses } = PARTS[part];
  const parts = ownHttpApi(resource, apiId, draft)?.[list];
  const to = member(parts, id);
  if (to) to[responses] = { ...(to[responses] as object | undefined), [resource.stableId]: spec };
  else if (parts)
    draft.findings.add(
      "error",
      [...resource.at, "Properties", property],
      `this API has no ${part} '${id}' in this template`,
    );
}
