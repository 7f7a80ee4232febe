import type { Call } from "../call/call.ts";
import { HeaderRule, headerRule } from "../call/header-rules.ts";
import type { RouteContext } from "../call/route-context.ts";
import { queryPairs } from "./call-values.ts";
import { requestTime } from "../call/dates.ts";
import { authorizerMember, identityVariable } from "./caller-values.ts";
import { contextVariable } from "./context-variables.ts";

type Single = Record<string, string>;
type Multi = Record<string, string[]>;

/** Names that AWS writes in one casing whatever the client wrote. */
const normalized = new Map([
  ["authorization", "Authorization"],
  ["user-agent", "User-Agent"],
]);

/** Repeated names: the single map keeps the last value, the multi map all in order. Empty maps are null, never {}. */
function toMaps(pairs: readonly (readonly [string, string])[]): {
  single: Single | null;
  multi: Multi | null;
} {
  if (pairs.length === 0) return { single: null, multi: null };
  // No prototype: a header named __proto__ is a name like any other.
  const single = Object.create(null) as Single;
  const multi = Object.create(null) as Multi;
  for (const [name, value] of pairs) {
    single[name] = value;
    (multi[name] ??= []).push(value);
  }
  return { single, multi };
}

function headerPairs(call: Call): [string, string][] {
  const pairs: [string, string][] = [];
  const { headers } = call;
  const replaced = HeaderRule.REMOVED | HeaderRule.TRACE_ID;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const lower = name.toLowerCase();
    if (headerRule(name) & replaced || lower.startsWith("x-forwarded-")) continue;
    pairs.push([normalized.get(lower) ?? name, headers[i + 1] as string]);
  }
  pairs.push(
    ["X-Amzn-Trace-Id", call.traceHeader()],
    ["X-Forwarded-For", call.sourceIp],
    ["X-Forwarded-Port", String(call.port)],
    ["X-Forwarded-Proto", call.scheme],
  );
  return pairs;
}

const identityOf = (call: Call) => ({
  accessKey: identityVariable(call, "accessKey") ?? null,
  accountId: identityVariable(call, "accountId") ?? null,
  ...(call.apiKey ? { apiKey: call.apiKey.value, apiKeyId: call.apiKey.id } : {}),
  caller: identityVariable(call, "caller") ?? null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  sourceIp: call.sourceIp,
  user: identityVariable(call, "user") ?? null,
  userAgent: call.userAgent === "" ? null : call.userAgent,
  userArn: identityVariable(call, "userArn") ?? null,
});

/** describeRequest is a call as events of format 1.0 describe it, but for its body. Empty maps are null. */
export function describeRequest(call: Call, context: RouteContext) {
  const headers = toMaps(headerPairs(call));
  const query = toMaps(queryPairs(call.query));
  const names = call.route?.parameterNames ?? [];
  const context_ = (name: string) => contextVariable(call, name);
  const authorizer = authorizerMember(call);
  return {
    resource: call.route?.resourcePath,
    path: call.path.replace(/^\/{2,}/, "/"),
    httpMethod: call.method,
    headers: headers.single,
    multiValueHeaders: headers.multi,
    queryStringParameters: query.single,
    multiValueQueryStringParameters: query.multi,
    pathParameters: toMaps(names.map((name, i) => [name, call.parameterValues[i] ?? ""] as const)).single,
    stageVariables: Object.keys(context.stageVariables).length > 0 ? context.stageVariables : null,
    requestContext: {
      resourceId: context_("resourceId"),
      resourcePath: context_("resourcePath"),
      httpMethod: call.method,
      extendedRequestId: call.extendedRequestId,
      requestTime: requestTime(call.startUnixMs),
      path: call.fullPath,
      accountId: context.accountId,
      protocol: call.protocol,
      stage: context.stageName,
      domainPrefix: context_("domainPrefix"),
      requestTimeEpoch: Math.trunc(call.startUnixMs),
      requestId: call.requestId,
      ...(authorizer ? { authorizer } : {}),
      identity: identityOf(call),
      domainName: context_("domainName"),
      deploymentId: context_("deploymentId"),
      apiId: context.apiId,
      ...(context.isCanary === undefined ? {} : { isCanaryRequest: context.isCanary }),
    },
  };
}
