import type { Call } from "../call/call.ts";
import { requestTime } from "../call/dates.ts";
import { HeaderRule, headerRule } from "../call/header-rules.ts";
import type { RouteContext } from "../call/route-context.ts";
import { queryPairs } from "./call-values.ts";
import { authorizerMember, identityVariable } from "./caller-values.ts";
import { contextVariable } from "./context-variables.ts";
import { gatewayHeaders, lastAndAll, parameterPairs, stageVariablesOf } from "./event-maps.ts";

/** Names that AWS writes in one casing whatever the client wrote. */
const normalized = new Map([
  ["authorization", "Authorization"],
  ["user-agent", "User-Agent"],
]);

/** The client's headers as events of format 1.0 show them, and those of the gateway. */
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
  pairs.push(...gatewayHeaders(call));
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
  const headers = lastAndAll(headerPairs(call));
  const query = lastAndAll(queryPairs(call.query));
  const variable = (name: string) => contextVariable(call, name);
  const authorizer = authorizerMember(call);
  return {
    resource: call.route?.resourcePath,
    path: call.path.replace(/^\/{2,}/, "/"),
    httpMethod: call.method,
    headers: headers.last,
    multiValueHeaders: headers.all,
    queryStringParameters: query.last,
    multiValueQueryStringParameters: query.all,
    pathParameters: lastAndAll(parameterPairs(call)).last,
    stageVariables: stageVariablesOf(context.stageVariables) ?? null,
    requestContext: {
      resourceId: variable("resourceId"),
      resourcePath: variable("resourcePath"),
      httpMethod: call.method,
      extendedRequestId: call.extendedRequestId,
      requestTime: requestTime(call.startUnixMs),
      path: call.fullPath,
      accountId: context.accountId,
      protocol: call.protocol,
      stage: context.stageName,
      domainPrefix: variable("domainPrefix"),
      requestTimeEpoch: Math.trunc(call.startUnixMs),
      requestId: call.requestId,
      ...(authorizer ? { authorizer } : {}),
      identity: identityOf(call),
      domainName: variable("domainName"),
      deploymentId: variable("deploymentId"),
      apiId: context.apiId,
    },
  };
}
