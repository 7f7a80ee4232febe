import type { Call } from "../call/call.ts";
import { maskedKey } from "../call/execution-log.ts";
import type { GatewayErrorType } from "../call/gateway-errors.ts";
import { isSecretName, maskedValue } from "../call/secret-words.ts";
import { headerOf } from "../upstream/fetch-whole.ts";
import type { ReadVariable } from "./context-variables.ts";

export type { ReadVariable };

const milliseconds = (ms: number): string => String(Math.round(ms));
const given = (text: string): string | undefined => (text === "" ? undefined : text);
const known = (status: number): string | undefined => (status === 0 ? undefined : String(status));
const wasCalled = ({ endpointStatus }: Call): boolean => endpointStatus !== 0;

/** Refusals of the phases that say who calls, and what they may do. */
const OF_AUTHENTICATION: ReadonlySet<GatewayErrorType | undefined> = new Set<GatewayErrorType>([
  "EXPIRED_TOKEN",
  "INVALID_SIGNATURE",
  "MISSING_AUTHENTICATION_TOKEN",
]);
const OF_AUTHORIZER: ReadonlySet<GatewayErrorType | undefined> = new Set<GatewayErrorType>([
  "AUTHORIZER_CONFIGURATION_ERROR",
  "AUTHORIZER_FAILURE",
  "UNAUTHORIZED",
]);

/** Whether the route of a call itself asks who calls: what a connection's messages have was found at $connect. */
const asksWhoCalls = ({ route }: Call): boolean => !["", "key", "NONE"].includes(route?.protection ?? "");
const isSigned = (call: Call): boolean => call.identity !== undefined && asksWhoCalls(call);
const wasAsked = (call: Call): boolean => call.authorizer !== undefined && asksWhoCalls(call);

interface Phase {
  readonly isPassed: (call: Call) => boolean;
  readonly refusals: typeof OF_AUTHORIZER;
  readonly timeMs: (call: Call) => number;
}

/** The variables of a phase that a call may be refused in: its status, its error and its time; undefined: the call did not get there, or has no such phase. */
const phase = (
  name: string,
  { isPassed, refusals, timeMs }: Phase,
): readonly (readonly [string, ReadVariable])[] => {
  const isRefused = ({ refusal }: Call) => refusals.has(refusal?.type);
  return [
    [
      `${name}.status`,
      (call) => (isRefused(call) ? String(call.status) : isPassed(call) ? "200" : undefined),
    ],
    [
      `${name}.latency`,
      (call) => (isRefused(call) || isPassed(call) ? milliseconds(timeMs(call)) : undefined),
    ],
    [`${name}.error`, (call) => (isRefused(call) ? (call.refusal?.message ?? undefined) : undefined)],
  ];
};

const latency: ReadVariable = (call) => (wasCalled(call) ? milliseconds(call.integrationMs) : undefined);
const endpointStatus: ReadVariable = (call) => known(call.endpointStatus);
const endpointRequestId: ReadVariable = ({ endpointHeaders }) => {
  const header = headerOf(endpointHeaders ?? []);
  return header("x-amzn-RequestId")[0] ?? header("x-amz-request-id")[0];
};
const error: ReadVariable = ({ endpointError }) => given(endpointError);

/** Variables that only logs have: what a call went through (AWS: $context variables for access logging only). */
const variables: ReadonlyMap<string, ReadVariable> = new Map([
  ["integrationLatency", latency],
  ["integrationStatus", endpointStatus],
  ["integrationErrorMessage", error],
  ["awsEndpointRequestId", endpointRequestId],
  ["awsEndpointRequestId2", ({ endpointHeaders }) => headerOf(endpointHeaders ?? [])("x-amz-id-2")[0]],
  // HTTP/2 of clients is not shown (AWS: it is always HTTP/1.1).
  ["protocol", () => "HTTP/1.1"],
  ["responseLength", ({ responseBytes }) => String(responseBytes)],
  ["responseLatency", ({ startMs, endMs }) => milliseconds(endMs - startMs)],
  ["identity.apiKey", ({ apiKey }) => apiKey && maskedKey(apiKey.value)],
  ["customDomain.basePathMatched", ({ mapping }) => given(mapping?.basePath ?? "")],
  ["customDomain.routingRuleIdMatched", ({ mapping }) => mapping?.ruleId],
  ["tlsVersion", ({ tls }) => tls?.version],
  ["cipherSuite", ({ tls }) => tls?.cipherSuite],
  ["integration.latency", latency],
  ["integration.integrationStatus", endpointStatus],
  ["integration.error", error],
  ["integration.requestId", endpointRequestId],
  ["integration.status", (call) => known(call.functionStatus) ?? endpointStatus(call)],
  ["authorizer.integrationStatus", ({ authorizerStatus }) => known(authorizerStatus)],
  ["authorizer.requestId", ({ authorizerRequestId }) => given(authorizerRequestId)],
  ...phase("authenticate", {
    isPassed: isSigned,
    refusals: OF_AUTHENTICATION,
    timeMs: (call) => call.authenticationMs,
  }),
  ...phase("authorizer", {
    isPassed: wasAsked,
    refusals: OF_AUTHORIZER,
    timeMs: (call) => call.authorizerMs,
  }),
  ...phase("authorize", {
    isPassed: (call) => isSigned(call) || wasAsked(call),
    refusals: new Set<GatewayErrorType>(["ACCESS_DENIED"]),
    timeMs: (call) => call.authorizationMs,
  }),
]);

/** What an authorizer returned under the name of a secret shows its end only. */
function hiddenIfNamed(name: string, read: ReadVariable): ReadVariable {
  if (!name.startsWith("authorizer.") || !isSecretName(name.slice(name.lastIndexOf(".") + 1))) return read;
  return (call) => {
    const value = read(call);
    return value && maskedValue(value);
  };
}

/** loggedVariable finds the variable of a finished call that logs show as $context.{name}, once for all calls. `readerOf` finds what its protocol has. */
export function loggedVariable(name: string, readerOf: (name: string) => ReadVariable): ReadVariable {
  const read = variables.get(name);
  const ofProtocol = hiddenIfNamed(name, readerOf(name));
  return read ? (call) => read(call) ?? ofProtocol(call) : ofProtocol;
}
