import { deny, malformedProxyReply } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import { collectHeaders, type NameHeader } from "../../upstream/function-headers.ts";
import { decodeBase64 } from "../../values/base64.ts";
import { mediaTypeOf } from "../../values/binary-media.ts";
import { isObject } from "../../values/json.ts";

const ALLOWED_KEYS = new Set(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]);
const badBase64 = deny("DEFAULT_5XX");
/** Renamed on the responses of Lambda proxy integrations. */
const REMAPPED = new Set(["connection", "content-length", "date", "server", "www-authenticate"]);
const DROPPED = new Set(["transfer-encoding", "keep-alive", "upgrade"]);

const restName: NameHeader = (name, lower) =>
  DROPPED.has(lower) ? undefined : REMAPPED.has(lower) ? `x-amzn-Remapped-${name}` : name;

function statusOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return 200;
  const status =
    typeof value === "number"
      ? value
      : typeof value === "string" && /^\d+$/.test(value)
        ? Number(value)
        : Number.NaN;
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : undefined;
}

/** The headers of a REST API's response: they always say what its body is. */
function responseHeaders(single: unknown, multi: unknown): string[] | undefined {
  const headers = collectHeaders(single, multi, restName);
  const hasType = headers?.some((name, i) => i % 2 === 0 && name.toLowerCase() === "content-type");
  if (headers && !hasType) headers.push("Content-Type", "application/json");
  return headers;
}

/**
 * parseFunctionResponse turns what a function returned into the reply (AWS: "Output format of a Lambda function for proxy integration");
 * whatever does not fit is 502 Internal server error.
 */
export function parseFunctionResponse(
  output: Buffer,
  accept: string,
  isBinary: (mediaType: string) => boolean,
): Reply {
  let value: unknown;
  try {
    value = JSON.parse(output.toString("utf8"));
  } catch {
    return malformedProxyReply;
  }
  if (!isObject(value) || Object.keys(value).some((key) => !ALLOWED_KEYS.has(key)))
    return malformedProxyReply;
  const status = statusOf(value.statusCode);
  const headers = responseHeaders(value.headers, value.multiValueHeaders);
  const body = value.body ?? "";
  if (status === undefined || !headers || typeof body !== "string") return malformedProxyReply;
  if (value.isBase64Encoded === true && isBinary(mediaTypeOf(accept))) {
    const bytes = decodeBase64(body);
    return bytes ? { status, headers, body: bytes } : badBase64;
  }
  return { status, headers, body };
}

/** headOfMetadata is the head of a streamed response: what parseFunctionResponse takes, without a body and with cookies; undefined: it is malformed. */
export function headOfMetadata(text: Buffer): Pick<Reply, "status" | "headers"> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text.toString("utf8"));
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const cookies = value.cookies ?? [];
  const status = statusOf(value.statusCode);
  const headers = responseHeaders(value.headers, value.multiValueHeaders);
  const own = Array.isArray(cookies) ? collectHeaders({}, { "set-cookie": cookies }, restName) : undefined;
  return status === undefined || !headers || !own ? undefined : { status, headers: [...headers, ...own] };
}
