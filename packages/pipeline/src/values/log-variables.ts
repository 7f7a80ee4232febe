import type { Call } from "../call/call.ts";
import type { GatewayErrorType } from "../call/gateway-errors.ts";
import { headerOf } from "../upstream/fetch-whole.ts";

type Read = (call: Call) => string | undefined;

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

const isSigned = ({ route, identity }: Call): boolean =>
  route?.protection === "AWS_IAM" && identity !== undefined;
/** An authorizer of this call: those of a connection's messages were asked at $connect. */
const wasAsked = ({ route, authorizer }: Call): boolean =>
  authorizer !== undefined && !["", "NONE", "AWS_IAM"].includes(route?.protection ?? "");

/** The variables of a phase that a call may be refused in: its status and its error; undefined: the call did not get there, or has no such phase. */
const phase = (
  name: string,
  { isPassed, refusals }: { isPassed: (call: Call) => boolean; refusals: typeof OF_AUTHORIZER },
): readonly (readonly [string, Read])[] => {
  const isRefused = ({ refusal }: Call) => refusals.has(refusal?.type);
  return [
    [
      `${name}.status`,
      (call) => (isRefused(call) ? String(call.status) : isPassed(call) ? "200" : undefined),
    ],
    [`${name}.error`, (call) => (isRefused(call) ? (call.refusal?.message ?? undefined) : undefined)],
  ];
};

const latency: Read = (call) => (wasCalled(call) ? milliseconds(call.integrationMs) : undefined);
const endpointStatus: Read = (call) => known(call.endpointStatus);
const endpointRequestId: Read = ({ endpointHeaders }) => {
  const header = headerOf(endpointHeaders ?? []);
  return header("x-amzn-RequestId")[0] ?? header("x-amz-request-id")[0];
};
const error: Read = ({ endpointError }) => given(endpointError);

/** Variables that only logs have: what a call went through (AWS: $context variables for access logging only). */
const variables: ReadonlyMap<string, Read> = new Map([
  ["integrationLatency", latency],
  ["integrationStatus", endpointStatus],
  ["integrationErrorMessage", error],
  ["awsEndpointRequestId", endpointRequestId],
  ["integration.latency", latency],
  ["integration.integrationStatus", endpointStatus],
  ["integration.error", error],
  ["integration.requestId", endpointRequestId],
  ["integration.status", (call) => known(call.functionStatus) ?? endpointStatus(call)],
  ["authorizer.latency", ({ authorizerMs }) => (authorizerMs === 0 ? undefined : milliseconds(authorizerMs))],
  ...phase("authenticate", { isPassed: isSigned, refusals: OF_AUTHENTICATION }),
  ...phase("authorizer", { isPassed: wasAsked, refusals: OF_AUTHORIZER }),
  ...phase("authorize", {
    isPassed: (call) => isSigned(call) || wasAsked(call),
    refusals: new Set<GatewayErrorType>(["ACCESS_DENIED"]),
  }),
]);

/** loggedVariable is $context.{name} of a finished call for logs, whatever its protocol; undefined: it is not there. */
export function loggedVariable(call: Call, name: string): string | undefined {
  return variables.get(name)?.(call) ?? call.route?.contextVariable(call, name);
}
