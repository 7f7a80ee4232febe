import { kinds, objectAt } from "@tollgate/config";
import { propertyOf } from "../from-pascal.ts";
import { shown } from "../shown.ts";
import {
  INTEGRATION,
  isAnyKey,
  isOpenApi3,
  operationAt,
  operationKey,
  pathsOf,
} from "./definition-editor.ts";
import { addEndpoint } from "./definition-endpoint.ts";
import { bucketOf } from "./definition-location.ts";
import { addHttpAuthorizers, setDefaultHttpAuthorizer } from "./http-authorizers.ts";
import { passedTo } from "./known-properties.ts";
import { logicalIdOf } from "./logical-id.ts";
import { isNode, listOf, memberOf, type Node, nodeOf, present } from "./node.ts";
import { type ApiEvent, fail, passedOn, type SamContext, type SamResource } from "./sam-context.ts";
import { scopesOf } from "./scopes.ts";
import { addV2Domain } from "./v2-domain.ts";

const TAG = "httpapi:createdBy";
const DEFAULT_STAGE = "$default";
const CORS_MEMBERS = [...objectAt(kinds.Api.spec, ["corsConfiguration"]).members.keys()].map(propertyOf);
const AUTH_MEMBERS = ["Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"];

/** httpSkeleton is the definition of an HTTP API without one in its template. */
export const httpSkeleton = (): Node => ({
  openapi: "3.0.1",
  info: { version: "1.0", title: { Ref: "AWS::StackName" } },
  paths: {},
});

/** routeOf is the route of an event; the default route if it has none. */
export function routeOf({ Path: path, Method: verb }: Node): { path: unknown; verb: unknown } {
  return !path && !verb ? { path: "$default", verb: "x-amazon-apigateway-any-method" } : { path, verb };
}

function addRouteAuth(context: SamContext, event: ApiEvent, operation: Node): void {
  const given = nodeOf(event.properties.Auth);
  const auth = nodeOf(event.api.properties.Auth);
  const at = ["Events", event.eventId, "Properties", "Auth"];
  const name = given.Authorizer ?? auth.DefaultAuthorizer;
  if (!name)
    return fail(
      context,
      event.source.logicalId,
      at,
      "requires an Authorizer, or a DefaultAuthorizer of the API",
    );
  const authorizers = nodeOf(auth.Authorizers);
  const isKnown =
    name === "NONE"
      ? Boolean(auth.DefaultAuthorizer)
      : (name === "AWS_IAM" && auth.EnableIamAuthorizer === true) || Object.hasOwn(authorizers, shown(name));
  if (!isKnown)
    return fail(
      context,
      event.source.logicalId,
      [...at, "Authorizer"],
      `'${shown(name)}' is not an authorizer of the API '${event.api.logicalId}'`,
    );
  const own = listOf(scopesOf(given));
  const ofApi = listOf(scopesOf(authorizers[shown(name)]));
  const scopes = name === "NONE" || name === "AWS_IAM" ? [] : own.length > 0 ? own : ofApi;
  operation.security = [...listOf(operation.security), { [shown(name)]: scopes }];
}

function addPathParameters({ path }: ApiEvent, operation: Node): void {
  const names = [...path.matchAll(/\{(.*?)\}/g)].map(([, name = ""]) => name);
  if (names.length === 0) return;
  const parameters = [...listOf(operation.parameters)];
  for (const name of names) {
    const there = parameters.find((one) => nodeOf(one).name === name);
    if (isNode(there)) Object.assign(there, { in: "path", required: true });
    else parameters.push({ name, in: "path", required: true });
  }
  operation.parameters = parameters;
}

/** addHttpEvent adds an event to the definition of its HTTP API. An existing one is not changed. */
export function addHttpEvent(context: SamContext, event: ApiEvent, target: string): void {
  const { api, path, verb, properties } = event;
  const definition = api.properties.DefinitionBody;
  if (!isNode(definition)) return;
  const isManaged = api.properties.__MANAGE_SWAGGER === true;
  const operation = operationAt(definition, path, verb);
  if (operation[INTEGRATION] && isManaged)
    return fail(
      context,
      event.source.logicalId,
      ["Events", event.eventId],
      `'${api.logicalId}' already has ${verb.toUpperCase()} ${path}`,
    );
  if (!operation[INTEGRATION]) {
    operation[INTEGRATION] = {
      type: "aws_proxy",
      httpMethod: "POST",
      payloadFormatVersion: "2.0",
      uri: {
        "Fn::Sub": `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${target}}/invocations`,
      },
    };
    if (path === "$default" && isAnyKey(operationKey(verb))) operation.isDefaultRoute = true;
    operation.responses ??= {};
  }
  if (isNode(properties.Auth) && Object.keys(properties.Auth).length > 0)
    addRouteAuth(context, event, operation);
  const integration = memberOf(operation, INTEGRATION);
  if (properties.TimeoutInMillis) integration.timeoutInMillis = properties.TimeoutInMillis;
  addPathParameters(event, operation);
  if (properties.PayloadFormatVersion) integration.payloadFormatVersion = properties.PayloadFormatVersion;
}

/** addRouteSettings adds an event's route settings to those of its API. */
export function addRouteSettings({ api, path, verb, properties }: ApiEvent): void {
  if (!isNode(properties.RouteSettings)) return;
  const route = isAnyKey(verb) ? path : `${verb.toUpperCase()} ${path}`;
  const settings = memberOf(api.properties, "RouteSettings");
  settings[route] = { ...nodeOf(settings[route]), ...properties.RouteSettings };
}

function addCors(context: SamContext, { logicalId, properties }: SamResource, definition: Node): void {
  const given = properties.CorsConfiguration;
  if (!given) return;
  const cors = given === true ? { AllowOrigins: ["*"] } : given;
  if (!isNode(cors)) return fail(context, logicalId, ["CorsConfiguration"], "must be true, or an object");
  const unknown = Object.keys(cors).find((name) => !CORS_MEMBERS.includes(name));
  if (unknown !== undefined)
    return fail(
      context,
      logicalId,
      ["CorsConfiguration", unknown],
      `must be one of ${CORS_MEMBERS.join(", ")}`,
    );
  if (cors.AllowCredentials === true && JSON.stringify(cors.AllowOrigins) === '["*"]')
    return fail(
      context,
      logicalId,
      ["CorsConfiguration"],
      "AllowCredentials cannot be true if AllowOrigins is *",
    );
  const said = Object.entries(cors).filter(([name, value]) =>
    name === "MaxAge" ? value !== undefined : name === "AllowCredentials" ? value === true : Boolean(value),
  );
  const small = said.map(([name, value]) => [`${name[0]?.toLowerCase()}${name.slice(1)}`, value]);
  Object.assign(memberOf(definition, "x-amazon-apigateway-cors"), Object.fromEntries(small));
}

function addTags({ properties }: SamResource, definition: Node): void {
  const tags = [...listOf(definition.tags)];
  for (const [name, value] of Object.entries({ ...nodeOf(properties.Tags), [TAG]: "SAM" })) {
    const there = tags.find((one) => nodeOf(one).name === name);
    if (isNode(there)) there["x-amazon-apigateway-tag-value"] = value;
    else tags.push({ name, "x-amazon-apigateway-tag-value": value });
  }
  definition.tags = tags;
}

/** With FailOnWarnings, SAM writes the default route as a path. */
function nameDefaultRoute({ properties }: SamResource, definition: Node): void {
  const paths = pathsOf(definition);
  const { [DEFAULT_STAGE]: route, ...others } = paths;
  if (properties.FailOnWarnings && route !== undefined)
    definition.paths = { ...others, [`/${DEFAULT_STAGE}`]: route };
}

function completeDefinition(context: SamContext, api: SamResource, definition: Node): void {
  const { logicalId, properties } = api;
  if (!isOpenApi3(definition.openapi))
    return fail(context, logicalId, ["DefinitionBody"], "must be OpenAPI 3, with paths");
  addCors(context, api, definition);
  const auth = nodeOf(properties.Auth);
  const unknown = Object.keys(auth).find((name) => !AUTH_MEMBERS.includes(name));
  if (unknown !== undefined)
    fail(context, logicalId, ["Auth", unknown], `must be one of ${AUTH_MEMBERS.join(", ")}`);
  addHttpAuthorizers(context, logicalId, auth, definition);
  setDefaultHttpAuthorizer(context, logicalId, auth, definition);
  addTags(api, definition);
  addEndpoint(api, definition);
  if (properties.Name) memberOf(definition, "info").title = properties.Name;
  if (properties.Description) memberOf(definition, "info").description = properties.Description;
  nameDefaultRoute(api, definition);
}

/** The name of a stage's resource. */
function stageIdOf({ logicalId, written }: SamResource): string {
  const name = written.StageName === undefined ? DEFAULT_STAGE : written.StageName;
  if (name === DEFAULT_STAGE) return `${logicalId}ApiGatewayDefaultStage`;
  const text = typeof name === "string" ? name : "";
  return /^[A-Za-z0-9]+$/.test(text) ? `${logicalId}${text}Stage` : logicalIdOf(`${logicalId}Stage`, text);
}

/** addHttpApi expands an AWS::Serverless::HttpApi. */
export function addHttpApi(context: SamContext, api: SamResource): void {
  const { logicalId, properties, attributes } = api;
  const { DefinitionBody: definition } = properties;
  if (isNode(definition)) completeDefinition(context, api, definition);
  context.put(
    logicalId,
    {
      ...attributes,
      Type: "AWS::ApiGatewayV2::Api",
      Properties: present({
        ...passedTo("AWS::ApiGatewayV2::Api", api.type, properties),
        BodyS3Location: bucketOf(context, api),
        Body: definition,
      }),
    },
    logicalId,
  );
  // Tags are added to the stage and the domain if the definition is in the template.
  const tags = isNode(definition) ? { ...nodeOf(properties.Tags), [TAG]: "SAM" } : properties.Tags;
  const stageId = stageIdOf(api);
  context.put(
    stageId,
    {
      ...passedOn(api),
      Type: "AWS::ApiGatewayV2::Stage",
      Properties: present({
        ApiId: { Ref: logicalId },
        StageName: properties.StageName ?? DEFAULT_STAGE,
        ...passedTo("AWS::ApiGatewayV2::Stage", api.type, properties),
        Tags: tags,
        AutoDeploy: true,
      }),
    },
    logicalId,
  );
  addV2Domain(context, api, stageId, isNode(definition) ? tags : { [TAG]: "SAM" });
  context.aliases.set(`${logicalId}.Stage`, stageId);
}
