import {
  createServer,
  type Server as HttpServer,
  IncomingMessage,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { Server as SecureServer } from "node:https";
import type { Server } from "node:net";
import type { Duplex, Readable } from "node:stream";
import type { Arrive } from "../arrivals.ts";
import type { ClientSocket } from "../client-socket.ts";
import type { ClientRequest } from "../client-stream.ts";
import { statusOfError } from "../raw-reply.ts";
import type { Stream } from "../stream-turns.ts";
import { puttingTogether } from "../waiting-pieces.ts";
import { HEAD_MAX_BYTES, type Http1, type Http1Options } from "./http1.ts";

const CHECK_INTERVAL_MS = 1_000;

/** NodeRequest is a request as Node has it: the stream of its body is the request itself. */
class NodeRequest extends puttingTogether(IncomingMessage) implements ClientRequest, Stream {
  /** Its next piece waits for its turn. */
  #waitsForTurn = false;
  /** There is room for more. */
  #isWanted = false;

  get body(): Readable {
    return this;
  }

  override push(chunk: Buffer | null): boolean {
    const hasRoom = super.push(chunk);
    const streams = (this.socket as ClientSocket).connection?.streams;
    if (chunk === null || !streams || streams.passes(chunk.length)) return hasRoom;
    this.#waitsForTurn = true;
    streams.wait(this);
    return false;
  }

  override _read(size: number): void {
    if (this.#waitsForTurn) this.#isWanted = true;
    else super._read(size);
  }

  goOn(): void {
    this.#waitsForTurn = false;
    if (!this.#isWanted) return;
    this.#isWanted = false;
    super._read(0);
  }
}

const onRequest = (request: NodeRequest, response: ServerResponse): void =>
  (request.socket as ClientSocket).connection?.take({ request, response, mustInvite: false });
const onExpect = (request: NodeRequest, response: ServerResponse): void =>
  (request.socket as ClientSocket).connection?.take({ request, response, mustInvite: true });

function onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const { connection, bytesRead } = socket as ClientSocket;
  // Whoever is gone, or never said anything, gets no response.
  if (!connection || !socket.writable || error.code === "ECONNRESET" || bytesRead === 0) socket.destroy();
  else connection.fail(statusOfError(error));
}

/** The gateway is no tunnel. Node has let go of the connection and does not watch it any more. */
function onConnect(_request: IncomingMessage, socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  (socket as ClientSocket).connection?.fail(405);
}

/** nodeHttp1 is Node's own HTTP/1.1 (`node:http`). */
export function nodeHttp1({ limits, handshakes, shouldUpgrade }: Http1Options): Http1 {
  const options: ServerOptions<typeof NodeRequest> = {
    IncomingMessage: NodeRequest,
    maxHeaderSize: HEAD_MAX_BYTES,
    headersTimeout: limits.timeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    // Node would go on with the request behind one that it refuses for that; the router refuses it, and all behind it.
    requireHostHeader: false,
    shouldUpgradeCallback: shouldUpgrade,
  };
  const serve = (server: HttpServer | SecureServer): void => {
    server.on("request", onRequest);
    server.on("connect", onConnect);
    server.on("checkContinue", onExpect);
    server.on("checkExpectation", ({ socket }: IncomingMessage) =>
      (socket as ClientSocket).connection?.fail(417),
    );
    server.on("clientError", onClientError);
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      handshakes.take(request, socket, head),
    );
  };
  return {
    secureOptions: options as ServerOptions,
    newServer(arrive: Arrive): Server {
      const server = createServer(options);
      serve(server);
      const [begin] = server.listeners("connection") as [(socket: ClientSocket) => void];
      server.removeListener("connection", begin);
      server.on("connection", (socket: ClientSocket) => arrive(socket, () => begin.call(server, socket)));
      return server;
    },
    serves(server) {
      serve(server);
      const [begin] = server.listeners("secureConnection") as [(socket: ClientSocket) => void];
      return (socket) => begin.call(server, socket);
    },
    // Node ends a connection that becomes idle after its last response.
    endIdle: (server) => (server as HttpServer).closeIdleConnections(),
    endAll: (server) => (server as HttpServer).closeAllConnections(),
  };
}
