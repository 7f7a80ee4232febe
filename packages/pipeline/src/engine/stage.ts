import type { StageManifest } from "@tollgate/config";
import type { GatewayResponses } from "../rest-api/errors.ts";
import type { Route, RouteContext } from "./route.ts";
import type { Match, PathTrie } from "../rest-api/routes.ts";

interface AnyStage {
  readonly context: RouteContext;
  readonly deploymentId: string;
  /** Only custom domains lead to it. */
  readonly disableExecuteApiEndpoint: boolean;
  /** The forms that refusals take, where not the default one. */
  readonly gatewayResponses: GatewayResponses | undefined;
  readonly routes: { match(path: string, method: string): Match<Route> | undefined };
  /** The stand-in route of calls that no route takes, one a verb, so that they are observed like all others. */
  unmatchedRoute(httpMethod: string): Route;
}

/** RestStage is a compiled stage of a REST API. */
export interface RestStage extends AnyStage {
  readonly protocol: "REST";
  readonly manifest: StageManifest;
  /** Whether this is the canary of its stage; undefined: the stage has none. */
  readonly isCanary: boolean | undefined;
  /** The canary of the stage and its share of the calls, 0 to 1. */
  readonly canary: { readonly stage: RestStage; readonly share: number } | undefined;
  /** What the routes were compiled against, canonical: a version with the same can take them over. */
  readonly contextKey: string;
  readonly routes: PathTrie<Route>;
  /** Routes by the digest of the chunk that they were compiled from: what the next version can take over. */
  readonly routesByChunk: ReadonlyMap<string, readonly Route[]>;
}

/** HttpStage is a compiled stage of an HTTP API. */
export interface HttpStage extends AnyStage {
  readonly protocol: "HTTP";
  readonly isCanary: undefined;
  readonly canary: undefined;
}

/** DeployedStage is one compiled stage: immutable, replaced whole by the next version. */
export type DeployedStage = RestStage | HttpStage;
