import type { EdgeNode } from "./edge-node.ts";
import type { Exchange } from "./exchange.ts";
import type { PrivateNetwork } from "./private-network.ts";
import type { TlsSession } from "./tls-session.ts";

/** CallInit is what a listener knows of a request. */
export interface CallInit {
  readonly method: string;
  readonly url: string;
  /** Names and values alternate, as received. */
  readonly headers: readonly string[];
  readonly exchange: Exchange;
  /** Address at the other end of the connection. */
  readonly sourceIp: string;
  /** Who called, where somebody in front is trusted to say so; undefined: whoever has the connection. */
  readonly callerOf?: CallerOf | undefined;
  readonly protocol: string;
  /** The head says nothing of the body's size, and one may follow (HTTP/2, where streams end it); absent: no. */
  readonly hasUnsizedBody?: boolean;
  /** What the TLS of its connection says; absent: it has none. */
  readonly tls?: TlsSession | undefined;
  /** The private network that it came from; absent: it came to a public port. */
  readonly network?: PrivateNetwork | undefined;
  /** The edge node that relayed it; absent: it came to this node. */
  readonly edge?: EdgeNode | undefined;
  readonly scheme: "http" | "https";
  readonly port: number;
  /** Monotonic and wall clock at the request's arrival. */
  readonly nowMs: number;
  readonly unixMs: number;
}

/** CallerOf finds the address of a caller: of the connection's other end, or one that a trusted proxy named in X-Forwarded-For. */
export type CallerOf = (peerIp: string, forwardedFor: string) => string;
