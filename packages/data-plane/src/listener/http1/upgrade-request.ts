import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { ClientRequest } from "../client-stream.ts";

/** upgradeRequest is a request that offers another protocol as Node has it: whoever takes its connection expects one. */
export function upgradeRequest(
  { method, url, rawHeaders, httpVersion }: ClientRequest,
  socket: Socket,
): IncomingMessage {
  const [httpVersionMajor, httpVersionMinor] = httpVersion.split(".").map(Number);
  return Object.assign(new IncomingMessage(socket), {
    method,
    url,
    rawHeaders,
    httpVersion,
    httpVersionMajor,
    httpVersionMinor,
    complete: true,
  });
}
