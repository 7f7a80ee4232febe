import type { Call, Router } from "@tollgate/pipeline";
import { sourceOf } from "../listener/connections.ts";
import type { ListenerState } from "../listener/listener-state.ts";
import type { LoadGuard } from "../listener/load-guard.ts";
import type { CallOf } from "../listener/received-call.ts";
import type { Turn } from "../listener/turn.ts";
import type { ConnectionMinutes } from "./connection-minutes.ts";
import { Handshakes } from "./handshakes.ts";
import { WebSockets, type WebSocketsOptions } from "./web-sockets.ts";

export interface OpenWebSocketsOptions {
  /** Names the worker in the ids of its connections. */
  readonly ownerTag: string;
  readonly minutes: ConnectionMinutes;
  readonly watched: WebSocketsOptions["watched"];
  readonly router: Router;
  readonly turn: Turn;
  readonly listener: ListenerState;
  readonly callOf: CallOf;
  readonly guard: LoadGuard;
  readonly report: (error: unknown, call: Call) => void;
}

/** openWebSockets puts together what a listener serves WebSocket APIs with. */
export function openWebSockets({
  ownerTag,
  minutes,
  watched,
  router,
  turn,
  listener,
  callOf,
  guard,
  report,
}: OpenWebSocketsOptions): { readonly webSockets: WebSockets; readonly handshakes: Handshakes } {
  const clock = { nowMs: () => performance.now(), unixMs: () => Date.now() };
  const isTaken = (source: string) => !guard.refusal(clock.nowMs(), listener, source);
  const webSockets = new WebSockets({
    ownerTag,
    router,
    turn,
    listener,
    isTaken: (address) => isTaken(sourceOf(address)),
    minutes,
    watched,
    report,
    clock,
  });
  const handshakes = new Handshakes({
    webSockets,
    router,
    turn,
    listener,
    callOf,
    isTaken: ({ source }) => isTaken(source),
    report,
    unixMs: clock.unixMs,
  });
  return { webSockets, handshakes };
}
