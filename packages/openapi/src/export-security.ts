import type { SpecOf } from "@tollgate/config";
import type { JsonObject } from "./document.ts";
import { compact, type ExportContext } from "./export-context.ts";

const API_KEY = "api_key";
const SIGNED = "sigv4";
const HEADER = /^method\.request\.header\.([^,\s]+)$/;

type Method = SpecOf<"Resource">["methods"][keyof SpecOf<"Resource">["methods"]];
type Authorizer = SpecOf<"Authorizer">;

const methodsOf = ({ source: { resources } }: ExportContext) =>
  resources.flatMap(({ spec }) => Object.values(spec.methods));

/** The header of a scheme: the one that identifies, where it is one. */
const headerOf = (source: string | undefined): string => HEADER.exec(source ?? "")?.[1] ?? "Unused";

function authorizerExtension(spec: Authorizer): JsonObject {
  const { type, identitySource, authorizerResultTtlInSeconds } = spec;
  const shown = "authorizerUri" in spec ? spec : undefined;
  return compact({
    type: type.toLowerCase(),
    authorizerUri: shown?.authorizerUri,
    authorizerCredentials: shown?.authorizerCredentials,
    providerARNs: "providerARNs" in spec ? spec.providerARNs : undefined,
    // That of a single header stands in the scheme itself.
    identitySource: type === "REQUEST" && identitySource ? identitySource : undefined,
    identityValidationExpression:
      "identityValidationExpression" in spec ? spec.identityValidationExpression : undefined,
    authorizerResultTtlInSeconds,
  });
}

function schemeOf(spec: Authorizer, withAuthorizer: boolean): JsonObject {
  const isQuery = spec.type === "REQUEST" && headerOf(spec.identitySource) === "Unused";
  return {
    type: "apiKey",
    name: headerOf(spec.identitySource),
    in: isQuery ? "query" : "header",
    "x-amazon-apigateway-authtype":
      spec.authType ?? (spec.type === "COGNITO_USER_POOLS" ? "cognito_user_pools" : "custom"),
    ...(withAuthorizer ? { "x-amazon-apigateway-authorizer": authorizerExtension(spec) } : {}),
  };
}

/** exportSecuritySchemes is every way to show who calls that the API knows: its authorizers, keys and signatures. */
export function exportSecuritySchemes(context: ExportContext): JsonObject {
  const { source, has, documentation } = context;
  const methods = methodsOf(context);
  const schemes: Record<string, JsonObject> = {};
  for (const { spec } of source.authorizers)
    schemes[spec.name] = {
      ...schemeOf(spec, has("authorizers")),
      ...documentation.of({ type: "AUTHORIZER", name: spec.name }, ["description"]),
    };
  if (methods.some(({ apiKeyRequired }) => apiKeyRequired))
    schemes[API_KEY] = { type: "apiKey", name: "x-api-key", in: "header" };
  if (methods.some(({ authorizationType }) => authorizationType === "AWS_IAM"))
    schemes[SIGNED] = {
      type: "apiKey",
      name: "Authorization",
      in: "header",
      "x-amazon-apigateway-authtype": "awsSigv4",
    };
  return schemes;
}

/** securityOf is what a method asks for; several entries are asked for together. */
export function securityOf(method: NonNullable<Method>, { source }: ExportContext): JsonObject[] {
  const { authorizationType, authorizerId, authorizationScopes, apiKeyRequired } = method;
  const authorizer = source.authorizers.find(({ id }) => id === authorizerId);
  return [
    ...(authorizationType === "AWS_IAM" ? [{ [SIGNED]: [] }] : []),
    ...(authorizer ? [{ [authorizer.spec.name]: authorizationScopes }] : []),
    ...(apiKeyRequired ? [{ [API_KEY]: [] }] : []),
  ];
}
