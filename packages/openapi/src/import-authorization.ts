import { kinds, type Manifest, objectAt, type Shape } from "@tollgate/config";
import { compact, isObject, type Json, type JsonObject } from "./document.ts";
import { type ImportContext, madeOf, resolve } from "./import-context.ts";
import { stableId } from "./import-definitions.ts";

const AUTHORIZER = "x-amazon-apigateway-authorizer";
const AUTHTYPE = "x-amazon-apigateway-authtype";
const AUTH = "x-amazon-apigateway-auth";

const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    token: "TOKEN",
    request: "REQUEST",
    cognito_user_pools: "COGNITO_USER_POOLS",
  }),
);

/** SecurityScheme is the part of a scheme that the gateway enforces. */
type Scheme =
  | { readonly kind: "iam" }
  | { readonly kind: "apiKey" }
  | { readonly kind: "authorizer"; readonly id: string; readonly type: string; readonly spec: JsonObject }
  | { readonly kind: "unenforced"; readonly type: Json | undefined };

function schemesOf(context: ImportContext): JsonObject {
  const { root } = context;
  const components = isObject(root.components) ? root.components : {};
  return isObject(components.securitySchemes) ? components.securitySchemes : {};
}

const text = (value: Json | undefined) => (typeof value === "string" && value !== "" ? value : undefined);

/** The header of the scheme is the identity source of an authorizer without one. */
function identitySourceOf(scheme: JsonObject, authorizer: JsonObject, type: string): string | undefined {
  const given = text(authorizer.identitySource);
  if (given !== undefined) return given;
  const name = text(scheme.name);
  return type !== "REQUEST" && scheme.in === "header" && name !== undefined
    ? `method.request.header.${name}`
    : undefined;
}

const members = objectAt(kinds.Authorizer.spec).members;
/** Members that are not read from the extension, or only for another type. */
const ELSEWHERE = ["name", "type", "authType", "identitySource"];

/** A value of the extension for the spec; undefined for an empty one, such as an empty string. */
function memberValue(shape: Shape, value: Json | undefined): Json | undefined {
  if (value === undefined || value === null) return undefined;
  if (shape.type === "number") return Number(value);
  return shape.type === "string" ? text(value) : value;
}

function authorizerSpec(name: string, scheme: JsonObject, authorizer: JsonObject, type: string): JsonObject {
  const isPool = type === "COGNITO_USER_POOLS";
  const others = [...ELSEWHERE, isPool ? "authorizerUri" : "providerARNs"];
  const given = [...members].map(
    ([member, { shape }]) =>
      [member, others.includes(member) ? undefined : memberValue(shape, authorizer[member])] as const,
  );
  return compact({
    ...Object.fromEntries(given),
    name,
    type,
    authType: text(scheme[AUTHTYPE]),
    identitySource: identitySourceOf(scheme, authorizer, type),
  });
}

function readScheme(name: string, context: ImportContext): Scheme | undefined {
  const at = ["components", "securitySchemes", name];
  const scheme = resolve(schemesOf(context)[name], at, context);
  if (!isObject(scheme)) return undefined;
  if (scheme[AUTHTYPE] === "awsSigv4") return { kind: "iam" };
  const authorizer = resolve(scheme[AUTHORIZER], [...at, AUTHORIZER], context);
  if (!isObject(authorizer))
    return scheme.type === "apiKey" && String(scheme.name).toLowerCase() === "x-api-key"
      ? { kind: "apiKey" }
      : { kind: "unenforced", type: scheme.type };
  const type = TYPES.get(String(authorizer.type).toLowerCase());
  if (type === undefined) {
    context.report.addOnce(
      "error",
      [...at, AUTHORIZER, "type"],
      `'${String(authorizer.type)}' must be one of ${[...TYPES.keys()].join(", ")}`,
    );
    return undefined;
  }
  return {
    kind: "authorizer",
    id: stableId(name),
    type,
    spec: authorizerSpec(name, scheme, authorizer, type),
  };
}

/** importAuthorizers makes an authorizer of every scheme that has one, used or not, as AWS does. */
export function importAuthorizers(context: ImportContext): Manifest[] {
  return Object.keys(schemesOf(context)).flatMap((name) => {
    const scheme = readScheme(name, context);
    if (scheme?.kind !== "authorizer") return [];
    const { apiId } = context.options;
    const at = ["components", "securitySchemes", name, AUTHORIZER];
    return [madeOf(at, { kind: "Authorizer", apiId, id: scheme.id, spec: scheme.spec }, context)];
  });
}

/** The requirements of an operation, one scheme after the other: its own, else the definition's. */
function requirementsOf(operation: JsonObject, root: JsonObject): readonly (readonly [string, Json])[] {
  const security = operation.security ?? root.security;
  if (!Array.isArray(security)) return [];
  return (security as readonly Json[]).flatMap((requirement) =>
    isObject(requirement) ? Object.entries(requirement) : [],
  );
}

/** What a method is given for a scheme that it requires. */
function requiredBy(scheme: Scheme | undefined, scopes: Json): Record<string, unknown> {
  switch (scheme?.kind) {
    case "iam":
      return { authorizationType: "AWS_IAM" };
    case "apiKey":
      return { apiKeyRequired: true };
    case "authorizer": {
      const isPool = scheme.type === "COGNITO_USER_POOLS";
      return {
        authorizationType: isPool ? "COGNITO_USER_POOLS" : "CUSTOM",
        authorizerId: scheme.id,
        ...(isPool && Array.isArray(scopes) && scopes.length > 0 ? { authorizationScopes: scopes } : {}),
      };
    }
    default:
      return {};
  }
}

/** AWS's sentence for a scheme of a type that it does not know. For one of type apiKey without an authorizer none is known. */
function onAws(name: string, type: Json | undefined): { onAws?: string } {
  return typeof type === "string" && type !== "apiKey"
    ? { onAws: `Unsupported security definition type '${type}' for '${name}'. Ignoring.` }
    : {};
}

/** authorizationOf is what an operation's security requirements ask for. What the gateway cannot enforce is reported, as on AWS. */
export function authorizationOf(
  operation: JsonObject,
  at: readonly string[],
  context: ImportContext,
): Record<string, unknown> {
  const auth = operation[AUTH];
  const direct = isObject(auth) && typeof auth.type === "string" ? auth.type.toUpperCase() : undefined;
  if (direct !== undefined && direct !== "NONE") return { authorizationType: direct };
  const result: Record<string, unknown> = {};
  for (const [name, scopes] of requirementsOf(operation, context.root)) {
    const scheme = readScheme(name, context);
    Object.assign(result, requiredBy(scheme, scopes));
    if (scheme?.kind === "unenforced")
      context.report.addOnce(
        "warning",
        [...at, "security"],
        `security scheme '${name}' has no ${AUTHORIZER}: the gateway does not enforce it, as on AWS`,
        onAws(name, scheme.type),
      );
  }
  return result;
}
