import type { AddressRanges, PrivateNetwork } from "@tollgate/pipeline";
import type { ClientLimits } from "./client-limits.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { Connections } from "./connections.ts";
import { readFirstBytes } from "./first-bytes.ts";
import { plainAddress } from "./peer.ts";
import { type ProxyHeader, readProxyHeader } from "./proxy-header.ts";

export interface ArrivalsOptions {
  readonly connections: Connections;
  readonly limits: Pick<ClientLimits, "timeoutMs">;
  /** Where proxies are that begin each connection with a header of the PROXY protocol: all connections come from there; undefined: none does. */
  readonly proxies: Pick<AddressRanges, "has"> | undefined;
  /** Connections come from this private network, unless their header names another endpoint of it; undefined: from the Internet. */
  readonly network: PrivateNetwork | undefined;
}

/** Arrive takes a new connection: `begin` is called once it is known who is at the other end, and it is counted. */
export type Arrive = (socket: ClientSocket, begin: () => void) => void;

/**
 * arrivals says how connections are taken. Behind proxies that send a header, whoever comes from elsewhere could make one up, and who sends none is not
 * known (proxy-protocol.txt, 2): both are refused without a response.
 */
export function arrivals({ connections, limits, proxies, network }: ArrivalsOptions): Arrive {
  const admit = (socket: ClientSocket, address: string, begin: () => void, through = network): void => {
    socket.peer = { address, network: through, tls: undefined };
    socket.connection = connections.open(socket, address);
    if (socket.connection) begin();
  };
  const arrive: Arrive = (socket, begin) => {
    const address = plainAddress(socket.remoteAddress ?? "");
    if (!proxies) {
      admit(socket, address, begin);
      return;
    }
    if (!proxies.has(address)) {
      connections.ended.no_proxy++;
      socket.destroy();
      return;
    }
    const late = setTimeout(() => socket.destroy(), limits.timeoutMs);
    const known = () => clearTimeout(late);
    socket.once("close", known);
    readFirstBytes(
      socket,
      (bytes) => {
        const parsed = readProxyHeader(bytes);
        if (parsed === "refused") connections.ended.no_proxy++;
        return parsed;
      },
      ({ source, vpcEndpointId }: ProxyHeader) => {
        known();
        socket.off("close", known);
        admit(socket, source ?? address, begin, network && vpcEndpointId ? { vpcEndpointId } : network);
      },
    );
  };
  // Of one that an edge node relays, the edge node has said it.
  return (socket, begin) => (socket.peer?.edge ? begin() : arrive(socket, begin));
}
