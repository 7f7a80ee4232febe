import { JsonBody } from "@tollgate/mapping";
import type { Call } from "../call/call.ts";
import type { Connection } from "./connection.ts";

/** EventType is what happens on a connection. */
export type EventType = "CONNECT" | "MESSAGE" | "DISCONNECT";

/** Closing is how a connection ended: a status code and a reason (RFC 6455, 7.4). */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** WebSocketCallState is what only calls of WebSocket APIs have. */
export class WebSocketCallState {
  readonly connection: Connection;
  readonly eventType: EventType;
  /** Of a $disconnect. */
  readonly closing: Closing | undefined;
  #body: JsonBody | undefined = undefined;

  constructor(connection: Connection, eventType: EventType, closing?: Closing) {
    this.connection = connection;
    this.eventType = eventType;
    this.closing = closing;
  }

  /** The message, parsed at most once for everything that reads it. */
  bodyOf({ wholeBody }: Call): JsonBody {
    return (this.#body ??= new JsonBody(wholeBody?.toString("utf8") ?? ""));
  }
}

/** webSocketStateOf is the state of a call; undefined: it has none, or is of another protocol. */
export const webSocketStateOf = ({ protocolState }: Call): WebSocketCallState | undefined =>
  protocolState instanceof WebSocketCallState ? protocolState : undefined;
