import { shown } from "../shown.ts";
import { addIamScheme, addSecurity, operationsOf, securityDefinitions } from "./definition-editor.ts";
import { isNode, listOf, type Node, nodeOf, present } from "./node.ts";
import { fail, type SamContext } from "./sam-context.ts";
import { scopesOf } from "./scopes.ts";

const AUTHORIZER = "x-amazon-apigateway-authorizer";

/** Prefixes of the identity sources of a request authorizer, by SAM's names. */
const SOURCES = [
  ["Headers", "method.request.header."],
  ["QueryStrings", "method.request.querystring."],
  ["StageVariables", "stageVariables."],
  ["Context", "context."],
] as const;

const identitySources = (identity: Node): string =>
  SOURCES.flatMap(([member, prefix]) =>
    listOf(identity[member]).map((name) => `${prefix}${shown(name)}`),
  ).join(", ");

const invocation = (functionArn: unknown) => ({
  "Fn::Sub": [
    "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations",
    { __FunctionArn__: functionArn },
  ],
});

/** A Lambda authorizer. */
function lambdaScheme(given: Node): Node {
  const identity = nodeOf(given.Identity);
  const isRequest = given.FunctionPayloadType === "REQUEST";
  const role = given.FunctionInvokeRole;
  const sources = identitySources(identity);
  return {
    type: "apiKey",
    name: isRequest ? "Unused" : (identity.Header ?? "Authorization"),
    in: "header",
    "x-amazon-apigateway-authtype": "custom",
    [AUTHORIZER]: present({
      type: isRequest ? "request" : "token",
      authorizerUri: invocation(given.FunctionArn),
      authorizerResultTtlInSeconds: identity.ReauthorizeEvery,
      authorizerCredentials: role === undefined || role === "NONE" ? undefined : role,
      identitySource: isRequest && sources !== "" ? sources : undefined,
      identityValidationExpression: isRequest ? undefined : identity.ValidationExpression,
    }),
  };
}

function poolScheme(given: Node): Node {
  const identity = nodeOf(given.Identity);
  return {
    type: "apiKey",
    name: identity.Header ?? "Authorization",
    in: "header",
    "x-amazon-apigateway-authtype": "cognito_user_pools",
    [AUTHORIZER]: present({
      type: "cognito_user_pools",
      providerARNs: listOf(given.UserPoolArn),
      identityValidationExpression: identity.ValidationExpression,
    }),
  };
}

function checkAuthorizer(context: SamContext, logicalId: string, name: string, given: Node): void {
  const at = ["Auth", "Authorizers", name];
  const payload = given.FunctionPayloadType;
  if (given.UserPoolArn === undefined && given.FunctionArn === undefined)
    fail(context, logicalId, at, "must have a UserPoolArn or a FunctionArn");
  if (payload !== undefined && payload !== "TOKEN" && payload !== "REQUEST")
    fail(context, logicalId, [...at, "FunctionPayloadType"], `'${shown(payload)}' must be TOKEN or REQUEST`);
  const identity = nodeOf(given.Identity);
  const isKept = !(Number(identity.ReauthorizeEvery ?? 300) <= 0);
  if (payload === "REQUEST" && isKept && identitySources(identity) === "")
    fail(
      context,
      logicalId,
      [...at, "Identity"],
      "must name at least one of Headers, QueryStrings, StageVariables and Context",
    );
}

/** addAuthorizers adds an API's authorizers to its definition. */
export function addAuthorizers(context: SamContext, logicalId: string, auth: Node, definition: Node): void {
  if (auth.DefaultAuthorizer === "AWS_IAM") addIamScheme(definition);
  for (const [name, given] of Object.entries(nodeOf(auth.Authorizers))) {
    if (!isNode(given)) {
      fail(context, logicalId, ["Auth", "Authorizers", name], "must be an object");
      continue;
    }
    checkAuthorizer(context, logicalId, name, given);
    securityDefinitions(definition)[name] = given.UserPoolArn ? poolScheme(given) : lambdaScheme(given);
  }
}

type Requirement = Record<string, unknown>;

const requirementsOf = (operation: Node): readonly Requirement[] =>
  listOf(operation.security).filter((one): one is Requirement => isNode(one));

/** setDefaultAuthorizer sets the API's authorizer on every operation without its own. */
export function setDefaultAuthorizer(
  context: SamContext,
  logicalId: string,
  auth: Node,
  definition: Node,
): void {
  const { DefaultAuthorizer: name, AddDefaultAuthorizerToCorsPreflight: preflight = true } = auth;
  if (name === undefined || name === null) return;
  const authorizers = nodeOf(auth.Authorizers);
  if (typeof name !== "string" || (name !== "AWS_IAM" && !Object.hasOwn(authorizers, name)))
    return fail(
      context,
      logicalId,
      ["Auth", "DefaultAuthorizer"],
      `'${shown(name)}' is not one of Authorizers`,
    );
  const names = new Set(["AWS_IAM", ...Object.keys(authorizers)]);
  const scopes = scopesOf(authorizers[name]) ?? [];
  for (const { key, operation } of operationsOf(definition)) {
    if (key === "options" && preflight === false) continue;
    const all = requirementsOf(operation);
    const own = all.filter((one) => Object.keys(one).some((scheme) => names.has(scheme)));
    const others = all.filter((one) => !own.includes(one));
    const isOpen = others.some((one) => "NONE" in one);
    const kept = others.filter((one) => !("NONE" in one));
    const security = isOpen ? kept : own.length > 0 ? [...kept, ...own] : [...kept, { [name]: scopes }];
    if (security.length > 0) operation.security = security;
    if (security[0] && "AWS_IAM" in security[0]) addIamScheme(definition);
  }
}

/** setDefaultKey makes every operation require an API key unless it says otherwise. */
export function setDefaultKey(auth: Node, definition: Node): void {
  const { AddApiKeyRequiredToCorsPreflight: preflight = true } = auth;
  for (const { key, operation } of operationsOf(definition)) {
    const all = requirementsOf(operation);
    const others = all.filter((one) => !("api_key" in one) && !("api_key_false" in one));
    const isOpen = all.some((one) => "api_key_false" in one) || (key === "options" && preflight === false);
    const security = isOpen ? others : [...others, { api_key: [] }];
    if (JSON.stringify(security) !== JSON.stringify(all)) operation.security = security;
  }
}

/** addMethodAuthorizer sets an operation's own authorizer; NONE removes the API's. */
export function addMethodAuthorizer(
  definition: Node,
  operation: Node,
  name: string,
  authorizers: Node,
  scopes: unknown,
): void {
  const authorizer = authorizers[name];
  const own = name === "NONE" ? [] : isNode(authorizer) ? (scopes ?? scopesOf(authorizer) ?? []) : [];
  addSecurity(operation, name, own);
  const [first] = requirementsOf(operation);
  if (first && "AWS_IAM" in first) addIamScheme(definition);
}
