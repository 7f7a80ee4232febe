import { shown } from "../shown.ts";
import { addMethodAuthorizer } from "./authorizers.ts";
import {
  addKeyScheme,
  addSecurity,
  INTEGRATION,
  isDefinition,
  isOpenApi3,
  operationAt,
  operationKey,
  pathsOf,
  skeletonOf,
} from "./definition-editor.ts";
import { isNode, listOf, memberOf, type Node, nodeOf, present, textOf } from "./node.ts";
import { addCustomStatements, addResourcePolicy } from "./resource-policy.ts";
import { type ApiEvent, fail, type SamContext } from "./sam-context.ts";

/** The integration of an event's operation. */
export type MakeIntegration = (event: ApiEvent) => { readonly integration: Node; readonly responses: Node };

const at = ({ eventId }: ApiEvent, ...members: string[]) => ["Events", eventId, "Properties", ...members];

const CALLER = "arn:aws:iam::*:user/*";

/** Whose credentials are used to call a function if IAM identifies the caller. */
function credentialsOf({ properties, api }: ApiEvent): unknown {
  const given = nodeOf(properties.Auth);
  const own = Object.keys(given).length > 0 ? given : undefined;
  const auth = nodeOf(api.properties.Auth);
  const isIam = own?.Authorizer === "AWS_IAM" || (auth.DefaultAuthorizer === "AWS_IAM" && !own);
  if (!isIam) return undefined;
  const role =
    own && "InvokeRole" in own
      ? (own.InvokeRole ?? "NONE")
      : "InvokeRole" in auth
        ? (auth.InvokeRole ?? "NONE")
        : undefined;
  if (role === "NONE") return undefined;
  return role === undefined || role === "CALLER_CREDENTIALS" ? CALLER : role;
}

/** lambdaIntegration calls a function, by its alias if it has one. */
export const lambdaIntegration =
  (target: string): MakeIntegration =>
  (event) => {
    const isStream = event.properties.ResponseTransferMode === "RESPONSE_STREAM";
    const version = isStream ? "2021-11-15" : "2015-03-31";
    const uri = `arn:aws:apigateway:\${AWS::Region}:lambda:path/${version}/functions/\${${target}}/${isStream ? "response-streaming-" : ""}invocations`;
    return {
      responses: {},
      integration: present({
        type: "aws_proxy",
        httpMethod: "POST",
        uri: { "Fn::Sub": uri },
        responseTransferMode: isStream ? "STREAM" : undefined,
        credentials: credentialsOf(event),
      }),
    };
  };

function checkAuthorizer(context: SamContext, event: ApiEvent, auth: Node): boolean {
  const name = auth.Authorizer;
  const { logicalId } = event.source;
  const { Authorizers: authorizers, DefaultAuthorizer: standard } = nodeOf(event.api.properties.Auth);
  if (auth.AuthorizationScopes !== undefined && !name)
    fail(context, logicalId, at(event, "Auth", "AuthorizationScopes"), "works only with an Authorizer");
  if (!name || name === "AWS_IAM") return true;
  if (name === "NONE") {
    if (standard) return true;
    fail(context, logicalId, at(event, "Auth", "Authorizer"), "NONE is for APIs with a DefaultAuthorizer");
    return false;
  }
  if (typeof name === "string" && isNode(nodeOf(authorizers)[name])) return true;
  const names = Object.keys(nodeOf(authorizers)).join(", ") || "none";
  fail(
    context,
    logicalId,
    at(event, "Auth", "Authorizer"),
    `'${shown(name)}' is not an authorizer of the API '${event.api.logicalId}', which has ${names}`,
  );
  return false;
}

/** Adds an event's authorization to a definition. */
function addAuth(context: SamContext, event: ApiEvent, definition: Node): void {
  const auth = nodeOf(event.properties.Auth);
  const operation = operationAt(definition, event.path, event.verb);
  const { Authorizers: authorizers, ApiKeyRequired: keyOfApi } = nodeOf(event.api.properties.Auth);
  if (typeof auth.Authorizer === "string" && checkAuthorizer(context, event, auth))
    addMethodAuthorizer(
      definition,
      operation,
      auth.Authorizer,
      nodeOf(authorizers),
      auth.AuthorizationScopes,
    );
  if (auth.ApiKeyRequired === false && !keyOfApi)
    fail(
      context,
      event.source.logicalId,
      at(event, "Auth", "ApiKeyRequired"),
      "false is for APIs whose methods require a key",
    );
  else if (auth.ApiKeyRequired === true) {
    addSecurity(operation, "api_key");
    addKeyScheme(definition);
  } else if (auth.ApiKeyRequired === false) addSecurity(operation, "api_key_false");
  const policy = auth.ResourcePolicy;
  if (!isNode(policy)) return;
  const stage = textOf(event.api.properties.StageName) ?? "Stage";
  addResourcePolicy(definition, policy, event.path, stage);
  addCustomStatements(definition, policy.CustomStatements);
}

const validatorName = (body: boolean, parameters: boolean): string =>
  body ? (parameters ? "body-and-params" : "body-only") : parameters ? "params-only" : "no-validation";

function addRequestModel(context: SamContext, event: ApiEvent, definition: Node, operation: Node): void {
  const given = nodeOf(event.properties.RequestModel);
  const { Model: model, Required: required, ValidateBody: body, ValidateParameters: parameters } = given;
  if (!model) return;
  const models = nodeOf(event.api.properties.Models);
  if (typeof model !== "string" || !Object.hasOwn(models, model))
    return fail(
      context,
      event.source.logicalId,
      at(event, "RequestModel", "Model"),
      `'${shown(model)}' is not one of the Models of '${event.api.logicalId}'`,
    );
  const name = model.toLowerCase();
  if (definition.swagger !== undefined)
    operation.parameters = [
      ...listOf(operation.parameters),
      present({ in: "body", name, schema: { $ref: `#/definitions/${name}` }, required }),
    ];
  else if (isOpenApi3(definition.openapi))
    operation.requestBody = present({
      content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } },
      required,
    });
  if (body === undefined && parameters === undefined) return;
  const validator = validatorName(body === true, parameters === true);
  memberOf(definition, "x-amazon-apigateway-request-validators")[validator] ??= {
    validateRequestBody: body === true,
    validateRequestParameters: parameters === true,
  };
  operation["x-amazon-apigateway-request-validator"] = validator;
}

function addRequestParameters(context: SamContext, event: ApiEvent, operation: Node): void {
  for (const given of listOf(event.properties.RequestParameters)) {
    const [name, settings] = isNode(given) ? (Object.entries(given)[0] ?? ["", {}]) : [shown(given), {}];
    const found = /^method\.request\.(querystring|path|header)\.(.+)$/.exec(name);
    if (!found) {
      fail(
        context,
        event.source.logicalId,
        at(event, "RequestParameters"),
        `'${name}' must be method.request.{querystring|path|header}.{name}`,
      );
      continue;
    }
    const { Required: required = false, Caching: caching = false } = nodeOf(settings);
    const [, place = "", own] = found;
    operation.parameters = [
      ...listOf(operation.parameters),
      { in: place === "querystring" ? "query" : place, name: own, required, type: "string" },
    ];
    const integration = memberOf(operation, INTEGRATION);
    if (caching === true) integration.cacheKeyParameters = [...listOf(integration.cacheKeyParameters), name];
  }
}

/** Adds an event's operation to a definition. */
function addOperation(context: SamContext, event: ApiEvent, make: MakeIntegration, definition: Node): void {
  const operation = operationAt(definition, event.path, event.verb);
  if (operation[INTEGRATION])
    return fail(
      context,
      event.source.logicalId,
      ["Events", event.eventId],
      `'${event.api.logicalId}' already has ${event.verb.toUpperCase()} ${event.path}`,
    );
  const { integration, responses } = make(event);
  operation[INTEGRATION] = integration;
  operation.responses ??= responses;
  if (isNode(event.properties.Auth)) addAuth(context, event, definition);
  if (event.properties.TimeoutInMillis) integration.timeoutInMillis = event.properties.TimeoutInMillis;
  addRequestModel(context, event, definition, operation);
  addRequestParameters(context, event, operation);
}

/** If both define a member of an operation, SAM's is used. */
function mergeInto(definition: Node, made: Node, { path, verb }: ApiEvent): void {
  const item = memberOf(pathsOf(definition), path);
  const key = operationKey(verb);
  item[key] = { ...nodeOf(item[key]), ...nodeOf(nodeOf(pathsOf(made)[path])[key]) };
}

/** addApiEvent adds an event to the definition of its REST API, as far as SAM manages it. */
export function addApiEvent(context: SamContext, event: ApiEvent, make: MakeIntegration): void {
  const { properties } = event.api;
  const definition = properties.DefinitionBody;
  if (properties.MergeDefinitions === true && isNode(definition)) {
    const made = skeletonOf();
    addOperation(context, event, make, made);
    return mergeInto(definition, made, event);
  }
  if (properties.__MANAGE_SWAGGER === true && isDefinition(definition))
    return addOperation(context, event, make, definition);
  const auth = nodeOf(event.properties.Auth);
  if (!isDefinition(definition) || !auth.OverrideApiAuth) return;
  if (auth.Authorizer === undefined && auth.ApiKeyRequired === undefined && auth.ResourcePolicy === undefined)
    return fail(
      context,
      event.source.logicalId,
      at(event, "Auth", "OverrideApiAuth"),
      "requires one of Authorizer, ApiKeyRequired and ResourcePolicy",
    );
  addAuth(context, event, definition);
}
