import { createHash, createHmac } from "node:crypto";
import type { AwsCredentials } from "./credentials.ts";

/** SignableRequest is what Signature Version 4 covers. */
export interface SignableRequest {
  readonly method: string;
  /** As it goes on the wire, with what stands in it encoded. */
  readonly path: string;
  /** Without "?". */
  readonly query: string;
  /** Names and values alternate; Host must be among them. */
  readonly headers: readonly string[];
  readonly body: Buffer | string;
}

export interface SignOptions {
  readonly credentials: AwsCredentials;
  readonly region: string;
  /** Signing name, such as sqs or states. */
  readonly service: string;
  readonly unixMs: number;
}

const sha256 = (data: Buffer | string): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: Buffer | string, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** Characters that a URI may hold as they are in a signature (AWS: create a canonical request, UriEncode). */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Every service but S3 signs the path normalised and encoded once more. */
function canonicalPath(path: string, service: string): string {
  if (service === "s3")
    return path
      .split("/")
      .map((part) => encode(decode(part)))
      .join("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(encode(part));
  }
  return `/${parts.join("/")}${parts.length > 0 && path.endsWith("/") ? "/" : ""}`;
}

function canonicalQuery(query: string): string {
  if (query === "") return "";
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
      return [encode(decode(name.replaceAll("+", " "))), encode(decode(value.replaceAll("+", " ")))] as const;
    })
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Headers that a proxy on the way may change are not signed. */
const UNSIGNED = new Set([
  "authorization",
  "user-agent",
  "x-amzn-trace-id",
  "connection",
  "expect",
  "accept-encoding",
  "content-length",
]);

function canonicalHeaders(headers: readonly string[]): { text: string; signed: string } {
  const byName = new Map<string, string[]>();
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (UNSIGNED.has(name)) continue;
    const value = (headers[i + 1] as string).trim().replace(/ +/g, " ");
    byName.set(name, [...(byName.get(name) ?? []), value]);
  }
  const names = [...byName.keys()].sort();
  return {
    text: names.map((name) => `${name}:${byName.get(name)?.join(",")}\n`).join(""),
    signed: names.join(";"),
  };
}

/** amzDate is the time in the form of X-Amz-Date. */
const amzDate = (unixMs: number): string => `${new Date(unixMs).toISOString().replace(/[-:]|\.\d{3}/g, "")}`;

/**
 * signRequest gives the headers that a request needs besides its own: Authorization, X-Amz-Date and, where they apply,
 * X-Amz-Security-Token and X-Amz-Content-Sha256 (AWS Signature Version 4 for API requests).
 */
export function signRequest(
  request: SignableRequest,
  { credentials, region, service, unixMs }: SignOptions,
): string[] {
  const date = amzDate(unixMs);
  const payloadHash = sha256(request.body);
  const added = ["X-Amz-Date", date];
  if (credentials.sessionToken !== undefined) added.push("X-Amz-Security-Token", credentials.sessionToken);
  if (service === "s3") added.push("X-Amz-Content-Sha256", payloadHash);
  const { text, signed } = canonicalHeaders([...request.headers, ...added]);
  const canonical = [
    request.method,
    canonicalPath(request.path, service),
    canonicalQuery(request.query),
    text,
    signed,
    payloadHash,
  ].join("\n");
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const key = [date.slice(0, 8), region, service, "aws4_request"].reduce<Buffer | string>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = createHmac("sha256", key).update(toSign).digest("hex");
  added.push(
    "Authorization",
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
  );
  return added;
}
