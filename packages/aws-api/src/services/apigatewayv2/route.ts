import { parseRouteKey, routeKeyShape } from "@tollgate/config";
import type { AccountView } from "../../port.ts";
import type { JsonObject, Operation } from "../../protocol/rest-json/operation.ts";
import { badRequest, conflict, notFound } from "../apigateway/errors.ts";
import { crud, editOperation, type Noun, type Place } from "./crud.ts";
import {
  added,
  changed,
  clearable,
  flag,
  type Members,
  merged,
  readMembers,
  structuresByName,
  text,
  texts,
  textsByName,
} from "./members.ts";
import { shownParameters, storedParameters } from "./request-parameters.ts";
import { check, type Rule, withoutEmpty } from "./rule.ts";
import { type ApiSpec, apiOf, parts } from "./shelf.ts";

const PATH = "/v2/apis/{apiId}/routes";

const MEMBERS: Members = {
  apiKeyRequired: flag(),
  authorizationScopes: texts(clearable),
  authorizationType: text(),
  authorizerId: text(clearable),
  modelSelectionExpression: text(clearable),
  operationName: text(clearable),
  requestModels: textsByName(merged),
  requestParameters: structuresByName({ required: flag() }, added),
  routeKey: text(),
  routeResponseSelectionExpression: text(clearable),
  target: text(clearable),
};

/** A route of either protocol, before it is checked. */
export interface RouteSpec {
  readonly apiGatewayManaged?: true;
  readonly apiKeyRequired?: boolean;
  readonly authorizationScopes?: readonly string[];
  readonly authorizationType?: string;
  readonly authorizerId?: string;
  readonly modelSelectionExpression?: string;
  readonly operationName?: string;
  readonly requestModels?: Readonly<Record<string, string>>;
  readonly requestParameters?: Readonly<Record<string, boolean>>;
  readonly routeKey: string;
  readonly routeResponseSelectionExpression?: string;
  readonly target?: string;
}

/** RouteCheck is a route as it would be, with its API and the id that AWS's sentences name. */
export interface RouteCheck {
  readonly route: RouteSpec;
  readonly api: ApiSpec;
  /** null: the route is new. */
  readonly id: string | null;
}

const CONNECT = "$connect";
const WEBSOCKET_ONLY = [
  "modelSelectionExpression",
  "requestModels",
  "requestParameters",
  "routeResponseSelectionExpression",
] as const;

const authorizerOf = ({ route: { authorizerId = "" }, api }: RouteCheck) =>
  Object.hasOwn(api.authorizers, authorizerId) ? api.authorizers[authorizerId] : undefined;

const METHODS = new Set(["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);
const hasHttpForm = (key: string) => key === "$default" || METHODS.has(/^(\S+) \//.exec(key)?.[1] ?? "");

/** HTTP_ROUTE_RULES are what AWS refuses of a route of an HTTP API, in the order in which it is reported. */
export const HTTP_ROUTE_RULES: readonly Rule<RouteCheck>[] = [
  ({ route: { routeKey } }) =>
    hasHttpForm(routeKey)
      ? undefined
      : 'The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"',
  ({ route: { routeKey } }) => {
    const parsed = parseRouteKey(routeKey);
    return "code" in parsed
      ? `The provided route key "${routeKey}" is not valid: ${parsed.message}`
      : undefined;
  },
  ({ route, id }) =>
    route.apiKeyRequired
      ? `ApiKeyRequired is not currently supported for HTTP APIs. Please set ApiKeyRequired to false for route ${id}`
      : undefined,
  ({ route }) => {
    const name = WEBSOCKET_ONLY.find((one) => {
      const value = route[one];
      return value !== undefined && (typeof value === "string" || Object.keys(value).length > 0);
    });
    return name === undefined ? undefined : `${name} is not supported for APIs with a protocol type of HTTP`;
  },
  ({ route: { authorizationScopes = [], authorizationType } }) =>
    authorizationScopes.length > 0 && authorizationType !== "JWT"
      ? "Invalid Route authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types"
      : undefined,
];

/** WEBSOCKET_ROUTE_RULES are what AWS refuses of a route of a WebSocket API. */
export const WEBSOCKET_ROUTE_RULES: readonly Rule<RouteCheck>[] = [
  ({ route: { routeKey } }) =>
    routeKey === "" || /^\$(?!(connect|disconnect|default)$)/.test(routeKey)
      ? "The provided route key is not formatted properly"
      : undefined,
  ({ route: { routeKey, authorizationType = "NONE" } }) =>
    authorizationType !== "NONE" && routeKey !== CONNECT
      ? "Currently, authorization is restricted to the $connect route only"
      : undefined,
  ({ route: { authorizationType } }) =>
    authorizationType === "JWT"
      ? "JWT authorization is not supported for APIs with a protocol type of WEBSOCKET"
      : undefined,
  ({ route: { authorizationScopes = [] } }) =>
    authorizationScopes.length > 0
      ? "Invalid Route authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types"
      : undefined,
  ({ route: { routeKey, requestParameters = {} } }) =>
    Object.keys(requestParameters).length > 0 && routeKey !== CONNECT
      ? "Currently, request parameters are restricted to the $connect route only"
      : undefined,
];

const COMMON_RULES: readonly Rule<RouteCheck>[] = [
  ({ route: { authorizationType = "NONE" } }) =>
    ["NONE", "AWS_IAM", "CUSTOM", "JWT"].includes(authorizationType)
      ? undefined
      : "Invalid authorization type specified. Must be one of [NONE, AWS_IAM, CUSTOM, JWT]",
  (given) =>
    given.route.authorizationType === "JWT" && authorizerOf(given)?.authorizerType !== "JWT"
      ? "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer."
      : undefined,
  (given) =>
    given.route.authorizationType === "CUSTOM" && authorizerOf(given)?.authorizerType !== "REQUEST"
      ? "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
      : undefined,
  ({ route: { target }, id }) =>
    target === undefined || /^integrations\/[A-Za-z0-9_-]+$/.test(target)
      ? undefined
      : `Unexpected or malformed target in route ${id}. Correct format should be integrations/<integration_id>.`,
];

/** checkRoute throws AWS's error for a route that it refuses, by itself or beside the other routes of its API. */
export function checkRoute(given: RouteCheck, ownId: string): void {
  const { route, api } = given;
  const isHttp = api.protocolType === "HTTP";
  check(given, [...(isHttp ? HTTP_ROUTE_RULES : WEBSOCKET_ROUTE_RULES), ...COMMON_RULES]);
  const integrationId = route.target?.replace("integrations/", "");
  if (integrationId !== undefined && !Object.hasOwn(api.integrations, integrationId))
    throw notFound(`Invalid Integration identifier specified ${integrationId}`);
  for (const [id, { routeKey }] of Object.entries(api.routes)) {
    if (id === ownId) continue;
    if (routeKey === route.routeKey)
      throw conflict(`Route with key ${route.routeKey} already exists for this API`);
    if (isHttp && routeKeyShape(routeKey) === routeKeyShape(route.routeKey))
      throw conflict(
        `The provided route key "${route.routeKey}" has a conflicting variable on the same hierarchical level as "${routeKey}"`,
      );
  }
}

const given = ({ request: { body } }: Place) => {
  const { requestParameters, ...members } = readMembers(body, MEMBERS);
  return requestParameters === undefined
    ? members
    : { ...members, requestParameters: storedParameters(requestParameters) };
};

/** Members that HTTP APIs have only in their empty form are not stored. */
function storedRoute(spec: Readonly<Record<string, unknown>>, { protocolType }: ApiSpec): object {
  if (protocolType === "WEBSOCKET") {
    const { authorizationScopes: _none, ...route } = spec;
    return route;
  }
  const { apiKeyRequired: _key, requestModels: _models, requestParameters: _parameters, ...route } = spec;
  return route;
}

/** The API of a place, of any protocol. */
const apiSpec = (account: AccountView, { request }: Place): ApiSpec => apiOf(account, request).entity.spec;

function create(place: Place): object {
  const api = apiSpec(place.account, place);
  const route = changed({}, given(place), MEMBERS);
  if (route.routeKey === undefined) throw badRequest("RouteKey is a required parameter for route");
  checkRoute({ route: route as unknown as RouteSpec, api, id: null }, place.id);
  return storedRoute(route, api);
}

function update(item: RouteSpec, place: Place): object {
  const api = apiSpec(place.account, place);
  const members: Readonly<Record<string, unknown>> = given(place);
  if (item.apiGatewayManaged && members.routeKey !== undefined && members.routeKey !== item.routeKey)
    throw badRequest("The route key of a route that is managed by API Gateway cannot be modified");
  const next = changed(item, members, MEMBERS);
  // Without an authorizer, what belonged to one goes with it, unless it is sent again.
  if (next.authorizationType === "NONE" || next.authorizationType === "AWS_IAM") {
    if (!members.authorizerId) delete next.authorizerId;
    if (members.authorizationScopes === undefined) delete next.authorizationScopes;
  }
  checkRoute({ route: next as unknown as RouteSpec, api, id: place.id }, place.id);
  return storedRoute(next, api);
}

/** showRoute returns a route as AWS shows it. */
export const showRoute = (route: RouteSpec, id: string): JsonObject =>
  withoutEmpty({
    apiGatewayManaged: route.apiGatewayManaged,
    apiKeyRequired: route.apiKeyRequired ?? false,
    authorizationScopes: route.authorizationScopes,
    authorizationType: route.authorizationType,
    authorizerId: route.authorizerId,
    modelSelectionExpression: route.modelSelectionExpression,
    operationName: route.operationName,
    requestModels: route.requestModels,
    requestParameters: shownParameters(route.requestParameters),
    routeId: id,
    routeKey: route.routeKey,
    routeResponseSelectionExpression: route.routeResponseSelectionExpression,
    target: route.target,
  });

const noun: Noun<RouteSpec> = {
  name: "Route",
  names: "Routes",
  path: PATH,
  idParameter: "routeId",
  shelf: parts("routes"),
  missing: (id) => `Invalid Route identifier specified ${id}`,
  newId: 7,
  show: (item, { id }) => showRoute(item, id),
  create,
  update,
  updateStatus: 201,
};

/** routeOperations are the operations of routes. */
export const routeOperations: readonly Operation[] = [
  ...crud(noun),
  editOperation(
    noun,
    {
      name: "DeleteRouteRequestParameter",
      method: "DELETE",
      path: `${PATH}/{routeId}/requestparameters/{requestParameterKey}`,
      status: 204,
    },
    ({ requestParameters = {}, ...route }, { request: { path } }) => {
      const { requestParameterKey = "" } = path;
      if (!Object.hasOwn(requestParameters, requestParameterKey))
        throw notFound(`Invalid RequestParameter identifier specified ${requestParameterKey}`);
      const { [requestParameterKey]: _gone, ...others } = requestParameters;
      return { ...route, requestParameters: others };
    },
  ),
];
