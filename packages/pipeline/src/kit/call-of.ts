import type { Problem } from "@tollgate/config";
import { Call } from "../call/call.ts";
import type { PrivateNetwork } from "../call/private-network.ts";
import type { TlsSession } from "../call/tls-session.ts";
import { WholeExchange } from "../call/whole-exchange.ts";
import { nullPorts, type Ports } from "../engine/ports.ts";
import { Router } from "../engine/router.ts";
import { respond, run } from "../engine/run.ts";
import type { LiveStage } from "../engine/stage.ts";
import { keptInCalls } from "../logs/log-sink.ts";
import { RuntimeState } from "../runtime/runtime-state.ts";
import type { TestedRoute } from "./route.ts";
import { alternating, byName, type SentRequest, scripted, type Upstream } from "./upstream.ts";

/** TestedRequest is a client's request; what is left out is GET / without headers or body. */
export interface TestedRequest {
  readonly method?: string;
  /** With its query string, below the stage. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  /** What the TLS of its connection says; left out: it has none. */
  readonly tls?: TlsSession;
  /** The private network that it comes from; left out: it comes to a public port. */
  readonly network?: PrivateNetwork;
}

/** World is what a route meets besides its client. */
export interface World {
  /** Answers all that is sent, also to Lambda and other AWS services; left out: 200 without a body. */
  readonly upstream?: Upstream;
  readonly ports?: Partial<Ports>;
}

export interface CallOutcome {
  readonly status: number;
  /** By lower-case name; repeated ones are joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values alternate, as they are sent. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly bytes: Buffer;
  /** What upstreams were asked, in order. */
  readonly sent: readonly SentRequest[];
  /** The execution log; empty: none is kept. */
  readonly log: readonly string[];
  /** It was not replied to at once: it waited for an upstream, or for something else. */
  readonly hasWaited: boolean;
  readonly call: Call;
}

/** RunningRoute takes any number of calls, one after another, so that caches and limits are seen. */
export type RunningRoute = (request?: string | TestedRequest) => Promise<CallOutcome>;

const UNIX_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

function requestOf(request: string | TestedRequest): TestedRequest {
  if (typeof request !== "string") return request;
  const [method = "GET", path = "/"] = request.split(" ");
  return { method, path };
}

/** portsOf are the ports of a route that is tested: what is sent is kept in `sent`. */
export function portsOf({ upstream = () => ({}), ports }: World, sent: SentRequest[]): Ports {
  return {
    ...nullPorts,
    transport: scripted(upstream, sent),
    defaultServiceEndpoints: (service, region) => `http://${service}.${region}.example`,
    state: new RuntimeState({ responseCacheBytes: 1_000_000 }),
    logs: keptInCalls,
    ...ports,
  };
}

function callFor(
  request: TestedRequest,
  { apiId, basePath }: TestedRoute,
  exchange: WholeExchange,
  body: Buffer,
): Call {
  const headers = ["Host", `${apiId}.execute-api.example`, ...alternating(request.headers)];
  if (body.length > 0) headers.push("Content-Length", String(body.length));
  return new Call({
    method: request.method ?? "GET",
    url: `${basePath}${request.path ?? "/"}`,
    headers,
    exchange,
    sourceIp: "192.0.2.1",
    protocol: "HTTP/1.1",
    tls: request.tls,
    network: request.network,
    scheme: "https",
    port: 443,
    nowMs: performance.now(),
    unixMs: UNIX_MS,
  });
}

/** Whether the call has waited for something. */
async function runCall(router: Router, call: Call): Promise<boolean> {
  const unexpected: unknown[] = [];
  const unknown = router.route(call);
  const going = unknown
    ? respond(call, unknown)
    : call.route && run(call, call.route, (error) => unexpected.push(error));
  await going;
  if (unexpected.length > 0) throw unexpected[0];
  return going !== undefined;
}

/** runningRoute compiles a route; one that does not compile throws. */
export async function runningRoute(route: TestedRoute, world: World = {}): Promise<RunningRoute> {
  const sent: SentRequest[] = [];
  const outcome = await route.compile(portsOf(world, sent));
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  const router = new Router();
  const stages: ReadonlyMap<string, LiveStage> = new Map([[outcome.stage.context.stageName, outcome.stage]]);
  router.generation = { stages: new Map([[route.apiId, stages]]), domains: new Map() };
  return async (given = {}) => {
    const request = requestOf(given);
    const body = Buffer.from(request.body ?? "");
    const exchange = new WholeExchange(body);
    const call = callFor(request, route, exchange, body);
    const before = sent.length;
    const hasWaited = await runCall(router, call);
    const { status, headers, body: received } = await exchange.response;
    call.status = status;
    call.endMs = performance.now();
    call.responseBytes = received.length;
    for (const observe of call.route?.observers ?? []) observe(call);
    return {
      status,
      headers: byName(headers),
      rawHeaders: headers,
      body: received.toString("utf8"),
      bytes: received,
      sent: sent.slice(before),
      log: call.log?.lines ?? [],
      hasWaited,
      call,
    };
  };
}

/**
 * callOf compiles one route and sends one call through it, without a socket:
 *
 *     const { status, sent } = await callOf(restRoute("GET /pets", method), "GET /pets?limit=1");
 */
export const callOf = async (
  route: TestedRoute,
  request?: string | TestedRequest,
  world?: World,
): Promise<CallOutcome> => (await runningRoute(route, world))(request);

/** problemsOf is what keeps a route from being compiled. */
export async function problemsOf(route: TestedRoute): Promise<readonly Problem[]> {
  const outcome = await route.compile(portsOf({}, []));
  return outcome.ok ? [] : outcome.problems;
}
