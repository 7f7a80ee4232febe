import { importHttpApi, stableId } from "@tollgate/openapi";
import { z } from "zod";
import { importBody } from "../definition-body.ts";
import { compact, flag, json, number, tagMap, text, texts } from "../properties.ts";
import { resourceType, type TemplateResource } from "../resource-type.ts";
import type { DraftApi, StackDraft } from "../stack-draft.ts";

const cors = z.strictObject({
  AllowCredentials: flag.optional(),
  AllowHeaders: texts.optional(),
  AllowMethods: texts.optional(),
  AllowOrigins: texts.optional(),
  ExposeHeaders: texts.optional(),
  MaxAge: number.optional(),
});

const properties = z.strictObject({
  ApiKeySelectionExpression: text.optional(),
  BasePath: text.optional(),
  Body: json.optional(),
  BodyS3Location: z.unknown().optional(),
  CorsConfiguration: cors.optional(),
  CredentialsArn: text.optional(),
  Description: text.optional(),
  DisableExecuteApiEndpoint: flag.optional(),
  DisableSchemaValidation: flag.optional(),
  FailOnWarnings: flag.optional(),
  IpAddressType: text.optional(),
  Name: text.optional(),
  ProtocolType: text.optional(),
  RouteKey: text.optional(),
  RouteSelectionExpression: text.optional(),
  Tags: tagMap.optional(),
  Target: text.optional(),
  Version: text.optional(),
});
type ApiProperties = z.output<typeof properties>;

const corsOf = (given: z.output<typeof cors> | undefined) =>
  given &&
  compact({
    allowCredentials: given.AllowCredentials,
    allowHeaders: given.AllowHeaders,
    allowMethods: given.AllowMethods,
    allowOrigins: given.AllowOrigins,
    exposeHeaders: given.ExposeHeaders,
    maxAge: given.MaxAge,
  });

/** What an API of a Target is made of besides: a route, an integration and a stage that deploys itself (AWS: quick create). */
function quickCreate(
  resource: TemplateResource,
  { Target: target = "", RouteKey: routeKey = "$default", CredentialsArn: credentialsArn }: ApiProperties,
  api: DraftApi,
  draft: StackDraft,
): void {
  const id = stableId(routeKey);
  const isFunction = target.startsWith("arn:");
  api.integrations[id] = compact({
    integrationType: isFunction ? "AWS_PROXY" : "HTTP_PROXY",
    integrationUri: target,
    credentialsArn: isFunction ? credentialsArn : undefined,
    payloadFormatVersion: isFunction ? "2.0" : "1.0",
  });
  api.routes[id] = { routeKey, target: `integrations/${id}` };
  draft.put(
    { kind: "ApiStage", apiId: resource.stableId, id: "$default", spec: { autoDeploy: true } },
    resource,
  );
}

function emit(resource: TemplateResource, given: ApiProperties, draft: StackDraft): void {
  const imported = importBody(resource, { ...given, basePath: given.BasePath }, draft, importHttpApi);
  const isWebSocket = given.ProtocolType?.toUpperCase() === "WEBSOCKET";
  const { Name: name, Body: body, BodyS3Location: bucket } = given;
  if (name === undefined && body === undefined && bucket === undefined)
    draft.findings.add("error", [...resource.at, "Properties"], "has neither a Name nor a Body");
  if (isWebSocket)
    draft.findings.add(
      "warning",
      [...resource.at, "Properties", "ProtocolType"],
      "WebSocket APIs are kept, and not served yet",
    );
  const spec = {
    ...(isWebSocket ? { models: {} } : {}),
    ...{ authorizers: {}, integrations: {}, routes: {} },
    ...imported?.manifest.spec,
    ...compact({
      protocolType: isWebSocket ? "WEBSOCKET" : (given.ProtocolType ?? "HTTP"),
      name: name ?? (imported ? undefined : resource.logicalId),
      description: given.Description,
      version: given.Version,
      corsConfiguration: corsOf(given.CorsConfiguration),
      disableExecuteApiEndpoint: given.DisableExecuteApiEndpoint,
      ipAddressType: given.IpAddressType,
      tags: given.Tags,
      ...(isWebSocket
        ? {
            routeSelectionExpression: given.RouteSelectionExpression,
            apiKeySelectionExpression: given.ApiKeySelectionExpression,
            disableSchemaValidation: given.DisableSchemaValidation,
          }
        : {}),
    }),
  };
  draft.put({ kind: "Api", id: resource.stableId, spec }, resource);
  if (given.Target !== undefined) quickCreate(resource, given, spec as unknown as DraftApi, draft);
}

const endpoint = (resource: TemplateResource, { stack }: StackDraft): string => {
  const scheme = resource.property("ProtocolType") === "WEBSOCKET" ? "wss" : "https";
  return `${scheme}://${resource.stableId}.execute-api.${stack.region}.amazonaws.com`;
};

/** AWS::ApiGatewayV2::Api. */
export const api = resourceType<ApiProperties>({
  properties,
  ref: ({ stableId: id }) => id,
  attributes: { ApiId: ({ stableId: id }) => id, ApiEndpoint: endpoint },
  emit,
});

/** ownHttpApi is an API of this stack; where it is not, that is a finding: others are not added to. */
export function ownHttpApi(
  resource: TemplateResource,
  apiId: string,
  draft: StackDraft,
): DraftApi | undefined {
  const own = draft.httpApi(apiId);
  if (!own)
    draft.findings.add(
      "error",
      [...resource.at, "Properties", "ApiId"],
      `'${apiId}' is no API of this template: what belongs to an API stands in its template`,
    );
  return own;
}
