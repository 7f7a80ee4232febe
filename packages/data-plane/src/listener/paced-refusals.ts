import type { Answering, ReceivedRequest, ServingConnection } from "./client-connection.ts";
import type { ClientResponse } from "./client-stream.ts";
import type { ListenerState } from "./listener-state.ts";
import { replyBody } from "./raw-reply.ts";

const TICK_MS = 20;
/** Refusals cost time that calls need: of more than this many in a tick, the rest waits. */
const REFUSALS_PER_TICK = 50;
/** So long at most. A client that is asked to come back after a second loses nothing by that. */
const WAIT_MAX_MS = 1_000;

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
  readonly dueMs: number;

  constructor(
    received: ReceivedRequest,
    connection: ServingConnection,
    listener: ListenerState,
    nowMs: () => number,
  ) {
    this.#received = received;
    this.#connection = connection;
    this.#listener = listener;
    this.dueMs = nowMs() + WAIT_MAX_MS;
    received.response.on("close", () => connection.ended(this, nowMs()));
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
  response.end(BODY);
}

/**
 * PacedRefusals refuses calls of an overloaded worker. Each refusal costs a part of a call, and a client that gets one at once may send the
 * next request at once: then all time would go into refusals. So there are only so many at a time, and their connections wait meanwhile.
 */
export class PacedRefusals {
  readonly #listener: ListenerState;
  readonly #nowMs: () => number;
  #waiting: Refusal[] = [];
  #sentInTick = 0;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(listener: ListenerState, nowMs: () => number) {
    this.#listener = listener;
    this.#nowMs = nowMs;
  }

  refuse(received: ReceivedRequest, connection: ServingConnection): Answering {
    const refusal = new Refusal(received, connection, this.#listener, this.#nowMs);
    if (!this.#timer) this.#timer = setTimeout(this.#tick, TICK_MS);
    if (this.#waiting.length === 0 && this.#sentInTick < REFUSALS_PER_TICK) this.#send(refusal);
    else this.#waiting.push(refusal);
    return refusal;
  }

  #send(refusal: Refusal): void {
    this.#sentInTick++;
    setImmediate(() => refusal.send());
  }

  readonly #tick = (): void => {
    this.#sentInTick = 0;
    this.#timer = this.#waiting.length > 0 ? setTimeout(this.#tick, TICK_MS) : undefined;
    const nowMs = this.#nowMs();
    let sent = 0;
    for (const refusal of this.#waiting) {
      if (sent >= REFUSALS_PER_TICK && refusal.dueMs > nowMs) break;
      this.#send(refusal);
      sent++;
    }
    this.#waiting = this.#waiting.slice(sent);
  };
}
