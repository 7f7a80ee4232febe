import { z } from "zod";
import { compact, flag, json, number, text, textMap, texts } from "../properties.ts";
import { physicalText, resourceType } from "../resource-type.ts";
import { ownApi } from "./method.ts";

const modelProperties = z.strictObject({
  ContentType: text.optional(),
  Description: text.optional(),
  Name: text.optional(),
  RestApiId: text,
  Schema: json.optional(),
});

/** AWS::ApiGateway::Model. */
export const model = resourceType<z.output<typeof modelProperties>>({
  properties: modelProperties,
  ref: (resource) => physicalText("Name")(resource) ?? resource.logicalId,
  emit(resource, { RestApiId: apiId, Name: name, Schema: schema = {}, ...given }, draft) {
    if (!ownApi(resource, apiId, draft)) return;
    const spec = compact({
      contentType: given.ContentType,
      description: given.Description,
      schema: typeof schema === "string" ? schema : JSON.stringify(schema),
    });
    draft.put({ kind: "Model", apiId, id: name ?? resource.logicalId, spec }, resource);
  },
});

const validatorProperties = z.strictObject({
  Name: text.optional(),
  RestApiId: text,
  ValidateRequestBody: flag.optional(),
  ValidateRequestParameters: flag.optional(),
});

/** AWS::ApiGateway::RequestValidator. */
export const requestValidator = resourceType<z.output<typeof validatorProperties>>({
  properties: validatorProperties,
  ref: ({ stableId }) => stableId,
  attributes: { RequestValidatorId: ({ stableId }) => stableId },
  emit(resource, { RestApiId: apiId, ...given }, draft) {
    if (!ownApi(resource, apiId, draft)) return;
    const spec = {
      name: given.Name ?? resource.logicalId,
      validateRequestBody: given.ValidateRequestBody ?? false,
      validateRequestParameters: given.ValidateRequestParameters ?? false,
    };
    draft.put({ kind: "RequestValidator", apiId, id: resource.stableId, spec }, resource);
  },
});

const authorizerProperties = z.strictObject({
  AuthType: text.optional(),
  AuthorizerCredentials: text.optional(),
  AuthorizerResultTtlInSeconds: number.optional(),
  AuthorizerUri: text.optional(),
  IdentitySource: text.optional(),
  IdentityValidationExpression: text.optional(),
  Name: text,
  ProviderARNs: texts.optional(),
  RestApiId: text,
  Type: text,
});

/** AWS::ApiGateway::Authorizer. */
export const authorizer = resourceType<z.output<typeof authorizerProperties>>({
  properties: authorizerProperties,
  ref: ({ stableId }) => stableId,
  attributes: { AuthorizerId: ({ stableId }) => stableId },
  emit(resource, { RestApiId: apiId, ...given }, draft) {
    if (!ownApi(resource, apiId, draft)) return;
    const spec = compact({
      name: given.Name,
      type: given.Type,
      authType: given.AuthType,
      authorizerUri: given.AuthorizerUri,
      authorizerCredentials: given.AuthorizerCredentials,
      authorizerResultTtlInSeconds: given.AuthorizerResultTtlInSeconds,
      identitySource: given.IdentitySource,
      identityValidationExpression: given.IdentityValidationExpression,
      providerARNs: given.ProviderARNs,
    });
    draft.put({ kind: "Authorizer", apiId, id: resource.stableId, spec }, resource);
  },
});

const gatewayResponseProperties = z.strictObject({
  ResponseParameters: textMap.optional(),
  ResponseTemplates: textMap.optional(),
  ResponseType: text,
  RestApiId: text,
  StatusCode: text.optional(),
});

/** AWS::ApiGateway::GatewayResponse. */
export const gatewayResponse = resourceType<z.output<typeof gatewayResponseProperties>>({
  properties: gatewayResponseProperties,
  ref: ({ stableId }) => stableId,
  attributes: { Id: ({ stableId }) => stableId },
  emit(resource, { RestApiId: apiId, ResponseType: id, ...given }, draft) {
    if (!ownApi(resource, apiId, draft)) return;
    const spec = compact({
      statusCode: given.StatusCode,
      responseParameters: given.ResponseParameters,
      responseTemplates: given.ResponseTemplates,
    });
    draft.put({ kind: "GatewayResponse", apiId, id, spec }, resource);
  },
});

const partProperties = z.strictObject({
  Location: z.strictObject({
    Method: text.optional(),
    Name: text.optional(),
    Path: text.optional(),
    StatusCode: text.optional(),
    Type: text,
  }),
  Properties: json,
  RestApiId: text,
});

/** AWS::ApiGateway::DocumentationPart. */
export const documentationPart = resourceType<z.output<typeof partProperties>>({
  properties: partProperties,
  ref: ({ stableId }) => stableId,
  attributes: { DocumentationPartId: ({ stableId }) => stableId },
  emit(resource, { RestApiId: apiId, Location: at, Properties: properties }, draft) {
    if (!ownApi(resource, apiId, draft)) return;
    const location = compact({
      type: at.Type,
      path: at.Path,
      method: at.Method,
      name: at.Name,
      statusCode: at.StatusCode,
    });
    const spec = {
      location,
      properties: typeof properties === "string" ? properties : JSON.stringify(properties),
    };
    draft.put({ kind: "DocumentationPart", apiId, id: resource.stableId, spec }, resource);
  },
});

const versionProperties = z.strictObject({
  Description: text.optional(),
  DocumentationVersion: text,
  RestApiId: text,
});

/** AWS::ApiGateway::DocumentationVersion. It keeps the parts that the template has. */
export const documentationVersion = resourceType<z.output<typeof versionProperties>>({
  properties: versionProperties,
  ref: physicalText("DocumentationVersion"),
  emit(resource, { RestApiId: apiId, DocumentationVersion: id, Description: description }, draft) {
    if (!ownApi(resource, apiId, draft)) return;
    const parts = draft.entities
      .filter(({ manifest }) => manifest.kind === "DocumentationPart" && manifest.apiId === apiId)
      .map(({ manifest }) => ({ id: manifest.id, ...(manifest.spec as object) }));
    draft.put({ kind: "DocumentationVersion", apiId, id, spec: compact({ description, parts }) }, resource);
  },
});
