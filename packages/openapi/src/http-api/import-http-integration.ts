import { isObject, type Json, type JsonObject } from "../document.ts";
import { numberOf } from "../import-integration.ts";
import type { Report } from "../report.ts";

/** Members of x-amazon-apigateway-integration and what they are called on an HTTP API's integration. */
const MEMBERS: Readonly<Record<string, string>> = {
  type: "integrationType",
  httpMethod: "integrationMethod",
  uri: "integrationUri",
  credentials: "credentialsArn",
  connectionType: "connectionType",
  connectionId: "connectionId",
  description: "description",
  timeoutInMillis: "timeoutInMillis",
  payloadFormatVersion: "payloadFormatVersion",
  tlsConfig: "tlsConfig",
  requestParameters: "requestParameters",
  responseParameters: "responseParameters",
};
const UPPER = new Set(["type", "httpMethod", "connectionType"]);

/** What only a REST API's integration has: bodies of an HTTP API pass as they are. */
const OF_REST = new Set([
  "cacheKeyParameters",
  "cacheNamespace",
  "contentHandling",
  "passthroughBehavior",
  "requestTemplates",
  "responses",
]);

function valueOf(key: string, value: Json): Json {
  if (UPPER.has(key) && typeof value === "string") return value.toUpperCase();
  if (key === "payloadFormatVersion") return typeof value === "number" ? value.toFixed(1) : value;
  return key === "timeoutInMillis" ? numberOf(value) : value;
}

/** What the kind of an integration has no use for is not of it: AWS's translators write it for all. */
function fitting(integration: Record<string, Json>): Record<string, Json> {
  const { integrationType: type, connectionType, requestParameters, ...rest } = integration;
  const members: Record<string, Json> = { ...rest, ...(type === undefined ? {} : { integrationType: type }) };
  if (type !== "AWS_PROXY")
    return {
      ...members,
      ...(connectionType === undefined ? {} : { connectionType }),
      ...(requestParameters === undefined ? {} : { requestParameters }),
    };
  if (isObject(requestParameters) && Object.keys(requestParameters).length > 0)
    members.requestParameters = requestParameters;
  if (connectionType !== undefined && connectionType !== "INTERNET") members.connectionType = connectionType;
  return members;
}

/** importHttpIntegration turns x-amazon-apigateway-integration into the integration of an HTTP API. Its values are checked when it is applied. */
export function importHttpIntegration(
  extension: JsonObject,
  at: readonly string[],
  report: Report,
): Record<string, Json> {
  const integration: Record<string, Json> = {};
  for (const [key, value] of Object.entries(extension)) {
    const member = Object.hasOwn(MEMBERS, key) ? MEMBERS[key] : undefined;
    if (member !== undefined) integration[member] = valueOf(key, value);
    else if (key === "integrationSubtype")
      report.add(
        "error",
        [...at, key],
        `'${String(value)}': service integrations of HTTP APIs are not served yet; a Lambda function or an HTTP upstream is`,
      );
    else if (OF_REST.has(key))
      report.addOnce("info", [...at, key], `'${key}' is of REST APIs and was left out`);
    else report.add("warning", [...at, key], `'${key}' is not served and was left out`);
  }
  return fitting(integration);
}

/** The member of the extension that a member of the integration comes from. */
export const extensionMember = (member: string): string =>
  Object.keys(MEMBERS).find((key) => MEMBERS[key] === member) ?? member;
