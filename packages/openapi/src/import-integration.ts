import { kinds, objectAt } from "@tollgate/config";
import { isObject, type Json, type JsonObject, orAbsent } from "./document.ts";
import { type Extension, memberOf, valueOf } from "./extension.ts";
import type { Report } from "./report.ts";

/** REST_INTEGRATION is x-amazon-apigateway-integration of a REST API. */
export const REST_INTEGRATION: Extension = {
  shape: objectAt(kinds.Resource.spec, ["methods", "*", "integration"]),
  names: { integrationResponses: "responses" },
};

/** Of an integration: the path of its resource, and its place in the definition. */
interface IntegrationPlace {
  readonly path: string;
  readonly at: readonly string[];
}

/** Returns the strings of a map of parameters; the others are skipped with a warning, as on AWS. */
function stringsOf(
  value: Json | undefined,
  { path, at }: IntegrationPlace,
  report: Report,
): Record<string, string> | undefined {
  const strings: Record<string, string> = {};
  const method = String(at[2]).toUpperCase();
  for (const [key, one] of Object.entries(isObject(value) ? value : {}))
    if (typeof one === "string") strings[key] = one;
    else
      report.add("warning", [...at, key], "is not a string and was left out", {
        onAws: `Invalid format for '${at.at(-1)}'. Expected type string for property '${key}' of resource '${path}' and method '${method}' but got '${JSON.stringify(one)}'`,
      });
  return orAbsent(strings);
}

/** importResponses turns "pattern or default -> {statusCode, ...}" into AWS's "status -> {selectionPattern, ...}". */
function importResponses(
  responses: JsonObject,
  { path, at }: IntegrationPlace,
  report: Report,
): Record<string, unknown> {
  const byStatus: Record<string, unknown> = {};
  for (const [pattern, response] of Object.entries(responses)) {
    const where = [...at, pattern];
    if (!isObject(response)) {
      report.add("error", where, "must be an object with statusCode");
      continue;
    }
    const status = String(response.statusCode ?? "200");
    if (byStatus[status])
      report.add(
        "warning",
        where,
        `status ${status} already has an integration response; the last one is used`,
      );
    byStatus[status] = {
      ...(pattern === "default" ? {} : { selectionPattern: pattern }),
      responseParameters: stringsOf(
        response.responseParameters,
        { path, at: [...where, "responseParameters"] },
        report,
      ),
      responseTemplates: stringsOf(
        response.responseTemplates,
        { path, at: [...where, "responseTemplates"] },
        report,
      ),
      ...(typeof response.contentHandling === "string"
        ? { contentHandling: response.contentHandling.toUpperCase() }
        : {}),
    };
  }
  return byStatus;
}

/** malformedIntegration is what AWS says of a definition with an integration that it cannot read. */
export const malformedIntegration = (path: string): string =>
  `Unable to parse API definition because of a malformed integration at path ${path}.`;

/** importIntegration turns x-amazon-apigateway-integration into the integration of a method. Its values are checked when it is applied. */
export function importIntegration(
  extension: JsonObject,
  { path, at }: IntegrationPlace,
  report: Report,
): Record<string, unknown> {
  const integration: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(extension)) {
    const where = { path, at: [...at, name] };
    const found = memberOf(REST_INTEGRATION, name);
    if (name === "requestParameters") integration.requestParameters = stringsOf(value, where, report);
    else if (name === "responses")
      integration.integrationResponses = importResponses(isObject(value) ? value : {}, where, report);
    else if (found) integration[found.member] = valueOf(found.shape, value);
    else if (name !== "payloadFormatVersion")
      report.add("warning", where.at, `'${name}' is not supported and was left out`);
  }
  // The default, which AWS accepts for every type.
  if (integration.connectionType === "INTERNET") delete integration.connectionType;
  // AWS does not require httpMethod for MOCK and ignores it.
  if (integration.type === "MOCK") delete integration.httpMethod;
  return integration;
}

/** proxyIntegration is the integration of an operation that has none: the same path at an HTTP upstream. */
export function proxyIntegration(baseUrl: string, path: string): Record<string, unknown> {
  const names = [...path.matchAll(/\{([^}+]+)\+?\}/g)].map((match) => match[1] as string);
  return {
    type: "HTTP_PROXY",
    httpMethod: "ANY",
    uri: `${baseUrl.replace(/\/$/, "")}${path.replaceAll("+}", "}")}`,
    requestParameters: Object.fromEntries(
      names.map((name) => [`integration.request.path.${name}`, `method.request.path.${name}`]),
    ),
  };
}
