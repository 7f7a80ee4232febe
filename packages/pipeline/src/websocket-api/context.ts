import type {
  AccountConfig,
  FrozenEntity,
  RouteSettings,
  WebSocketAuthorizer,
  WebSocketRouteSpec,
  WebSocketStageManifest,
} from "@tollgate/config";
import type { Route } from "../call/call.ts";
import type { RouteContext } from "../call/route-context.ts";
import { endpointsOf } from "../engine/endpoints.ts";
import type { Ports } from "../engine/ports.ts";
import type { LiveStage } from "../engine/stage.ts";
import { ModelRegistry } from "../values/model-registry.ts";
import type { MessageRoutes } from "./routes.ts";

/** WebSocketContext is what the routes of one deployed stage of a WebSocket API have in common at compile time. */
export interface WebSocketContext extends RouteContext {
  readonly authorizers: Readonly<Record<string, WebSocketAuthorizer>>;
  readonly models: ModelRegistry;
  /** A model that cannot be used does not keep the API from being deployed. */
  readonly skipsModels: boolean;
  /** The key of a caller comes from its authorizer, and not in a header. */
  readonly keyFromAuthorizer: boolean;
}

/** Role is what a route of a WebSocket API is for: an event of a connection, an order of a backend, or what leads nowhere. */
export type Role = "connect" | "message" | "disconnect" | "order" | "unmatched";

/** WebSocketRoute is a compiled route. */
export interface WebSocketRoute extends Route {
  readonly context: WebSocketContext;
  readonly role: Role;
  /** What it is made of; undefined for what the API does not define. */
  readonly spec: WebSocketRouteSpec | undefined;
  readonly settings: RouteSettings | undefined;
}

/** webSocketRoleOf is the role of a route of a WebSocket API; undefined: it is a route of another protocol. */
export const webSocketRoleOf = (route: Route): Role | undefined => (route as Partial<WebSocketRoute>).role;

/** WebSocketStage is a compiled stage of a WebSocket API. */
export interface WebSocketStage extends LiveStage {
  readonly protocol: "WEBSOCKET";
  readonly context: WebSocketContext;
  readonly messages: MessageRoutes<WebSocketRoute>;
  /** undefined: nobody is informed of the end of a connection. */
  readonly disconnect: WebSocketRoute | undefined;
}

export interface WebSocketCompileInput {
  readonly manifest: WebSocketStageManifest;
  readonly account: AccountConfig | undefined;
  readonly ports: Ports;
}

/** contextOf is what the routes of a deployed stage have in common. */
export function contextOf({ manifest, account, ports }: WebSocketCompileInput): WebSocketContext {
  const { accountId, apiId, stageName, stage, api } = manifest;
  const models = new Map<string, FrozenEntity<"Model">["spec"]>(Object.entries(api.models));
  return {
    accountId,
    apiId,
    apiName: api.name,
    stageName,
    protocol: "WEBSOCKET",
    reportedStage: stageName,
    executionLogGroup: `/aws/apigateway/${apiId}/${stageName}`,
    ownVariables: {},
    accessLogSettings: stage.accessLogSettings,
    stageVariables: stage.stageVariables,
    webAclId: stage.webAclId,
    region: ports.region,
    tags: { ...api.tags, ...stage.tags },
    accountThrottle: account?.throttle,
    samplingRules: account?.samplingRules ?? [],
    ...endpointsOf(account, ports),
    authorizers: api.authorizers,
    models: new ModelRegistry(apiId, models),
    skipsModels: api.disableSchemaValidation ?? false,
    keyFromAuthorizer: api.apiKeySelectionExpression === "$context.authorizer.usageIdentifierKey",
  };
}
