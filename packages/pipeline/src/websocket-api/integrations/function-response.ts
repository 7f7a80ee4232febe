import { malformedProxyReply } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import { collectHeaders } from "../../upstream/function-headers.ts";
import { isObject } from "../../values/json.ts";

const statusOf = (value: unknown): number | undefined => {
  const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
  return Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599
    ? (status as number)
    : undefined;
};

/**
 * parseFunctionResponse is what a function returned as a reply: its status decides at $connect, its body goes back on a route with a response.
 * One without statusCode is malformed, whatever the route.
 */
export function parseFunctionResponse(output: Buffer): Reply {
  let value: unknown;
  try {
    value = JSON.parse(output.toString("utf8"));
  } catch {
    return malformedProxyReply;
  }
  if (!isObject(value)) return malformedProxyReply;
  const status = statusOf(value.statusCode);
  const headers = collectHeaders(value.headers, value.multiValueHeaders, (name) => name);
  const body = value.body ?? "";
  if (status === undefined || !headers || typeof body !== "string") return malformedProxyReply;
  return { status, headers, body };
}
