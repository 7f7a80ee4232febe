import type { Server } from "node:tls";
import type { Truststore } from "./truststore.ts";

/** DomainContext is a domain as handshakes need it. */
export interface DomainContext {
  readonly domainName: string;
  readonly owner: string;
  /** Terminates the TLS of connections that are given to it. It listens nowhere. */
  readonly server: Server;
  readonly truststore: Truststore | undefined;
}
