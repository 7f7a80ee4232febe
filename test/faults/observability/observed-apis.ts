import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../../kit/cluster.ts";
import { functionUri } from "../../kit/functions.ts";
import { httpApiSpec, toUrl } from "../../kit/http-api.ts";
import { proxy, resourceOf } from "../../kit/rest-api.ts";
import { startHttpUpstream } from "../../kit/upstream.ts";
import { lambdaOf, twoWay, webSocketApiSpec } from "../../kit/websocket-api.ts";

export const STAGE = "prod";
export const REST = { id: "observed01", name: "observed by REST" } as const;
export const HTTP = { id: "observed02" } as const;
export const WEB_SOCKET = { id: "observed03" } as const;
/** The dimension by which each API has metrics, and the group of its access log. */
export const OBSERVED = [
  { id: REST.id, dimension: { ApiName: REST.name }, logGroup: "/observed/rest" },
  { id: HTTP.id, dimension: { ApiId: HTTP.id }, logGroup: "/observed/http" },
  { id: WEB_SOCKET.id, dimension: { ApiId: WEB_SOCKET.id }, logGroup: "/observed/websocket" },
] as const;

/** Upstreams take up to this time, so that percentiles differ. */
const SLOWEST_MS = 40;
const STATUS_OF: Readonly<Record<string, number>> = { "/missing": 404, "/broken": 503 };
const CALL_HEADER = "x-call";
const CLIENT_HEADER = "x-client";
const authorizer = { name: "guard", authorizerUri: functionUri("guard") };

const guard = lambdaOf({
  guard: ({ authorizationToken, headers }: AuthorizerEvent) => {
    const isAllowed = (authorizationToken ?? headers?.authorization) === "allow";
    if (authorizationToken === undefined) return { isAuthorized: isAllowed };
    const Statement = [{ Action: "execute-api:Invoke", Effect: isAllowed ? "Allow" : "Deny", Resource: "*" }];
    return { principalId: "caller", policyDocument: { Version: "2012-10-17", Statement } };
  },
});

interface AuthorizerEvent {
  readonly authorizationToken?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const accessLog = (id: string) => ({
  destinationArn: `arn:aws:logs:us-east-1:000000000000:log-group:${OBSERVED.find((api) => api.id === id)?.logGroup}`,
  format: "$context.requestId $context.status",
});

function restApi(origin: string) {
  const to = (path: string, more: object = {}) => ({ ...proxy(`${origin}${path}`), ...more });
  const guarded = { authorizationType: "CUSTOM", authorizerId: "guard" };
  const named = proxy(`${origin}/cached`, {
    requestParameters: { [`integration.request.header.${CALL_HEADER}`]: "context.requestId" },
  });
  return [
    { kind: "RestApi", id: REST.id, spec: { name: REST.name } },
    {
      kind: "Authorizer",
      apiId: REST.id,
      id: "guard",
      spec: { ...authorizer, type: "TOKEN", identitySource: "method.request.header.Authorization" },
    },
    ...["/ok", "/missing", "/broken", "/throttled"].map((path) =>
      resourceOf(REST.id, path.slice(1), path, { GET: to(path) }),
    ),
    resourceOf(REST.id, "cached", "/cached", { GET: named }),
    resourceOf(REST.id, "guarded", "/guarded", { GET: to("/guarded", guarded) }),
  ];
}

const REST_STAGE = {
  cacheClusterEnabled: true,
  cacheClusterSize: "0.5",
  accessLogSettings: accessLog(REST.id),
  methodSettings: {
    "*/*": { metricsEnabled: true },
    "cached/GET": { metricsEnabled: true, cachingEnabled: true, cacheTtlInSeconds: 1 },
    "throttled/GET": { metricsEnabled: true, throttlingRateLimit: 20, throttlingBurstLimit: 10 },
  },
};

const httpApi = (origin: string): object =>
  httpApiSpec({
    routes: {
      ...Object.fromEntries(
        ["/ok", "/missing", "/broken"].map((path) => [
          `GET ${path}`,
          { integration: toUrl(`${origin}${path}`) },
        ]),
      ),
      "GET /guarded": {
        integration: toUrl(`${origin}/guarded`),
        authorizationType: "CUSTOM",
        authorizerId: "guard",
      },
    },
    api: {
      authorizers: {
        guard: {
          ...authorizer,
          authorizerType: "REQUEST",
          authorizerPayloadFormatVersion: "2.0",
          enableSimpleResponses: true,
          identitySource: ["$request.header.Authorization"],
        },
      },
    },
  });

const informing = (uri: string, more: Readonly<Record<string, string>> = {}) => ({
  integrationType: "HTTP_PROXY",
  integrationUri: uri,
  integrationMethod: "POST",
  requestParameters: { [`integration.request.header.${CALL_HEADER}`]: "context.requestId", ...more },
});
/** The response to a handshake does not say its id: the client names itself, and the upstream hears both. */
const connecting = { [`integration.request.header.${CLIENT_HEADER}`]: "context.identity.userAgent" };

/** Messages are echoed with the id of their call; those of another action have no route. */
const webSocketApi = (origin: string): object =>
  webSocketApiSpec({
    routes: {
      $connect: { integration: informing(`${origin}/connected`, connecting) },
      say: { integration: informing(`${origin}/said`), ...twoWay },
      fail: { integration: informing(`${origin}/broken`), ...twoWay },
    },
    api: { routeSelectionExpression: "$request.body.action" },
  });

/** ObservedApis are the APIs that are called, on every node of a cluster, with what they call. */
export interface ObservedApis extends AsyncDisposable {
  /** Ids of the calls to the cached method that its integration was called for. */
  readonly missed: ReadonlySet<string>;
  /** Ids of the handshakes of clients, by the name that each gave itself. */
  readonly connected: ReadonlyMap<string, string>;
}

/** deployObserved makes the APIs. */
export async function deployObserved(cluster: Cluster): Promise<ObservedApis> {
  const missed = new Set<string>();
  const connected = new Map<string, string>();
  let called = 0;
  const upstream = await startHttpUpstream(async (request, response) => {
    const url = request.url ?? "";
    if (url.includes("/functions/")) return guard(request, response);
    const call = String(request.headers[CALL_HEADER] ?? "");
    if (url === "/cached") missed.add(call);
    if (url === "/connected") connected.set(String(request.headers[CLIENT_HEADER]), call);
    // The same times in each run, in an order without a pattern.
    await delay(((called++ * 7919) % 1009) / (1009 / SLOWEST_MS));
    response.writeHead(STATUS_OF[url] ?? 200, { "Content-Type": "text/plain" });
    return response.end(call === "" ? `response of ${url}` : call);
  });
  await cluster.apply([
    { kind: "ServiceEndpoint", id: "lambda.us-east-1", spec: { url: upstream.origin } },
    ...restApi(upstream.origin),
    { kind: "Api", id: HTTP.id, spec: httpApi(upstream.origin) },
    { kind: "Api", id: WEB_SOCKET.id, spec: webSocketApi(upstream.origin) },
    ...[HTTP.id, WEB_SOCKET.id].map((apiId) => ({
      kind: "ApiStage",
      apiId,
      id: STAGE,
      spec: {
        autoDeploy: true,
        accessLogSettings: accessLog(apiId),
        defaultRouteSettings: { detailedMetricsEnabled: true },
      },
    })),
  ]);
  const { deployment } = await cluster.deployments.createDeployment({ apiId: REST.id });
  const { revision } = await cluster.apply([
    { kind: "Stage", apiId: REST.id, id: STAGE, spec: { deploymentId: deployment?.id, ...REST_STAGE } },
  ]);
  await cluster.waitApplied(revision);
  return { missed, connected, [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose]() };
}
