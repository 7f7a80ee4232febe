import { digestOf, pathProblem, type Manifest } from "@tollgate/config";
import { isObject, parseDefinition, type Json, type JsonObject } from "./document.ts";
import { importIntegration, proxyIntegration } from "./import-integration.ts";
import { Report, type Finding } from "./report.ts";

const METHODS: Readonly<Record<string, string>> = {
  get: "GET",
  put: "PUT",
  post: "POST",
  delete: "DELETE",
  options: "OPTIONS",
  head: "HEAD",
  patch: "PATCH",
  "x-amazon-apigateway-any-method": "ANY",
};
const PLACES: Readonly<Record<string, string>> = { query: "querystring", header: "header", path: "path" };
const MODEL_NAME = /^[A-Za-z0-9]{1,255}$/;

export interface ImportOptions {
  readonly restApiId: string;
  /** Takes operations that have no x-amazon-apigateway-integration: HTTP_PROXY to the same path below this URL. */
  readonly proxyBaseUrl?: string | undefined;
  readonly accountId?: string;
  readonly region?: string;
}

export interface ImportOutcome {
  readonly manifests: readonly Manifest[];
  readonly findings: readonly Finding[];
}

interface ImportContext {
  readonly root: JsonObject;
  readonly report: Report;
  readonly options: ImportOptions;
  /** Parameter segment below each parent path: AWS allows one, so that later names give way to the first. */
  readonly parameterAt: Map<string, string>;
  readonly paths: Set<string>;
}

/** Resource ids come from the path, so that importing a definition again changes what changed and nothing else. */
const resourceIdOf = (path: string): string =>
  BigInt(`0x${digestOf(path).slice(0, 16)}`)
    .toString(36)
    .padStart(10, "0")
    .slice(-10);

/** resolve follows a local $ref, once per step; what cannot be found is an error in the report. */
function resolve(
  value: Json | undefined,
  at: readonly string[],
  { root, report }: ImportContext,
): Json | undefined {
  let current = value;
  for (let depth = 0; depth < 32 && isObject(current) && typeof current.$ref === "string"; depth++) {
    const ref: string = current.$ref;
    const parts = ref.startsWith("#/")
      ? ref
          .slice(2)
          .split("/")
          .map((p) => p.replaceAll("~1", "/").replaceAll("~0", "~"))
      : undefined;
    const target = parts?.reduce<Json | undefined>(
      (node, part) => (isObject(node) ? node[part] : undefined),
      root,
    );
    if (target === undefined) {
      report.add(
        "error",
        at,
        `$ref '${ref}' leads nowhere: only references within the document can be imported`,
      );
      return undefined;
    }
    current = target;
  }
  return current;
}

/** AWS replaces these three anywhere in a definition. */
function replaceVariables(
  text: string,
  { accountId = "000000000000", region = "us-east-1" }: ImportOptions,
): string {
  return text
    .replaceAll("${AWS::AccountId}", accountId)
    .replaceAll("${AWS::Region}", region)
    .replaceAll("${AWS::Partition}", "aws");
}

/** importOpenApi turns an OpenAPI 3.0 definition with AWS's extensions into manifests of one REST API. Throws DefinitionError. */
export function importOpenApi(text: string, options: ImportOptions): ImportOutcome {
  const document = parseDefinition(replaceVariables(text, options));
  const { root } = document;
  const report = new Report(document);
  const context: ImportContext = { root, report, options, parameterAt: new Map(), paths: new Set() };
  const version = typeof root.openapi === "string" ? root.openapi : "";
  if (!version.startsWith("3.0"))
    report.add(
      "error",
      ["openapi"],
      version
        ? `version ${version} cannot be imported; 3.0.x can`
        : "there is no 'openapi' member: only OpenAPI 3.0.x can be imported yet",
    );
  if (!isObject(root.paths)) report.add("error", ["paths"], "there are no paths");
  const manifests = [importApi(context), ...importModels(context)];
  for (const [path, item] of Object.entries(isObject(root.paths) ? root.paths : {})) {
    const manifest = importPath(path, resolve(item, ["paths", path], context), context);
    if (manifest) manifests.push(manifest);
  }
  return { manifests, findings: report.findings };
}

function importApi({ root, options }: ImportContext): Manifest {
  const info = isObject(root.info) ? root.info : {};
  const text = (value: Json | undefined, max: number) =>
    typeof value === "string" ? { value: value.slice(0, max) } : undefined;
  const name = text(info.title, 255)?.value ?? "Imported API";
  const description = text(info.description, 1024)?.value;
  const version = text(info.version, 64)?.value;
  const binary = root["x-amazon-apigateway-binary-media-types"];
  return {
    kind: "RestApi",
    id: options.restApiId,
    spec: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(version === undefined ? {} : { version }),
      ...(Array.isArray(binary) ? { binaryMediaTypes: binary } : {}),
      ...(typeof root["x-amazon-apigateway-api-key-source"] === "string"
        ? { apiKeySource: root["x-amazon-apigateway-api-key-source"] }
        : {}),
    },
  };
}

function schemasOf(root: JsonObject): JsonObject {
  const components = isObject(root.components) ? root.components : {};
  return isObject(components.schemas) ? components.schemas : {};
}

function importModels({ root, report, options }: ImportContext): Manifest[] {
  return Object.entries(schemasOf(root)).flatMap(([name, schema]) => {
    if (!MODEL_NAME.test(name)) {
      report.add(
        "warning",
        ["components", "schemas", name],
        `'${name}' is not alphanumeric and was left out`,
      );
      return [];
    }
    const linked = JSON.stringify(schema).replaceAll(
      '"#/components/schemas/',
      `"https://apigateway.amazonaws.com/restapis/${options.restApiId}/models/`,
    );
    return [{ kind: "Model", restApiId: options.restApiId, id: name, spec: { schema: linked } }];
  });
}

/** servedPath gives a path's parameters the names that its siblings have: AWS allows one variable part below each parent. */
function servedPath(
  path: string,
  at: readonly string[],
  { parameterAt, report }: ImportContext,
): { path: string; renamed: ReadonlyMap<string, string> } {
  const renamed = new Map<string, string>();
  let parent = "";
  for (const segment of path.slice(1).split("/")) {
    let served = segment;
    if (segment.startsWith("{") && !segment.endsWith("+}")) {
      served = parameterAt.get(parent) ?? segment;
      parameterAt.set(parent, served);
      if (served !== segment) renamed.set(segment.slice(1, -1), served.slice(1, -1));
    }
    parent += `/${served}`;
  }
  for (const [from, to] of renamed)
    report.add(
      "info",
      at,
      `parameter '${from}' is called '${to}' as in its siblings: only one name is possible there`,
    );
  return { path: path === "/" ? path : parent, renamed };
}

function importPath(given: string, item: Json | undefined, context: ImportContext): Manifest | undefined {
  const { report, options } = context;
  const at = ["paths", given];
  const normal = given.length > 1 ? given.replace(/\/$/, "") : given;
  const problem = pathProblem(normal);
  if (problem) {
    report.add("error", at, `the path ${problem}`);
    return undefined;
  }
  if (!isObject(item)) {
    report.add("error", at, "must be an object");
    return undefined;
  }
  const { path, renamed } = servedPath(normal, at, context);
  if (context.paths.has(path)) {
    report.add("error", at, `is the same path as another one: ${path}`);
    return undefined;
  }
  context.paths.add(path);
  const methods: Record<string, unknown> = {};
  for (const [key, operation] of Object.entries(item)) {
    const method = METHODS[key];
    if (!method || !isObject(operation)) continue;
    methods[method] = importOperation({ path, renamed, operation, item, at: [...at, key] }, context);
  }
  return { kind: "Resource", restApiId: options.restApiId, id: resourceIdOf(path), spec: { path, methods } };
}

interface OperationInput {
  readonly path: string;
  readonly renamed: ReadonlyMap<string, string>;
  readonly operation: JsonObject;
  readonly item: JsonObject;
  readonly at: readonly string[];
}

function importOperation(
  { path, renamed, operation, item, at }: OperationInput,
  context: ImportContext,
): Record<string, unknown> {
  const { report, options } = context;
  const extension = resolve(
    operation["x-amazon-apigateway-integration"],
    [...at, "x-amazon-apigateway-integration"],
    context,
  );
  const integration = isObject(extension)
    ? withRenamedSources(
        importIntegration(extension, [...at, "x-amazon-apigateway-integration"], report),
        renamed,
      )
    : options.proxyBaseUrl
      ? proxyIntegration(options.proxyBaseUrl, path)
      : undefined;
  if (!integration)
    report.add(
      "warning",
      at,
      "has no x-amazon-apigateway-integration: the API cannot be deployed until it has one",
    );
  return {
    ...authorizationOf(operation, at, context),
    ...(typeof operation.operationId === "string" ? { operationName: operation.operationId } : {}),
    requestParameters: parametersOf({ path, renamed, operation, item, at }, context),
    methodResponses: responsesOf(operation, at, context),
    ...(integration ? { integration } : {}),
  };
}

/** withRenamedSources lets an integration read the parameters under the names they are served with. */
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
  { renamed, operation, item, at }: OperationInput,
  context: ImportContext,
): Record<string, boolean> {
  const parameters: Record<string, boolean> = {};
  const lists: [Json | undefined, readonly string[]][] = [
    [item.parameters, [...at.slice(0, -1), "parameters"]],
    [operation.parameters, [...at, "parameters"]],
  ];
  for (const [list, where] of lists)
    for (const [i, entry] of (Array.isArray(list) ? (list as readonly Json[]) : []).entries()) {
      const parameter = resolve(entry, [...where, String(i)], context);
      if (!isObject(parameter) || typeof parameter.name !== "string") continue;
      const place = PLACES[String(parameter.in)];
      const name = place === "path" ? (renamed.get(parameter.name) ?? parameter.name) : parameter.name;
      if (place) parameters[`method.request.${place}.${name}`] = parameter.required === true;
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
      responseParameters: Object.fromEntries(
        headers.map((name) => [`method.response.header.${name}`, false]),
      ),
    };
  }
  return responses;
}

/** What protects an operation goes into the method as it is: a gateway that cannot enforce it refuses the method. */
function authorizationOf(
  operation: JsonObject,
  at: readonly string[],
  { root, report }: ImportContext,
): Record<string, unknown> {
  const auth = operation["x-amazon-apigateway-auth"];
  if (isObject(auth) && typeof auth.type === "string" && auth.type.toUpperCase() !== "NONE")
    return { authorizationType: auth.type.toUpperCase() };
  const security = operation.security ?? root.security;
  const components = isObject(root.components) ? root.components : {};
  const schemes = isObject(components.securitySchemes) ? components.securitySchemes : {};
  const result: Record<string, unknown> = {};
  for (const requirement of Array.isArray(security) ? (security as readonly Json[]) : [])
    for (const name of isObject(requirement) ? Object.keys(requirement) : []) {
      const scheme = schemes[name];
      if (!isObject(scheme)) continue;
      if (scheme["x-amazon-apigateway-authtype"] === "awsSigv4") result.authorizationType = "AWS_IAM";
      else if (isObject(scheme["x-amazon-apigateway-authorizer"]))
        result.authorizationType =
          String(scheme["x-amazon-apigateway-authorizer"].type) === "cognito_user_pools"
            ? "COGNITO_USER_POOLS"
            : "CUSTOM";
      else if (scheme.type === "apiKey" && String(scheme.name).toLowerCase() === "x-api-key")
        result.apiKeyRequired = true;
      else
        report.addOnce(
          "warning",
          [...at, "security"],
          `security scheme '${name}' has no x-amazon-apigateway-authorizer: as on AWS the gateway does not enforce it`,
        );
    }
  return result;
}
