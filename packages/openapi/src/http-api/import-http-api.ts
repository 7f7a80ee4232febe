import { DEFAULT_ROUTE, type Manifest, objectAt, parseManifest } from "@tollgate/config";
import { prefixOf } from "../base-path.ts";
import { isObject, type Json, type JsonObject, parseDefinition } from "../document.ts";
import { endpointOf } from "../endpoint-configuration.ts";
import { type ImportOptions, resolve } from "../import-context.ts";
import { stableId } from "../import-definitions.ts";
import { replaceVariables } from "../import-variables.ts";
import { METHOD_OF_KEY, NO_OPERATIONS } from "../operation-keys.ts";
import { partOf } from "../part.ts";
import { type Finding, Report } from "../report.ts";
import { HTTP_API } from "./http-api-shape.ts";
import type { HttpImport } from "./http-import.ts";
import { extensionMember, importHttpIntegration } from "./import-http-integration.ts";
import { httpAuthorizationOf, importHttpAuthorizers } from "./import-http-security.ts";
import { reportMissingSchemas } from "./missing-schemas.ts";

const CORS = "x-amazon-apigateway-cors";
const INTEGRATION = "x-amazon-apigateway-integration";
const INTEGRATIONS = "x-amazon-apigateway-integrations";
const TAG = "x-amazon-apigateway-tag-value";
const CORS_MEMBERS = [...objectAt(HTTP_API, ["corsConfiguration"]).members.keys()];

export interface HttpImportOutcome {
  /** The API. */
  readonly manifest: Manifest & { readonly spec: JsonObject };
  readonly findings: readonly Finding[];
}

function checkVersion({ root, report }: HttpImport): void {
  const version = String(root.openapi ?? "");
  if (root.swagger !== undefined)
    report.add(
      "error",
      ["swagger"],
      "HTTP APIs can be imported from OpenAPI 3.0 only; Swagger 2.0 is for REST APIs",
    );
  else if (!/^3\.0(\.|$)/.test(version))
    report.add(
      "error",
      ["openapi"],
      `version '${version}' cannot be imported as an HTTP API; use OpenAPI 3.0.x`,
    );
  if (!isObject(root.paths)) report.add("error", ["paths"], "'paths' is missing");
}

/** Tags of a definition that carry a value are the API's; those without are of its operations. */
function tagsOf({ root }: HttpImport): { tags?: JsonObject } {
  const tags = (Array.isArray(root.tags) ? (root.tags as readonly Json[]) : []).flatMap((tag) =>
    isObject(tag) && typeof tag.name === "string" && tag[TAG] !== undefined
      ? [[tag.name, String(tag[TAG])] as const]
      : [],
  );
  return tags.length > 0 ? { tags: Object.fromEntries(tags) } : {};
}

/** Members of CORS; other spellings are left out, as on AWS. */
function corsOf({ root, report }: HttpImport): { corsConfiguration?: JsonObject } {
  const cors = root[CORS];
  if (cors === undefined) return {};
  if (!isObject(cors)) {
    report.add("error", [CORS], `must be an object with ${CORS_MEMBERS.join(", ")}`);
    return {};
  }
  for (const name of Object.keys(cors))
    if (!CORS_MEMBERS.includes(name))
      report.add(
        "warning",
        [CORS, name],
        `'${name}' is not one of ${CORS_MEMBERS.join(", ")} and was left out`,
      );
  const listed = (name: string, value: Json): Json =>
    typeof value === "string" && name.startsWith("allow") ? value.split(",").map((one) => one.trim()) : value;
  return {
    corsConfiguration: Object.fromEntries(
      Object.entries(cors).flatMap(([name, value]) =>
        CORS_MEMBERS.includes(name) ? [[name, listed(name, value)]] : [],
      ),
    ),
  };
}

const text = (value: Json | undefined, max: number) =>
  typeof value === "string" && value !== "" ? value.slice(0, max) : undefined;

function infoOf({ root }: HttpImport): Record<string, Json> {
  const info = isObject(root.info) ? root.info : {};
  const description = text(info.description, 1024);
  const version = text(info.version, 64);
  return {
    name: text(info.title, 128) ?? "Imported API",
    ...(description === undefined ? {} : { description }),
    ...(version === undefined ? {} : { version }),
  };
}

interface Parts {
  readonly routes: Record<string, JsonObject>;
  readonly integrations: Record<string, JsonObject>;
}

/** The integration of an operation without one, if an upstream is given: the same path there. */
function proxyTo(routeKey: string, { proxyBaseUrl }: HttpImport): JsonObject | undefined {
  if (proxyBaseUrl === undefined) return undefined;
  const path = routeKey === DEFAULT_ROUTE ? "" : routeKey.replace(/^\S+ /, "").replace("+}", "}");
  return { type: "http_proxy", uri: `${proxyBaseUrl.replace(/\/$/, "")}${path}` };
}

/** Integrations that AWS warns of and leaves out (AWS: OpenAPI definitions for HTTP APIs). */
const isOfRestOnly = ({ type }: JsonObject): boolean =>
  typeof type === "string" && /^(mock|http|aws)$/i.test(type);

/** The integration of an operation: one that several share by $ref, else its own. */
function integrationIdOf(
  routeKey: string,
  operation: JsonObject,
  at: readonly string[],
  { integrations }: Parts,
  context: HttpImport,
): string | undefined {
  const given = operation[INTEGRATION];
  const where = [...at, INTEGRATION];
  const ref = isObject(given) && typeof given.$ref === "string" ? given.$ref : undefined;
  const shared = ref?.startsWith(`#/components/${INTEGRATIONS}/`)
    ? ref.slice(`#/components/${INTEGRATIONS}/`.length)
    : undefined;
  const extension = resolve(given, where, context) ?? proxyTo(routeKey, context);
  if (!isObject(extension)) {
    context.report.add("warning", at, `has no ${INTEGRATION}: calls to this route return 500`);
    return undefined;
  }
  if (isOfRestOnly(extension)) {
    const type = String(extension.type);
    context.report.add(
      "warning",
      [...where, "type"],
      `'${type}' is for REST APIs only and was left out: calls to this route return 500`,
    );
    return undefined;
  }
  const id = stableId(shared === undefined ? routeKey : `${INTEGRATIONS}/${shared}`);
  const origin = shared === undefined ? where : ["components", INTEGRATIONS, shared];
  if (!Object.hasOwn(integrations, id)) {
    integrations[id] = importHttpIntegration(extension, origin, context.report);
    context.origins.set(`integrations/${id}`, origin);
  }
  return id;
}

function importPath(path: string, given: Json, parts: Parts, context: HttpImport): void {
  const at = ["paths", path];
  const item = resolve(given, at, context);
  if (!isObject(item)) return; // AWS's translators leave paths empty
  for (const [key, value] of Object.entries(item)) {
    const method = METHOD_OF_KEY.get(key);
    if (!method && !NO_OPERATIONS.has(key) && !key.startsWith("x-"))
      context.report.add("warning", [...at, key], `'${key}' is not a supported method and was left out`);
    if (!method || !isObject(value)) continue;
    const isDefault = path === `/${DEFAULT_ROUTE}` || path === DEFAULT_ROUTE;
    const served = context.prefix === "" || path !== "/" ? context.prefix + path : context.prefix;
    const routeKey = isDefault ? DEFAULT_ROUTE : `${method} ${served}`;
    const where = [...at, key];
    reportMissingSchemas(value, { path, method: key, at: where }, context);
    const integrationId = integrationIdOf(routeKey, value, where, parts, context);
    const id = stableId(routeKey);
    context.origins.set(`routes/${id}`, where);
    const operationName = text(value.operationId, 64);
    parts.routes[id] = {
      routeKey,
      ...(integrationId === undefined ? {} : { target: `integrations/${integrationId}` }),
      ...(operationName === undefined ? {} : { operationName }),
      ...httpAuthorizationOf(value, where, context),
    };
  }
}

/** The place in the definition from which a member of the API was made. */
function placeOf(member: readonly string[], { origins }: HttpImport): readonly string[] {
  const [list = "", id = "", first, ...rest] = member;
  const origin = origins.get(`${list}/${id}`);
  if (list === "corsConfiguration") return [CORS, ...member.slice(1)];
  if (!origin) return list === "name" ? ["info", "title"] : ["info"];
  if (list === "routes" && first === "routeKey") return origin;
  if (first === undefined) return origin;
  return [...origin, list === "integrations" ? extensionMember(first) : first, ...rest];
}

/** importHttpApi turns an OpenAPI 3 definition with AWS's extensions into an HTTP API. Throws DefinitionError. */
export function importHttpApi(given: string, options: ImportOptions): HttpImportOutcome {
  const document = parseDefinition(replaceVariables(given, options), options.maxBytes);
  const { root } = document;
  const context: HttpImport = {
    root,
    report: new Report(document),
    prefix: prefixOf(root, options.basePath ?? "ignore"),
    proxyBaseUrl: options.proxyBaseUrl,
    origins: new Map(),
  };
  const { report } = context;
  checkVersion(context);
  const authorizers = importHttpAuthorizers(context);
  const parts: Parts = { routes: {}, integrations: {} };
  for (const [path, item] of Object.entries(isObject(root.paths) ? root.paths : {}))
    if (!path.startsWith("x-")) importPath(path, item, parts, context);
  const { endpointConfiguration: _private, ...endpoint } = endpointOf(context);
  const manifest = {
    kind: "Api",
    id: options.apiId,
    spec: {
      protocolType: "HTTP",
      ...infoOf(context),
      ...endpoint,
      ...corsOf(context),
      ...tagsOf(context),
      authorizers,
      ...parts,
    },
  };
  const parsed = parseManifest(manifest, 0);
  for (const problem of parsed.ok ? [] : parsed.problems) {
    const { member = [], message } = problem;
    report.add("error", placeOf(member.map(String), context), message, {
      problem,
      part: partOf(manifest, member),
    });
  }
  return { manifest, findings: report.findings };
}
