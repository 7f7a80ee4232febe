import { onTestFinished } from "vitest";
import type { Call, Route } from "@tollgate/pipeline";
import { createLogger } from "@tollgate/telemetry";
import { Challenges } from "../listener/challenges.ts";
import { readClientLimits } from "../listener/client-limits.ts";
import { DomainContexts } from "../listener/domain-contexts.ts";
import type { EdgeAccess } from "../listener/edge-access.ts";
import type { HttpListener } from "../listener/http-listener.ts";
import { authority, DAY_MS, material } from "../listener/listener.fixture.ts";
import { type OneRouteOptions, startOneRoute } from "../listener/one-route.fixture.ts";
import { type EdgeListener, type EdgeListenerOptions, startEdgeListener } from "./edge-listener.ts";
import { Origins } from "./origins.ts";
import type { Viewer } from "./viewer.ts";

/** What nodes show each other: certificates of one authority, and a token. */
export const access: EdgeAccess = {
  ...(await authority.issue({ names: ["127.0.0.1", "localhost"], validMs: DAY_MS })),
  authorities: authority.certificate,
  isMutual: false,
  token: "a-token-of-nodes",
  accepted: ["a-token-of-nodes"],
};

export interface TestedOrigin {
  readonly listener: HttpListener;
  readonly ended: Call[];
  readonly address: string;
}

/** A node of the region, whose only route is given. */
export async function startOrigin(
  integrate: Route["integrate"],
  options: OneRouteOptions = {},
): Promise<TestedOrigin> {
  const started = await startOneRoute({ edge: { port: 0, access }, ...options }, integrate);
  onTestFinished(() => started.listener.drain(0));
  return { ...started, address: `127.0.0.1:${started.listener.ports.edge}` };
}

/** originsOf are connections to origins, ended with the test. */
export function originsOf(
  addresses: readonly string[],
  given: EdgeAccess | (() => EdgeAccess) = access,
  connections = 1,
): Origins {
  const logger = createLogger("spec", "silent");
  const shown = typeof given === "function" ? given : () => given;
  const origins = new Origins({ addresses, connections, serverName: undefined, access: shown, logger });
  onTestFinished(() => origins[Symbol.dispose]());
  return origins;
}

/** What an edge node says of a caller. */
export const viewer: Viewer = {
  nodeId: "edge-1",
  address: "192.0.2.1",
  entrancePort: 443,
  protocol: "http/1.1",
  tls: undefined,
  redirectPort: undefined,
};

/** An edge node that relays to origins. */
export async function startEdge(
  origins: Origins,
  options: Partial<EdgeListenerOptions> = {},
): Promise<EdgeListener> {
  const edge = await startEdgeListener({
    nodeId: "edge-1",
    host: "127.0.0.1",
    httpPort: 0,
    https: { port: 0, material, redirectPort: undefined },
    contexts: new DomainContexts(),
    challenges: new Challenges(),
    proxies: undefined,
    limits: readClientLimits((_name, kind) => kind(undefined).value),
    origins,
    report: () => undefined,
    ...options,
  });
  onTestFinished(() => edge.drain(0));
  return edge;
}

/** So many origins are reachable at the moment. */
export const reachable = (origins: Origins): number =>
  origins.states.filter(({ isReachable }) => isReachable).length;
