import type { StageManifest } from "@tollgate/config";
import type { GatewayResponses } from "./gateway-responses.ts";
import type { Route, RouteContext } from "./route.ts";
import type { PathTrie } from "./trie.ts";

/** DeployedStage is one compiled stage: immutable, replaced whole by the next version. */
export interface DeployedStage {
  readonly manifest: StageManifest;
  readonly context: RouteContext;
  /** The gateway responses that the API customised. */
  readonly gatewayResponses: GatewayResponses | undefined;
  /** Whether this is the canary of its stage; undefined: the stage has none. */
  readonly isCanary: boolean | undefined;
  /** The canary of the stage and its share of the calls, 0 to 1. */
  readonly canary: { readonly stage: DeployedStage; readonly share: number } | undefined;
  /** What the routes were compiled against, canonical: a version with the same can take them over. */
  readonly contextKey: string;
  readonly trie: PathTrie<Route>;
  /** Routes by the digest of the chunk that they were compiled from: what the next version can take over. */
  readonly routesByChunk: ReadonlyMap<string, readonly Route[]>;
  /** The stand-in route of calls that no method takes, one a verb, so that they are observed like all others. */
  unmatchedRoute(httpMethod: string): Route;
}
