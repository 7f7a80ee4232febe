import { setImmediate as nextTurn } from "node:timers/promises";
import type { Chunk, FrozenResource, Integration, Method, MethodSetting } from "@tollgate/config";
import { methodSettingOf, type Problem, problemAt } from "@tollgate/config/runtime";
import { deny } from "../call/errors.ts";
import { assembleRoute, type RouteParts, unmatchedRoutes } from "../engine/assemble-route.ts";
import { facts } from "../engine/facts.ts";
import { nullPorts, type Ports } from "../engine/ports.ts";
import { protectionOf, protectionsOf } from "../engine/resolved-route.ts";
import { transportRuleOf } from "../engine/transport-rules.ts";
import { executionLogWriter } from "../filters/execution-logging.ts";
import { meteredRouteProblems } from "../filters/response-metering.ts";
import { throttleOf } from "../filters/throttling.ts";
import { accessLog } from "../logs/access-log.ts";
import { contextVariable } from "../values/context-variables.ts";
import { authorizationProblems } from "./authorizers/authorization.ts";
import { cachedIntegration } from "./cache/cached-integration.ts";
import {
  anyContext,
  contextAndProblems,
  contextKeyOf,
  missingChunk,
  type RestCompileInput,
  type RestContext,
  type RestRoute,
  type RestStage,
} from "./context.ts";
import { restEntry, restForm } from "./entry.ts";
import { buildIntegration } from "./integrations/registry.ts";
import { restLogReader } from "./log-variables.ts";
import { inbound } from "./order.ts";
import { validationProblems } from "./request-validation.ts";
import { PathTrie, type TrieEntry } from "./routes.ts";

/** Chunks compiled before other work of the process gets a turn. */
const CHUNKS_PER_TURN = 8;

export type RestCompileOutcome =
  | { readonly ok: true; readonly stage: RestStage }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The settings of a method: its own, else those of all methods (AWS: MethodSetting). */
function settingsOf(
  { methodSettings }: RestContext,
  resourcePath: string,
  httpMethod: string,
): { settings: MethodSetting | undefined; settingsAreOwn: boolean } {
  const own = methodSettingOf(methodSettings, resourcePath, httpMethod);
  return { settings: own ?? methodSettings["*/*"], settingsAreOwn: own !== undefined };
}

function compileMethod(
  resource: FrozenResource,
  httpMethod: string,
  method: Method,
  context: RestContext,
  ports: Ports,
): { route: RestRoute } | { problems: readonly Problem[] } {
  const at = `Resource/${resource.id}.methods.${httpMethod}`;
  if (!method.integration)
    return { problems: [problemAt(`${at}.integration`, facts.INTEGRATION_UNDEFINED())] };
  const resourcePath = resource.spec.path;
  const { settings, settingsAreOwn } = settingsOf(context, resourcePath, httpMethod);
  const built = buildIntegration({
    integration: method.integration,
    context,
    ports,
    at: `${at}.integration`,
  });
  const cached =
    built.ok &&
    cachedIntegration(
      {
        integrate: built.integrate,
        integration: method.integration,
        resourceId: resource.id,
        httpMethod,
        settings,
        settingsAreOwn,
        at: `${at}.integration`,
      },
      context,
      ports,
    );
  const invalid = [
    ...(cached && !cached.ok ? cached.problems : []),
    ...validationProblems(method, context, at),
    ...authorizationProblems(method, context, at),
  ];
  if (!built.ok || !cached || !cached.ok || invalid.length > 0)
    return { problems: [...(built.ok ? [] : built.problems), ...invalid] };
  const { integrate } = cached;
  const integrationType = method.integration.type;
  const path = { resourcePath, httpMethod };
  const parts = {
    resourceId: resource.id,
    ...path,
    protection: protectionOf(path, method),
    showsPath: showsPath(method.integration),
    integrationType,
    integrate,
    method,
  };
  return { route: assemble(context, settings, parts, ports) };
}

/** Lambda functions are given the path undecoded; of all others, only the parts of the URI show it. */
const showsPath = (integration: Integration): boolean =>
  "uri" in integration && integration.type !== "AWS_PROXY" && integration.uri.includes("{");

/** A route with what its settings ask for. */
const assemble = (
  context: RestContext,
  settings: MethodSetting | undefined,
  parts: Omit<
    RouteParts<RestRoute>,
    "context" | "contextVariable" | "settings" | "throttle" | "hasOwnMetrics" | "ownObservers"
  >,
  ports: Ports,
): RestRoute =>
  assembleRoute<RestRoute>(
    {
      context,
      ...parts,
      contextVariable,
      settings,
      throttle: throttleOf(settings),
      hasOwnMetrics: settings?.metricsEnabled ?? false,
      ownObservers: [
        ...accessLog(context, ports.logs, restLogReader(context)),
        ...executionLogWriter(settings, context, ports),
      ],
    },
    inbound,
    ports,
  );

/** compileChunk compiles all methods of a chunk and collects every problem. */
function compileChunk(
  chunk: Chunk,
  context: RestContext,
  ports: Ports,
): { routes: RestRoute[]; problems: Problem[] } {
  const routes: RestRoute[] = [];
  const problems: Problem[] = [];
  for (const resource of chunk.entities)
    if (resource.kind === "Resource")
      for (const [httpMethod, method] of Object.entries(resource.spec.methods)) {
        const outcome = compileMethod(resource, httpMethod, method, context, ports);
        if ("route" in outcome) routes.push(outcome.route);
        else problems.push(...outcome.problems);
      }
  return { routes, problems };
}

/** checkResource reports what of a resource would not compile in any stage. A method without integration is reported when it is deployed. */
export function checkResource(resource: FrozenResource): readonly Problem[] {
  return Object.entries(resource.spec.methods).flatMap(([httpMethod, method]) => {
    if (!method.integration) return [];
    const outcome = compileMethod(resource, httpMethod, method, anyContext, nullPorts);
    return "route" in outcome ? [] : outcome.problems;
  });
}

/**
 * compileRestStage turns one deployed stage into routes, or reports everything that keeps it from running. Only chunks that the version before
 * did not have are compiled; the event loop gets its turns in between. The control plane calls it with ports that go nowhere before it
 * stores a deployment, so what was accepted runs on every node.
 */
export async function compileRestStage(input: RestCompileInput): Promise<RestCompileOutcome> {
  const { manifest, previous } = input;
  if (!manifest.canary) return compileDeployment({ ...input, isCanary: undefined });
  const { canarySettings } = manifest.stage;
  const main = await compileDeployment({ ...input, isCanary: false });
  const canary = await compileDeployment({
    ...input,
    isCanary: true,
    previous: previous?.canary?.stage,
    manifest: {
      ...manifest,
      ...manifest.canary,
      stage: {
        ...manifest.stage,
        variables: { ...manifest.stage.variables, ...canarySettings?.stageVariableOverrides },
      },
    },
  });
  if (!main.ok || !canary.ok)
    return { ok: false, problems: [main, canary].flatMap((outcome) => (outcome.ok ? [] : outcome.problems)) };
  const share = (canarySettings?.percentTraffic ?? 0) / 100;
  return { ok: true, stage: { ...main.stage, canary: { stage: canary.stage, share } } };
}

async function compileDeployment(input: RestCompileInput): Promise<RestCompileOutcome> {
  const { manifest, chunk, ports, previous } = input;
  const contextKey = contextKeyOf(input);
  const reusable = previous?.contextKey === contextKey ? previous : undefined;
  const read = reusable ? undefined : contextAndProblems(input);
  const context = (reusable?.context ?? read?.context) as RestContext;
  const routesByChunk = new Map<string, readonly RestRoute[]>();
  const problems: Problem[] = [...(read?.problems ?? [])];
  let compiledInTurn = 0;
  for (const digest of manifest.chunks) {
    const known = reusable?.routesByChunk.get(digest);
    if (known) {
      routesByChunk.set(digest, known);
      continue;
    }
    const content = chunk(digest);
    if (!content) {
      problems.push(missingChunk(manifest, digest));
      continue;
    }
    const compiled = compileChunk(content, context, ports);
    problems.push(...compiled.problems);
    routesByChunk.set(digest, compiled.routes);
    if (++compiledInTurn % CHUNKS_PER_TURN === 0) await nextTurn();
  }
  const {
    stageName,
    stage: { meters },
  } = manifest;
  if (problems.length === 0)
    problems.push(...meteredRouteProblems(`Stage/${stageName}`, meters, [...routesByChunk.values()].flat()));
  if (problems.length > 0) return { ok: false, problems };
  const stage = assembleStage({ manifest, context, contextKey, ports, routesByChunk, reusable });
  return { ok: true, stage };
}

/** entriesBesides lists the routes of the chunks that `other` does not have. */
function entriesBesides(
  chunks: ReadonlyMap<string, readonly RestRoute[]>,
  other: ReadonlyMap<string, readonly RestRoute[]>,
): TrieEntry<RestRoute>[] {
  return [...chunks]
    .filter(([digest]) => !other.has(digest))
    .flatMap(([, routes]) =>
      routes.map((value) => ({ template: value.resourcePath, method: value.httpMethod, value })),
    );
}

interface StageParts extends Pick<RestStage, "manifest" | "context" | "contextKey" | "routesByChunk"> {
  readonly ports: Ports;
  readonly reusable: RestStage | undefined;
}

function assembleStage({
  manifest,
  context,
  contextKey,
  ports,
  routesByChunk,
  reusable,
}: StageParts): RestStage {
  const before = reusable?.routesByChunk ?? new Map<string, readonly RestRoute[]>();
  const routes = (reusable?.routes ?? new PathTrie<RestRoute>()).with(
    entriesBesides(before, routesByChunk),
    entriesBesides(routesByChunk, before),
  );
  return {
    protocol: "REST",
    entry: restEntry,
    manifest,
    deploymentId: manifest.deploymentId,
    disableExecuteApiEndpoint: manifest.restApi.disableExecuteApiEndpoint,
    vpcEndpointIds: vpcEndpointsOf(manifest.restApi),
    isEdgeOptimized: manifest.restApi.endpointConfiguration.types.includes("EDGE"),
    transport: transportRuleOf(manifest.restApi),
    context,
    contextKey,
    routes,
    protections: protectionsOf([...routesByChunk.values()].flat()),
    routesByChunk,
    form: reusable?.form ?? restForm(context),
    canary: undefined,
    unmatchedRoute:
      reusable?.unmatchedRoute ?? unmatchedRoutes((httpMethod) => unmatched(context, httpMethod, ports)),
  };
}

const missingToken = deny("MISSING_AUTHENTICATION_TOKEN");

/** Calls that no method takes are refused behind the filters, as AWS does. */
function unmatched(context: RestContext, httpMethod: string, ports: Ports): RestRoute {
  const { settings } = settingsOf(context, "", httpMethod);
  const integrate = () => missingToken;
  const nothing = { integrationType: undefined, method: undefined, protection: "", showsPath: false };
  return assemble(
    context,
    settings,
    { resourceId: "", resourcePath: "", httpMethod, integrate, ...nothing },
    ports,
  );
}

/** The VPC endpoints of a private API; undefined: it is not private. */
const vpcEndpointsOf = ({
  endpointConfiguration: { types, vpcEndpointIds = [] },
}: RestCompileInput["manifest"]["restApi"]): readonly string[] | undefined =>
  types.includes("PRIVATE") ? vpcEndpointIds : undefined;
