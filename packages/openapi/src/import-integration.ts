import { isObject, type Json, type JsonObject } from "./document.ts";
import type { Report } from "./report.ts";

const UPPER = new Set([
  ...["type", "passthroughBehavior", "connectionType", "contentHandling", "httpMethod"],
  "responseTransferMode",
]);
const COPIED = new Set([
  ...[
    "type",
    "httpMethod",
    "uri",
    "credentials",
    "connectionType",
    "passthroughBehavior",
    "contentHandling",
    "timeoutInMillis",
  ],
  ...["connectionId", "tlsConfig", "cacheNamespace", "cacheKeyParameters", "requestTemplates"],
  "responseTransferMode",
]);

/** numberOf takes a number that is written as a text, as the parameters of templates are. */
export const numberOf = (value: Json): Json =>
  typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;

/** Keeps the texts of a map of parameters; AWS skips the others with a warning. */
function textsOf(value: Json | undefined, at: readonly string[], report: Report): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(isObject(value) ? value : {}))
    if (typeof text === "string") texts[key] = text;
    else report.add("warning", [...at, key], "is no text and was left out");
  return texts;
}

/** importResponses turns "pattern or default -> {statusCode, ...}" into AWS's "status -> {selectionPattern, ...}". */
function importResponses(
  responses: JsonObject,
  at: readonly string[],
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
        `status ${status} has an integration response already; the last one stands`,
      );
    byStatus[status] = {
      ...(pattern === "default" ? {} : { selectionPattern: pattern }),
      responseParameters: textsOf(response.responseParameters, [...where, "responseParameters"], report),
      responseTemplates: textsOf(response.responseTemplates, [...where, "responseTemplates"], report),
      ...(typeof response.contentHandling === "string"
        ? { contentHandling: response.contentHandling.toUpperCase() }
        : {}),
    };
  }
  return byStatus;
}

/** importIntegration turns x-amazon-apigateway-integration into the integration of a method. Its values are checked when it is applied. */
export function importIntegration(
  extension: JsonObject,
  at: readonly string[],
  report: Report,
): Record<string, unknown> {
  const integration: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(extension)) {
    if (COPIED.has(key))
      integration[key] =
        UPPER.has(key) && typeof value === "string"
          ? value.toUpperCase()
          : key === "timeoutInMillis"
            ? numberOf(value)
            : value;
    else if (key === "requestParameters")
      integration.requestParameters = textsOf(value, [...at, key], report);
    else if (key === "responses")
      integration.integrationResponses = importResponses(isObject(value) ? value : {}, [...at, key], report);
    else if (key !== "payloadFormatVersion")
      report.add("warning", [...at, key], `'${key}' is not served and was left out`);
  }
  // The default, which AWS takes for every type.
  if (integration.connectionType === "INTERNET") delete integration.connectionType;
  // AWS wants httpMethod for MOCK nowhere and ignores it.
  if (integration.type === "MOCK") delete integration.httpMethod;
  return integration;
}

/** proxyIntegration stands in for an operation that has no integration of its own: the same path at an HTTP upstream. */
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
