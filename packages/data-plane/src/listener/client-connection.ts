import type { Socket } from "node:net";
import type { ClientProgress } from "./client-progress.ts";
import type { ClientRequest, ClientResponse } from "./client-stream.ts";
import type { Keeping } from "./memory-shares.ts";

/** Answering is what a connection knows of the exchange that it is busy with. */
export interface Answering {
  /** The client sends its body only when it is asked to, and has not been asked yet. */
  readonly awaitsInvitation: boolean;
  /** The rest of the request cannot be read. False: it has arrived, or its response is on its way. */
  fail(status: number): boolean;
  /** What it keeps in memory, and how to give that up. */
  readonly heldBytes: number;
  release(): void;
}

/** ReceivedRequest is a request whose head has arrived. */
export interface ReceivedRequest {
  readonly request: ClientRequest;
  readonly response: ClientResponse;
  /** Its client sends the body only when it is asked to ("Expect: 100-continue"). */
  readonly mustInvite: boolean;
}

/** ServingConnection is what an exchange knows of its connection. */
export interface ServingConnection {
  /** The network that its client belongs to. */
  readonly source: string;
  /** More requests have arrived that are to be handled after this one. */
  readonly hasWaiting: boolean;
  /** The rest of the request's body is not read: on a connection that goes on behind it, its response is the last. */
  leaveBody(): void;
  ended(exchange: Answering, nowMs: number): void;
}

/** StartExchange begins to handle a request whose turn has come. At its end, `ended` of the connection must be called. */
export type StartExchange = (received: ReceivedRequest, connection: ServingConnection) => Answering;

/** ClientConnection is a connection of a client, whatever version of HTTP it speaks. */
export interface ClientConnection extends Keeping {
  readonly socket: Socket;
  /** The network that its client belongs to. */
  readonly source: string;
  /** No request is being handled. */
  readonly isIdle: boolean;
  /** Requests that are being handled. What else keeps a connection open, such as a WebSocket, is none. */
  readonly busyWith: number;
  /** It speaks another protocol than HTTP. */
  readonly isUpgraded: boolean;
  readonly idleSinceMs: number;
  readonly progress: ClientProgress;
  /** Ends it: its client is too slow, or keeps what others need. The status is for one that is still sending. */
  giveUp(status: number): void;
  /** Called once an interval: ends what takes too long, where Node does not see to that. */
  check(nowMs: number): void;
  /** Asks its client to make its next requests elsewhere, and takes those that it still makes, where responses do not say so. */
  leave?(): void;
  /** Takes no more requests and ends after those that it has, where Node does not see to that. */
  drain(): void;
}
