import type { HttpApiRoute, HttpStageManifest, RouteSettings, SpecOf } from "@tollgate/config";
import { canonicalJson, DEFAULT_ROUTE, type Problem, parseRouteKey } from "@tollgate/config/runtime";
import { deny } from "../call/errors.ts";
import { assembleRoute, type RouteParts, unmatchedRoutes } from "../engine/assemble-route.ts";
import type { BuildOutcome } from "../engine/build-outcome.ts";
import { anyStageVariable } from "../engine/endpoints.ts";
import { nullPorts, type Ports } from "../engine/ports.ts";
import { protectionOf, protectionsOf } from "../engine/resolved-route.ts";
import { meteredRouteProblems } from "../filters/response-metering.ts";
import { throttleOf } from "../filters/throttling.ts";
import { accessLog } from "../logs/access-log.ts";
import {
  contextOf,
  type HttpCompileInput,
  type HttpContext,
  type HttpRoute,
  type HttpStage,
} from "./context.ts";
import { httpContextValue } from "./context-variables.ts";
import { httpEntry, httpForm } from "./entry.ts";
import { buildIntegration } from "./integrations/registry.ts";
import { httpLogReader } from "./log-variables.ts";
import { inbound } from "./order.ts";
import { HttpRouteTable } from "./routes.ts";

export type HttpCompileOutcome =
  | { readonly ok: true; readonly stage: HttpStage }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const notFound = deny("RESOURCE_NOT_FOUND");
const noIntegration = deny("API_CONFIGURATION_ERROR");

/** The settings of a route: its own, else the stage's. */
function settingsOf({ stage }: HttpStageManifest, routeKey: string): RouteSettings | undefined {
  const own = Object.hasOwn(stage.routeSettings, routeKey) ? stage.routeSettings[routeKey] : undefined;
  return own ?? stage.defaultRouteSettings;
}

type Built = BuildOutcome & { readonly integrationType: HttpRoute["integrationType"] };

function build(
  { manifest: { api }, ports }: HttpCompileInput,
  context: HttpContext,
  { target = "" }: HttpApiRoute,
  routePath: string,
): Built {
  const id = target.replace(/^integrations\//, "");
  const integration = Object.hasOwn(api.integrations, id) ? api.integrations[id] : undefined;
  if (!integration) return { integrationType: undefined, ok: true, integrate: () => noIntegration };
  const at = `Api/${context.apiId}.integrations.${id}`;
  const { integrationType } = integration;
  return { integrationType, ...buildIntegration({ integration, routePath, context, ports, at }) };
}

/** A route with what its settings ask for. */
const assemble = (
  context: HttpContext,
  settings: RouteSettings | undefined,
  parts: Omit<
    RouteParts<HttpRoute>,
    "context" | "contextVariable" | "throttle" | "hasOwnMetrics" | "ownObservers"
  >,
  ports: Ports,
): HttpRoute =>
  assembleRoute<HttpRoute>(
    {
      context,
      ...parts,
      contextVariable: httpContextValue,
      throttle: throttleOf(settings),
      hasOwnMetrics: settings?.detailedMetricsEnabled ?? false,
      ownObservers: accessLog(context, ports.logs, httpLogReader),
    },
    inbound,
    ports,
  );

/** Calls that no route takes are refused behind the filters. */
function unmatched(context: HttpContext, httpMethod: string, ports: Ports): HttpRoute {
  const integrate = () => notFound;
  const nothing = { integrationType: undefined, spec: undefined, protection: "", showsPath: false };
  return assemble(
    context,
    undefined,
    { resourceId: "", resourcePath: "", httpMethod, integrate, ...nothing },
    ports,
  );
}

/** compileHttpStage turns one deployed stage of an HTTP API into routes, or reports everything that keeps it from running. */
export function compileHttpStage(input: HttpCompileInput): HttpCompileOutcome {
  const { manifest, ports } = input;
  const { api, deploymentId } = manifest;
  const context = contextOf(input);
  const table = new HttpRouteTable<HttpRoute>();
  const routes: HttpRoute[] = [];
  const problems = new Map<string, Problem>();
  for (const [routeId, spec] of Object.entries(api.routes)) {
    const key = parseRouteKey(spec.routeKey);
    if ("code" in key) continue; // is reported when it is parsed
    const [httpMethod, resourcePath] =
      key.kind === "default" ? ["ANY", DEFAULT_ROUTE] : [key.method, key.path];
    const built = build(input, context, spec, resourcePath);
    // Routes share integrations: what is wrong with one is reported once.
    if (!built.ok) for (const problem of built.problems) problems.set(canonicalJson(problem), problem);
    if (!built.ok) continue;
    const { integrationType, integrate } = built;
    const path = { resourcePath, httpMethod };
    const protection = protectionOf(path, spec);
    // Functions are given the path decoded.
    const parts = {
      resourceId: routeId,
      ...path,
      protection,
      showsPath: true,
      integrationType,
      integrate,
      spec,
    };
    const route = assemble(context, settingsOf(manifest, spec.routeKey), parts, ports);
    routes.push(route);
    if (key.kind === "default") table.addDefault(route);
    else table.add(httpMethod, resourcePath, route);
  }
  if (problems.size === 0)
    for (const problem of meteredRouteProblems(
      `ApiStage/${manifest.stageName}`,
      manifest.stage.meters,
      routes,
    ))
      problems.set(canonicalJson(problem), problem);
  if (problems.size > 0) return { ok: false, problems: [...problems.values()] };
  return {
    ok: true,
    stage: {
      protocol: "HTTP",
      entry: httpEntry,
      context,
      deploymentId,
      disableExecuteApiEndpoint: api.disableExecuteApiEndpoint,
      form: httpForm(context),
      routes: table,
      protections: protectionsOf(routes),
      unmatchedRoute: unmatchedRoutes((httpMethod) => unmatched(context, httpMethod, ports)),
    },
  };
}

/** checkHttpApi reports what of an API would not compile in any stage. */
export function checkHttpApi(apiId: string, api: SpecOf<"Api">): readonly Problem[] {
  if (api.protocolType !== "HTTP") return [];
  const stage = { autoDeploy: true, stageVariables: anyStageVariable, routeSettings: {} };
  const unnamed = { accountId: "", stageName: "", deploymentId: "" };
  const manifest: HttpStageManifest = { protocolType: "HTTP", ...unnamed, apiId, api, stage };
  const outcome = compileHttpStage({ manifest, account: undefined, ports: nullPorts });
  return outcome.ok ? [] : outcome.problems;
}
