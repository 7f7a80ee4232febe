import type { Socket } from "node:net";
import { createServer, type Server } from "node:tls";
import type { Challenge } from "@tollgate/config";

/** What an authority that looks at a certificate speaks above TLS (RFC 8737, 4). */
export const ACME_PROTOCOL = "acme-tls/1";
const PATH = "/.well-known/acme-challenge/";

/** A server that listens nowhere: connections are given to it. It ends each after its handshake. */
async function challengeServer({ name, keyAuthorization }: Challenge): Promise<Server> {
  // Workers whose node proves no names do without X.509.
  const { challengeCertificate } = await import("@tollgate/certificates");
  const { certificate, privateKey } = await challengeCertificate(name, keyAuthorization);
  const server = createServer({ cert: certificate, key: privateKey, ALPNProtocols: [ACME_PROTOCOL] });
  server.on("secureConnection", (socket) => socket.end());
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

/** Challenges are what a worker responds to authorities that look whether this gateway has a name (RFC 8555, 8; RFC 8737). */
export class Challenges {
  /** By their artifacts. */
  readonly #given = new Map<string, readonly Challenge[]>();
  readonly #byToken = new Map<string, string>();
  readonly #byName = new Map<string, Challenge>();
  readonly #servers = new Map<Challenge, Promise<Server>>();

  set(artifact: string, challenges: readonly Challenge[]): void {
    this.#given.set(artifact, challenges);
    this.#settle();
  }

  delete(artifact: string): void {
    if (this.#given.delete(artifact)) this.#settle();
  }

  /** responseTo is what the target of a request without TLS gets; undefined: it is a call like all others. */
  responseTo(target: string | undefined): string | undefined {
    if (this.#byToken.size === 0 || !target?.startsWith(PATH)) return undefined;
    return this.#byToken.get(target.slice(PATH.length));
  }

  /** prove takes a connection that asks for a name, and for ACME_PROTOCOL; false: nobody is to look at this name. */
  prove(serverName: string, socket: Socket): boolean {
    const challenge = this.#byName.get(serverName);
    if (!challenge) return false;
    this.#serverOf(challenge).then(
      (server) => socket.destroyed || server.emit("connection", socket),
      () => socket.destroy(),
    );
    return true;
  }

  #serverOf(challenge: Challenge): Promise<Server> {
    const known = this.#servers.get(challenge);
    if (known) return known;
    const server = challengeServer(challenge);
    this.#servers.set(challenge, server);
    return server;
  }

  #settle(): void {
    this.#byToken.clear();
    this.#byName.clear();
    for (const challenge of [...this.#given.values()].flat())
      if (challenge.type === "http-01") this.#byToken.set(challenge.token, challenge.keyAuthorization);
      else this.#byName.set(challenge.name, challenge);
    for (const challenge of this.#servers.keys())
      if (this.#byName.get(challenge.name) !== challenge) this.#servers.delete(challenge);
  }
}
