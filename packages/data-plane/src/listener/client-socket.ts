import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Connection } from "./connection.ts";
import type { DomainContext } from "./domain-context.ts";
import type { Peer } from "./peer.ts";

/** Handshake is the handshake of TLS that is on its way. */
export interface Handshake {
  /** What the client asks for. */
  readonly serverName: string;
  /** Ends it when it takes too long. */
  readonly late: NodeJS.Timeout;
  /** Takes the connection when it is over. */
  readonly secured: (socket: TLSSocket, domain: DomainContext) => void;
}

/** ClientSocket is a client's connection, as Node has it. */
export interface ClientSocket extends Socket {
  /** undefined: it was refused. */
  connection?: Connection | undefined;
  /** Known as soon as it is counted. */
  peer?: Peer;
  handshake?: Handshake;
}
