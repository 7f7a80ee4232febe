import type { Integration, SpecOf } from "@tollgate/config";
import { compact, type Json, type JsonObject, orAbsent } from "./document.ts";
import type { ExportContext } from "./export-context.ts";
import { securityOf } from "./export-security.ts";

type Method = NonNullable<SpecOf<"Resource">["methods"][keyof SpecOf<"Resource">["methods"]]>;
type MethodResponse = Method["methodResponses"][string];

const PLACES: Readonly<Record<string, string>> = { querystring: "query", header: "header", path: "path" };
const PARTS = { query: "QUERY_PARAMETER", header: "REQUEST_HEADER", path: "PATH_PARAMETER" } as const;

/** At is the location of a method in documentation parts. */
interface At {
  readonly path: string;
  readonly method: string;
}

function parameters(method: Method, at: At, { type, documentation }: ExportContext): JsonObject[] {
  const fromPath = [...at.path.matchAll(/\{([^}+]+)\+?\}/g)].map((found) => [
    `method.request.path.${found[1]}`,
    true,
  ]);
  // Variables in the path are parameters, declared or not.
  const all = { ...method.requestParameters, ...Object.fromEntries(fromPath) } as Record<string, boolean>;
  return Object.entries(all).flatMap(([key, required]) => {
    const [, , source = "", ...rest] = key.split(".");
    const place = PLACES[source] as keyof typeof PARTS | undefined;
    if (place === undefined) return [];
    const name = rest.join(".");
    const said = documentation.of({ type: PARTS[place], ...at, name }, ["description"]);
    const head = { name, in: place, ...said, ...(type === "swagger" || required ? { required } : {}) };
    return [type === "swagger" ? { ...head, type: "string" } : { ...head, schema: { type: "string" } }];
  });
}

const content = (models: Readonly<Record<string, string>>, { reference }: ExportContext): JsonObject =>
  Object.fromEntries(
    Object.entries(models).map(([mediaType, model]) => [mediaType, { schema: reference(model) }]),
  );

/** The request body of a method. OpenAPI 3 has a schema per media type, Swagger 2 one for all. */
function requestBody(
  method: Method,
  at: At,
  context: ExportContext,
): { body?: JsonObject; parameter?: JsonObject } {
  const [first] = Object.values(method.requestModels);
  if (first === undefined) return {};
  const said = context.documentation.of({ type: "REQUEST_BODY", ...at }, ["description"]);
  return context.type === "swagger"
    ? { parameter: { in: "body", name: first, ...said, required: true, schema: context.reference(first) } }
    : { body: { ...said, content: content(method.requestModels, context), required: true } };
}

function headers(
  { responseParameters = {} }: MethodResponse,
  at: At & { statusCode: string },
  { type, documentation }: ExportContext,
): JsonObject {
  return Object.fromEntries(
    Object.keys(responseParameters).map((key) => {
      const name = key.split(".").slice(3).join(".");
      const said = documentation.of({ type: "RESPONSE_HEADER", ...at, name }, ["description"]);
      return [
        name,
        type === "swagger" ? { type: "string", ...said } : { ...said, schema: { type: "string" } },
      ];
    }),
  );
}

function responses(method: Method, at: At, context: ExportContext): JsonObject {
  const entries = Object.entries(method.methodResponses).map(([statusCode, response]) => {
    const where = { ...at, statusCode };
    const said = context.documentation.of({ type: "RESPONSE", ...where }, ["description"]);
    const { responseModels = {} } = response;
    const [model] = Object.values(responseModels);
    const body: Record<string, Json | undefined> =
      context.type === "swagger"
        ? { schema: model === undefined ? undefined : context.reference(model) }
        : { content: content(responseModels, context) };
    return [
      statusCode,
      compact({
        description: said.description ?? `${statusCode} response`,
        headers: orAbsent(headers(response, where, context)),
        ...body,
      }),
    ] as const;
  });
  // A definition without responses is not valid.
  return entries.length === 0
    ? { default: { description: "Default response", ...(context.type === "swagger" ? {} : { content: {} }) } }
    : Object.fromEntries(entries);
}

function integrationResponses(integration: Integration): JsonObject | undefined {
  const rows = Object.entries(integration.integrationResponses).map(([statusCode, response]) => {
    const { selectionPattern, responseParameters = {}, responseTemplates = {}, contentHandling } = response;
    return [
      selectionPattern ?? "default",
      compact({
        statusCode,
        responseParameters: orAbsent(responseParameters),
        responseTemplates: orAbsent(responseTemplates),
        contentHandling,
      }),
    ] as const;
  });
  return orAbsent(Object.fromEntries(rows));
}

const TIMEOUT_DEFAULT_MS = 29_000;

/** The integration as x-amazon-apigateway-integration: enumerations in lower case, without defaults. */
function integrationOf(integration: Integration): JsonObject {
  const { integrationResponses: _responses, type, httpMethod, timeoutInMillis, ...others } = integration;
  const { requestParameters, requestTemplates, cacheKeyParameters, passthroughBehavior, ...shown } = others;
  const isHttp = "connectionType" in others;
  return compact({
    type: type.toLowerCase(),
    httpMethod: type === "MOCK" ? undefined : httpMethod,
    ...(shown as Record<string, Json | undefined>),
    ...(isHttp && others.connectionType === "INTERNET" ? { connectionType: undefined } : {}),
    responses: integrationResponses(integration),
    requestParameters: orAbsent(requestParameters),
    requestTemplates: orAbsent(requestTemplates),
    passthroughBehavior: passthroughBehavior.toLowerCase(),
    timeoutInMillis: timeoutInMillis === TIMEOUT_DEFAULT_MS ? undefined : timeoutInMillis,
    cacheKeyParameters: cacheKeyParameters.length > 0 ? cacheKeyParameters : undefined,
  });
}

/** The media types of a method: those of its models, else those of its templates. */
function mediaTypesOf({ requestModels, methodResponses, integration }: Method) {
  const keys = (maps: readonly object[]) => [...new Set(maps.flatMap((map) => Object.keys(map)))];
  const firstOf = (models: readonly string[], templates: readonly string[]) => {
    const types = models.length > 0 ? models : templates;
    return types.length > 0 ? [...types] : undefined;
  };
  const responses = Object.values(integration?.integrationResponses ?? {});
  return {
    consumes: firstOf(keys([requestModels]), keys([integration?.requestTemplates ?? {}])),
    produces: firstOf(
      keys(Object.values(methodResponses).map(({ responseModels = {} }) => responseModels)),
      keys(responses.map(({ responseTemplates = {} }) => responseTemplates)),
    ),
  };
}

/** exportOperation is a method as an operation of a definition. */
export function exportOperation(
  path: string,
  verb: string,
  method: Method,
  context: ExportContext,
): JsonObject {
  const { type, has, documentation, validatorNames } = context;
  const at: At = { path, method: verb };
  const { body, parameter } = requestBody(method, at, context);
  const listed = [...parameters(method, at, context), ...(parameter ? [parameter] : [])];
  const { consumes, produces } = type === "swagger" ? mediaTypesOf(method) : {};
  const security = securityOf(method, context);
  const validator = validatorNames.get(method.requestValidatorId ?? "");
  return compact({
    ...documentation.of({ type: "METHOD", ...at }, ["summary", "description", "tags"]),
    operationId: method.operationName,
    consumes,
    produces,
    parameters: listed.length > 0 ? listed : undefined,
    requestBody: body,
    responses: responses(method, at, context),
    security: security.length > 0 ? security : undefined,
    "x-amazon-apigateway-request-validator": has("validators") ? validator : undefined,
    "x-amazon-apigateway-integration":
      has("integrations") && method.integration ? integrationOf(method.integration) : undefined,
  });
}
