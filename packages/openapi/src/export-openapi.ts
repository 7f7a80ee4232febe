import { stringify } from "yaml";
import type { SpecOf } from "@tollgate/config";
import { exportApiExtensions } from "./api-extensions.ts";
import { compact, type Json, type JsonObject, orAbsent } from "./document.ts";
import { DocumentationIndex } from "./documentation-index.ts";
import { exportEndpoint } from "./endpoint-configuration.ts";
import type { ExportContext } from "./export-context.ts";
import { exportOperation } from "./export-operation.ts";
import { exportSecuritySchemes, schemeNamesOf } from "./export-security.ts";
import type { ExportExtension, ExportSource, ExportType } from "./export-source.ts";
import { keyOf } from "./operation-keys.ts";
import { definitionSchema, swaggerSchema } from "./schema-dialect.ts";
import { pointerInWords } from "./schema-words.ts";

export interface ExportOptions {
  readonly type: ExportType;
  readonly extensions: readonly ExportExtension[];
}

/** A model's URL, or a place in it. */
const MODEL_URL =
  /"https:\/\/apigateway\.amazonaws\.com\/restapis\/[a-z0-9]+\/models\/([A-Za-z0-9]+)(?:#(\/[^"]*)?)?"/g;
/** A place in the model itself. */
const OWN_PLACE = /"\$ref":"#(\/(?!components\/)[^"]*)?"/g;

function contextOf(source: ExportSource, { type, extensions }: ExportOptions): ExportContext {
  const isAll = extensions.includes("apigateway");
  const place = type === "swagger" ? "#/definitions/" : "#/components/schemas/";
  return {
    source,
    type,
    documentation: new DocumentationIndex(source.documentation.parts),
    schemeNames: schemeNamesOf(source),
    validatorNames: new Map(source.validators.map(({ id, spec }) => [id, spec.name])),
    has: (extension) => isAll || extensions.includes(extension),
    reference: (model) => ({ $ref: `${place}${model}` }),
  };
}

/** The address of a stage, with the host that it would have on AWS. */
function place({ source, type, has }: ExportContext): JsonObject {
  const { apiId, region, stageName, restApi } = source;
  const host = `${apiId}.execute-api.${region}.amazonaws.com`;
  const endpoint = has("integrations") || has("authorizers") ? exportEndpoint(restApi) : {};
  return type === "swagger"
    ? { host, basePath: `/${stageName}`, schemes: ["https"], ...endpoint }
    : {
        servers: [
          { url: `https://${host}/{basePath}`, variables: { basePath: { default: stageName } }, ...endpoint },
        ],
      };
}

function paths(context: ExportContext): JsonObject {
  const { source, documentation } = context;
  const sorted = [...source.resources].sort((a, b) => (a.spec.path < b.spec.path ? -1 : 1));
  return Object.fromEntries(
    sorted.flatMap(({ spec: { path, methods } }) => {
      const operations = Object.entries(methods).map(([verb, method]) => [
        keyOf(verb),
        exportOperation(path, verb, method, context),
      ]);
      const said = documentation.of({ type: "RESOURCE", path }, ["summary", "description"]);
      return operations.length === 0 && path === "/"
        ? []
        : [[path, { ...said, ...(Object.fromEntries(operations) as JsonObject) }]];
    }),
  );
}

/** Models that every API has, even if its definition does not contain them. */
const BUILT_IN: JsonObject = {
  Empty: { title: "Empty Schema", type: "object" },
  Error: { title: "Error Schema", type: "object" },
};

/** The built-in models that methods use but the API does not contain. */
function builtIn({ resources, models }: ExportSource): JsonObject {
  const methods = resources.flatMap(({ spec }) => Object.values(spec.methods));
  const used = new Set(
    methods.flatMap(({ requestModels, methodResponses }) => [
      ...Object.values(requestModels),
      ...Object.values(methodResponses).flatMap(({ responseModels = {} }) => Object.values(responseModels)),
    ]),
  );
  const has = new Set(models.map(({ id }) => id));
  return Object.fromEntries(Object.entries(BUILT_IN).filter(([name]) => used.has(name) && !has.has(name)));
}

function schemas({ source, type, reference, documentation }: ExportContext): JsonObject {
  const inDialect = type === "swagger" ? swaggerSchema : definitionSchema;
  const refTo = (name: string, at = "") => `${String(reference(name).$ref)}${pointerInWords(at, type)}`;
  const sorted = [...source.models].sort((a, b) => (a.id < b.id ? -1 : 1));
  const own = Object.fromEntries(
    sorted.map(({ id, spec }) => {
      const local = spec.schema
        .replace(OWN_PLACE, (_all, at?: string) => `"$ref":${JSON.stringify(refTo(id, at))}`)
        .replace(MODEL_URL, (_all, name: string, at?: string) => JSON.stringify(refTo(name, at)));
      // Definitions have their own dialect, in which $schema is not allowed.
      const { $schema: _draft, ...schema } = inDialect(JSON.parse(local) as JsonObject);
      return [id, { ...schema, ...documentation.of({ type: "MODEL", name: id }, ["title", "description"]) }];
    }),
  );
  return { ...builtIn(source), ...own };
}

const gatewayResponse = ({ statusCode, responseParameters, responseTemplates }: SpecOf<"GatewayResponse">) =>
  compact({
    statusCode: statusCode === undefined ? undefined : Number(statusCode),
    responseParameters: Object.keys(responseParameters).length > 0 ? responseParameters : undefined,
    responseTemplates: Object.keys(responseTemplates).length > 0 ? responseTemplates : undefined,
  });

function documented({ source: { documentation } }: ExportContext): JsonObject {
  return {
    version: documentation.version,
    createdDate: new Date(documentation.createdUnixMs).toISOString(),
    documentationParts: documentation.parts.map(({ location, properties }) => ({
      location: { ...location } as JsonObject,
      properties: JSON.parse(properties) as Json,
    })),
  };
}

/** The members of the API that are AWS's extensions. */
function extensions(context: ExportContext): JsonObject {
  const { source, has } = context;
  const { restApi, validators, gatewayResponses, documentation } = source;
  const isOwn = has("integrations") || has("authorizers");
  const named = (rows: readonly (readonly [string, JsonObject])[]) =>
    rows.length > 0 ? Object.fromEntries(rows) : undefined;
  return compact({
    "x-amazon-apigateway-request-validators": has("validators")
      ? named(
          validators.map(({ spec: { name, validateRequestBody, validateRequestParameters } }) => [
            name,
            { validateRequestBody, validateRequestParameters },
          ]),
        )
      : undefined,
    "x-amazon-apigateway-gateway-responses": has("gatewayresponses")
      ? named(gatewayResponses.map(({ id, spec }) => [id, gatewayResponse(spec)]))
      : undefined,
    "x-amazon-apigateway-documentation":
      has("documentation") && documentation.parts.length > 0 ? documented(context) : undefined,
    ...(isOwn ? exportApiExtensions(restApi) : {}),
  });
}

/** exportOpenApi is a deployed API as an OpenAPI 3.0 or Swagger 2.0 definition (AWS: Export a REST API). */
export function exportOpenApi(source: ExportSource, options: ExportOptions): JsonObject {
  const context = contextOf(source, options);
  const { restApi } = source;
  const { info } = context.documentation.of({ type: "API" }, ["info"]) as { info?: JsonObject };
  const head = {
    ...(options.type === "swagger" ? { swagger: "2.0" } : { openapi: "3.0.1" }),
    info: {
      ...compact({
        title: restApi.name,
        description: restApi.description,
        version: restApi.version ?? source.version,
      }),
      ...info,
    },
    ...place(context),
    paths: paths(context),
  };
  const named = schemas(context);
  const schemes = exportSecuritySchemes(context);
  const definitions: JsonObject =
    options.type === "swagger"
      ? compact({ securityDefinitions: orAbsent(schemes), definitions: orAbsent(named) })
      : { components: compact({ schemas: orAbsent(named), securitySchemes: orAbsent(schemes) }) };
  return { ...head, ...definitions, ...extensions(context) };
}

/** definitionText is a definition as a string, JSON or YAML. */
export const definitionText = (definition: JsonObject, format: "json" | "yaml"): string =>
  format === "json"
    ? JSON.stringify(definition, null, 2)
    : stringify(definition, { version: "1.1", aliasDuplicateObjects: false, lineWidth: 0 });
