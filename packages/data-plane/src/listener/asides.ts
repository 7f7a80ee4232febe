import { replyAside } from "./aside-reply.ts";
import type { Challenges } from "./challenges.ts";
import type { Answering, ReceivedRequest, ServingConnection } from "./client-connection.ts";
import { isEncrypted, type Ports } from "./received-call.ts";
import { redirect } from "./redirects.ts";

/** Of what authorities of ACME are shown (RFC 8555, 8.3). */
const PROOF_HEADERS = ["Content-Type", "application/octet-stream"];

export interface AsidesOptions {
  readonly challenges: Challenges;
  /** Where calls without TLS are sent; 0: to the port that listens with TLS; undefined: they are served. */
  readonly redirectPort: number | undefined;
  readonly ports: Readonly<Ports>;
}

/** asides responds to requests that are no calls: of authorities that look whether a name leads here, and those that are sent to the port with TLS. undefined: it is a call. */
export const asides =
  ({ challenges, redirectPort, ports }: AsidesOptions) =>
  (received: ReceivedRequest, connection: ServingConnection): Answering | undefined => {
    const { request } = received;
    const proof = challenges.responseTo(request.url);
    if (proof !== undefined)
      return replyAside(received, connection, { status: 200, headers: PROOF_HEADERS, body: proof });
    if (isEncrypted(request) || request.socket.peer?.network) return undefined;
    const { edge } = request.socket.peer ?? {};
    const port = edge ? edge.redirectPort : redirectPort;
    return port === undefined ? undefined : redirect(received, connection, port || ports.https);
  };
