import { createHmac, hash } from "node:crypto";
import type { AwsCredentials } from "./credentials.ts";
import { HmacKey } from "./hmac-key.ts";

/** SignableRequest is the part of a request that Signature Version 4 covers. */
export interface SignableRequest {
  readonly method: string;
  /** As it is sent, that is, encoded. */
  readonly path: string;
  /** Without "?". */
  readonly query: string;
  /** Names and values alternate; Host must be among them. */
  readonly headers: readonly string[];
  readonly body: Buffer | string;
}

const OF_NOTHING = hash("sha256", "", "hex");

export const sha256 = (data: Buffer | string): string =>
  data.length === 0 ? OF_NOTHING : hash("sha256", data, "hex");
const hmac = (key: Buffer | string, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** Characters that are not encoded in the signed URI (AWS: create a canonical request, UriEncode). */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** A path that is its own canonical form: no segment is empty or begins with a dot, and no character is encoded. */
const CANONICAL = /^(?:\/[\w~-][\w.~-]*)+\/?$/;

/** All services except S3 sign the normalized path, encoded once more. */
function canonicalPath(path: string, service: string): string {
  if (CANONICAL.test(path)) return path;
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

/** queryPairs returns the decoded names and values of a query string, as signatures read them. */
export function queryPairs(query: string): (readonly [name: string, value: string])[] {
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
      return [decode(name.replaceAll("+", " ")), decode(value.replaceAll("+", " "))] as const;
    });
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** A presigned URL does not sign the signature parameter; nobody else has one. */
const canonicalQuery = (query: string, isPresigned: boolean): string =>
  query === ""
    ? ""
    : queryPairs(query)
        .filter(([name]) => !isPresigned || name !== "X-Amz-Signature")
        .map(([name, value]) => [encode(name), encode(value)] as const)
        .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
        .map(([name, value]) => `${name}=${value}`)
        .join("&");

/** One header, or several of the same name. */
interface CanonicalHeader {
  readonly name: string;
  readonly value: string;
}

const byName = (a: CanonicalHeader, b: CanonicalHeader) => compare(a.name, b.name);

function canonicalValue(value: string): string {
  const trimmed = value.trim();
  return trimmed.includes("  ") ? trimmed.replace(/ +/g, " ") : trimmed;
}

/** canonicalHeaders returns the signed headers in canonical form, and their names. */
export function canonicalHeaders(
  headers: readonly string[],
  isSigned: (lowerName: string) => boolean,
): { text: string; signed: string } {
  const found: CanonicalHeader[] = [];
  let isSorted = true;
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (!isSigned(name)) continue;
    // Most callers send the headers in the order in which they sign them.
    isSorted &&= found.length === 0 || (found.at(-1) as CanonicalHeader).name <= name;
    found.push({ name, value: canonicalValue(headers[i + 1] as string) });
  }
  if (!isSorted) found.sort(byName);
  let text = "";
  let signed = "";
  let before: string | undefined;
  for (const { name, value } of found) {
    if (name === before) text += `,${value}`;
    else {
      text += before === undefined ? `${name}:${value}` : `\n${name}:${value}`;
      signed += before === undefined ? name : `;${name}`;
    }
    before = name;
  }
  return { text: before === undefined ? "" : `${text}\n`, signed };
}

/** Scope is the time, region and service for which a signature is valid. */
export interface Scope {
  /** In the format of X-Amz-Date. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** The same as text: {day}/{region}/{service}/aws4_request. */
  readonly scope: string;
}

/** SecretKey is what signatures are made with. */
type SecretKey = Pick<AwsCredentials, "secretAccessKey">;

/** The key of the scope that credentials have signed for last: mostly, they sign for one service, and all day. */
const signingKeys = new WeakMap<SecretKey, { readonly scope: string; readonly key: HmacKey }>();

/** signingKey derives the key of a scope (AWS Signature Version 4: calculate the signature, step 1). */
function signingKey(credentials: SecretKey, { date, region, service, scope }: Scope): HmacKey {
  const known = signingKeys.get(credentials);
  if (known?.scope === scope) return known.key;
  const derived = [date.slice(0, 8), region, service, "aws4_request"].reduce<Buffer | string>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  const key = new HmacKey(derived as Buffer);
  signingKeys.set(credentials, { scope, key });
  return key;
}

export interface Signable {
  readonly request: Pick<SignableRequest, "method" | "path" | "query">;
  /** In canonical form, and their names. */
  readonly headers: string;
  readonly signed: string;
  readonly payloadHash: string;
  /** The signature is in the query string. */
  readonly isPresigned: boolean;
}

/** signatureOf returns the signature of a request (AWS Signature Version 4: create a signed request, steps 1 to 4). */
export function signatureOf(
  { request, headers, signed, payloadHash, isPresigned }: Signable,
  scoped: Scope,
  credentials: SecretKey,
): string {
  const { date, service, scope } = scoped;
  const path = canonicalPath(request.path, service);
  const query = canonicalQuery(request.query, isPresigned);
  const canonical = `${request.method}\n${path}\n${query}\n${headers}\n${signed}\n${payloadHash}`;
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
  return signingKey(credentials, scoped).sign(toSign);
}
