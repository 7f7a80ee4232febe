import { shown } from "../shown.ts";
import { isNode, memberOf, type Node, nodeOf } from "./node.ts";

const ANY = "x-amazon-apigateway-any-method";
export const INTEGRATION = "x-amazon-apigateway-integration";
/** Members of a path that are not operations. */
const NO_OPERATIONS = new Set(["parameters", "summary", "description", "servers", "$ref"]);

/** operationKey is the member of a path for a verb. */
export const operationKey = (verb: string): string =>
  verb.toLowerCase() === "any" ? ANY : verb.toLowerCase();

/** isAnyKey reports whether a member is the operation for any verb. */
export const isAnyKey = (key: string): boolean => key === ANY;

/** Operation is an operation of a definition with its place. */
export interface Operation {
  readonly path: string;
  readonly key: string;
  readonly operation: Node;
}

const emptyDefinition = (title: unknown): Node => ({
  swagger: "2.0",
  info: { version: "1.0", title },
  paths: {},
});

/** skeletonOf is the definition of an API without one in its template. */
export const skeletonOf = (): Node => emptyDefinition({ Ref: "AWS::StackName" });

/** isDefinition reports whether a value is a Swagger 2 or OpenAPI 3 definition. */
export const isDefinition = (value: unknown): value is Node =>
  isNode(value) &&
  isNode(value.paths) &&
  (Boolean(value.swagger) || /^3(\.\d)(\.\d)?$/.test(shown(value.openapi ?? "")));

export const isOpenApi3 = (version: unknown): boolean => /^3(\.\d)(\.\d)?$/.test(shown(version ?? ""));

/** pathsOf are the paths of a definition. */
export const pathsOf = (definition: Node): Node => memberOf(definition, "paths");

/** operationsOf are the operations of a definition that have an integration. */
export function operationsOf(definition: Node): readonly Operation[] {
  return Object.entries(pathsOf(definition)).flatMap(([path, item]) =>
    Object.entries(nodeOf(item)).flatMap(([key, operation]) =>
      !NO_OPERATIONS.has(key) && isNode(operation) && operation[INTEGRATION]
        ? [{ path, key, operation }]
        : [],
    ),
  );
}

/** operationAt is an operation of a definition; it is created if it does not exist. */
export const operationAt = (definition: Node, path: string, verb: string): Node =>
  memberOf(memberOf(pathsOf(definition), path), operationKey(verb));

/** addSecurity adds a requirement to an operation. */
export function addSecurity(operation: Node, scheme: string, scopes: unknown = []): void {
  const security = Array.isArray(operation.security) ? (operation.security as unknown[]) : [];
  operation.security = [...security, { [scheme]: scopes }];
}

/** securityDefinitions are the schemes of a definition, at the place where SAM collects them before the conversion to OpenAPI 3. */
export const securityDefinitions = (definition: Node): Node => memberOf(definition, "securityDefinitions");

/** The security scheme for AWS's IAM. */
const IAM_SCHEME = {
  type: "apiKey",
  name: "Authorization",
  in: "header",
  "x-amazon-apigateway-authtype": "awsSigv4",
};

export function addIamScheme(definition: Node): void {
  securityDefinitions(definition).AWS_IAM ??= { ...IAM_SCHEME };
}

export function addKeyScheme(definition: Node): void {
  securityDefinitions(definition).api_key ??= { type: "apiKey", name: "x-api-key", in: "header" };
}

/** asOpenApi3 moves members that SAM collects at Swagger 2's places to those of OpenAPI 3, if the definition is OpenAPI 3. */
export function asOpenApi3(definition: Node, version: unknown): void {
  if (definition.swagger !== undefined && definition.swagger !== null) return;
  if (!isOpenApi3(version ?? definition.openapi)) return;
  const { securityDefinitions: schemes, definitions: schemas } = definition;
  if (isNode(schemes) && Object.keys(schemes).length > 0)
    memberOf(definition, "components").securitySchemes = schemes;
  if (isNode(schemas) && Object.keys(schemas).length > 0)
    memberOf(definition, "components").schemas = schemas;
  if (schemes) delete definition.securityDefinitions;
  if (schemas) delete definition.definitions;
  for (const item of Object.values(pathsOf(definition))) {
    const preflight = nodeOf(item).options;
    if (!isNode(preflight)) continue;
    delete preflight.produces;
    delete preflight.consumes;
    const headers = nodeOf(nodeOf(nodeOf(preflight.responses)["200"]).headers);
    for (const [name, header] of Object.entries(headers))
      if (!(isNode(header) && "schema" in header)) headers[name] = { schema: header };
  }
}
