import type { Call } from "../call/call.ts";
import { fullPath, pathWithStage } from "../call/call-paths.ts";
import { requestTime } from "../call/dates.ts";
import type { RouteContext } from "../call/route-context.ts";
import { mediaTypeOf } from "../values/binary-media.ts";
import { queryPairs } from "../values/call-values.ts";
import { identityVariable } from "../values/caller-values.ts";
import { contextVariable } from "../values/context-variables.ts";
import { joinedHeaderPairs } from "../values/event-headers.ts";
import { joinedMap, parameterPairs, stageVariablesOf } from "../values/event-maps.ts";
import { describeRequest } from "../values/request-event.ts";
import type { HttpRoute } from "./context.ts";
import { routeKeyOf } from "./context-variables.ts";

/** The route's own scopes decide whether those of a token are shown. */
const scopesOf = ({ authorizer, route }: Call): readonly string[] | null =>
  (route as HttpRoute | undefined)?.spec?.authorizationScopes.length ? (authorizer?.scopes ?? null) : null;

/** Who called, as requestContext.authorizer of format 2.0 shows it; undefined: nobody was asked. */
function authorizerOf(call: Call): object | undefined {
  const { authorizer, identity } = call;
  if (authorizer?.claims) return { jwt: { claims: authorizer.claims, scopes: scopesOf(call) } };
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

/** ShownRequest is a request as its event shows it: as it came, or as a mapping left it. */
export interface ShownRequest extends Pick<Call, "headers" | "query"> {
  /** undefined: the path that was sent. */
  readonly path: string | undefined;
}

const asItCame = ({ headers, query }: Call): ShownRequest => ({ headers, query, path: undefined });

/** decodedPath is a path without its encodings; bytes that are not UTF-8 become U+FFFD. */
function decodedPath(path: string): string {
  if (!path.includes("%")) return path;
  return path.replace(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"),
  );
}

/** A call without a body says so. */
function withContentLength(pairs: [string, string][], { contentLengthBytes, hasBody }: Call) {
  if (contentLengthBytes < 0 && !hasBody) pairs.push(["content-length", "0"]);
  return pairs;
}

/** describeHttpCall is a call as events of format 2.0 describe it, but for its body. What is empty is left out. */
export function describeHttpCall(call: Call, context: RouteContext, shown: ShownRequest = asItCame(call)) {
  const { pairs, cookies } = joinedHeaderPairs(call, shown.headers);
  const path = decodedPath(shown.path ?? pathWithStage(call));
  const authorizer = authorizerOf(call);
  const clientCert = call.tls?.clientCertificate;
  return {
    routeKey: routeKeyOf(call.route),
    rawPath: path,
    rawQueryString: shown.query,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers: joinedMap(withContentLength(pairs, call)) ?? {},
    queryStringParameters: joinedMap(queryPairs(shown.query)),
    requestContext: {
      accountId: context.accountId,
      apiId: context.apiId,
      ...(clientCert ? { authentication: { clientCert } } : {}),
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

/** describeAsRest is a call as events of format 1.0 describe it: the path as it came, with the base path of a custom domain. */
export function describeAsRest(call: Call, context: RouteContext, shown: ShownRequest = asItCame(call)) {
  const { requestContext, ...request } = describeRequest(call, context, shown);
  const { deploymentId: _ofRest, ...inContext } = requestContext;
  const path = shown.path ?? fullPath(call);
  const { authorizer } = call;
  return {
    ...request,
    path,
    requestContext: {
      ...inContext,
      path: decodedPath(path),
      resourceId: routeKeyOf(call.route),
      extendedRequestId: call.requestId,
      identity: { ...requestContext.identity, userAgent: call.userAgent },
      authorizer: authorizer?.claims
        ? { claims: authorizer.claims, scopes: scopesOf(call) }
        : {
            ...authorizer?.context,
            ...(authorizer?.principalId ? { principalId: authorizer.principalId } : {}),
            claims: null,
            scopes: null,
          },
    },
  };
}

/** Media types whose bodies are handed on as text; forms, and bodies without a type, are not. */
const TEXT = /^(text\/.*|application\/(json|javascript|xml|.*\+(json|xml)))$/i;

/** buildHttpEvent is the event of a Lambda proxy integration of an HTTP API (AWS: working with Lambda proxy integrations for HTTP APIs). */
export function buildHttpEvent(
  call: Call,
  context: RouteContext,
  { body, version, shown }: { body: Buffer; version: "1.0" | "2.0"; shown: ShownRequest | undefined },
): string {
  const isText = TEXT.test(mediaTypeOf(call.contentType));
  const text = body.toString(isText ? "utf8" : "base64");
  const isBase64Encoded = body.length > 0 && !isText;
  if (version === "2.0")
    return JSON.stringify({
      version,
      ...describeHttpCall(call, context, shown),
      ...(body.length > 0 ? { body: text } : {}),
      isBase64Encoded,
    });
  return JSON.stringify({
    version,
    ...describeAsRest(call, context, shown),
    body: body.length > 0 ? text : null,
    isBase64Encoded,
  });
}
