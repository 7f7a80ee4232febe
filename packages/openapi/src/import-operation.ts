import { isObject, type Json, type JsonObject, orAbsent } from "./document.ts";
import { authorizationOf } from "./import-authorization.ts";
import { type ImportContext, resolve } from "./import-context.ts";
import { validatorOf } from "./import-definitions.ts";
import { importIntegration, malformedIntegration, proxyIntegration } from "./import-integration.ts";
import { modelsOf, requestModelsOf } from "./import-models.ts";

const INTEGRATION = "x-amazon-apigateway-integration";

const PLACES: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({ query: "querystring", header: "header", path: "path" }),
);

/** OperationInput is one operation and its place. */
export interface OperationInput {
  readonly path: string;
  readonly renamed: ReadonlyMap<string, string>;
  readonly operation: JsonObject;
  readonly item: JsonObject;
  readonly at: readonly string[];
}

/** importOperation turns an operation into a method. */
export function importOperation(
  { path, renamed, operation, item, at }: OperationInput,
  context: ImportContext,
): Record<string, unknown> {
  const { report, options } = context;
  const where = [...at, INTEGRATION];
  const given = operation[INTEGRATION];
  const extension = resolve(given, where, context);
  if (extension !== undefined && extension !== null && !isObject(extension))
    report.add("error", where, "must be an object", { whole: malformedIntegration(path) });
  const integration = isObject(extension)
    ? withRenamedSources(importIntegration(extension, { path, at: where }, report), renamed)
    : options.proxyBaseUrl
      ? proxyIntegration(options.proxyBaseUrl, path)
      : undefined;
  if (!integration)
    report.add(
      "warning",
      at,
      "has no x-amazon-apigateway-integration: the API cannot be deployed until it has one",
      { onAws: "" },
    );
  return {
    ...authorizationOf(operation, at, context),
    ...(typeof operation.operationId === "string" ? { operationName: operation.operationId } : {}),
    ...validatorOf(operation, at, context),
    requestModels: requestModelsOf(operation, at, context),
    requestParameters: parametersOf({ path, renamed, operation, item, at }, context),
    methodResponses: responsesOf(operation, at, context),
    ...(integration ? { integration } : {}),
  };
}

/** withRenamedSources replaces the names of renamed parameters in an integration. */
function withRenamedSources(
  integration: Record<string, unknown>,
  renamed: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const sources = integration.requestParameters as Record<string, string> | undefined;
  if (renamed.size === 0 || !sources) return integration;
  const rename = (source: string) =>
    source.replace(
      /^(method\.request\.path\.)(.+)$/,
      (_all, head: string, name: string) => head + (renamed.get(name) ?? name),
    );
  return {
    ...integration,
    requestParameters: Object.fromEntries(
      Object.entries(sources).map(([target, source]) => [target, rename(source)]),
    ),
  };
}

function parametersOf(
  { path, renamed, operation, item, at }: OperationInput,
  context: ImportContext,
): Record<string, boolean> {
  // Variables in the path are parameters, declared or not.
  const parameters: Record<string, boolean> = Object.fromEntries(
    [...path.matchAll(/\{([^}+]+)\+?\}/g)].map(([, name]) => [`method.request.path.${name}`, true]),
  );
  const lists: [Json | undefined, readonly string[]][] = [
    [item.parameters, [...at.slice(0, -1), "parameters"]],
    [operation.parameters, [...at, "parameters"]],
  ];
  for (const [list, where] of lists)
    for (const [i, entry] of (Array.isArray(list) ? (list as readonly Json[]) : []).entries()) {
      const parameter = resolve(entry, [...where, String(i)], context);
      if (!isObject(parameter) || typeof parameter.name !== "string") continue;
      const place = PLACES.get(String(parameter.in));
      const name = place === "path" ? (renamed.get(parameter.name) ?? parameter.name) : parameter.name;
      if (name === "") context.report.add("warning", [...where, String(i)], "has no name and was left out");
      else if (place)
        parameters[`method.request.${place}.${name}`] = place === "path" || parameter.required === true;
      else
        context.report.addOnce(
          "info",
          [...where, String(i)],
          `parameters in '${String(parameter.in)}' are not mapped`,
        );
    }
  return parameters;
}

function responsesOf(
  operation: JsonObject,
  at: readonly string[],
  context: ImportContext,
): Record<string, unknown> {
  const responses: Record<string, unknown> = {};
  for (const [status, value] of Object.entries(isObject(operation.responses) ? operation.responses : {})) {
    if (!/^[1-5]\d\d$/.test(status)) continue; // "default" and "4XX" have no counterpart on AWS
    const response = resolve(value, [...at, "responses", status], context);
    const headers = isObject(response) && isObject(response.headers) ? Object.keys(response.headers) : [];
    responses[status] = {
      responseParameters: orAbsent(
        Object.fromEntries(headers.map((name) => [`method.response.header.${name}`, false])),
      ),
      responseModels: orAbsent(
        modelsOf(
          isObject(response) ? response.content : undefined,
          [...at, "responses", status, "content"],
          context,
        ),
      ),
    };
  }
  return responses;
}
