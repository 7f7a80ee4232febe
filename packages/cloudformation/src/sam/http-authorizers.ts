import { shown } from "../shown.ts";
import { INTEGRATION, type Operation, pathsOf } from "./definition-editor.ts";
import { isNode, listOf, memberOf, type Node, nodeOf, present } from "./node.ts";
import { fail, type SamContext } from "./sam-context.ts";
import { scopesOf } from "./scopes.ts";

const AUTHORIZER = "x-amazon-apigateway-authorizer";
const IAM_SCHEME = {
  type: "apiKey",
  name: "Authorization",
  in: "header",
  "x-amazon-apigateway-authtype": "awsSigv4",
};
/** Prefixes of the identity sources of a request authorizer, by SAM's names. */
const SOURCES = [
  ["Headers", "$request.header."],
  ["QueryStrings", "$request.querystring."],
  ["StageVariables", "$stageVariables."],
  ["Context", "$context."],
] as const;

const lowerNames = (given: Node): Node =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));

function requestScheme(given: Node): Node {
  const identity = isNode(given.Identity) ? given.Identity : undefined;
  const role = given.FunctionInvokeRole;
  return {
    type: "apiKey",
    name: "Unused",
    in: "header",
    [AUTHORIZER]: present({
      type: "request",
      authorizerUri: {
        "Fn::Sub": [
          "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations",
          { __FunctionArn__: given.FunctionArn },
        ],
      },
      authorizerCredentials: role === "NONE" ? undefined : role,
      authorizerResultTtlInSeconds: identity?.ReauthorizeEvery,
      identitySource:
        identity &&
        SOURCES.flatMap(([member, prefix]) =>
          listOf(identity[member]).map((name) => `${prefix}${shown(name)}`),
        ),
      authorizerPayloadFormatVersion: given.AuthorizerPayloadFormatVersion,
      enableSimpleResponses: given.EnableSimpleResponses || undefined,
    }),
  };
}

const jwtScheme = (given: Node): Node => ({
  type: "oauth2",
  [AUTHORIZER]: {
    jwtConfiguration: lowerNames(nodeOf(given.JwtConfiguration)),
    identitySource: given.IdentitySource,
    type: "jwt",
  },
});

/** addHttpAuthorizers adds an HTTP API's authorizers to its definition. */
export function addHttpAuthorizers(
  context: SamContext,
  logicalId: string,
  auth: Node,
  definition: Node,
): void {
  const schemes: Node = auth.EnableIamAuthorizer === true ? { AWS_IAM: { ...IAM_SCHEME } } : {};
  for (const [name, given] of Object.entries(nodeOf(auth.Authorizers))) {
    const at = ["Auth", "Authorizers", name];
    const authorizer = nodeOf(given);
    if (authorizer.OpenIdConnectUrl !== undefined)
      fail(context, logicalId, [...at, "OpenIdConnectUrl"], "is no longer supported: use JwtConfiguration");
    const isJwt = authorizer.JwtConfiguration !== undefined || authorizer.FunctionArn === undefined;
    const wanted = isJwt ? ["JwtConfiguration", "IdentitySource"] : ["AuthorizerPayloadFormatVersion"];
    for (const member of wanted)
      if (!authorizer[member]) fail(context, logicalId, at, `${member} is missing`);
    schemes[name] = isJwt ? jwtScheme(authorizer) : requestScheme(authorizer);
  }
  if (Object.keys(schemes).length === 0) return;
  const components = memberOf(definition, "components");
  components.securitySchemes = { ...nodeOf(components.securitySchemes), ...schemes };
}

const routesOf = (definition: Node): readonly Operation[] =>
  Object.entries(pathsOf(definition)).flatMap(([path, item]) =>
    Object.entries(nodeOf(item)).flatMap(([key, operation]) =>
      isNode(operation) && operation[INTEGRATION] ? [{ path, key, operation }] : [],
    ),
  );

/** setDefaultHttpAuthorizer sets the API's authorizer on every route without its own. */
export function setDefaultHttpAuthorizer(
  context: SamContext,
  logicalId: string,
  auth: Node,
  definition: Node,
): void {
  const { DefaultAuthorizer: name, EnableIamAuthorizer: hasIam } = auth;
  if (!name) return;
  const authorizers = nodeOf(auth.Authorizers);
  const isKnown =
    typeof name === "string" && (Object.hasOwn(authorizers, name) || (name === "AWS_IAM" && hasIam === true));
  if (!isKnown)
    return fail(
      context,
      logicalId,
      ["Auth", "DefaultAuthorizer"],
      `'${shown(name)}' is not one of Authorizers`,
    );
  const scopes = scopesOf(authorizers[name]) ?? [];
  for (const { key, operation } of routesOf(definition))
    if (key !== "options" && key !== "parameters" && listOf(operation.security).length === 0)
      operation.security = [{ [name]: scopes }];
}
