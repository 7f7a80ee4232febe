import { type Integration, type IntegrationResponse, kinds, type Method, objectAt } from "@tollgate/config";
import { compact, type JsonObject, orAbsent } from "../../protocol/rest-json/operation.ts";
import { showMembers } from "./members.ts";

const METHOD = ["methods", "*"];
const INTEGRATION = [...METHOD, "integration"];

/** Shapes of a method and its parts. */
export const METHOD_SHAPE = objectAt(kinds.Resource.spec, METHOD);
export const METHOD_RESPONSE_SHAPE = objectAt(kinds.Resource.spec, [...METHOD, "methodResponses", "*"]);
export const INTEGRATION_SHAPE = objectAt(kinds.Resource.spec, INTEGRATION);
export const INTEGRATION_RESPONSE_SHAPE = objectAt(kinds.Resource.spec, [
  ...INTEGRATION,
  "integrationResponses",
  "*",
]);

/** showIntegrationResponse returns an integration response as the API shows it. An empty template is shown as null. */
export function showIntegrationResponse(statusCode: string, response: IntegrationResponse): JsonObject {
  const templates = Object.entries(response.responseTemplates ?? {});
  return compact({
    statusCode,
    ...response,
    responseTemplates:
      response.responseTemplates &&
      Object.fromEntries(templates.map(([type, text]) => [type, text === "" ? null : text])),
  });
}

/** showIntegration returns an integration as the API shows it. */
export function showIntegration(integration: Integration, resourceId: string): JsonObject {
  const responses = Object.entries(integration.integrationResponses).map(([status, response]) => [
    status,
    showIntegrationResponse(status, response),
  ]);
  return compact({
    ...showMembers(integration, INTEGRATION_SHAPE, [
      "httpMethod",
      "cacheKeyParameters",
      "connectionType",
      "integrationResponses",
    ]),
    connectionType: integration.type.startsWith("HTTP") ? integration.connectionType : undefined,
    httpMethod: integration.type === "MOCK" ? undefined : integration.httpMethod,
    cacheNamespace: integration.cacheNamespace ?? resourceId,
    // Unlike other lists, it is shown even if it is empty.
    cacheKeyParameters: integration.cacheKeyParameters,
    integrationResponses: orAbsent(Object.fromEntries(responses) as object),
  });
}

/** showMethodResponse returns a method response as the API shows it. */
export const showMethodResponse = (
  statusCode: string,
  response: Method["methodResponses"][string],
): JsonObject => ({ statusCode, ...response });

/** showMethod returns a method as the API shows it, with its responses and integration. */
export function showMethod(httpMethod: string, method: Method, resourceId: string): JsonObject {
  const responses = Object.entries(method.methodResponses).map(([status, response]) => [
    status,
    showMethodResponse(status, response),
  ]);
  return compact({
    httpMethod,
    ...showMembers(method, METHOD_SHAPE, ["methodResponses", "integration"]),
    methodResponses: orAbsent(Object.fromEntries(responses) as object),
    methodIntegration: method.integration && showIntegration(method.integration, resourceId),
  });
}
