import {
  DEFAULT_ROUTE,
  type HttpApi,
  type HttpApiIntegration,
  type HttpApiRoute,
  parseRouteKey,
} from "@tollgate/config";
import { compact, type Json, type JsonObject } from "../document.ts";
import { keyOf } from "../operation-keys.ts";
import {
  exportHttpSchemes,
  type HttpSchemeNames,
  httpSchemeNames,
  httpSecurityOf,
} from "./export-http-security.ts";
import { extensionMember } from "./import-http-integration.ts";

const INTEGRATION = "x-amazon-apigateway-integration";
const TIMEOUT_DEFAULT_MS = 30_000;

/** HttpExportSource is an HTTP API as an export reads it: deployed, or as it is configured. */
export interface HttpExportSource {
  readonly apiId: string;
  readonly region: string;
  /** undefined: the API as it is configured, not as a stage serves it. */
  readonly stageName: string | undefined;
  /** Version of the definition if the API has none. */
  readonly version: string;
  readonly api: HttpApi;
}

interface HttpExport extends HttpExportSource {
  readonly withExtensions: boolean;
  readonly names: HttpSchemeNames;
}

const isEmpty = (value: unknown) =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** An integration as its extension; enumerations are in lower case, defaults are left out. */
function exportIntegration({ timeoutInMillis, ...integration }: HttpApiIntegration): JsonObject {
  const { apiGatewayManaged: _managed, integrationType, ...members } = integration;
  // An action of a service has its own method.
  const isAction = integrationType === "AWS_PROXY" && integration.integrationSubtype !== undefined;
  const named = Object.entries(members).flatMap(([name, value]) =>
    value === undefined || isEmpty(value) || (isAction && name === "integrationMethod")
      ? []
      : [[extensionMember(name), value as Json] as const],
  );
  return {
    connectionType: "INTERNET",
    ...Object.fromEntries(named),
    type: integrationType.toLowerCase(),
    ...(timeoutInMillis === TIMEOUT_DEFAULT_MS ? {} : { timeoutInMillis }),
  };
}

function exportRoute(route: HttpApiRoute, { api, names, withExtensions }: HttpExport): JsonObject {
  const { routeKey, operationName, target = "" } = route;
  const id = target.replace(/^integrations\//, "");
  const integration = Object.hasOwn(api.integrations, id) ? api.integrations[id] : undefined;
  return compact({
    operationId: operationName,
    responses: { default: { description: `Default response for ${routeKey}` } },
    security: httpSecurityOf(route, names),
    [INTEGRATION]: withExtensions && integration ? exportIntegration(integration) : undefined,
    isDefaultRoute: withExtensions && routeKey === DEFAULT_ROUTE ? true : undefined,
  });
}

/** The variables of a path, which a definition must declare. */
const parametersOf = (path: string): readonly JsonObject[] =>
  [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    description: `Generated path parameter for ${name}`,
    required: true,
    schema: { type: "string" },
  }));

function paths(context: HttpExport): JsonObject {
  const items: Record<string, Record<string, Json>> = {};
  const routes = Object.values(context.api.routes).sort((a, b) => (a.routeKey < b.routeKey ? -1 : 1));
  for (const route of routes) {
    const key = parseRouteKey(route.routeKey);
    if ("code" in key) continue; // is reported when it is parsed
    const isDefault = key.kind === "default";
    const path = isDefault ? `/${DEFAULT_ROUTE}` : key.path;
    const parameters = parametersOf(path);
    const item = (items[path] ??= parameters.length > 0 ? { parameters } : {});
    const operation = keyOf(isDefault ? "ANY" : key.method);
    if (context.withExtensions || !operation.startsWith("x-")) item[operation] = exportRoute(route, context);
  }
  const sorted = Object.entries(items).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    sorted.filter(([, item]) => Object.keys(item).some((name) => name !== "parameters")),
  );
}

function server({ apiId, region, stageName, api, withExtensions }: HttpExport): JsonObject {
  const host = `https://${apiId}.execute-api.${region}.amazonaws.com`;
  return {
    ...(stageName === undefined || stageName === DEFAULT_ROUTE
      ? { url: host }
      : { url: `${host}/{basePath}`, variables: { basePath: { default: stageName } } }),
    ...(withExtensions && api.disableExecuteApiEndpoint
      ? { "x-amazon-apigateway-endpoint-configuration": { disableExecuteApiEndpoint: true } }
      : {}),
  };
}

function extensions({ api: { corsConfiguration: cors }, withExtensions }: HttpExport): JsonObject {
  if (!withExtensions) return {};
  const members = Object.entries(cors ?? {}).filter(([, value]) => value !== undefined && !isEmpty(value));
  return {
    ...(cors ? { "x-amazon-apigateway-cors": Object.fromEntries(members) as JsonObject } : {}),
    "x-amazon-apigateway-importexport-version": "1.0",
  };
}

/** exportHttpApi is an HTTP API as an OpenAPI 3.0 definition (AWS: Export HTTP APIs). */
export function exportHttpApi(source: HttpExportSource, withExtensions: boolean): JsonObject {
  const { api, version } = source;
  const context: HttpExport = { ...source, withExtensions, names: httpSchemeNames(api) };
  const tags = Object.entries(api.tags ?? {}).map(([name, value]) => ({
    name,
    ...(withExtensions ? { "x-amazon-apigateway-tag-value": value } : {}),
  }));
  const securitySchemes = exportHttpSchemes(api, context.names, withExtensions);
  return compact({
    openapi: "3.0.1",
    info: compact({ title: api.name, description: api.description, version: api.version ?? version }),
    servers: [server(context)],
    tags: tags.length > 0 ? tags : undefined,
    paths: paths(context),
    components: isEmpty(securitySchemes) ? undefined : { securitySchemes },
    ...extensions(context),
  });
}
