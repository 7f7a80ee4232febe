import type { Call, ResponseForm, Route } from "../call/call.ts";
import type { Reply } from "../call/reply.ts";
import type { RouteContext } from "../call/route-context.ts";
import type { TransportRule } from "./transport-rules.ts";

/** Match is the route that a path and a method lead to. */
export interface Match<T> {
  readonly value: T;
  /** Raw path segments, one for each {parameter} of the route's template, in the template's order. */
  readonly parameterValues: readonly string[];
}

/** Entry is what a protocol does with a call as soon as it is known that it is for one of its APIs. */
export interface Entry {
  /** Settles what the protocol itself reads from a call: its method, its id, the form of its response. */
  enter(call: Call): void;
  /** Where the API has no stage of the name. */
  readonly unknownStage: Reply;
  /** Where only custom domains lead to the stage. */
  readonly disabledEndpoint: Reply;
}

/** LiveStage is one compiled stage: immutable, replaced whole by the next version. */
export interface LiveStage {
  readonly entry: Entry;
  readonly context: RouteContext;
  readonly deploymentId: string;
  /** Only custom domains lead to it. */
  readonly disableExecuteApiEndpoint: boolean;
  /** Only private networks lead to it, and of hosts {api}-{endpoint} those of these VPC endpoints; undefined: only public ports do. */
  readonly vpcEndpointIds?: readonly string[] | undefined;
  /** Edge nodes lead to it as well (AWS: endpoint type EDGE); absent: they do not. */
  readonly isEdgeOptimized?: boolean;
  /** What it asks of the connections of its calls; absent: nothing. */
  readonly transport?: TransportRule | undefined;
  readonly form: ResponseForm;
  readonly routes: {
    match(path: string, method: string): Match<Route> | undefined;
    /** Those that the path leads to where letter case does not count: several only where nothing but that tells them apart. */
    alike(path: string, method: string): readonly Route[];
  };
  /** What routes ask callers for, each once: `Route.protection` where it is not empty. */
  readonly protections: ReadonlySet<string>;
  /** The route of calls that no other route matches, by method, so that they are observed like all others. */
  unmatchedRoute(httpMethod: string): Route;
  /** The canary of the stage and its share of the calls, 0 to 1; absent: it has none. */
  readonly canary?: { readonly stage: LiveStage; readonly share: number } | undefined;
}
