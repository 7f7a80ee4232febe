import type { EdgeNode, PrivateNetwork, TlsSession } from "@tollgate/pipeline";

/** Peer is who is at the other end of a connection. One object for all requests of the connection. */
export interface Peer {
  /** Its address; an IPv4 address that is mapped into IPv6 is one of IPv4. */
  readonly address: string;
  /** The private network that it came from; undefined: it came to a public port. */
  readonly network: PrivateNetwork | undefined;
  /** The edge node that accepted it; absent: this node did. */
  readonly edge?: EdgeEntrance;
  /** undefined: it speaks without TLS. */
  readonly tls: TlsSession | undefined;
}

/** EdgeEntrance is where a connection came to an edge node. */
export interface EdgeEntrance {
  readonly node: EdgeNode;
  /** The port of the edge node. */
  readonly port: number;
  /** Where its calls are sent that come without TLS; undefined: they are served. */
  readonly redirectPort: number | undefined;
}

/** plainAddress is an address as it is compared and shown: an IPv4 address that is mapped into IPv6 is one of IPv4. */
export const plainAddress = (address: string): string =>
  address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
