import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type AccountConfig,
  type Chunk,
  type FrozenResource,
  type Method,
  type MethodSetting,
  type Problem,
  type StageManifest,
} from "@tollgate/config";
import { assembleRoute, unmatchedRoutes } from "../engine/assemble-route.ts";
import { contextAndProblems, missingChunk } from "./compile-context.ts";
import { deny } from "../call/errors.ts";
import { cachedIntegration } from "./cache/cached-integration.ts";
import { authorizationProblems } from "./authorizers/authorization.ts";
import { validationProblems } from "./request-validation.ts";
import { compileGatewayResponses } from "./errors.ts";
import { buildIntegration } from "./integrations/registry.ts";
import { inbound } from "./order.ts";
import { nullPorts, type Ports } from "../engine/ports.ts";
import type { Route, RouteContext } from "../engine/route.ts";
import { anyContext, contextKeyOf } from "./context.ts";
import type { RestStage } from "../engine/stage.ts";
import { PathTrie, type TrieEntry } from "./routes.ts";

/** Chunks compiled before other work of the process gets a turn. */
const CHUNKS_PER_TURN = 8;

export interface CompileInput {
  readonly manifest: StageManifest;
  /** Content of every chunk that the manifest names. */
  readonly chunk: (digest: string) => Chunk | undefined;
  readonly account: AccountConfig | undefined;
  readonly ports: Ports;
  /** Whether the canary of the stage is compiled; undefined: the stage has none. */
  readonly isCanary?: boolean | undefined;
  /** The version before: what did not change is taken over from it. */
  readonly previous: RestStage | undefined;
}

export type CompileOutcome =
  | { readonly ok: true; readonly stage: RestStage }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The settings of a method: its own, else those of all methods (AWS: MethodSetting). */
function settingsOf(
  { methodSettings }: RouteContext,
  { resourcePath, httpMethod }: { readonly resourcePath: string; readonly httpMethod: string },
): { settings: MethodSetting | undefined; settingsAreOwn: boolean } {
  const own = methodSettings[`${resourcePath.slice(1)}/${httpMethod}`];
  return { settings: own ?? methodSettings["*/*"], settingsAreOwn: own !== undefined };
}

function compileMethod(
  resource: FrozenResource,
  httpMethod: string,
  method: Method,
  context: RouteContext,
  ports: Ports,
): { route: Route } | { problems: readonly Problem[] } {
  const at = `Resource/${resource.id}.methods.${httpMethod}`;
  if (!method.integration)
    return { problems: [{ path: `${at}.integration`, message: "No integration defined for method" }] };
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
        ...settingsOf(context, { resourcePath: resource.spec.path, httpMethod }),
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
  return {
    route: assembleRoute(
      context,
      ports,
      {
        resourceId: resource.id,
        resourcePath: resource.spec.path,
        httpMethod,
        integrationType: method.integration.type,
        integrate: cached.integrate,
        method,
        settings: settingsOf(context, { resourcePath: resource.spec.path, httpMethod }).settings,
      },
      inbound,
    ),
  };
}

/** compileChunk compiles all methods of a chunk and collects every problem. */
export function compileChunk(
  chunk: Chunk,
  context: RouteContext,
  ports: Ports,
): { routes: Route[]; problems: Problem[] } {
  const routes: Route[] = [];
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

/** checkResource tells what of a resource would not compile in any stage. A method without integration is told when it is deployed. */
export function checkResource(resource: FrozenResource): readonly Problem[] {
  return Object.entries(resource.spec.methods).flatMap(([httpMethod, method]) => {
    if (!method.integration) return [];
    const outcome = compileMethod(resource, httpMethod, method, anyContext, nullPorts);
    return "route" in outcome ? [] : outcome.problems;
  });
}

/**
 * compileStage turns one deployed stage into routes, or tells everything that keeps it from running. Only chunks that the version before
 * did not have are compiled; the event loop gets its turns in between. The control plane calls it with ports that go nowhere before it
 * stores a deployment, so what was accepted runs on every node.
 */
export async function compileStage(input: CompileInput): Promise<CompileOutcome> {
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

async function compileDeployment(input: CompileInput): Promise<CompileOutcome> {
  const { manifest, chunk, ports, previous } = input;
  const contextKey = contextKeyOf(input);
  const reusable = previous?.contextKey === contextKey ? previous : undefined;
  const read = reusable ? undefined : contextAndProblems(input);
  const context = (reusable?.context ?? read?.context) as RouteContext;
  const routesByChunk = new Map<string, readonly Route[]>();
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
  if (problems.length > 0) return { ok: false, problems };
  const stage = assembleStage({ manifest, context, contextKey, ports, routesByChunk, reusable });
  return { ok: true, stage };
}

/** entriesBesides lists the routes of the chunks that `other` does not have. */
function entriesBesides(
  chunks: ReadonlyMap<string, readonly Route[]>,
  other: ReadonlyMap<string, readonly Route[]>,
): TrieEntry<Route>[] {
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
  const before = reusable?.routesByChunk ?? new Map<string, readonly Route[]>();
  const routes = (reusable?.routes ?? new PathTrie<Route>()).with(
    entriesBesides(before, routesByChunk),
    entriesBesides(routesByChunk, before),
  );
  const unmatchedRoute = (httpMethod: string): Route => {
    const missing = deny("MISSING_AUTHENTICATION_TOKEN");
    const parts = {
      resourceId: "",
      resourcePath: "",
      httpMethod,
      integrationType: "MOCK",
      integrate: () => missing,
      method: undefined,
      settings: settingsOf(context, { resourcePath: "", httpMethod }).settings,
    } as const;
    return assembleRoute(context, ports, parts, inbound);
  };
  return {
    protocol: "REST",
    manifest,
    deploymentId: manifest.deploymentId,
    disableExecuteApiEndpoint: manifest.restApi.disableExecuteApiEndpoint,
    context,
    contextKey,
    routes,
    routesByChunk,
    gatewayResponses: reusable
      ? reusable.gatewayResponses
      : compileGatewayResponses(context.definitions.gatewayResponses),
    isCanary: context.isCanary,
    canary: undefined,
    unmatchedRoute: reusable?.unmatchedRoute ?? unmatchedRoutes(unmatchedRoute),
  };
}
