import type { SpecOf } from "@tollgate/config";
import { compact, type Json, type JsonObject } from "./document.ts";
import type { ExportContext, SchemeNames } from "./export-context.ts";

/** Allowed names of a scheme in a definition (OpenAPI 3.0, Components Object). */
const NOT_IN_NAMES = /[^A-Za-z0-9._-]/g;
const HEADER = /^method\.request\.header\.([^,\s]+)$/;

type Method = SpecOf<"Resource">["methods"][keyof SpecOf<"Resource">["methods"]];
type Authorizer = SpecOf<"Authorizer">;

const methodsOf = ({ source: { resources } }: ExportContext) =>
  resources.flatMap(({ spec }) => Object.values(spec.methods));

/** The header of a scheme: the identity source, if it is a single header. */
const headerOf = (source: string | undefined): string => HEADER.exec(source ?? "")?.[1] ?? "Unused";

/** Members that the scheme itself contains are left out: its name, and the source if it is a single header. */
function authorizerExtension({
  name: _name,
  authType: _authType,
  identitySource,
  ...spec
}: Authorizer): JsonObject {
  const { type } = spec;
  return compact({
    ...(spec as Readonly<Record<string, Json>>),
    type: type.toLowerCase(),
    identitySource: type === "REQUEST" && identitySource !== "" ? identitySource : undefined,
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

/** schemeNamesOf gives each scheme a unique name; authorizers keep theirs as far as a definition allows it. */
export function schemeNamesOf({
  authorizers,
}: {
  readonly authorizers: readonly { readonly id: string; readonly spec: { readonly name: string } }[];
}): SchemeNames {
  const taken = new Set<string>();
  const own = (wanted: string) => {
    const plain = wanted.replaceAll(NOT_IN_NAMES, "_");
    let name = plain;
    for (let i = 2; taken.has(name); i++) name = `${plain}${i}`;
    taken.add(name);
    return name;
  };
  return {
    authorizers: new Map(authorizers.map(({ id, spec }) => [id, own(spec.name)])),
    apiKey: own("api_key"),
    signed: own("sigv4"),
  };
}

/** exportSecuritySchemes are the security schemes of an API: its authorizers, keys and signatures. */
export function exportSecuritySchemes(context: ExportContext): JsonObject {
  const { source, has, documentation, schemeNames } = context;
  const methods = methodsOf(context);
  const schemes: Record<string, JsonObject> = {};
  for (const { id, spec } of source.authorizers)
    schemes[schemeNames.authorizers.get(id) as string] = {
      ...schemeOf(spec, has("authorizers")),
      ...documentation.of({ type: "AUTHORIZER", name: spec.name }, ["description"]),
    };
  if (methods.some(({ apiKeyRequired }) => apiKeyRequired))
    schemes[schemeNames.apiKey] = { type: "apiKey", name: "x-api-key", in: "header" };
  if (methods.some(({ authorizationType }) => authorizationType === "AWS_IAM"))
    schemes[schemeNames.signed] = {
      type: "apiKey",
      name: "Authorization",
      in: "header",
      "x-amazon-apigateway-authtype": "awsSigv4",
    };
  return schemes;
}

/** securityOf is the security requirement of a method; all its entries are required together. */
export function securityOf(method: NonNullable<Method>, { schemeNames }: ExportContext): JsonObject[] {
  const { authorizationType, authorizerId, authorizationScopes, apiKeyRequired } = method;
  const authorizer = schemeNames.authorizers.get(authorizerId ?? "");
  return [
    ...(authorizationType === "AWS_IAM" ? [{ [schemeNames.signed]: [] }] : []),
    ...(authorizer === undefined ? [] : [{ [authorizer]: authorizationScopes }]),
    ...(apiKeyRequired ? [{ [schemeNames.apiKey]: [] }] : []),
  ];
}
