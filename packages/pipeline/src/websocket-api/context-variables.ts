import { Overrides, type Value } from "@tollgate/mapping";
import type { Call } from "../call/call.ts";
import { authorizerNames } from "../values/caller-values.ts";
import { contextObjectOf, contextVariable } from "../values/context-variables.ts";
import { webSocketStateOf } from "./call-state.ts";

/** What $context.keySet() gives in a template of a WebSocket API. */
export const CONTEXT_NAMES: readonly string[] = [
  "routeKey",
  "messageId",
  "eventType",
  "extendedRequestId",
  "requestTime",
  "messageDirection",
  "stage",
  "connectedAt",
  "requestTimeEpoch",
  "identity",
  "requestId",
  "domainName",
  "connectionId",
  "apiId",
];

/** webSocketContextValue is $context.{name} of a call of a WebSocket API; undefined: it is not there (AWS: WebSocket mapping template reference). */
export function webSocketContextValue(call: Call, name: string): string | undefined {
  const state = webSocketStateOf(call);
  switch (name) {
    case "routeKey":
      return call.route?.resourcePath;
    case "connectionId":
      return state?.connection.id;
    case "connectedAt":
      return state && String(state.connection.connectedAtUnixMs);
    case "eventType":
      return state?.eventType;
    case "messageDirection":
      return "IN";
    case "messageId":
      return state?.eventType === "MESSAGE" ? call.requestId : undefined;
    default:
      return contextVariable(call, name);
  }
}

/** Templates of WebSocket APIs override nothing: what they write there is dropped. */
const overrides = (): Overrides => new Overrides();

/** contextObject is $context of a call. */
export const contextObject = (call: Call): Value =>
  contextObjectOf({
    variable: (name) => webSocketContextValue(call, name),
    overrides,
    requestTimeEpoch: Math.trunc(call.startUnixMs),
    authorizerNames: authorizerNames(call),
    claims: undefined,
    names: CONTEXT_NAMES,
  });
