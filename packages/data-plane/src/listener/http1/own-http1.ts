import { createServer } from "node:net";
import type { ClientSocket } from "../client-socket.ts";
import { HEAD_MAX_BYTES, type Http1, type Http1Options } from "./http1.ts";
import { InPlace } from "./in-place.ts";
import { RequestReader, type RequestReaderOptions } from "./request-reader.ts";

/** ownHttp1 is HTTP/1.1 as the gateway itself reads and writes it. */
export function ownHttp1({ limits, handshakes, shouldUpgrade, warn }: Http1Options): Http1 {
  const options: RequestReaderOptions = {
    limits,
    headMaxBytes: HEAD_MAX_BYTES,
    keepAliveLines: `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(limits.idleTimeoutMs / 1_000)}\r\n`,
    shouldUpgrade,
    upgrade: (request, socket, head) => handshakes.take(request, socket, head),
  };
  const inPlace = new InPlace((why) =>
    warn(
      `connections are read as streams, which costs more, because this Node cannot read them in place: ${why}`,
    ),
  );
  const serve = (socket: ClientSocket): void => {
    const { connection } = socket;
    if (!connection) return;
    const reader = new RequestReader(socket, connection, options);
    connection.readBy(reader);
    reader.begin();
  };
  return {
    secureOptions: {},
    newServer: (arrive) =>
      createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (accepted) => {
        const socket = inPlace.take(accepted);
        arrive(socket, () => serve(socket));
      }),
    serves: () => serve,
    // Connections end themselves when they are drained.
    endIdle: () => undefined,
    endAll: () => undefined,
  };
}
