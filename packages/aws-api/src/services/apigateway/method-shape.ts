import type { Integration, IntegrationResponse, Method } from "@tollgate/config";
import { compact, orAbsent, type JsonObject } from "../../protocol/rest-json/operation.ts";

/** showIntegrationResponse is an integration response as the API shows it. */
export const showIntegrationResponse = (statusCode: string, response: IntegrationResponse): JsonObject =>
  compact({
    statusCode,
    selectionPattern: response.selectionPattern,
    responseParameters: orAbsent(response.responseParameters),
    responseTemplates: orAbsent(
      // An empty template is shown as null.
      Object.fromEntries(
        Object.entries(response.responseTemplates).map(([type, text]) => [type, text === "" ? null : text]),
      ) as object,
    ),
    contentHandling: response.contentHandling,
  });

/** showIntegration is an integration as the API shows it. */
export function showIntegration(integration: Integration, resourceId: string): JsonObject {
  const isHttp = "connectionType" in integration;
  const responses = Object.entries(integration.integrationResponses).map(([status, response]) => [
    status,
    showIntegrationResponse(status, response),
  ]);
  return compact({
    type: integration.type,
    httpMethod: integration.type === "MOCK" ? undefined : integration.httpMethod,
    uri: "uri" in integration ? integration.uri : undefined,
    connectionType: isHttp ? integration.connectionType : undefined,
    connectionId: isHttp ? integration.connectionId : undefined,
    credentials: integration.credentials,
    requestParameters: orAbsent(integration.requestParameters),
    requestTemplates: orAbsent(integration.requestTemplates),
    passthroughBehavior: integration.passthroughBehavior,
    contentHandling: integration.contentHandling,
    timeoutInMillis: integration.timeoutInMillis,
    responseTransferMode:
      "responseTransferMode" in integration ? integration.responseTransferMode : undefined,
    cacheNamespace: integration.cacheNamespace ?? resourceId,
    cacheKeyParameters: integration.cacheKeyParameters,
    integrationResponses: orAbsent(Object.fromEntries(responses) as object),
    tlsConfig: isHttp ? integration.tlsConfig : undefined,
  });
}

/** showMethodResponse is a method response as the API shows it. */
export const showMethodResponse = (
  statusCode: string,
  { responseParameters, responseModels }: Method["methodResponses"][string],
): JsonObject =>
  compact({
    statusCode,
    responseParameters: orAbsent(responseParameters),
    responseModels: orAbsent(responseModels),
  });

/** showMethod is a method as the API shows it, with its responses and integration. */
export function showMethod(httpMethod: string, method: Method, resourceId: string): JsonObject {
  const responses = Object.entries(method.methodResponses).map(([status, response]) => [
    status,
    showMethodResponse(status, response),
  ]);
  return compact({
    httpMethod,
    authorizationType: method.authorizationType,
    authorizerId: method.authorizerId,
    apiKeyRequired: method.apiKeyRequired,
    requestValidatorId: method.requestValidatorId,
    operationName: method.operationName,
    requestParameters: orAbsent(method.requestParameters),
    requestModels: orAbsent(method.requestModels),
    methodResponses: orAbsent(Object.fromEntries(responses) as object),
    methodIntegration: method.integration && showIntegration(method.integration, resourceId),
    authorizationScopes: orAbsent(method.authorizationScopes),
  });
}
