import { pathProblem, type Manifest } from "@tollgate/config";
import { isObject, parseDefinition, type Json } from "./document.ts";
import { importAuthorizers, policyOf } from "./import-authorization.ts";
import { importGatewayResponses, importValidators, stableId } from "./import-definitions.ts";
import { importModels, modelNamesOf } from "./import-models.ts";
import { resolve, type ImportContext, type ImportOptions } from "./import-context.ts";
import { importOperation } from "./import-operation.ts";
import { partsOf, type DocumentedPart } from "./read-documentation.ts";
import { prefixOf } from "./base-path.ts";
import { fromSwagger2 } from "./swagger-2.ts";
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

const VERSIONS = "OpenAPI 3.0.x, OpenAPI 3.1.x and Swagger 2.0";

export interface ImportOutcome {
  readonly manifests: readonly Manifest[];
  /** What the definition says about its things; manifests are not made of it, for parts keep their ids. */
  readonly documentation: readonly DocumentedPart[];
  readonly findings: readonly Finding[];
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

/** importOpenApi turns an OpenAPI 3.0 or 3.1 or Swagger 2.0 definition with AWS's extensions into manifests of one REST API. Throws DefinitionError. */
export function importOpenApi(text: string, options: ImportOptions): ImportOutcome {
  const document = parseDefinition(replaceVariables(text, options), options.maxBytes);
  const { root, source } =
    document.root.swagger === "2.0" || document.root.swagger === 2
      ? fromSwagger2(document.root)
      : { root: document.root, source: undefined };
  const report = new Report(document, source);
  const prefix = prefixOf(root, options.basePath ?? "ignore");
  const version = String(root.openapi ?? "");
  const context: ImportContext = {
    root,
    report,
    options,
    parameterAt: new Map(),
    paths: new Set(),
    models: { names: modelNamesOf(root), inline: new Map() },
    isNewer: version.startsWith("3.1"),
    prefix,
  };
  if (!/^3\.[01](\.|$)/.test(version))
    report.add(
      "error",
      ["openapi"],
      version
        ? `version ${version} cannot be imported; ${VERSIONS} can`
        : `there is no 'openapi' member: ${VERSIONS} can be imported`,
    );
  if (!isObject(root.paths)) report.add("error", ["paths"], "there are no paths");
  const manifests = [
    importApi(context),
    ...importModels(context),
    ...importValidators(context),
    ...importGatewayResponses(context),
    ...importAuthorizers(context),
  ];
  for (const [path, item] of Object.entries(isObject(root.paths) ? root.paths : {})) {
    const manifest = importPath(path, resolve(item, ["paths", path], context), context);
    if (manifest) manifests.push(manifest);
  }
  manifests.push(...context.models.inline.values());
  return { manifests, documentation: partsOf(root, report, prefix), findings: report.findings };
}

function importApi(context: ImportContext): Manifest {
  const { root, options } = context;
  const info = isObject(root.info) ? root.info : {};
  const text = (value: Json | undefined, max: number) =>
    typeof value === "string" ? { value: value.slice(0, max) } : undefined;
  const name = text(info.title, 255)?.value ?? "Imported API";
  const description = text(info.description, 1024)?.value;
  const version = text(info.version, 64)?.value;
  const minimumCompressionSize = root["x-amazon-apigateway-minimum-compression-size"];
  const binary = root["x-amazon-apigateway-binary-media-types"];
  return {
    kind: "RestApi",
    id: options.restApiId,
    spec: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(version === undefined ? {} : { version }),
      ...(typeof minimumCompressionSize === "number" ? { minimumCompressionSize } : {}),
      ...(Array.isArray(binary) ? { binaryMediaTypes: binary } : {}),
      ...(typeof root["x-amazon-apigateway-api-key-source"] === "string"
        ? { apiKeySource: root["x-amazon-apigateway-api-key-source"] }
        : {}),
      ...policyOf(context),
    },
  };
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
  const whole = context.prefix === "" ? given : context.prefix + (given === "/" ? "" : given);
  const normal = whole.length > 1 ? whole.replace(/\/$/, "") : whole;
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
  return { kind: "Resource", restApiId: options.restApiId, id: stableId(path), spec: { path, methods } };
}
