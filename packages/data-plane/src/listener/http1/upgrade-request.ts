import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { ClientRequest } from "../client-stream.ts";

/** By lower-case name; what is repeated is joined (RFC 9110, 5.3). */
function headersOf(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    const before = headers[name];
    const value = rawHeaders[i + 1] as string;
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}

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
    headers: headersOf(rawHeaders),
    httpVersion,
    httpVersionMajor,
    httpVersionMinor,
    complete: true,
  });
}
