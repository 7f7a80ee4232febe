import { objectAt } from "@tollgate/config";
import { isObject, type Json, type JsonObject } from "../document.ts";
import { type Extension, memberOf, nameIn, namesIn, valueOf } from "../extension.ts";
import { REST_INTEGRATION } from "../import-integration.ts";
import type { Report } from "../report.ts";
import { HTTP_API } from "./http-api-shape.ts";

/** HTTP_INTEGRATION is x-amazon-apigateway-integration of an HTTP API. */
const HTTP_INTEGRATION: Extension = {
  shape: objectAt(HTTP_API, ["integrations", "*"]),
  names: {
    credentialsArn: "credentials",
    integrationMethod: "httpMethod",
    integrationType: "type",
    integrationUri: "uri",
  },
};

/** Members that only REST APIs have: HTTP APIs pass bodies unchanged. A response that cannot be streamed is a warning. */
const OF_REST = new Set(namesIn(REST_INTEGRATION).filter((name) => name !== "responseTransferMode"));

/** Members without effect on this kind of integration are ignored, because AWS's translators write them for all kinds. */
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

/**
 * importHttpIntegration turns x-amazon-apigateway-integration into the integration of an HTTP API. Its values are checked when it is
 * applied.
 */
export function importHttpIntegration(
  extension: JsonObject,
  at: readonly string[],
  report: Report,
): Record<string, Json> {
  const integration: Record<string, Json> = {};
  for (const [name, value] of Object.entries(extension)) {
    const where = [...at, name];
    const found = memberOf(HTTP_INTEGRATION, name);
    if (found) integration[found.member] = valueOf(found.shape, value);
    else if (OF_REST.has(name))
      report.addOnce("info", where, `'${name}' is for REST APIs only and was left out`);
    else report.add("warning", where, `'${name}' is not supported and was left out`);
  }
  return fitting(integration);
}

/** extensionMember is the name of a member of the integration in the extension. */
export const extensionMember = (member: string): string => nameIn(HTTP_INTEGRATION, member);
