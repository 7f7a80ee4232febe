import type { Socket } from "node:net";
import type { Connection } from "./connection.ts";
import type { Peer } from "./peer.ts";

/** ClientSocket is a client's connection, as Node has it. */
export interface ClientSocket extends Socket {
  /** undefined: it was refused. */
  connection?: Connection | undefined;
  /** Known as soon as it is counted. */
  peer?: Peer;
  /** The handshake of TLS that is on its way: the name that the client asks for, and what ends it when it takes too long. */
  handshake?: { readonly serverName: string; readonly late: NodeJS.Timeout };
}
