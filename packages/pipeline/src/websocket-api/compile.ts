import type { RouteSettings, SpecOf, WebSocketRouteSpec, WebSocketStageManifest } from "@tollgate/config";
import { canonicalJson, DEFAULT_ROUTE, type Problem, problemAt } from "@tollgate/config/runtime";
import { compileSelectionExpression } from "@tollgate/mapping";
import type { Call } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import { resourceOf } from "../call/path-form.ts";
import { assembleRoute, unmatchedRoutes } from "../engine/assemble-route.ts";
import type { BuildOutcome } from "../engine/build-outcome.ts";
import { anyStageVariable } from "../engine/endpoints.ts";
import { facts } from "../engine/facts.ts";
import { nullPorts, type Ports } from "../engine/ports.ts";
import { throttleOf } from "../filters/throttling.ts";
import { accessLog } from "../logs/access-log.ts";
import { listConnections } from "./connections/list.ts";
import { giveOrders, orderKinds } from "./connections/orders.ts";
import {
  contextOf,
  type Role,
  type WebSocketCompileInput,
  type WebSocketContext,
  type WebSocketRoute,
  type WebSocketStage,
} from "./context.ts";
import { webSocketContextValue } from "./context-variables.ts";
import { httpForm, webSocketEntry } from "./entry.ts";
import { logWriter } from "./execution-logging.ts";
import { buildIntegration } from "./integrations/registry.ts";
import { messageUnits } from "./limits.ts";
import { webSocketLogReader } from "./log-variables.ts";
import { inbound } from "./order.ts";
import { validationProblems } from "./request-validation.ts";
import { CONNECT_ROUTE, DISCONNECT_ROUTE, HttpRoutes, MessageRoutes } from "./routes.ts";

export type WebSocketCompileOutcome =
  | { readonly ok: true; readonly stage: WebSocketStage }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const accepted = { status: 200, headers: [], body: undefined };
const noRoute = deny("RESOURCE_NOT_FOUND");
const forbidden = deny("UNKNOWN_STAGE");
/** The gateway did not take a message: its sender has had too many, or all together. */
const NOT_TAKEN: ReadonlySet<number> = new Set([429, 503]);

const roles: ReadonlyMap<string, Role> = new Map([
  [CONNECT_ROUTE, "connect"],
  [DISCONNECT_ROUTE, "disconnect"],
]);
/** What calls are recorded as, in the place of a method. */
const verbs: Readonly<Record<Role, string>> = {
  connect: "CONNECT",
  message: "MESSAGE",
  disconnect: "DISCONNECT",
  order: "",
  unmatched: "",
};

/** A message and its response are metered each by its size; one that was not taken is free. */
const messagesOf = ({ requestBytes, responseBytes, status, refusal }: Call): number =>
  refusal && NOT_TAKEN.has(status) ? 0 : messageUnits(requestBytes) + messageUnits(responseBytes);

/** The settings of a route: its own, else the stage's. */
function settingsOf({ stage }: WebSocketStageManifest, routeKey: string): RouteSettings | undefined {
  const own = Object.hasOwn(stage.routeSettings, routeKey) ? stage.routeSettings[routeKey] : undefined;
  return own ?? stage.defaultRouteSettings;
}

/** Events of connections are logged, and orders of backends are not. */
const ownLog = (context: WebSocketContext, role: Role, { logs }: Ports) =>
  role === "order" ? [] : accessLog(context, logs, webSocketLogReader);

type Parts = Pick<WebSocketRoute, "role" | "spec" | "settings" | "integrationType" | "integrate"> & {
  readonly id?: string;
  readonly key: string;
  /** Of an order. */
  readonly method?: string;
  readonly messages?: (call: Call) => number;
};

/** A route with what its settings ask for. */
function assemble(
  context: WebSocketContext,
  { ports }: WebSocketCompileInput,
  { id = "", key, method, messages, ...parts }: Parts,
): WebSocketRoute {
  const { role, settings, spec } = parts;
  const messagesOf = messages ? { messagesOf: messages } : {};
  return assembleRoute<WebSocketRoute>(
    {
      context,
      ...parts,
      ...messagesOf,
      ...(role === "order" ? {} : { arnResource: resourceOf(key) }),
      contextVariable: webSocketContextValue,
      resourceId: id,
      resourcePath: key,
      httpMethod: method ?? verbs[role],
      protection: spec?.authorizationType ?? "",
      showsPath: false,
      throttle: throttleOf(settings),
      hasOwnMetrics: settings?.detailedMetricsEnabled ?? false,
      ownObservers: [...ownLog(context, role, ports), ...logWriter(settings, context, ports)],
    },
    inbound[role],
    ports,
  );
}

type Built = BuildOutcome & Pick<WebSocketRoute, "integrationType">;

/** Whether the response of a route's integration goes back to the sender of the message. */
const isTwoWay = ({
  routeResponseSelectionExpression: expression,
  routeResponses,
}: WebSocketRouteSpec): boolean =>
  expression !== undefined &&
  Object.values(routeResponses).some(({ routeResponseKey }) => routeResponseKey === DEFAULT_ROUTE);

function build(
  { manifest: { api }, ports }: WebSocketCompileInput,
  context: WebSocketContext,
  spec: WebSocketRouteSpec,
  role: Role,
): Built {
  const id = spec.target?.replace(/^integrations\//, "") ?? "";
  const integration = Object.hasOwn(api.integrations, id) ? api.integrations[id] : undefined;
  if (!integration) return { integrationType: undefined, ok: true, integrate: () => accepted };
  const at = `Api/${context.apiId}.integrations.${id}`;
  const { integrationType } = integration;
  const input = { integration, role, isTwoWay: role === "message" && isTwoWay(spec), context, ports, at };
  return { integrationType, ...buildIntegration(input) };
}

/** The routes of an API by their keys; what is wrong with them is added to the problems. */
function compileRoutes(
  input: WebSocketCompileInput,
  context: WebSocketContext,
  problems: Map<string, Problem>,
): Map<string, WebSocketRoute> {
  const byKey = new Map<string, WebSocketRoute>();
  // Routes share integrations: what is wrong with one is reported once.
  const add = (problem: Problem) => problems.set(canonicalJson(problem), problem);
  for (const [id, spec] of Object.entries(input.manifest.api.routes)) {
    const { routeKey: key } = spec;
    const role = roles.get(key) ?? "message";
    const built = build(input, context, spec, role);
    if (!built.ok) built.problems.forEach(add);
    validationProblems(spec, context, `Api/${context.apiId}.routes.${id}`).forEach(add);
    if (!built.ok) continue;
    const { integrationType, integrate } = built;
    const settings = settingsOf(input.manifest, key);
    const messages = role === "message" ? { messages: messagesOf } : {};
    byKey.set(
      key,
      assemble(context, input, { id, key, role, spec, settings, integrationType, integrate, ...messages }),
    );
  }
  return byKey;
}

/** What an API serves besides its own routes. */
function ownRoutes(input: WebSocketCompileInput, context: WebSocketContext) {
  const settings = input.manifest.stage.defaultRouteSettings;
  const nothing = { spec: undefined, settings, integrationType: undefined };
  const order = { ...nothing, settings: undefined, key: "@connections", role: "order" } as const;
  return {
    /** Of an API without $connect: everyone may connect. */
    connect: () =>
      assemble(context, input, {
        ...nothing,
        key: CONNECT_ROUTE,
        role: "connect",
        integrate: () => accepted,
      }),
    /** Messages that no route takes. */
    noRoute: () =>
      assemble(context, input, {
        ...nothing,
        key: "",
        role: "message",
        integrate: () => noRoute,
        messages: messagesOf,
      }),
    /** Calls over HTTP that lead nowhere. */
    unmatched: (method: string) =>
      assemble(context, input, {
        ...nothing,
        key: "",
        role: "unmatched",
        method,
        integrate: () => forbidden,
      }),
    list: () =>
      assemble(context, input, {
        ...order,
        method: "GET",
        integrate: listConnections(context, input.ports),
        messages: () => 0,
      }),
    orders: () =>
      new Map(
        Object.entries(orderKinds).map(([method, kind]) => [
          method,
          assemble(context, input, {
            ...order,
            method,
            integrate: giveOrders(kind, context, input.ports),
            messages: kind.messagesOf,
          }),
        ]),
      ),
  };
}

/** compileWebSocketStage turns one deployed stage of a WebSocket API into routes, or reports everything that keeps it from running. */
export function compileWebSocketStage(input: WebSocketCompileInput): WebSocketCompileOutcome {
  const { api, deploymentId } = input.manifest;
  const context = contextOf(input);
  const problems = new Map<string, Problem>();
  const { routeSelectionExpression: expression } = api;
  const select = compileSelectionExpression(expression, context.stageVariables);
  if (!select.ok) {
    const fact = facts.EXPRESSION_INVALID({ expression, reason: select.message });
    problems.set("", problemAt(`Api/${context.apiId}.routeSelectionExpression`, fact));
  }
  if (input.manifest.stage.meters?.length)
    problems.set("meters", problemAt(`ApiStage/${context.stageName}.meters`, facts.METERS_UNSUPPORTED()));
  const byKey = compileRoutes(input, context, problems);
  if (!select.ok || problems.size > 0) return { ok: false, problems: [...problems.values()] };
  const own = ownRoutes(input, context);
  const connect = byKey.get(CONNECT_ROUTE) ?? own.connect();
  const disconnect = byKey.get(DISCONNECT_ROUTE);
  byKey.delete(CONNECT_ROUTE);
  byKey.delete(DISCONNECT_ROUTE);
  return {
    ok: true,
    stage: {
      protocol: "WEBSOCKET",
      entry: webSocketEntry,
      context,
      deploymentId,
      disableExecuteApiEndpoint: api.disableExecuteApiEndpoint,
      form: httpForm,
      routes: new HttpRoutes(connect, own.list(), own.orders()),
      // Routes are not told apart by paths.
      protections: new Set(),
      unmatchedRoute: unmatchedRoutes(own.unmatched),
      messages: new MessageRoutes(select.value, byKey, own.noRoute(), input.ports),
      disconnect,
    },
  };
}

/** checkWebSocketApi reports what of an API would not compile in any stage. */
export function checkWebSocketApi(apiId: string, api: SpecOf<"Api">): readonly Problem[] {
  if (api.protocolType !== "WEBSOCKET") return [];
  const stage = { autoDeploy: true, stageVariables: anyStageVariable, routeSettings: {} };
  const unnamed = { accountId: "", stageName: "", deploymentId: "" };
  const manifest: WebSocketStageManifest = { protocolType: "WEBSOCKET", ...unnamed, apiId, api, stage };
  const outcome = compileWebSocketStage({ manifest, account: undefined, ports: nullPorts });
  return outcome.ok ? [] : outcome.problems;
}
