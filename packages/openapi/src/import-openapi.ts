import { type Manifest, pathProblem, problemAt } from "@tollgate/config";
import { importApiExtensions } from "./api-extensions.ts";
import { prefixOf } from "./base-path.ts";
import { checkManifests, placeOf } from "./check-manifests.ts";
import { isObject, type Json, type JsonObject, parseDefinition } from "./document.ts";
import { endpointOf } from "./endpoint-configuration.ts";
import { importAuthorizers } from "./import-authorization.ts";
import { type ImportContext, type ImportOptions, resolve } from "./import-context.ts";
import { importGatewayResponses, importValidators, stableId } from "./import-definitions.ts";
import { importModels, modelNamesOf } from "./import-models.ts";
import { importOperation } from "./import-operation.ts";
import { replaceVariables } from "./import-variables.ts";
import { pointerOf } from "./json-pointer.ts";
import { METHOD_OF_KEY, NO_OPERATIONS } from "./operation-keys.ts";
import { servedPaths } from "./path-names.ts";
import { type DocumentedPart, partsOf } from "./read-documentation.ts";
import { type Finding, type Level, type Remark, Report } from "./report.ts";
import { fromSwagger2 } from "./swagger-2.ts";

const VERSIONS = "OpenAPI 3.0.x, OpenAPI 3.1.x and Swagger 2.0";

export interface ImportOutcome {
  readonly manifests: readonly Manifest[];
  /** The documentation in the definition. It is not part of the manifests, because parts keep their ids. */
  readonly documentation: readonly DocumentedPart[];
  /** In the order of their creation; `report` adds to them. */
  readonly findings: readonly Finding[];
  /** Reports a finding about a member of a manifest, at its place in the definition. */
  readonly report: (
    level: Level,
    manifest: Manifest,
    member: readonly string[],
    message: string,
    remark?: Remark,
  ) => void;
  /** Reports a finding about a place of the definition, in terms of OpenAPI 3. */
  readonly reportAt: (level: Level, at: readonly string[], message: string, remark?: Remark) => void;
  /** The definition, as OpenAPI 3. */
  readonly root: JsonObject;
  readonly isSwagger: boolean;
}

/** Reads a definition and creates the context of its import. */
function openContext(text: string, options: ImportOptions): ImportContext {
  const document = parseDefinition(replaceVariables(text, options), options.maxBytes);
  const { root, source } =
    document.root.swagger === "2.0" || document.root.swagger === 2
      ? fromSwagger2(document.root)
      : { root: document.root, source: undefined };
  const prefix = prefixOf(root, options.basePath ?? "ignore");
  const normal = pathsOf(root).map(([path]) => normalPath(path, prefix));
  return {
    root,
    report: new Report(document, source),
    options,
    servedPath: servedPaths(normal.filter((path) => !pathProblem(path))),
    methodsAt: new Map(),
    models: { names: modelNamesOf(root), inline: new Map(), placed: new Map() },
    origins: new Map(),
    isNewer: String(root.openapi).startsWith("3.1"),
    prefix,
  };
}

/** The paths of a definition, without the extensions among them. */
const pathsOf = (root: JsonObject): readonly [path: string, item: Json][] =>
  Object.entries(isObject(root.paths) ? root.paths : {}).filter(([path]) => !path.startsWith("x-"));

function checkVersion({ root, report }: ImportContext): void {
  const version = String(root.openapi ?? "");
  if (!/^3\.[01](\.|$)/.test(version))
    report.add(
      "error",
      ["openapi"],
      version
        ? `version ${version} is not supported; supported are ${VERSIONS}`
        : `the member 'openapi' is missing; supported are ${VERSIONS}`,
      { whole: "Invalid OpenAPI input." },
    );
  if (!isObject(root.paths)) report.add("error", ["paths"], "'paths' is missing");
}

/**
 * importOpenApi turns an OpenAPI 3.0 or 3.1 or Swagger 2.0 definition with AWS's extensions into manifests of one REST API. Throws
 * DefinitionError.
 */
export function importOpenApi(text: string, options: ImportOptions): ImportOutcome {
  const { apiId } = options;
  const context = openContext(text, options);
  const { root, report, prefix } = context;
  checkVersion(context);
  const manifests = [
    importApi(context),
    ...importModels(context),
    ...importValidators(context),
    ...importGatewayResponses(context),
    ...importAuthorizers(context),
  ];
  for (const [path, item] of pathsOf(root))
    importPath(path, resolve(item, ["paths", path], context), context);
  for (const [path, methods] of context.methodsAt)
    manifests.push({ kind: "Resource", apiId, id: stableId(path), spec: { path, methods } });
  manifests.push(...context.models.inline.values());
  checkManifests(manifests, context);
  return {
    manifests,
    documentation: partsOf(root, report, prefix),
    findings: report.findings,
    report: (level, manifest, member, message, remark) =>
      report.add(level, placeOf(manifest, member, context), message, remark),
    reportAt: (level, at, message, remark) => report.add(level, at, message, remark),
    root,
    isSwagger: report.isSwagger,
  };
}

function importApi(context: ImportContext): Manifest {
  const { root, options } = context;
  const info = isObject(root.info) ? root.info : {};
  const text = (value: Json | undefined, max: number) =>
    typeof value === "string" ? { value: value.slice(0, max) } : undefined;
  const name = text(info.title, 255)?.value || "Imported API";
  const description = text(info.description, 1024)?.value;
  // YAML reads a version such as 1 as a number.
  const version = text(typeof info.version === "number" ? String(info.version) : info.version, 64)?.value;
  return {
    kind: "RestApi",
    id: options.apiId,
    spec: {
      name,
      ...(description === undefined ? {} : { description }),
      ...(version === undefined ? {} : { version }),
      ...importApiExtensions(context),
      ...endpointOf(context),
    },
  };
}

/** The path of an item as it would be served without other paths. */
function normalPath(given: string, prefix: string): string {
  const whole = prefix === "" ? given : prefix + (given === "/" ? "" : given);
  return whole.length > 1 ? whole.replace(/\/$/, "") : whole;
}

/** importPath adds a path's methods to those of equivalent paths, which differ only in the names of parameters. */
function importPath(given: string, item: Json | undefined, context: ImportContext): void {
  const { report, methodsAt } = context;
  const at = ["paths", given];
  const normal = normalPath(given, context.prefix);
  const problem = pathProblem(normal);
  if (problem)
    return report.add("error", at, problem.message, {
      problem: problemAt(pointerOf(at), problem),
      part: { kind: "resource", path: normal },
    });
  if (!isObject(item)) return report.add("error", at, "must be an object");
  const { path, renamed } = context.servedPath(normal);
  for (const [from, to] of renamed)
    report.add(
      "info",
      at,
      `the parameter '${from}' is renamed to '${to}': AWS requires one name for the same path segment in all paths`,
    );
  const methods = methodsAt.get(path) ?? {};
  methodsAt.set(path, methods);
  for (const [key, operation] of Object.entries(item)) {
    const method = METHOD_OF_KEY.get(key);
    const where = [...at, key];
    if (!method && !NO_OPERATIONS.has(key) && !key.startsWith("x-"))
      report.add("warning", where, `'${key}' is not a supported method and was left out`);
    if (!method || !isObject(operation)) continue;
    if (Object.hasOwn(methods, method))
      report.add(
        "error",
        where,
        `${method} ${path} already exists: another path of the definition is equivalent`,
      );
    else {
      const made = importOperation({ path, renamed, operation, item, at: where }, context);
      methods[method] = made;
      context.origins.set(made, where);
    }
  }
}
