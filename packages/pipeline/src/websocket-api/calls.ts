import { Call } from "../call/call.ts";
import type { Exchange } from "../call/exchange.ts";
import { type Closing, WebSocketCallState } from "./call-state.ts";
import { Connection, keptHeaders } from "./connection.ts";
import { type WebSocketStage, webSocketRoleOf } from "./context.ts";
import { messageForm } from "./entry.ts";

/** Moment is a time by both clocks: monotonic, and wall clock. */
export interface Moment {
  readonly nowMs: number;
  readonly unixMs: number;
}

/** isHandshake says whether a routed call asks to be let in by a WebSocket API. */
export const isHandshake = ({ route }: Call): boolean =>
  route !== undefined && webSocketRoleOf(route) === "connect";

/** openConnection makes a routed call the $connect of a new connection, before it is run. */
export function openConnection(call: Call, id: string): Connection {
  const { accountId = "", apiId = "", stageName = "" } = call.route?.context ?? {};
  const { host, userAgent, sourceIp, scheme, port } = call;
  const connection = new Connection({
    id,
    accountId,
    apiId,
    stageName,
    connectedAtUnixMs: Math.trunc(call.startUnixMs),
    sourceIp,
    scheme,
    port,
    headers: keptHeaders(host, userAgent),
  });
  connection.tls = call.tls;
  call.protocolState = new WebSocketCallState(connection, "CONNECT");
  return connection;
}

function callOf(
  connection: Connection,
  { context, deploymentId }: WebSocketStage,
  method: string,
  exchange: Exchange,
  { nowMs, unixMs }: Moment,
): Call {
  const { headers, sourceIp, tls, scheme, port } = connection;
  const url = `/${context.stageName}`;
  const call = new Call({
    method,
    url,
    headers,
    exchange,
    sourceIp,
    protocol: "HTTP/1.1",
    tls,
    scheme,
    port,
    nowMs,
    unixMs,
  });
  call.requestId = call.extendedRequestId;
  call.form = messageForm;
  call.deploymentId = deploymentId;
  call.identity = connection.identity;
  call.authorizer = connection.authorizer;
  call.authorizerMs = connection.authorizerMs;
  call.apiKey = connection.apiKey;
  return call;
}

/** messageCall is a message as a call. Its route is to be selected. */
export function messageCall(
  connection: Connection,
  stage: WebSocketStage,
  message: Buffer,
  exchange: Exchange,
  at: Moment,
): Call {
  const call = callOf(connection, stage, "MESSAGE", exchange, at);
  call.protocolState = new WebSocketCallState(connection, "MESSAGE");
  call.wholeBody = message;
  call.requestBytes = message.length;
  call.connectionKey = connection.key;
  return call;
}

/** selectRoute gives a message the route that it selects. A promise: its route is looked for beside the event loop. */
export function selectRoute(call: Call, { messages }: WebSocketStage): void | Promise<void> {
  const selected = messages.of(call);
  if (!(selected instanceof Promise)) {
    call.route = selected;
    return undefined;
  }
  return selected.then(
    (route) => {
      call.route = route;
    },
    (error: unknown) => {
      call.route = messages.otherwise;
      throw error;
    },
  );
}

/** disconnectCall is the end of a connection as a call of $disconnect; undefined: the API has no such route. */
export function disconnectCall(
  connection: Connection,
  stage: WebSocketStage,
  closing: Closing,
  exchange: Exchange,
  at: Moment,
): Call | undefined {
  if (!stage.disconnect) return undefined;
  const call = callOf(connection, stage, "DISCONNECT", exchange, at);
  call.protocolState = new WebSocketCallState(connection, "DISCONNECT", closing);
  call.route = stage.disconnect;
  return call;
}
