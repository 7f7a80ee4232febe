import type { Call } from "../call/call.ts";
import { requestTime } from "../call/dates.ts";
import type { RouteContext } from "../call/route-context.ts";
import { mediaTypeOf } from "../values/binary-media.ts";
import { queryPairs } from "../values/call-values.ts";
import { identityVariable } from "../values/caller-values.ts";
import { contextVariable } from "../values/context-variables.ts";
import { joinedHeaderPairs } from "../values/event-headers.ts";
import { joinedMap, parameterPairs, stageVariablesOf } from "../values/event-maps.ts";
import { describeRequest } from "../values/request-event.ts";
import { pathWithStage, routeKeyOf } from "./context-variables.ts";

/** Who called, as requestContext.authorizer of format 2.0 shows it; undefined: nobody was asked. */
function authorizerOf(call: Call): object | undefined {
  const { authorizer, identity } = call;
  if (authorizer?.claims) return { jwt: { claims: authorizer.claims, scopes: authorizer.scopes ?? null } };
  if (authorizer) return { lambda: authorizer.values ?? authorizer.context };
  if (!identity) return undefined;
  const of = (name: string) => identityVariable(call, name) ?? null;
  return {
    iam: {
      accessKey: of("accessKey"),
      accountId: of("accountId"),
      callerId: of("caller"),
      cognitoIdentity: null,
      principalOrgId: null,
      userArn: of("userArn"),
      userId: of("user"),
    },
  };
}

/** The path as it came, decoded. */
function rawPathOf(call: Call): string {
  const path = pathWithStage(call);
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** describeHttpCall is a call as events of format 2.0 describe it, but for its body. What is empty is left out. */
export function describeHttpCall(call: Call, context: RouteContext) {
  const { pairs, cookies } = joinedHeaderPairs(call);
  const path = rawPathOf(call);
  const authorizer = authorizerOf(call);
  return {
    routeKey: routeKeyOf(call.route),
    rawPath: path,
    rawQueryString: call.query,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers: joinedMap(pairs) ?? {},
    queryStringParameters: joinedMap(queryPairs(call.query)),
    requestContext: {
      accountId: context.accountId,
      apiId: context.apiId,
      ...(authorizer ? { authorizer } : {}),
      domainName: contextVariable(call, "domainName"),
      domainPrefix: contextVariable(call, "domainPrefix"),
      http: {
        method: call.method,
        path,
        protocol: call.protocol,
        sourceIp: call.sourceIp,
        userAgent: call.userAgent,
      },
      requestId: call.requestId,
      routeKey: routeKeyOf(call.route),
      stage: context.stageName,
      time: requestTime(call.startUnixMs),
      timeEpoch: Math.trunc(call.startUnixMs),
    },
    pathParameters: joinedMap(parameterPairs(call)),
    stageVariables: stageVariablesOf(context.stageVariables),
  };
}

/** describeAsRest is a call as events of format 1.0 describe it. */
export function describeAsRest(call: Call, context: RouteContext) {
  const { requestContext, ...request } = describeRequest(call, context);
  const path = pathWithStage(call);
  const { authorizer } = call;
  return {
    ...request,
    path,
    requestContext: {
      ...requestContext,
      path,
      resourceId: null,
      extendedRequestId: call.requestId,
      authorizer: authorizer?.claims
        ? { claims: authorizer.claims, scopes: authorizer.scopes ?? null }
        : {
            ...authorizer?.context,
            ...(authorizer?.principalId ? { principalId: authorizer.principalId } : {}),
            claims: null,
            scopes: null,
          },
    },
  };
}

/** Media types whose bodies are handed on as text. */
const TEXT = /^(text\/.*|application\/(json|javascript|xml|x-www-form-urlencoded|.*\+(json|xml)))$/i;

/** buildHttpEvent is the event of a Lambda proxy integration of an HTTP API (AWS: working with Lambda proxy integrations for HTTP APIs). */
export function buildHttpEvent(
  call: Call,
  context: RouteContext,
  body: Buffer,
  version: "1.0" | "2.0",
): string {
  const isText = TEXT.test(mediaTypeOf(call.contentType));
  const text = body.toString(isText ? "utf8" : "base64");
  const isBase64Encoded = body.length > 0 && !isText;
  if (version === "2.0")
    return JSON.stringify({
      version,
      ...describeHttpCall(call, context),
      ...(body.length > 0 ? { body: text } : {}),
      isBase64Encoded,
    });
  return JSON.stringify({
    version,
    ...describeAsRest(call, context),
    body: body.length > 0 ? text : null,
    isBase64Encoded,
  });
}
