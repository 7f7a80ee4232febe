import type { Call } from "../call/call.ts";

/** Names of the headers that the gateway itself sets on a call, in lower case. */
export const GATEWAY_HEADERS: ReadonlySet<string> = new Set([
  "x-amzn-trace-id",
  "x-forwarded-for",
  "x-forwarded-port",
  "x-forwarded-proto",
  "forwarded",
]);

/** gatewayHeaders are those headers in their usual spelling. */
export const gatewayHeaders = (call: Call): [string, string][] => [
  ["X-Amzn-Trace-Id", call.traceHeader()],
  ...forwardedHeaders(call),
];

/** forwardedHeaders are what the gateway says of the client's connection; Forwarded only where the client sent one. */
export function forwardedHeaders(call: Call): [string, string][] {
  const headers: [string, string][] = [
    ["X-Forwarded-For", forwardedFor(call)],
    ["X-Forwarded-Port", String(call.port)],
    ["X-Forwarded-Proto", call.scheme],
  ];
  if (call.clientForwarded !== "") headers.push(["Forwarded", forwarded(call)]);
  return headers;
}

/** pushForwardedHeaders appends the same to headers whose names and values alternate. */
export function pushForwardedHeaders(out: string[], call: Call): void {
  out.push("X-Forwarded-For", forwardedFor(call), "X-Forwarded-Proto", call.scheme);
  out.push("X-Forwarded-Port", String(call.port));
  if (call.clientForwarded !== "") out.push("Forwarded", forwarded(call));
}

/** forwardedFor is X-Forwarded-For: what the client sent, behind it whoever has the connection, and the edge node that relayed it, as AWS has it. */
export function forwardedFor({ clientForwardedFor, peerIp, edge }: Call): string {
  const way = edge ? `${peerIp}, ${edge.address}` : peerIp;
  return clientForwardedFor === "" ? way : `${clientForwardedFor}, ${way}`;
}

/** Every quoted string has an end: nothing that is appended is part of one. */
const HAS_CLOSED_QUOTES = /^(?:[^"]|"(?:[^"\\]|\\.)*")*$/;

/** Values of Forwarded are tokens, or quoted (RFC 7239, 4). */
const quoted = (text: string) =>
  /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "")}"`;
const node = (address: string) => quoted(address.includes(":") ? `[${address}]` : address);

/** forwarded is Forwarded (RFC 7239): what the client sent, and behind it what the gateway says of the connection. */
export function forwarded({ clientForwarded, peerIp, host, scheme }: Call): string {
  const own = `by=_gateway;for=${node(peerIp)};host=${quoted(host)};proto=${scheme}`;
  return clientForwarded === "" || !HAS_CLOSED_QUOTES.test(clientForwarded)
    ? own
    : `${clientForwarded}, ${own}`;
}
