import type { Call } from "../call/call.ts";
import { requestTime } from "../call/dates.ts";
import type { RouteContext } from "../call/route-context.ts";
import { queryPairs } from "../values/call-values.ts";
import { contextVariable } from "../values/context-variables.ts";
import { headerPairs } from "../values/event-headers.ts";
import { lastAndAll, type Pairs, stageVariablesOf } from "../values/event-maps.ts";
import { type EventType, type WebSocketCallState, webSocketStateOf } from "./call-state.ts";

/** Members of requestContext.identity of whoever signed $connect. */
const SIGNER = ["accessKey", "accountId", "caller", "user", "userArn"] as const;

function identityOf(call: Call): object {
  const { identity, apiKey, userAgent, sourceIp, tls } = call;
  const signer = identity ? SIGNER.map((name) => [name, contextVariable(call, `identity.${name}`)]) : [];
  return {
    ...(apiKey ? { apiKey: apiKey.value, apiKeyId: apiKey.id } : {}),
    ...Object.fromEntries(signer),
    ...(tls?.clientCertificate ? { clientCert: tls.clientCertificate } : {}),
    ...(userAgent === "" ? {} : { userAgent }),
    sourceIp,
  };
}

/** What an authorizer said at $connect, as every event of the connection shows it; undefined: none was asked. */
function authorizerOf({ authorizer, authorizerMs }: Call, eventType: EventType): object | undefined {
  if (!authorizer) return undefined;
  const { context, principalId } = authorizer;
  const latency = eventType === "CONNECT" ? { integrationLatency: Math.round(authorizerMs) } : {};
  return { ...context, principalId, ...latency };
}

function requestContextOf(call: Call, context: RouteContext, state: WebSocketCallState): object {
  const { connection, eventType, closing } = state;
  const authorizer = authorizerOf(call, eventType);
  return {
    routeKey: call.route?.resourcePath,
    ...(closing ? { disconnectStatusCode: closing.code } : {}),
    ...(authorizer ? { authorizer } : {}),
    ...(eventType === "MESSAGE" ? { messageId: call.requestId } : {}),
    eventType,
    extendedRequestId: call.requestId,
    requestTime: requestTime(call.startUnixMs),
    messageDirection: "IN",
    ...(closing ? { disconnectReason: closing.reason } : {}),
    stage: context.stageName,
    connectedAt: connection.connectedAtUnixMs,
    requestTimeEpoch: Math.trunc(call.startUnixMs),
    identity: identityOf(call),
    requestId: call.requestId,
    domainName: contextVariable(call, "domainName"),
    connectionId: connection.id,
    apiId: context.apiId,
  };
}

function headersOf(pairs: Pairs): object {
  const { last, all } = lastAndAll(pairs);
  return { headers: last, multiValueHeaders: all };
}

function queryOf({ query }: Call): object {
  const { last, all } = lastAndAll(queryPairs(query));
  return last ? { queryStringParameters: last, multiValueQueryStringParameters: all } : {};
}

/** AWS shows these of a request of its own, all but the first empty. */
const disconnectHeaders = ({ host }: Call): Pairs => [
  ["Host", host],
  ["x-api-key", ""],
  ["X-Forwarded-For", ""],
  ["x-restapi", ""],
];

/** What an event shows of a request; a message has none. */
function requestOf(call: Call, eventType: EventType): object {
  if (eventType === "CONNECT") return { ...headersOf(headerPairs(call)), ...queryOf(call) };
  return eventType === "DISCONNECT" ? headersOf(disconnectHeaders(call)) : {};
}

/** buildWebSocketEvent is the event that a Lambda proxy integration of a WebSocket API is given. */
export function buildWebSocketEvent(call: Call, context: RouteContext): string {
  const state = webSocketStateOf(call);
  if (!state) return "{}";
  const variables = stageVariablesOf(context.stageVariables);
  return JSON.stringify({
    ...requestOf(call, state.eventType),
    ...(variables ? { stageVariables: variables } : {}),
    requestContext: requestContextOf(call, context, state),
    ...(state.eventType === "MESSAGE" ? { body: call.wholeBody?.toString("utf8") ?? "" } : {}),
    isBase64Encoded: false,
  });
}

/** The client's headers as an authorizer gets them: with those of its connection, which events of routes do not show. */
function* authorizerHeaders(call: Call): Iterable<readonly [string, string]> {
  if (call.connection !== "") yield ["Connection", call.connection];
  yield ["content-length", "0"];
  yield* headerPairs(call);
  yield ["Upgrade", "websocket"];
}

/** buildAuthorizerEvent is the event of a REQUEST authorizer. Unlike in other events, empty maps are {}. */
export function buildAuthorizerEvent(call: Call, context: RouteContext): string {
  const state = webSocketStateOf(call);
  if (!state) return "{}";
  const { accountId, apiId, region, stageName, stageVariables } = context;
  const { last, all } = lastAndAll(queryPairs(call.query));
  return JSON.stringify({
    type: "REQUEST",
    methodArn: `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stageName}/$connect`,
    ...headersOf(authorizerHeaders(call)),
    queryStringParameters: last ?? {},
    multiValueQueryStringParameters: all ?? {},
    stageVariables,
    requestContext: requestContextOf(call, context, state),
  });
}
