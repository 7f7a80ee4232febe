import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import type { AwsCredentials } from "./credentials.ts";

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

export const sha256 = (data: Buffer | string): string => hash("sha256", data, "hex");
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

/** All services except S3 sign the normalized path, encoded once more. */
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
  queryPairs(query)
    .filter(([name]) => !isPresigned || name !== "X-Amz-Signature")
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");

/** canonicalHeaders returns the signed headers in canonical form, and their names. */
export function canonicalHeaders(
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

/** Scope is the time, region and service for which a signature is valid. */
export interface Scope {
  /** In the format of X-Amz-Date. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export const scopeText = ({ date, region, service }: Scope): string =>
  `${date.slice(0, 8)}/${region}/${service}/aws4_request`;

/** SecretKey is what signatures are made with. */
type SecretKey = Pick<AwsCredentials, "secretAccessKey">;

/** The key of the scope that credentials have signed for last: mostly, they sign for one service, and all day. */
const signingKeys = new WeakMap<SecretKey, { readonly scope: string; readonly key: KeyObject }>();

/** signingKey derives the key of a scope (AWS Signature Version 4: calculate the signature, step 1). */
function signingKey(credentials: SecretKey, { date, region, service }: Scope): KeyObject {
  const scope = `${date.slice(0, 8)}/${region}/${service}`;
  const known = signingKeys.get(credentials);
  if (known?.scope === scope) return known.key;
  const derived = [date.slice(0, 8), region, service, "aws4_request"].reduce<Buffer | string>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  const key = createSecretKey(derived as Buffer);
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
  scope: Scope,
  credentials: SecretKey,
): string {
  const { date, service } = scope;
  const canonical = [
    request.method,
    canonicalPath(request.path, service),
    canonicalQuery(request.query, isPresigned),
    headers,
    signed,
    payloadHash,
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", date, scopeText(scope), sha256(canonical)].join("\n");
  return createHmac("sha256", signingKey(credentials, scope)).update(toSign).digest("hex");
}
