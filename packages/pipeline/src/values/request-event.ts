import type { Call } from "../call/call.ts";
import { fullPath, shownPath } from "../call/call-paths.ts";
import { requestTime } from "../call/dates.ts";
import type { RouteContext } from "../call/route-context.ts";
import { vpcIdOf } from "../call/vpc-of-call.ts";
import { queryPairs } from "./call-values.ts";
import { authorizerMember, identityVariable } from "./caller-values.ts";
import { contextReader } from "./context-variables.ts";
import { headerPairs } from "./event-headers.ts";
import { lastAndAll, parameterPairs, stageVariablesOf } from "./event-maps.ts";

const domainName = contextReader("domainName");
const domainPrefix = contextReader("domainPrefix");

const identityOf = (call: Call) => ({
  accessKey: identityVariable(call, "accessKey") ?? null,
  accountId: identityVariable(call, "accountId") ?? null,
  ...(call.apiKey ? { apiKey: call.apiKey.value, apiKeyId: call.apiKey.id } : {}),
  caller: identityVariable(call, "caller") ?? null,
  ...(call.tls?.clientCertificate ? { clientCert: call.tls.clientCertificate } : {}),
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  sourceIp: call.sourceIp,
  user: identityVariable(call, "user") ?? null,
  userAgent: call.userAgent === "" ? null : call.userAgent,
  userArn: identityVariable(call, "userArn") ?? null,
  ...(call.network ? { vpcId: vpcIdOf(call), vpceId: call.network.vpcEndpointId } : {}),
});

/**
 * describeRequest is a call as events of format 1.0 describe it, but for its body. Empty maps are null. `shown`: what a mapping left of
 * its headers and query.
 */
export function describeRequest(
  call: Call,
  context: RouteContext,
  shown: Pick<Call, "headers" | "query"> = call,
) {
  const headers = lastAndAll(headerPairs(call, shown.headers));
  const query = lastAndAll(queryPairs(shown.query));
  const authorizer = authorizerMember(call);
  return {
    resource: call.route?.resourcePath,
    path: shownPath(call),
    httpMethod: call.method,
    headers: headers.last,
    multiValueHeaders: headers.all,
    queryStringParameters: query.last,
    multiValueQueryStringParameters: query.all,
    pathParameters: lastAndAll(parameterPairs(call)).last,
    stageVariables: stageVariablesOf(context.stageVariables) ?? null,
    requestContext: {
      resourceId: call.route?.resourceId,
      resourcePath: call.route?.resourcePath,
      httpMethod: call.method,
      extendedRequestId: call.extendedRequestId,
      requestTime: requestTime(call.startUnixMs),
      path: fullPath(call),
      accountId: context.accountId,
      protocol: call.protocol,
      stage: context.stageName,
      domainPrefix: domainPrefix(call),
      requestTimeEpoch: Math.trunc(call.startUnixMs),
      requestId: call.requestId,
      ...(authorizer ? { authorizer } : {}),
      identity: identityOf(call),
      domainName: domainName(call),
      deploymentId: call.deploymentId,
      apiId: context.apiId,
    },
  };
}
