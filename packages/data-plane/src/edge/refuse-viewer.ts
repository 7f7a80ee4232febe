import { randomUUID } from "node:crypto";
import { performServerHandshake } from "node:http2";
import type { Socket } from "node:net";
import type { Connection } from "../listener/connection.ts";
import { rawReply, replyBody } from "../listener/raw-reply.ts";
import type { Viewer } from "./viewer.ts";

/** What AWS says where a call got no response. */
const STATUS = 502;
const MESSAGE = "Internal server error";
const ERROR_TYPE = "InternalServerErrorException";
/** How long a client of HTTP/2 has to read it. */
const LINGER_MS = 2_000;

export interface RefuseViewerOptions {
  readonly socket: Socket;
  readonly connection: Connection;
  readonly protocol: Viewer["protocol"];
  /** What was read of the viewer. */
  readonly received: Buffer;
}

/** refuseViewer ends a viewer's connection that no origin has, with AWS's response to a call that got none: 502. */
export function refuseViewer({ socket, connection, protocol, received }: RefuseViewerOptions): void {
  if (protocol === "http/1.1") {
    const head = `x-amzn-RequestId: ${randomUUID()}\r\nx-amzn-ErrorType: ${ERROR_TYPE}\r\n`;
    connection.refuseUpgrade(rawReply(STATUS, { message: MESSAGE, head }));
    return;
  }
  socket.unshift(received);
  const session = performServerHandshake(socket);
  session.on("error", () => socket.destroy());
  session.on("stream", (stream) => {
    stream.on("error", () => undefined);
    stream.respond({
      ":status": STATUS,
      "content-type": "application/json",
      "x-amzn-requestid": randomUUID(),
      "x-amzn-errortype": ERROR_TYPE,
    });
    stream.end(replyBody(STATUS, MESSAGE));
    session.close();
  });
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
