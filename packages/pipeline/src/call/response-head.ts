import type { Call } from "./call.ts";

/** finishHead gives the head of an answer what every answer of its kind of API has: its number, and for an HTTP API what CORS asks for. */
export function finishHead(call: Call, headers: string[]): string[] {
  if (call.apiProtocol !== "HTTP") {
    headers.push("x-amzn-RequestId", call.requestId, "x-amz-apigw-id", call.extendedRequestId);
    return headers;
  }
  const out = call.route?.context.cors?.applied(call, headers) ?? headers;
  out.push("apigw-requestid", call.requestId);
  return out;
}
