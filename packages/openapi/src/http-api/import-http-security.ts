import { alternativeOf, objectAt } from "@tollgate/config";
import { compact, isObject, type Json, type JsonObject } from "../document.ts";
import { type Extension, nameIn, valueOf } from "../extension.ts";
import { resolve } from "../import-context.ts";
import { stableId } from "../import-definitions.ts";
import { HTTP_API } from "./http-api-shape.ts";
import type { HttpImport } from "./http-import.ts";

const AUTHORIZER = "x-amazon-apigateway-authorizer";
const AUTHTYPE = "x-amazon-apigateway-authtype";
const AUTH = "x-amazon-apigateway-auth";

type Scheme =
  | { readonly kind: "iam" }
  | {
      readonly kind: "authorizer";
      readonly id: string;
      readonly type: "JWT" | "REQUEST";
      readonly spec: JsonObject;
    }
  | { readonly kind: "unenforced" };

const schemesOf = ({ root }: HttpImport): JsonObject => {
  const components = isObject(root.components) ? root.components : {};
  return isObject(components.securitySchemes) ? components.securitySchemes : {};
};

/** Sources as a list: a definition may contain a comma-separated string. */
const sourcesOf = (given: Json | undefined): Json | undefined =>
  typeof given === "string"
    ? given
        .split(",")
        .map((source) => source.trim())
        .filter((source) => source !== "")
    : given;

const authorizerShape = (type: "JWT" | "REQUEST") =>
  alternativeOf(objectAt(HTTP_API, ["authorizers", "*"]), "authorizerType", type);

/** x-amazon-apigateway-authorizer of an HTTP API, by its type. */
const AUTHORIZERS: Readonly<Record<"JWT" | "REQUEST", Extension>> = {
  JWT: { shape: authorizerShape("JWT") },
  REQUEST: {
    shape: authorizerShape("REQUEST"),
    names: { authorizerCredentialsArn: "authorizerCredentials" },
  },
};

function authorizerSpec(name: string, authorizer: JsonObject, type: "JWT" | "REQUEST"): JsonObject {
  const extension = AUTHORIZERS[type];
  const members: Record<string, Json | undefined> = {};
  for (const [member, { shape }] of extension.shape.members) {
    const value = authorizer[nameIn(extension, member)];
    members[member] = value === undefined ? undefined : valueOf(shape, value);
  }
  return compact({
    ...members,
    name,
    authorizerType: type,
    identitySource: sourcesOf(authorizer.identitySource),
  });
}

function readScheme(name: string, context: HttpImport): Scheme | undefined {
  const at = ["components", "securitySchemes", name];
  const schemes = schemesOf(context);
  if (!Object.hasOwn(schemes, name)) return undefined;
  const scheme = resolve(schemes[name], at, context);
  if (!isObject(scheme)) return undefined;
  if (scheme[AUTHTYPE] === "awsSigv4") return { kind: "iam" };
  const authorizer = resolve(scheme[AUTHORIZER], [...at, AUTHORIZER], context);
  if (!isObject(authorizer)) return { kind: "unenforced" };
  const type = String(authorizer.type).toUpperCase();
  if (type !== "JWT" && type !== "REQUEST") {
    context.report.addOnce(
      "error",
      [...at, AUTHORIZER, "type"],
      `'${String(authorizer.type)}' must be jwt or request`,
    );
    return undefined;
  }
  const id = stableId(name);
  context.origins.set(`authorizers/${id}`, [...at, AUTHORIZER]);
  return { kind: "authorizer", id, type, spec: authorizerSpec(name, authorizer, type) };
}

/** importHttpAuthorizers makes an authorizer of every scheme that has one, used or not. */
export const importHttpAuthorizers = (context: HttpImport): Record<string, JsonObject> =>
  Object.fromEntries(
    Object.keys(schemesOf(context)).flatMap((name) => {
      const scheme = readScheme(name, context);
      return scheme?.kind === "authorizer" ? [[scheme.id, scheme.spec]] : [];
    }),
  );

/** The scheme that an operation requires: AWS allows only one in HTTP APIs. */
function requirementOf(
  operation: JsonObject,
  at: readonly string[],
  { root, report }: HttpImport,
): readonly [name: string, scopes: Json] | undefined {
  const isOwn = operation.security !== undefined;
  const security = isOwn ? operation.security : root.security;
  const where = isOwn ? [...at, "security"] : ["security"];
  const requirements = (Array.isArray(security) ? (security as readonly Json[]) : []).filter(isObject);
  const all = requirements.flatMap((requirement) => Object.entries(requirement));
  if (all.length > 1)
    report.addOnce(
      "error",
      where,
      "there are several security requirements: an HTTP API allows one per operation",
    );
  return all[0];
}

/** httpAuthorizationOf is the authorization of an operation by its own security requirement, else by the definition's. */
export function httpAuthorizationOf(
  operation: JsonObject,
  at: readonly string[],
  context: HttpImport,
): Record<string, Json> {
  const auth = operation[AUTH];
  const direct = isObject(auth) && typeof auth.type === "string" ? auth.type.toUpperCase() : "NONE";
  if (direct !== "NONE") return { authorizationType: direct };
  const [name, scopes] = requirementOf(operation, at, context) ?? [];
  // AWS's translators write NONE for an open operation in a definition that is not open.
  if (name === undefined || name === "NONE") return {};
  const scheme = readScheme(name, context);
  if (scheme?.kind === "iam") return { authorizationType: "AWS_IAM" };
  if (scheme?.kind !== "authorizer") {
    context.report.addOnce(
      "warning",
      [...at, "security"],
      `security scheme '${name}' has no ${AUTHORIZER}: the gateway does not enforce it, as on AWS`,
    );
    return {};
  }
  const hasScopes = scheme.type === "JWT" && Array.isArray(scopes) && scopes.length > 0;
  return {
    authorizationType: scheme.type === "JWT" ? "JWT" : "CUSTOM",
    authorizerId: scheme.id,
    ...(hasScopes ? { authorizationScopes: scopes as Json } : {}),
  };
}
