import { createHash, createHmac, timingSafeEqual } from "node:crypto";
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

function canonicalHeaders(
  headers: readonly string[],
  isSigned: (lowerName: string) => boolean,
): { text: string; signed: string } {
  const byName = new Map<string, string[]>();
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (!isSigned(name)) continue;
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
  const { text, signed } = canonicalHeaders([...request.headers, ...added], (name) => !UNSIGNED.has(name));
  const scope = { date, region, service };
  const signature = signatureOf({ request, headers: text, signed, payloadHash }, scope, credentials);
  added.push(
    "Authorization",
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scopeText(scope)}, SignedHeaders=${signed}, Signature=${signature}`,
  );
  return added;
}

interface Scope {
  /** In the form of X-Amz-Date. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

const scopeText = ({ date, region, service }: Scope) =>
  `${date.slice(0, 8)}/${region}/${service}/aws4_request`;

interface Signable {
  readonly request: Pick<SignableRequest, "method" | "path" | "query">;
  /** Canonical, and the names that they have. */
  readonly headers: string;
  readonly signed: string;
  readonly payloadHash: string;
}

function signatureOf(
  { request, headers, signed, payloadHash }: Signable,
  scope: Scope,
  { secretAccessKey }: AwsCredentials,
): string {
  const { date, region, service } = scope;
  const canonical = [
    request.method,
    canonicalPath(request.path, service),
    canonicalQuery(request.query),
    headers,
    signed,
    payloadHash,
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", date, scopeText(scope), sha256(canonical)].join("\n");
  const key = [date.slice(0, 8), region, service, "aws4_request"].reduce<Buffer | string>(
    hmac,
    `AWS4${secretAccessKey}`,
  );
  return createHmac("sha256", key).update(toSign).digest("hex");
}

/** ClaimedSignature is what an Authorization header says, before anybody has checked it. */
export interface ClaimedSignature extends Scope {
  readonly accessKeyId: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
/** How far the signer's clock may be off. */
const SKEW_MAX_MS = 15 * 60_000;

const headerOf = (headers: readonly string[], lowerName: string): string | undefined =>
  headers.find((_value, i) => i % 2 === 1 && (headers[i - 1] as string).toLowerCase() === lowerName);

/** readSignature reads the signature of a request; undefined: it has none that is complete. */
export function readSignature(headers: readonly string[]): ClaimedSignature | undefined {
  const [, accessKeyId, day, region, service, names, signature] =
    AUTHORIZATION.exec(headerOf(headers, "authorization") ?? "") ?? [];
  const date = headerOf(headers, "x-amz-date");
  if (!accessKeyId || !region || !service || !names || !signature || !date?.startsWith(day as string))
    return undefined;
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: names.split(";"),
    signature,
    sessionToken: headerOf(headers, "x-amz-security-token"),
  };
}

/** isSignedBy tells whether a request was signed with these credentials, now, with its Host among what is signed. */
export function isSignedBy(
  request: SignableRequest,
  claimed: ClaimedSignature,
  { credentials, unixMs }: { readonly credentials: AwsCredentials; readonly unixMs: number },
): boolean {
  const signedAt = Date.parse(
    claimed.date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (!(Math.abs(unixMs - signedAt) <= SKEW_MAX_MS) || !claimed.signedHeaders.includes("host")) return false;
  if (claimed.sessionToken !== credentials.sessionToken) return false;
  const payloadHash = sha256(request.body);
  const stated = headerOf(request.headers, "x-amz-content-sha256");
  if (stated !== undefined && stated !== payloadHash && stated !== "UNSIGNED-PAYLOAD") return false;
  const { text, signed } = canonicalHeaders(request.headers, (name) => claimed.signedHeaders.includes(name));
  const expected = signatureOf(
    { request, headers: text, signed, payloadHash: stated ?? payloadHash },
    claimed,
    credentials,
  );
  return timingSafeEqual(Buffer.from(expected), Buffer.from(claimed.signature));
}
