import type { JsonObject } from "@tollgate/openapi";
import type { Findings } from "../findings.ts";
import { shown } from "../shown.ts";
import { withAliases } from "./aliases.ts";
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
import { checkGlobals } from "./globals.ts";
import { addHttpApi, addHttpEvent, addRouteSettings, httpSkeleton, routeOf } from "./http-api.ts";
import { IMPLICIT_API, IMPLICIT_HTTP_API, implicitApis } from "./implicit-api.ts";
import { checkProperties } from "./known-properties.ts";
import type { Known } from "./known-values.ts";
import { isNode, type Node, nodeOf, textOf } from "./node.ts";
import { fail, type SamContext, type SamResource } from "./sam-context.ts";
import { API, FUNCTION, HTTP_API, readResource, STATE_MACHINE, WEBSOCKET_API } from "./sam-resource.ts";
import { addWebSocketApi } from "./websocket-api.ts";

const PREFIX = "AWS::Serverless::";

/** Transformed is a template's resources as plain CloudFormation. */
export interface Transformed {
  readonly resources: JsonObject;
  /** Resources of the template by the resources that were created from them; undefined: it has none of SAM. */
  readonly origins: ReadonlyMap<string, string> | undefined;
  /** Names of created resources by aliases such as Api.Stage. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** isServerless reports whether a template has resources of SAM. */
export const isServerless = (resources: JsonObject): boolean =>
  Object.values(resources).some((resource) => shown(nodeOf(resource).Type).startsWith(PREFIX));

/** An API without a definition gets one from its events. */
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

/** The property with which an event names its API, and the default. */
const EVENT_APIS = {
  [API]: { member: "RestApiId", implicit: IMPLICIT_API, plain: "AWS::ApiGateway::RestApi" },
  [HTTP_API]: { member: "ApiId", implicit: IMPLICIT_HTTP_API, plain: undefined },
} as const;

/** The API of an event, or the implicit one; an API in plain CloudFormation has its own definition. */
function apiOf(
  context: SamContext,
  type: keyof typeof EVENT_APIS,
  { logicalId }: SamResource,
  { id: eventId, properties }: { readonly id: string; readonly properties: Node },
): SamResource | undefined {
  const { member, implicit, plain } = EVENT_APIS[type];
  const given = properties[member];
  const name = shown(given === undefined ? implicit : isNode(given) ? given.Ref : given);
  const api = context.resources.get(name);
  if (api?.type === type) return api;
  if (plain === undefined || nodeOf(context.plain[name]).Type !== plain)
    fail(
      context,
      logicalId,
      ["Events", eventId, "Properties", member],
      `must be an ${type} of this template`,
    );
  return undefined;
}

/** Adds the operations of all events to the created definitions, because a policy of one operation applies to its whole path. */
function nameOperations(context: SamContext, all: readonly SamResource[]): void {
  for (const source of all)
    for (const { properties } of eventsOf(source, "Api")) {
      const { Path: path, Method: verb, RestApiId: id = IMPLICIT_API } = properties;
      const api = context.resources.get(shown(isNode(id) ? id.Ref : id));
      const definition = api?.properties.DefinitionBody;
      if (api?.properties.__MANAGE_SWAGGER === true && isNode(definition))
        if (typeof path === "string" && typeof verb === "string") operationAt(definition, path, verb);
    }
}

function addEvents(context: SamContext, source: SamResource, make: MakeIntegration): void {
  for (const given of eventsOf(source, "Api")) {
    const { id: eventId, properties } = given;
    const { Path: path, Method: verb } = properties;
    if (typeof path !== "string" || typeof verb !== "string") {
      fail(context, source.logicalId, ["Events", eventId, "Properties"], "Path and Method must be strings");
      continue;
    }
    const api = apiOf(context, API, source, given);
    if (api) addApiEvent(context, { source, eventId, path, verb, properties, api }, make);
  }
}

/** Each event has its own role that starts the state machine. */
function addEventRoles(context: SamContext, machine: SamResource): void {
  const { logicalId } = machine;
  for (const { id } of eventsOf(machine, "Api"))
    context.put(`${logicalId}${id}Role`, { Type: "AWS::IAM::Role", Properties: {} }, logicalId);
}

function addHttpEvents(context: SamContext, source: SamResource): void {
  for (const given of eventsOf(source, "HttpApi")) {
    const { id: eventId, properties } = given;
    const { path, verb } = routeOf(properties);
    if (typeof path !== "string" || typeof verb !== "string") {
      fail(
        context,
        source.logicalId,
        ["Events", eventId, "Properties"],
        "Path and Method must both be strings, or both be absent",
      );
      continue;
    }
    const api = apiOf(context, HTTP_API, source, given);
    if (!api) continue;
    const event = { source, eventId, path, verb, properties, api };
    addHttpEvent(context, event, targetOf(context, source));
    addRouteSettings(event);
  }
}

/** Expands resources except functions and state machines, which are expanded before the APIs that call them. */
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
      known.intrinsics.conditions.holds(shown(condition), ["Resources", logicalId, "Condition"]);
    if (shown(resource.Type).startsWith(PREFIX) && holds)
      sam.push(readResource(logicalId, resource, nodeOf(root.Globals), known));
    else plain[logicalId] = given;
  }
  return { plain, sam };
}

/** transformServerless expands SAM's resources to plain ones (AWS SAM specification). */
export function transformServerless(root: JsonObject, known: Known, findings: Findings): Transformed {
  const globals = nodeOf(root.Globals);
  checkGlobals(globals, findings);
  const { plain, sam } = readAll(root, known);
  const implicit = implicitApis(sam, globals, known);
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
  for (const { logicalId, type, properties } of all) checkProperties(findings, logicalId, type, properties);
  for (const api of all) if (api.type === API || api.type === HTTP_API) manage(api);
  nameOperations(context, all);
  for (const resource of all)
    if (resource.type === FUNCTION) {
      addFunction(context, resource);
      addEvents(context, resource, lambdaIntegration(targetOf(context, resource)));
      addHttpEvents(context, resource);
    } else if (resource.type === STATE_MACHINE) {
      addStateMachine(context, resource);
      addEventRoles(context, resource);
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
