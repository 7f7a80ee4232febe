import type { Json, JsonObject } from "@tollgate/openapi";
import type { Findings } from "../findings.ts";
import { addApi } from "./api.ts";
import { addApiEvent, lambdaIntegration, type MakeIntegration } from "./api-events.ts";
import { isOpenApi3, operationAt, skeletonOf } from "./definition-editor.ts";
import {
  addForeign,
  addFunction,
  addStateMachine,
  eventsOf,
  stateMachineIntegration,
  targetOf,
} from "./functions.ts";
import { checkGlobals, withGlobals } from "./globals.ts";
import { addHttpApi, addHttpEvent, addRouteSettings, httpSkeleton, routeOf } from "./http-api.ts";
import { addWebSocketApi } from "./websocket-api.ts";
import { withKnownValues, withParameters, type Known } from "./known-values.ts";
import { isNode, nodeOf, present, textOf, type Node } from "./node.ts";
import { fail, type SamContext, type SamResource } from "./sam-context.ts";

const PREFIX = "AWS::Serverless::";
const API = "AWS::Serverless::Api";
const FUNCTION = "AWS::Serverless::Function";
const STATE_MACHINE = "AWS::Serverless::StateMachine";
const HTTP_API = "AWS::Serverless::HttpApi";
const WEBSOCKET_API = "AWS::Serverless::WebSocketApi";
/** Types of which every property is looked at. */
const APIS = new Set([API, HTTP_API, WEBSOCKET_API]);

/** The APIs that events without one of their own go to. */
const IMPLICIT_API = "ServerlessRestApi";
const IMPLICIT_HTTP_API = "ServerlessHttpApi";

/** Properties that count of what is run elsewhere; its others may say what only that place understands. */
const USED: Readonly<Record<string, readonly string[]>> = {
  [FUNCTION]: ["FunctionName", "AutoPublishAlias", "Role", "Events", "Tags", "PropagateTags"],
  [STATE_MACHINE]: ["Name", "Role", "Events", "Tags", "PropagateTags"],
};
const EVENT_TYPES = new Set(["Api", "HttpApi"]);

/** What is looked at of a resource: all of an API, little of what is run elsewhere. */
function usedOf(type: string, properties: Node): Node {
  if (APIS.has(type)) return properties;
  const names = USED[type] ?? ["TableName"];
  const used = Object.fromEntries(
    names.flatMap((name) => (name in properties ? [[name, properties[name]]] : [])),
  );
  if (!isNode(used.Events)) return used;
  const events = Object.entries(used.Events).filter(([, event]) =>
    EVENT_TYPES.has(String(nodeOf(event).Type)),
  );
  return { ...used, Events: Object.fromEntries(events) };
}

/** Transformed is a template's resources as plain CloudFormation. */
export interface Transformed {
  readonly resources: JsonObject;
  /** Resources of the template by those that were made of them. */
  readonly origins: ReadonlyMap<string, string>;
  /** What stands for properties of resources, such as Api.Stage. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** isServerless tells whether a template has resources of SAM. */
export const isServerless = (resources: JsonObject): boolean =>
  Object.values(resources).some((resource) => String(nodeOf(resource).Type).startsWith(PREFIX));

function readResource(logicalId: string, given: Node, globals: Node, known: Known): SamResource {
  const { Type, Properties, IgnoreGlobals: ignored, Connectors: _connectors, ...attributes } = given;
  const type = String(Type);
  const written = withGlobals(globals, type, nodeOf(Properties), ignored);
  const at = ["Resources", logicalId, "Properties"];
  const properties = nodeOf(withKnownValues(usedOf(type, written) as Json, at, known));
  // Its condition holds, and what is made of it is made.
  const { Condition: _condition, ...passed } = attributes;
  const hashed = { Domain: withParameters((written.Domain ?? {}) as Json, known) };
  return { logicalId, type, properties: structuredClone(properties), attributes: passed, written, hashed };
}

/** An API whose definition nobody wrote is made of its events. */
function manage({ type, properties }: SamResource): void {
  if (properties.DefinitionBody === undefined && properties.DefinitionUri === undefined) {
    properties.DefinitionBody = type === API ? skeletonOf() : httpSkeleton();
    properties.__MANAGE_SWAGGER = true;
  }
  const version = textOf(properties.OpenApiVersion);
  if (version === undefined || properties.__MANAGE_SWAGGER !== true || !isOpenApi3(version)) return;
  const { swagger: _swagger, ...definition } = nodeOf(properties.DefinitionBody);
  properties.OpenApiVersion = version;
  properties.DefinitionBody = { ...definition, openapi: version };
}

/** ImplicitApi is the API of events that name none. */
interface ImplicitApi {
  readonly logicalId: string;
  readonly type: string;
  readonly event: string;
  /** What an event names its API by. */
  readonly member: string;
  readonly properties: () => Node;
}

const IMPLICIT: readonly ImplicitApi[] = [
  {
    logicalId: IMPLICIT_API,
    type: API,
    event: "Api",
    member: "RestApiId",
    properties: () => ({ StageName: "Prod", DefinitionBody: skeletonOf(), __MANAGE_SWAGGER: true }),
  },
  {
    logicalId: IMPLICIT_HTTP_API,
    type: HTTP_API,
    event: "HttpApi",
    member: "ApiId",
    properties: () => ({ DefinitionBody: httpSkeleton(), __MANAGE_SWAGGER: true }),
  },
];

/** An implicit API, where an event asks for one; what functions say of how it goes, and their tags, hold for it. */
function implicitApi(
  { logicalId, type, event, member, properties }: ImplicitApi,
  resources: readonly SamResource[],
  globals: Node,
  known: Known,
): readonly SamResource[] {
  const users = resources.filter((resource) =>
    eventsOf(resource, event).some(({ properties: given }) => given[member] === undefined),
  );
  if (users.length === 0) return [];
  const policyOf = (name: string) => {
    const all = users.map(({ attributes }) => attributes[name]);
    return ["Retain", "Snapshot", "Delete"].find((one) => all.includes(one));
  };
  const tagged = users.filter(
    (user) => user.properties.PropagateTags === true && isNode(user.properties.Tags),
  );
  const tags = Object.assign({}, ...tagged.map((user) => user.properties.Tags as Node)) as Node;
  const given = {
    Type: type,
    ...present({
      DeletionPolicy: policyOf("DeletionPolicy"),
      UpdateReplacePolicy: policyOf("UpdateReplacePolicy"),
    }),
    Properties: { ...properties(), ...(tagged.length > 0 ? { Tags: tags, PropagateTags: true } : {}) },
  };
  return [readResource(logicalId, given, globals, known)];
}

/** The API that an event names, or the implicit one. */
function apiOf(
  context: SamContext,
  source: SamResource,
  eventId: string,
  given: unknown,
): SamResource | undefined {
  const name = given === undefined ? IMPLICIT_API : isNode(given) ? given.Ref : given;
  const api = context.resources.get(String(name));
  if (api?.type === API) return api;
  // An API that is plain CloudFormation has its own definition.
  const plain = nodeOf(context.plain[String(name)]).Type;
  if (plain !== "AWS::ApiGateway::RestApi")
    fail(
      context,
      source.logicalId,
      ["Events", eventId, "Properties", "RestApiId"],
      "must be an AWS::Serverless::Api of this template",
    );
  return undefined;
}

/** Names the operations of all events in the definitions that are made of them: a policy of one of a path is of all of it. */
function nameOperations(context: SamContext, all: readonly SamResource[]): void {
  for (const source of all)
    for (const { properties } of eventsOf(source, "Api")) {
      const { Path: path, Method: verb, RestApiId: id = IMPLICIT_API } = properties;
      const api = context.resources.get(String(isNode(id) ? id.Ref : id));
      const definition = api?.properties.DefinitionBody;
      if (api?.properties.__MANAGE_SWAGGER === true && isNode(definition))
        if (typeof path === "string" && typeof verb === "string") operationAt(definition, path, verb);
    }
}

function addEvents(context: SamContext, source: SamResource, make: MakeIntegration): void {
  for (const { id: eventId, properties } of eventsOf(source, "Api")) {
    const { Path: path, Method: verb, RestApiId: restApiId } = properties;
    if (typeof path !== "string" || typeof verb !== "string") {
      fail(context, source.logicalId, ["Events", eventId, "Properties"], "Path and Method must be texts");
      continue;
    }
    const api = apiOf(context, source, eventId, restApiId);
    if (api) addApiEvent(context, { source, eventId, path, verb, properties, api }, make);
  }
}

/** State machines are started by a role of each event's own. */
function addEventRoles(context: SamContext, { logicalId }: SamResource, source: SamResource): void {
  for (const { id } of eventsOf(source, "Api"))
    context.put(`${logicalId}${id}Role`, { Type: "AWS::IAM::Role", Properties: {} }, logicalId);
}

/** The HTTP API that an event names, or the implicit one. */
function httpApiOf(context: SamContext, source: SamResource, eventId: string, given: unknown) {
  const name = given === undefined ? IMPLICIT_HTTP_API : isNode(given) ? given.Ref : given;
  const api = context.resources.get(String(name));
  if (api?.type === HTTP_API) return api;
  fail(
    context,
    source.logicalId,
    ["Events", eventId, "Properties", "ApiId"],
    "must be an AWS::Serverless::HttpApi of this template",
  );
  return undefined;
}

function addHttpEvents(context: SamContext, source: SamResource): void {
  for (const { id: eventId, properties } of eventsOf(source, "HttpApi")) {
    const { path, verb } = routeOf(properties);
    if (typeof path !== "string" || typeof verb !== "string") {
      fail(
        context,
        source.logicalId,
        ["Events", eventId, "Properties"],
        "Path and Method must be texts, or both left out",
      );
      continue;
    }
    const api = httpApiOf(context, source, eventId, properties.ApiId);
    if (!api) continue;
    const event = { source, eventId, path, verb, properties, api };
    addHttpEvent(context, event, targetOf(context, source));
    addRouteSettings(event);
  }
}

/** What is made of resources, besides functions and state machines, which are made before the APIs that call them. */
const MAKERS: Readonly<Record<string, (context: SamContext, resource: SamResource) => void>> = {
  [API]: addApi,
  [HTTP_API]: addHttpApi,
  [WEBSOCKET_API]: addWebSocketApi,
  [FUNCTION]: () => undefined,
  [STATE_MACHINE]: () => undefined,
};

function readAll(root: JsonObject, known: Known): { plain: Node; sam: SamResource[] } {
  const plain: Node = {};
  const sam: SamResource[] = [];
  for (const [logicalId, given] of Object.entries(nodeOf(root.Resources))) {
    const resource = nodeOf(given);
    const condition = resource.Condition;
    const holds =
      condition === undefined ||
      known.intrinsics.conditions.holds(String(condition), ["Resources", logicalId, "Condition"]);
    if (String(resource.Type).startsWith(PREFIX) && holds)
      sam.push(readResource(logicalId, resource, nodeOf(root.Globals), known));
    else plain[logicalId] = given;
  }
  return { plain, sam };
}

/** transformServerless makes plain resources of those of SAM (AWS SAM specification). */
export function transformServerless(root: JsonObject, known: Known, findings: Findings): Transformed {
  const globals = nodeOf(root.Globals);
  checkGlobals(globals, findings);
  const { plain, sam } = readAll(root, known);
  const implicit = IMPLICIT.flatMap((api) => implicitApi(api, sam, globals, known));
  const own = sam.filter(({ logicalId }) => !implicit.some((api) => api.logicalId === logicalId));
  const all = [...own, ...implicit];
  const resources: Node = { ...plain };
  const origins = new Map<string, string>();
  const context: SamContext = {
    findings,
    plain,
    resources: new Map(all.map((resource) => [resource.logicalId, resource])),
    put(logicalId, resource, origin) {
      resources[logicalId] = resource;
      origins.set(logicalId, origin);
    },
    aliases: new Map(),
    shared: { apis: [] },
    recordSets: new Map(),
  };
  for (const api of all) if (api.type === API || api.type === HTTP_API) manage(api);
  nameOperations(context, all);
  for (const resource of all)
    if (resource.type === FUNCTION) {
      addFunction(context, resource);
      addEvents(context, resource, lambdaIntegration(targetOf(context, resource)));
      addHttpEvents(context, resource);
    } else if (resource.type === STATE_MACHINE) {
      addStateMachine(context, resource);
      addEventRoles(context, resource, resource);
      addEvents(context, resource, stateMachineIntegration(resource.logicalId));
    }
  for (const resource of all) {
    const make = MAKERS[resource.type] ?? addForeign;
    make(context, resource);
  }
  return {
    resources: withAliases(resources, context.aliases) as JsonObject,
    origins,
    aliases: context.aliases,
  };
}

/** withAliases puts the names of resources that were made in the place of what stands for them: Api.Stage in Ref and Fn::Sub. */
export function withAliases(value: unknown, aliases: ReadonlyMap<string, string>): unknown {
  if (aliases.size === 0) return value;
  if (Array.isArray(value)) return value.map((item) => withAliases(item, aliases));
  if (!isNode(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name === "Ref" && typeof member === "string") return [name, aliases.get(member) ?? member];
      if (name === "Fn::Sub" && typeof member === "string") return [name, aliasText(member, aliases)];
      if (name === "Fn::Sub" && Array.isArray(member))
        return [name, [aliasText(String(member[0]), aliases), withAliases(member[1], aliases)]];
      return [name, withAliases(member, aliases)];
    }),
  );
}

const aliasText = (text: string, aliases: ReadonlyMap<string, string>): string =>
  text.replaceAll(/\$\{([^!}]+)\}/g, (whole, name: string) => {
    const alias = aliases.get(name.trim());
    return alias === undefined ? whole : `\${${alias}}`;
  });
