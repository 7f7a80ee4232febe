import { pathProblem } from "@tollgate/config";
import { z } from "zod";
import { compact, flag, flagMap, number, text, textMap, texts } from "../properties.ts";
import { physicalText, resourceType, type TemplateResource } from "../resource-type.ts";
import type { StackDraft } from "../stack-draft.ts";

/** ownApi is whether an API is of this stack: others are not added to. */
export function ownApi(resource: TemplateResource, apiId: string, draft: StackDraft): boolean {
  if (draft.hasApi(apiId)) return true;
  draft.findings.add(
    "error",
    [...resource.at, "Properties", "RestApiId"],
    `'${apiId}' is no API of this template: what belongs to an API stands in its template`,
  );
  return false;
}

const resourceProperties = z.strictObject({ ParentId: text, PathPart: text, RestApiId: text });

/** The path of a resource, by those above it; undefined: what is above it is not of this template. */
function pathOf(resource: TemplateResource, draft: StackDraft): string | undefined {
  const [api, parent, part] = ["RestApiId", "ParentId", "PathPart"].map((name) =>
    physicalText(name)(resource),
  );
  if (api === undefined || parent === undefined || part === undefined) return undefined;
  const above = draft.pathOf(api, parent);
  return above === undefined ? undefined : `${above === "/" ? "" : above}/${part}`;
}

function resourceId(resource: TemplateResource, draft: StackDraft): string | undefined {
  const api = physicalText("RestApiId")(resource);
  const path = pathOf(resource, draft);
  return api === undefined || path === undefined ? undefined : draft.namePath(api, path);
}

/** AWS::ApiGateway::Resource. */
export const resource = resourceType<z.output<typeof resourceProperties>>({
  properties: resourceProperties,
  ref: resourceId,
  attributes: { ResourceId: resourceId },
  emit(given, { RestApiId: apiId }, draft) {
    if (!ownApi(given, apiId, draft)) return;
    const path = pathOf(given, draft);
    const problem =
      path === undefined
        ? "ParentId must be RootResourceId of the API, or a resource of this template"
        : pathProblem(path)?.message;
    if (problem !== undefined || path === undefined)
      return draft.findings.add("error", [...given.at, "Properties", "PathPart"], problem ?? "has no path");
    draft.resourceAt(apiId, path, given);
  },
});

const integrationResponse = z.strictObject({
  ContentHandling: text.optional(),
  ResponseParameters: textMap.optional(),
  ResponseTemplates: textMap.optional(),
  SelectionPattern: text.optional(),
  StatusCode: text,
});

const integration = z.strictObject({
  CacheKeyParameters: texts.optional(),
  CacheNamespace: text.optional(),
  ConnectionId: text.optional(),
  ConnectionType: text.optional(),
  ContentHandling: text.optional(),
  Credentials: text.optional(),
  IntegrationHttpMethod: text.optional(),
  IntegrationResponses: z.array(integrationResponse).optional(),
  IntegrationTarget: text.optional(),
  PassthroughBehavior: text.optional(),
  RequestParameters: textMap.optional(),
  RequestTemplates: textMap.optional(),
  ResponseTransferMode: text.optional(),
  TimeoutInMillis: number.optional(),
  TlsConfig: z.strictObject({ InsecureSkipVerification: flag.optional() }).optional(),
  Type: text,
  Uri: text.optional(),
});

const methodProperties = z.strictObject({
  ApiKeyRequired: flag.optional(),
  AuthorizationScopes: texts.optional(),
  AuthorizationType: text.optional(),
  AuthorizerId: text.optional(),
  HttpMethod: text,
  Integration: integration.optional(),
  MethodResponses: z
    .array(
      z.strictObject({
        ResponseModels: textMap.optional(),
        ResponseParameters: flagMap.optional(),
        StatusCode: text,
      }),
    )
    .optional(),
  OperationName: text.optional(),
  RequestModels: textMap.optional(),
  RequestParameters: flagMap.optional(),
  RequestValidatorId: text.optional(),
  ResourceId: text,
  RestApiId: text,
});
type MethodProperties = z.output<typeof methodProperties>;

function integrationOf(given: z.output<typeof integration>): object {
  const { Type: type, TlsConfig: tls, ConnectionType: connection } = given;
  return compact({
    type: type.toUpperCase(),
    httpMethod: type.toUpperCase() === "MOCK" ? undefined : given.IntegrationHttpMethod,
    uri: given.Uri,
    credentials: given.Credentials,
    connectionType: connection,
    connectionId: given.ConnectionId,
    requestParameters: given.RequestParameters,
    requestTemplates: given.RequestTemplates,
    passthroughBehavior: given.PassthroughBehavior,
    contentHandling: given.ContentHandling,
    timeoutInMillis: given.TimeoutInMillis,
    responseTransferMode: given.ResponseTransferMode,
    cacheNamespace: given.CacheNamespace,
    cacheKeyParameters: given.CacheKeyParameters,
    tlsConfig: tls && compact({ insecureSkipVerification: tls.InsecureSkipVerification }),
    integrationResponses:
      given.IntegrationResponses &&
      Object.fromEntries(
        given.IntegrationResponses.map((response) => [
          response.StatusCode,
          compact({
            selectionPattern: response.SelectionPattern,
            responseParameters: response.ResponseParameters,
            responseTemplates: response.ResponseTemplates,
            contentHandling: response.ContentHandling,
          }),
        ]),
      ),
  });
}

const methodOf = (given: MethodProperties): object =>
  compact({
    authorizationType: given.AuthorizationType,
    authorizerId: given.AuthorizerId,
    authorizationScopes: given.AuthorizationScopes,
    apiKeyRequired: given.ApiKeyRequired,
    requestValidatorId: given.RequestValidatorId,
    operationName: given.OperationName,
    requestParameters: given.RequestParameters,
    requestModels: given.RequestModels,
    methodResponses:
      given.MethodResponses &&
      Object.fromEntries(
        given.MethodResponses.map((response) => [
          response.StatusCode,
          compact({
            responseParameters: response.ResponseParameters,
            responseModels: response.ResponseModels,
          }),
        ]),
      ),
    integration: given.Integration && integrationOf(given.Integration),
  });

/** AWS::ApiGateway::Method. */
export const method = resourceType<MethodProperties>({
  properties: methodProperties,
  ref: ({ stableId }) => stableId,
  emit(resource, given, draft) {
    const { RestApiId: apiId, ResourceId: id, HttpMethod: verb } = given;
    if (!ownApi(resource, apiId, draft)) return;
    const path = draft.pathOf(apiId, id);
    if (path === undefined)
      return draft.findings.add(
        "error",
        [...resource.at, "Properties", "ResourceId"],
        "must be RootResourceId of the API, or a resource of this template",
      );
    const { methods } = draft.resourceAt(apiId, path, resource);
    if (Object.hasOwn(methods, verb))
      draft.findings.add(
        "error",
        [...resource.at, "Properties", "HttpMethod"],
        `${path} has ${verb} already`,
      );
    methods[verb] = methodOf(given);
  },
});
