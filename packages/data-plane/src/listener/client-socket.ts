import type { Socket } from "node:net";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";
import { type Peer, plainAddress } from "./peer.ts";

/** ClientSocket is a client's connection, as Node has it. */
export interface ClientSocket extends Socket {
  /** undefined: it was refused. */
  connection?: Connection | undefined;
  peer?: Peer;
  /** The handshake of TLS that is on its way: the name that the client asks for, and what ends it when it takes too long. */
  handshake?: { readonly serverName: string; readonly late: NodeJS.Timeout };
}

/** admit counts a new connection. False: there are too many, and it is closed. */
export function admit(connections: Connections, socket: ClientSocket): boolean {
  const { remoteAddress = "" } = socket;
  socket.peer = { address: plainAddress(remoteAddress), tls: undefined };
  socket.connection = connections.open(socket);
  return socket.connection !== undefined;
}
