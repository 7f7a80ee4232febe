import type { Reply } from "../../call/reply.ts";
import { collectHeaders } from "../../upstream/function-headers.ts";
import { isObject, type JsonObject } from "../../values/json.ts";

/** What belongs to the connection is the gateway's. */
const CONNECTION = new Set(["connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"]);
const passedBack = (name: string, lower: string) => (CONNECTION.has(lower) ? undefined : name);

const STRUCTURED_TYPE = ["content-type", "text/plain; charset=utf-8"];

const statusOf = (value: unknown): number | undefined => {
  const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
  return Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599
    ? (status as number)
    : undefined;
};

const hasType = (headers: readonly string[]) =>
  headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === "content-type");

/** Cookies become a set-cookie each; undefined: they cannot. */
function cookieHeaders(cookies: unknown): string[] | undefined {
  if (cookies === undefined || cookies === null) return [];
  if (!Array.isArray(cookies) || !cookies.every((cookie) => typeof cookie === "string")) return undefined;
  return collectHeaders({}, { "set-cookie": cookies }, passedBack);
}

/** A response that says its status, headers and body itself. */
function structured(value: JsonObject): Reply | undefined {
  const status = statusOf(value.statusCode);
  const headers = collectHeaders(value.headers, value.multiValueHeaders, passedBack, true);
  const cookies = cookieHeaders(value.cookies);
  const body = value.body ?? "";
  if (status === undefined || !headers || !cookies) return undefined;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    status,
    headers: [...headers, ...cookies, ...(hasType(headers) ? [] : STRUCTURED_TYPE)],
    body: value.isBase64Encoded === true ? Buffer.from(text, "base64") : text,
  };
}

/**
 * parseFunctionResponse is what a function returned as a reply; undefined: it cannot be one. In format 2.0 what has no statusCode is the body
 * itself (AWS: Lambda function response for format 2.0).
 */
export function parseFunctionResponse(output: Buffer, version: "1.0" | "2.0"): Reply | undefined {
  const text = output.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (isObject(value) && value.statusCode !== undefined) return structured(value);
  if (version === "1.0") return undefined;
  return {
    status: 200,
    headers: ["content-type", "application/json"],
    body: typeof value === "string" ? value : text,
  };
}
