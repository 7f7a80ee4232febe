import type { Answering, ReceivedRequest, ServingConnection } from "./client-connection.ts";
import type { ClientResponse } from "./client-stream.ts";
import type { ListenerState } from "./listener-state.ts";
import type { LoadGuard } from "./load-guard.ts";
import { replyBody } from "./raw-reply.ts";

/** How often refusals are sent that wait. */
export const TICK_MS = 20;
/**
 * Refusals cost time that calls need, half of what a call does, and a client that is refused at once comes back at once. So in a tick only so
 * many are sent, or this part of those that wait: so they wait for two seconds, and are never due all together.
 */
export const REFUSALS_PER_TICK = 20;
const REFUSED_PART = 1 / 100;

/** refusalsOf is how many of those that wait are sent after so long: a tick is late where turns of the event loop are long. */
export const refusalsOf = (waiting: number, elapsedMs: number): number =>
  Math.ceil(Math.max(REFUSALS_PER_TICK, waiting * REFUSED_PART) * Math.max(1, elapsedMs / TICK_MS));

const BODY = replyBody(503);
const HEADERS = [
  "Content-Type",
  "application/json",
  "Retry-After",
  "1",
  "Content-Length",
  String(BODY.length),
];

/** What a connection is busy with while its refusal waits. */
class Refusal implements Answering {
  readonly awaitsInvitation = true;
  readonly heldBytes = 0;
  readonly #connection: ServingConnection;
  readonly #received: ReceivedRequest;
  readonly #listener: ListenerState;

  constructor(
    received: ReceivedRequest,
    connection: ServingConnection,
    listener: ListenerState,
    closed: (refusal: Refusal) => void,
  ) {
    this.#received = received;
    this.#connection = connection;
    this.#listener = listener;
    received.response.on("close", () => closed(this));
  }

  fail(): boolean {
    return false;
  }

  release(): void {
    // It holds nothing.
  }

  send(): void {
    const { request, response } = this.#received;
    if (response.destroyed) return;
    if (!request.complete) this.#connection.leaveBody();
    if (!request.complete || this.#listener.draining) response.shouldKeepAlive = false;
    refuse(response);
  }
}

/** refuse writes 503: the client may come back after a second. */
export function refuse(response: ClientResponse): void {
  response.writeHead(503, HEADERS);
  response.end(BODY, "latin1");
}

/**
 * PacedRefusals refuses calls of an overloaded worker. Each refusal costs a part of a call, and a client that gets one at once may send the
 * next request at once: then all time would go into refusals. So there are only so many at a time, and their connections wait meanwhile.
 */
export class PacedRefusals {
  readonly #listener: ListenerState;
  readonly #nowMs: () => number;
  readonly #guard: Pick<LoadGuard, "refusalsWait">;
  /** In the order in which they are sent; those whose clients have gone are taken out, so that others do not wait behind them. */
  readonly #waiting = new Set<Refusal>();
  #sentInTick = 0;
  /** When the last tick was. */
  #tickMs = 0;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(listener: ListenerState, nowMs: () => number, guard: Pick<LoadGuard, "refusalsWait">) {
    this.#listener = listener;
    this.#nowMs = nowMs;
    this.#guard = guard;
  }

  refuse(received: ReceivedRequest, connection: ServingConnection): Answering {
    const refusal = new Refusal(received, connection, this.#listener, (closed) => {
      this.#waiting.delete(closed);
      connection.ended(closed, this.#nowMs());
    });
    if (!this.#timer) {
      this.#tickMs = this.#nowMs();
      this.#timer = setTimeout(this.#tick, TICK_MS);
    }
    if (this.#waiting.size === 0 && this.#sentInTick < REFUSALS_PER_TICK) this.#send(refusal);
    else {
      this.#waiting.add(refusal);
      this.#guard.refusalsWait(true);
    }
    return refusal;
  }

  #send(refusal: Refusal): void {
    this.#sentInTick++;
    setImmediate(() => refusal.send());
  }

  readonly #tick = (): void => {
    this.#sentInTick = 0;
    this.#timer = this.#waiting.size > 0 ? setTimeout(this.#tick, TICK_MS) : undefined;
    const nowMs = this.#nowMs();
    let due = refusalsOf(this.#waiting.size, nowMs - this.#tickMs);
    this.#tickMs = nowMs;
    for (const refusal of this.#waiting) {
      if (due-- === 0) break;
      this.#waiting.delete(refusal);
      this.#send(refusal);
    }
    this.#guard.refusalsWait(this.#waiting.size > 0);
  };
}
