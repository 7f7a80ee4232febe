import { z } from "zod";
import { compact, flag, flagMap, json, number, text, textMap, texts } from "../properties.ts";
import { member } from "../member.ts";
import { physicalText, resourceType, type TemplateResource } from "../resource-type.ts";
import type { StackDraft } from "../stack-draft.ts";
import { ownHttpApi } from "./api.ts";
import { shown } from "../shown.ts";

const routeProperties = z.strictObject({
  ApiId: text,
  ApiKeyRequired: flag.optional(),
  AuthorizationScopes: texts.optional(),
  AuthorizationType: text.optional(),
  AuthorizerId: text.optional(),
  ModelSelectionExpression: text.optional(),
  OperationName: text.optional(),
  RequestModels: textMap.optional(),
  RequestParameters: z.record(z.string(), z.union([flag, z.strictObject({ Required: flag })])).optional(),
  RouteKey: text,
  RouteResponseSelectionExpression: text.optional(),
  Target: text.optional(),
});

/** AWS::ApiGatewayV2::Route. */
export const route = resourceType<z.output<typeof routeProperties>>({
  properties: routeProperties,
  ref: ({ stableId }) => stableId,
  attributes: { RouteId: ({ stableId }) => stableId },
  emit(resource, given, draft) {
    const api = ownHttpApi(resource, given.ApiId, draft);
    if (!api) return;
    const parameters = Object.entries(given.RequestParameters ?? {}).map(([name, value]) => [
      name,
      typeof value === "boolean" ? value : value.Required,
    ]);
    api.routes[resource.stableId] = compact({
      routeKey: given.RouteKey,
      target: given.Target,
      operationName: given.OperationName,
      authorizationType: given.AuthorizationType,
      authorizerId: given.AuthorizerId,
      authorizationScopes: given.AuthorizationScopes,
      apiKeyRequired: given.ApiKeyRequired === true ? true : undefined,
      modelSelectionExpression: given.ModelSelectionExpression,
      requestModels: given.RequestModels,
      requestParameters: parameters.length > 0 ? Object.fromEntries(parameters) : undefined,
      routeResponseSelectionExpression: given.RouteResponseSelectionExpression,
    });
  },
});

/** The part of an API that a resource adds to, by the property that names it; where it is not of this template, that is a finding. */
function partOf(
  resource: TemplateResource,
  property: string,
  parts: Readonly<Record<string, Record<string, unknown>>> | undefined,
  draft: StackDraft,
): Record<string, unknown> | undefined {
  const id = shown(resource.property(property));
  const part = member(parts, id);
  if (parts && !part)
    draft.findings.add(
      "error",
      [...resource.at, "Properties", property],
      `'${id}' is none of this API's in this template`,
    );
  return part;
}

const routeResponseProperties = z.strictObject({
  ApiId: text,
  ModelSelectionExpression: text.optional(),
  ResponseModels: textMap.optional(),
  ResponseParameters: flagMap.optional(),
  RouteId: text,
  RouteResponseKey: text,
});

/** AWS::ApiGatewayV2::RouteResponse. */
export const routeResponse = resourceType<z.output<typeof routeResponseProperties>>({
  properties: routeResponseProperties,
  ref: ({ stableId }) => stableId,
  attributes: { RouteResponseId: ({ stableId }) => stableId },
  emit(resource, given, draft) {
    const of = partOf(resource, "RouteId", ownHttpApi(resource, given.ApiId, draft)?.routes, draft);
    if (!of) return;
    of.routeResponses = {
      ...(of.routeResponses as object | undefined),
      [resource.stableId]: compact({
        routeResponseKey: given.RouteResponseKey,
        modelSelectionExpression: given.ModelSelectionExpression,
        responseModels: given.ResponseModels,
        responseParameters: given.ResponseParameters,
      }),
    };
  },
});

/** Parameters of a response by status: a map, or CloudFormation's list of destinations and sources. */
const responseParameters = z.record(
  z.string(),
  z.union([
    z
      .strictObject({
        ResponseParameters: z.array(z.strictObject({ Destination: text, Source: text })).optional(),
      })
      .transform(({ ResponseParameters: list = [] }) =>
        Object.fromEntries(list.map(({ Destination, Source }) => [Destination, Source])),
      ),
    textMap,
  ]),
);

const integrationProperties = z.strictObject({
  ApiId: text,
  ConnectionId: text.optional(),
  ConnectionType: text.optional(),
  ContentHandlingStrategy: text.optional(),
  CredentialsArn: text.optional(),
  Description: text.optional(),
  IntegrationMethod: text.optional(),
  IntegrationSubtype: text.optional(),
  IntegrationType: text,
  IntegrationUri: text.optional(),
  PassthroughBehavior: text.optional(),
  PayloadFormatVersion: text.optional(),
  RequestParameters: textMap.optional(),
  RequestTemplates: textMap.optional(),
  ResponseParameters: responseParameters.optional(),
  TemplateSelectionExpression: text.optional(),
  TimeoutInMillis: number.optional(),
  TlsConfig: z.strictObject({ ServerNameToVerify: text.optional() }).optional(),
});

/** AWS::ApiGatewayV2::Integration. */
export const integration = resourceType<z.output<typeof integrationProperties>>({
  properties: integrationProperties,
  ref: ({ stableId }) => stableId,
  attributes: { IntegrationId: ({ stableId }) => stableId },
  emit(resource, given, draft) {
    const api = ownHttpApi(resource, given.ApiId, draft);
    if (!api) return;
    if (given.IntegrationSubtype !== undefined)
      draft.findings.add(
        "error",
        [...resource.at, "Properties", "IntegrationSubtype"],
        `'${given.IntegrationSubtype}': service integrations of HTTP APIs are not served yet; a Lambda function or an HTTP upstream is`,
      );
    const { TlsConfig: tls, ConnectionType: connection } = given;
    const isPlain = connection === undefined || connection === "INTERNET";
    api.integrations[resource.stableId] = compact({
      integrationType: given.IntegrationType,
      integrationUri: given.IntegrationUri,
      integrationMethod: given.IntegrationMethod,
      connectionType: isPlain ? undefined : connection,
      connectionId: given.ConnectionId,
      contentHandlingStrategy: given.ContentHandlingStrategy,
      credentialsArn: given.CredentialsArn,
      description: given.Description,
      passthroughBehavior: given.PassthroughBehavior,
      payloadFormatVersion: given.PayloadFormatVersion === "1" ? "1.0" : given.PayloadFormatVersion,
      requestParameters: given.RequestParameters,
      requestTemplates: given.RequestTemplates,
      responseParameters: given.ResponseParameters,
      templateSelectionExpression: given.TemplateSelectionExpression,
      timeoutInMillis: given.TimeoutInMillis,
      tlsConfig: tls && compact({ serverNameToVerify: tls.ServerNameToVerify }),
    });
  },
});

const integrationResponseProperties = z.strictObject({
  ApiId: text,
  ContentHandlingStrategy: text.optional(),
  IntegrationId: text,
  IntegrationResponseKey: text,
  ResponseParameters: textMap.optional(),
  ResponseTemplates: textMap.optional(),
  TemplateSelectionExpression: text.optional(),
});

/** AWS::ApiGatewayV2::IntegrationResponse. */
export const integrationResponse = resourceType<z.output<typeof integrationResponseProperties>>({
  properties: integrationResponseProperties,
  ref: ({ stableId }) => stableId,
  attributes: { IntegrationResponseId: ({ stableId }) => stableId },
  emit(resource, given, draft) {
    const integrations = ownHttpApi(resource, given.ApiId, draft)?.integrations;
    const of = partOf(resource, "IntegrationId", integrations, draft);
    if (!of) return;
    of.integrationResponses = {
      ...(of.integrationResponses as object | undefined),
      [resource.stableId]: compact({
        integrationResponseKey: given.IntegrationResponseKey,
        contentHandlingStrategy: given.ContentHandlingStrategy,
        responseParameters: given.ResponseParameters,
        responseTemplates: given.ResponseTemplates,
        templateSelectionExpression: given.TemplateSelectionExpression,
      }),
    };
  },
});

const authorizerProperties = z.strictObject({
  ApiId: text,
  AuthorizerCredentialsArn: text.optional(),
  AuthorizerPayloadFormatVersion: text.optional(),
  AuthorizerResultTtlInSeconds: number.optional(),
  AuthorizerType: text,
  AuthorizerUri: text.optional(),
  EnableSimpleResponses: flag.optional(),
  IdentitySource: texts.optional(),
  IdentityValidationExpression: text.optional(),
  JwtConfiguration: z.strictObject({ Audience: texts.optional(), Issuer: text.optional() }).optional(),
  Name: text,
});

/** AWS::ApiGatewayV2::Authorizer. */
export const authorizer = resourceType<z.output<typeof authorizerProperties>>({
  properties: authorizerProperties,
  ref: ({ stableId }) => stableId,
  attributes: { AuthorizerId: ({ stableId }) => stableId },
  emit(resource, given, draft) {
    const api = ownHttpApi(resource, given.ApiId, draft);
    if (!api) return;
    const { JwtConfiguration: jwt } = given;
    const version = given.AuthorizerPayloadFormatVersion;
    api.authorizers[resource.stableId] = compact({
      name: given.Name,
      authorizerType: given.AuthorizerType,
      authorizerUri: given.AuthorizerUri,
      authorizerCredentialsArn: given.AuthorizerCredentialsArn,
      authorizerPayloadFormatVersion: version === "1" || version === "2" ? `${version}.0` : version,
      authorizerResultTtlInSeconds: given.AuthorizerResultTtlInSeconds,
      enableSimpleResponses: given.EnableSimpleResponses,
      identitySource: given.IdentitySource,
      jwtConfiguration: jwt && compact({ issuer: jwt.Issuer, audience: jwt.Audience }),
    });
  },
});

const modelProperties = z.strictObject({
  ApiId: text,
  ContentType: text.optional(),
  Description: text.optional(),
  Name: text,
  Schema: json,
});

/** AWS::ApiGatewayV2::Model: of WebSocket APIs. */
export const model = resourceType<z.output<typeof modelProperties>>({
  properties: modelProperties,
  ref: physicalText("Name"),
  attributes: { ModelId: physicalText("Name") },
  emit(resource, { ApiId: apiId, Schema: schema, ...given }, draft) {
    const api = ownHttpApi(resource, apiId, draft);
    if (!api) return;
    if (!api.models) return draft.findings.add("error", resource.at, "HTTP APIs have no models");
    api.models[given.Name] = compact({
      contentType: given.ContentType,
      description: given.Description,
      schema: typeof schema === "string" ? schema : JSON.stringify(schema),
    });
  },
});
