import type { Call } from "../../call/call.ts";
import { HeaderRule, headerRule, isNamedIn, withoutNamed } from "../../call/header-rules.ts";
import type { ShapeHead } from "../../upstream/response-relay.ts";
import { forwarded, forwardedFor } from "../../values/gateway-headers.ts";

/** Of one connection (RFC 9110, 7.6.1), never passed on. */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** What only the gateway may say to the upstream, and what belongs to the connection. */
const NOT_PASSED_ON =
  HeaderRule.HOST | HeaderRule.CONTENT_LENGTH | HeaderRule.FORWARDED | HeaderRule.TRACE_ID;
const notPassedOn = new Set([...HOP_BY_HOP, "expect"]);
const notPassedBack = new Set([...HOP_BY_HOP, "content-length"]);

/** proxyHeaders are the client's headers, and what the gateway says of the call (AWS: HTTP integrations for HTTP APIs). */
export function proxyHeaders(call: Call): string[] {
  const { headers, connection } = call;
  const out: string[] = [];
  const traceparent = call.traceparent();
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const rule = headerRule(name);
    if (rule & NOT_PASSED_ON || (rule & HeaderRule.REMOVED && notPassedOn.has(name.toLowerCase()))) continue;
    if (traceparent !== undefined && rule & HeaderRule.TRACEPARENT) continue;
    if (connection !== "" && isNamedIn(connection, name)) continue;
    out.push(name, headers[i + 1] as string);
  }
  out.push("forwarded", forwarded(call), "via", `${call.protocol} AmazonAPIGateway`);
  out.push("x-amzn-trace-id", call.traceHeader(), "x-forwarded-for", forwardedFor(call));
  out.push("x-forwarded-port", String(call.port), "x-forwarded-proto", call.scheme);
  if (traceparent !== undefined) out.push("traceparent", traceparent);
  return out;
}

/** httpHead passes an upstream's head on as it is, but for what belongs to the connection. */
export const httpHead: ShapeHead = (_call, status, headers) => {
  const out: string[] = [];
  let lengthBytes: number | undefined;
  let connection = "";
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const lower = name.toLowerCase();
    if (lower === "content-length") lengthBytes = Number(headers[i + 1]);
    else if (lower === "connection") connection += `${headers[i + 1]},`;
    else if (!notPassedBack.has(lower)) out.push(name, headers[i + 1] as string);
  }
  return { status, headers: withoutNamed(out, connection), lengthBytes, encoding: "" };
};
