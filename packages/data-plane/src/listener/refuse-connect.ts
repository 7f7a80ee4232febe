import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

const BODY = '{"message":"Method Not Allowed"}';
const RESPONSE = [
  "HTTP/1.1 405 Method Not Allowed",
  "Allow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
  "Content-Type: application/json",
  `Content-Length: ${BODY.length}`,
  "Connection: close",
  "",
  BODY,
].join("\r\n");

/** refuseConnect responds to CONNECT, which Node gives no response of its own: the gateway is no tunnel. */
export function refuseConnect(_request: IncomingMessage, socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  socket.end(RESPONSE, () => socket.destroy());
}
