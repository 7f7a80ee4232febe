import {
  canonicalJson,
  DEFAULT_ROUTE,
  parseRouteKey,
  type AccountConfig,
  type Api,
  type HttpApiRoute,
  type HttpStageManifest,
  type MethodSetting,
  type Problem,
  type RouteSettings,
} from "@tollgate/config";
import { assembleRoute, unmatchedRoutes } from "../engine/assemble-route.ts";
import { deny } from "../call/errors.ts";
import type { BuildOutcome } from "../rest-api/integrations/registry.ts";
import { nullPorts, type Ports } from "../engine/ports.ts";
import type { Route, RouteContext } from "../engine/route.ts";
import { anyStageVariable, endpointsOf } from "../rest-api/context.ts";
import { NO_DEFINITIONS } from "../rest-api/definitions.ts";
import type { HttpStage } from "../engine/stage.ts";
import { compileCors } from "./cors.ts";
import { inboundOf } from "./order.ts";
import { httpApiProxy } from "./integrations/http-proxy.ts";
import { httpErrors } from "./errors.ts";
import { httpApiLambda } from "./integrations/aws-proxy.ts";
import { HttpRouteTable } from "./routes.ts";

export interface HttpCompileInput {
  readonly manifest: HttpStageManifest;
  readonly account: AccountConfig | undefined;
  readonly ports: Ports;
}

export type HttpCompileOutcome =
  | { readonly ok: true; readonly stage: HttpStage }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const notFound = deny("RESOURCE_NOT_FOUND");
const noIntegration = deny("API_CONFIGURATION_ERROR");

/** contextOf is what the routes of a deployed stage have in common. */
function contextOf({ manifest, account, ports }: HttpCompileInput): RouteContext {
  const { accountId, apiId, stageName, stage, api } = manifest;
  return {
    accountId,
    apiId,
    apiName: api.name,
    stageName,
    stageVariables: stage.stageVariables,
    binaryMediaTypes: [],
    isEdge: false,
    tracingEnabled: false,
    ...endpointsOf(account, ports),
    isCanary: undefined,
    methodSettings: {},
    minimumCompressionSize: undefined,
    clientCertificateId: undefined,
    region: ports.region,
    apiKeySource: "HEADER",
    resourcePolicy: undefined,
    accountThrottle: account?.throttle,
    cacheEnabled: false,
    cacheEpoch: 0,
    authorizerCacheEpoch: 0,
    sharesStageCache: false,
    definitions: NO_DEFINITIONS,
    cors: api.corsConfiguration && compileCors(api.corsConfiguration),
  };
}

/** The settings of a route: its own, else the stage's. */
function settingsOf({ stage }: HttpStageManifest, routeKey: string): MethodSetting | undefined {
  const own = Object.hasOwn(stage.routeSettings, routeKey) ? stage.routeSettings[routeKey] : undefined;
  const settings: RouteSettings | undefined = own ?? stage.defaultRouteSettings;
  return (
    settings && {
      metricsEnabled: settings.detailedMetricsEnabled,
      loggingLevel: "OFF",
      dataTraceEnabled: false,
      throttlingRateLimit: settings.throttlingRateLimit,
      throttlingBurstLimit: settings.throttlingBurstLimit,
      cachingEnabled: false,
      cacheTtlInSeconds: 0,
      cacheDataEncrypted: false,
      requireAuthorizationForCacheControl: true,
      unauthorizedCacheControlHeaderStrategy: "FAIL_WITH_403",
    }
  );
}

function build(
  { manifest: { api }, ports }: HttpCompileInput,
  context: RouteContext,
  { target = "" }: HttpApiRoute,
  routePath: string,
): BuildOutcome & { readonly type: Route["integrationType"] } {
  const id = target.replace(/^integrations\//, "");
  const integration = Object.hasOwn(api.integrations, id) ? api.integrations[id] : undefined;
  const at = `Api/${context.apiId}.integrations.${id}`;
  switch (integration?.integrationType) {
    case "HTTP_PROXY":
      return { type: "HTTP_PROXY", ...httpApiProxy({ integration, routePath, context, ports, at }) };
    case "AWS_PROXY":
      return { type: "AWS_PROXY", ...httpApiLambda({ integration, context, ports, at }) };
    default:
      return { type: "MOCK", ok: true, integrate: () => noIntegration };
  }
}

/** compileHttpStage turns one deployed stage of an HTTP API into routes, or tells everything that keeps it from running. */
export function compileHttpStage(input: HttpCompileInput): HttpCompileOutcome {
  const { manifest, ports } = input;
  const { api, deploymentId } = manifest;
  const context = contextOf(input);
  const table = new HttpRouteTable<Route>();
  const problems = new Map<string, Problem>();
  for (const [routeId, route] of Object.entries(api.routes)) {
    const key = parseRouteKey(route.routeKey);
    if ("code" in key) continue; // is told when it is parsed
    const [method, path] = key.kind === "default" ? ["ANY", DEFAULT_ROUTE] : [key.method, key.path];
    const built = build(input, context, route, path);
    // Routes share integrations: what is wrong with one is told once.
    if (!built.ok) for (const problem of built.problems) problems.set(canonicalJson(problem), problem);
    if (!built.ok) continue;
    const compiled = assembleRoute(
      context,
      ports,
      {
        resourceId: routeId,
        resourcePath: path,
        httpMethod: method,
        integrationType: built.type,
        integrate: built.integrate,
        method: undefined,
        settings: settingsOf(manifest, route.routeKey),
      },
      inboundOf(route, api.authorizers),
    );
    if (key.kind === "default") table.addDefault(compiled);
    else table.add(method, path, compiled);
  }
  if (problems.size > 0) return { ok: false, problems: [...problems.values()] };
  const unmatched = (httpMethod: string): Route =>
    assembleRoute(
      context,
      ports,
      {
        resourceId: "",
        resourcePath: "",
        httpMethod,
        integrationType: "MOCK",
        integrate: () => notFound,
        method: undefined,
        settings: undefined,
      },
      inboundOf(undefined, {}),
    );
  return {
    ok: true,
    stage: {
      protocol: "HTTP",
      context,
      deploymentId,
      disableExecuteApiEndpoint: api.disableExecuteApiEndpoint,
      gatewayResponses: httpErrors,
      routes: table,
      isCanary: undefined,
      canary: undefined,
      unmatchedRoute: unmatchedRoutes(unmatched),
    },
  };
}

/** checkHttpApi tells what of an API would not compile in any stage. WebSocket APIs are not compiled yet. */
export function checkHttpApi(apiId: string, api: Api): readonly Problem[] {
  if (api.protocolType !== "HTTP") return [];
  const outcome = compileHttpStage({
    manifest: {
      ...{ protocolType: "HTTP", accountId: "", apiId, stageName: "", deploymentId: "", api },
      stage: { autoDeploy: true, stageVariables: anyStageVariable, routeSettings: {} },
    },
    account: undefined,
    ports: nullPorts,
  });
  return outcome.ok ? [] : outcome.problems;
}
