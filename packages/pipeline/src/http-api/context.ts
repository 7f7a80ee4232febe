import type { AccountConfig, HttpApiAuthorizer, HttpApiRoute, HttpStageManifest } from "@tollgate/config";
import type { Route } from "../call/call.ts";
import type { RouteContext } from "../call/route-context.ts";
import { endpointsOf } from "../engine/endpoints.ts";
import type { Ports } from "../engine/ports.ts";
import type { LiveStage } from "../engine/stage.ts";
import { type Cors, compileCors } from "./cors.ts";

/** HttpContext is what the routes of one deployed stage of an HTTP API have in common at compile time. */
export interface HttpContext extends RouteContext {
  readonly authorizers: Readonly<Record<string, HttpApiAuthorizer>>;
  /** What the API says to browsers; undefined: nothing. */
  readonly cors: Cors | undefined;
  /** Results of authorizers that were cached in another one are not used. */
  readonly authorizerCacheEpoch: number;
}

/** HttpRoute is a compiled route. */
export interface HttpRoute extends Route {
  readonly context: HttpContext;
  /** What it is made of; undefined for calls that no route takes. */
  readonly spec: HttpApiRoute | undefined;
}

/** HttpStage is a compiled stage of an HTTP API. */
export interface HttpStage extends LiveStage {
  readonly protocol: "HTTP";
  readonly context: HttpContext;
}

export interface HttpCompileInput {
  readonly manifest: HttpStageManifest;
  readonly account: AccountConfig | undefined;
  readonly ports: Ports;
}

/** contextOf is what the routes of a deployed stage have in common. */
export function contextOf({ manifest, account, ports }: HttpCompileInput): HttpContext {
  const { accountId, apiId, stageName, stage, api } = manifest;
  return {
    accountId,
    apiId,
    apiName: api.name,
    stageName,
    protocol: "HTTP",
    reportedStage: stageName,
    ownVariables: {},
    accessLogSettings: stage.accessLogSettings,
    stageVariables: stage.stageVariables,
    region: ports.region,
    tags: { ...api.tags, ...stage.tags },
    accountThrottle: account?.throttle,
    samplingRules: account?.samplingRules ?? [],
    ...endpointsOf(account, ports),
    webAclId: stage.webAclId,
    meters: stage.meters,
    authorizers: api.authorizers,
    cors: api.corsConfiguration && compileCors(api.corsConfiguration),
    authorizerCacheEpoch: stage.authorizerCacheEpoch ?? 0,
  };
}
