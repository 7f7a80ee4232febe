import { deny, malformedProxyReply } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import { mediaTypeOf } from "../../values/binary-media.ts";

const ALLOWED_KEYS = new Set(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]);
const badBase64 = deny("DEFAULT_5XX");
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** What no header may hold: a function must not be able to split the answer. */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Renamed on the answers of Lambda proxy integrations. */
const REMAPPED = new Set(["connection", "content-length", "date", "server", "www-authenticate"]);
const DROPPED = new Set(["transfer-encoding", "keep-alive", "upgrade"]);

/** What a header of a function is called on the answer; undefined: it is dropped. */
type NameHeader = (name: string, lower: string) => string | undefined;

const restName: NameHeader = (name, lower) =>
  DROPPED.has(lower) ? undefined : REMAPPED.has(lower) ? `x-amzn-Remapped-${name}` : name;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A header value as AWS takes it: text, numbers and booleans; undefined for what makes the answer malformed. */
const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : typeof value === "boolean" ? String(value) : undefined;

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

/** collectHeaders joins both maps: values of multiValueHeaders first, in its casing, then the single one; undefined: they are malformed. */
export function collectHeaders(
  single: unknown,
  multi: unknown,
  nameOf: NameHeader = restName,
): string[] | undefined {
  const byLower = new Map<string, { name: string; values: string[] }>();
  const slot = (name: string) => {
    const lower = name.toLowerCase();
    const known = byLower.get(lower) ?? { name, values: [] };
    byLower.set(lower, known);
    return known;
  };
  if (multi !== undefined && multi !== null) {
    if (!isRecord(multi)) return undefined;
    for (const [name, values] of Object.entries(multi)) {
      if (!Array.isArray(values)) return undefined;
      const texts = values.map(textOf);
      if (texts.includes(undefined)) return undefined;
      slot(name).values.push(...(texts as string[]));
    }
  }
  if (single !== undefined && single !== null) {
    if (!isRecord(single)) return undefined;
    for (const [name, value] of Object.entries(single)) {
      const text = textOf(value);
      if (text === undefined) return undefined;
      slot(name).values.push(text);
    }
  }
  const headers: string[] = [];
  for (const [lower, { name, values }] of byLower) {
    const named = nameOf(name, lower);
    if (named === undefined) continue;
    if (!HEADER_NAME.test(name)) return undefined;
    for (const value of values) {
      if (!HEADER_VALUE.test(value)) return undefined;
      headers.push(named, value);
    }
  }
  return headers;
}

/** The headers of a REST API's answer: they always say what its body is. */
function answerHeaders(single: unknown, multi: unknown): string[] | undefined {
  const headers = collectHeaders(single, multi);
  const hasType = headers?.some((name, i) => i % 2 === 0 && name.toLowerCase() === "content-type");
  if (headers && !hasType) headers.push("Content-Type", "application/json");
  return headers;
}

/**
 * parseProxyAnswer turns what a function returned into the reply (AWS: "Output format of a Lambda function for proxy integration");
 * whatever does not fit is 502 Internal server error.
 */
export function parseProxyAnswer(
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
  if (!isRecord(value) || Object.keys(value).some((key) => !ALLOWED_KEYS.has(key)))
    return malformedProxyReply;
  const status = statusOf(value.statusCode);
  const headers = answerHeaders(value.headers, value.multiValueHeaders);
  const body = value.body ?? "";
  if (status === undefined || !headers || typeof body !== "string") return malformedProxyReply;
  if (value.isBase64Encoded === true && isBinary(mediaTypeOf(accept))) {
    if (!BASE64.test(body)) return badBase64;
    return { status, headers, body: Buffer.from(body, "base64") };
  }
  return { status, headers, body };
}

/** headOfMetadata is the head of a streamed answer: what parseProxyAnswer takes, without a body and with cookies; undefined: it is malformed. */
export function headOfMetadata(text: Buffer): Pick<Reply, "status" | "headers"> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text.toString("utf8"));
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const cookies = value.cookies ?? [];
  const status = statusOf(value.statusCode);
  const headers = answerHeaders(value.headers, value.multiValueHeaders);
  const own = Array.isArray(cookies) ? collectHeaders({}, { "set-cookie": cookies }) : undefined;
  return status === undefined || !headers || !own ? undefined : { status, headers: [...headers, ...own] };
}
