import { type Call, type ResponseSource, type Route, Router } from "@tollgate/pipeline";
import { Challenges } from "./challenges.ts";
import { readClientLimits } from "./client-limits.ts";
import { type HttpListener, type HttpListenerOptions, startHttpListener } from "./http-listener.ts";
import { LoadGuard, NONE_WAITING } from "./load-guard.ts";
import { Turn } from "./turn.ts";

/** What a listener is started with, where nothing else is said. */
export type OneRouteOptions = Partial<
  Pick<
    HttpListenerOptions,
    | "httpPort"
    | "https"
    | "edge"
    | "limits"
    | "proxies"
    | "callers"
    | "privateEntrance"
    | "http1Reader"
    | "challenges"
  >
>;

/** What a response comes from: it hears only what is given. */
export const sourceOf = (heard: Partial<ResponseSource>): ResponseSource => ({
  drained: () => undefined,
  clientGone: () => undefined,
  ...heard,
});

export const bodyOf = async (call: Call): Promise<string> =>
  call.hasBody ? Buffer.concat(await call.exchange.body.toArray()).toString() : "";

/** startOneRoute starts a listener without TLS whose only route is given; the calls that ended on it are listed. */
export async function startOneRoute(
  options: OneRouteOptions,
  integrate: Route["integrate"],
): Promise<{ readonly listener: HttpListener; readonly ended: Call[] }> {
  const ended: Call[] = [];
  const route = { inbound: [], integrate, observers: [(call: Call) => ended.push(call)] } as unknown as Route;
  class OneRoute extends Router {
    override route(call: Call) {
      const reply = super.route(call);
      if (reply?.status !== 403) return reply;
      call.route = route;
      return undefined;
    }
  }
  const listener = await startHttpListener({
    host: "127.0.0.1",
    httpPort: 0,
    https: undefined,
    proxies: undefined,
    privateEntrance: undefined,
    edge: undefined,
    http1Reader: "own",
    router: new OneRoute(),
    challenges: new Challenges(),
    turn: new Turn({
      spool: { commit: () => undefined, isFull: false },
      unrouted: (call) => ended.push(call),
      nowMs: () => performance.now(),
      report: () => undefined,
    }),
    limits: readClientLimits((_name, kind) => kind(undefined).value),
    callers: { callerOf: undefined, privateCallerOf: undefined },
    guard: new LoadGuard({
      delayMs: 0,
      nowMs: () => performance.now(),
      idleMs: () => 0,
      waiting: NONE_WAITING,
    }),
    webSockets: { minutes: { commit: () => undefined }, watched: { counted: () => undefined } } as never,
    report: () => undefined,
    warn: () => undefined,
    ...options,
  });
  return { listener, ended };
}
