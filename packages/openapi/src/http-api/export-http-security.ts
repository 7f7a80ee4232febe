import type { HttpApi, HttpApiAuthorizer, HttpApiRoute } from "@tollgate/config";
import { compact, type Json, type JsonObject } from "../document.ts";
import { schemeNamesOf } from "../export-security.ts";

const AUTHORIZER = "x-amazon-apigateway-authorizer";
const AUTHTYPE = "x-amazon-apigateway-authtype";
const HEADER = /^\$request\.header\.(\S+)$/;

/** The name of the scheme of each authorizer, and of signatures. */
export type HttpSchemeNames = ReturnType<typeof schemeNamesOf>;

/** httpSchemeNames gives each scheme of an HTTP API a unique name. */
export const httpSchemeNames = ({ authorizers }: HttpApi): HttpSchemeNames =>
  schemeNamesOf({ authorizers: Object.entries(authorizers).map(([id, spec]) => ({ id, spec })) });

/** Members that the scheme itself contains, or that are defaults, are left out. */
function extensionOf(authorizer: HttpApiAuthorizer): JsonObject {
  const { name: _name, identitySource, ...spec } = authorizer;
  const identity = identitySource.length > 0 ? identitySource.join(", ") : undefined;
  if (spec.authorizerType === "JWT") {
    const { authorizerType: _type, ...members } = spec;
    return compact({ identitySource: identity, ...(members as Readonly<Record<string, Json>>), type: "jwt" });
  }
  const { authorizerType: _type, authorizerCredentialsArn, authorizerResultTtlInSeconds, ...members } = spec;
  return compact({
    identitySource: identity,
    ...(members as Readonly<Record<string, Json>>),
    authorizerCredentials: authorizerCredentialsArn,
    authorizerResultTtlInSeconds: authorizerResultTtlInSeconds || undefined,
    enableSimpleResponses: members.enableSimpleResponses || undefined,
    type: "request",
  });
}

function schemeOf(authorizer: HttpApiAuthorizer, withExtensions: boolean): JsonObject {
  const header = authorizer.identitySource.map((source) => HEADER.exec(source)?.[1]).find((one) => one);
  return {
    ...(authorizer.authorizerType === "JWT"
      ? { type: "oauth2" }
      : { type: "apiKey", name: header ?? "Unused", in: header === undefined ? "query" : "header" }),
    ...(withExtensions ? { [AUTHORIZER]: extensionOf(authorizer) } : {}),
  };
}

/** exportHttpSchemes are the security schemes of an HTTP API: its authorizers, and signatures if a route requires them. */
export function exportHttpSchemes(api: HttpApi, names: HttpSchemeNames, withExtensions: boolean): JsonObject {
  const schemes: Record<string, JsonObject> = {};
  for (const [id, authorizer] of Object.entries(api.authorizers))
    schemes[names.authorizers.get(id) as string] = schemeOf(authorizer, withExtensions);
  if (Object.values(api.routes).some(({ authorizationType }) => authorizationType === "AWS_IAM"))
    schemes[names.signed] = {
      type: "apiKey",
      name: "Authorization",
      in: "header",
      ...(withExtensions ? { [AUTHTYPE]: "awsSigv4" } : {}),
    };
  return schemes;
}

/** httpSecurityOf is the security requirement of a route; undefined: it has none. */
export function httpSecurityOf(
  { authorizationType, authorizerId = "", authorizationScopes }: HttpApiRoute,
  names: HttpSchemeNames,
): readonly JsonObject[] | undefined {
  if (authorizationType === "AWS_IAM") return [{ [names.signed]: [] }];
  const name = names.authorizers.get(authorizerId);
  return name === undefined ? undefined : [{ [name]: authorizationScopes }];
}
