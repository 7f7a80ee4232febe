import { queryPairs, type Scope, type SignableRequest } from "./canonical.ts";
import { unixMsOf } from "./signing-time.ts";

/** ClaimedSignature is the signature of a request before it is verified. */
export interface ClaimedSignature extends Scope {
  readonly accessKeyId: string;
  /** When it was signed. NaN: there is no such time. */
  readonly signedUnixMs: number;
  /** Names of the signed headers, separated by ";". */
  readonly signedHeaders: string;
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** Lifetime of a presigned URL. */
  readonly expiresS: number | undefined;
}

/** Claim is what a request contains: no signature, an incomplete one, or one that can be verified. */
export type Claim =
  | { readonly kind: "none" }
  | { readonly kind: "incomplete"; readonly message: string }
  | { readonly kind: "claimed"; readonly claimed: ClaimedSignature };

const ALGORITHM = "AWS4-HMAC-SHA256";
const NONE: Claim = { kind: "none" };
const incomplete = (message: string): Claim => ({ kind: "incomplete", message });

/** headerIndex finds the name of a header from an even index on; -1: it is not there. Only names of the same length are made lower case. */
export function headerIndex(headers: readonly string[], lowerName: string, from: number): number {
  for (let i = from; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === lowerName.length && (name === lowerName || name.toLowerCase() === lowerName))
      return i;
  }
  return -1;
}

function headerOf(headers: readonly string[], lowerName: string): string | undefined {
  const at = headerIndex(headers, lowerName, 0);
  return at < 0 ? undefined : headers[at + 1];
}

/** Parameters are those of a signature, in a header or in a query string. */
class Parameters {
  credential: string | undefined = undefined;
  signedHeaders: string | undefined = undefined;
  signature: string | undefined = undefined;
  date: string | undefined = undefined;
  sessionToken: string | undefined = undefined;
  expiresS: number | undefined = undefined;
}

const CREDENTIAL_PARTS = 5;
const SCOPE_END = "aws4_request";

function claimOf(parameters: Parameters, missing: () => string): Claim {
  const { credential, signedHeaders, signature, date, sessionToken, expiresS } = parameters;
  if (
    credential === undefined ||
    signedHeaders === undefined ||
    signature === undefined ||
    date === undefined
  )
    return incomplete(missing());
  const parts = credential.split("/");
  const [accessKeyId, day, region, service, end] = parts;
  if (!accessKeyId || !day || !region || !service || end !== SCOPE_END || parts.length !== CREDENTIAL_PARTS)
    return incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  const signedUnixMs = unixMsOf(date);
  if (signedUnixMs === undefined || date.slice(0, 8) !== day)
    return incomplete(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${date.slice(0, 8)}', from '${date}'.`,
    );
  const scope = credential.slice(accessKeyId.length + 1);
  return {
    kind: "claimed",
    claimed: {
      accessKeyId,
      date,
      signedUnixMs,
      region,
      service,
      scope,
      signedHeaders,
      signature,
      sessionToken,
      expiresS,
    },
  };
}

const WORD = /^\w+$/;

/** What follows the scheme; another scheme has no parameters of a signature, however they are called. */
function afterScheme(authorization: string): string {
  const separator = authorization.charAt(ALGORITHM.length);
  return authorization.startsWith(ALGORITHM) && (separator === " " || separator === "\t")
    ? authorization.slice(ALGORITHM.length)
    : "";
}

/** The parameters of an Authorization header. undefined: one is there twice, so that nobody knows which counts. */
function headerParameters(authorization: string): Parameters | undefined {
  const found = new Parameters();
  let others: Set<string> | undefined;
  for (const part of afterScheme(authorization).split(",")) {
    const pair = part.trim();
    const at = pair.indexOf("=");
    if (at < 0) continue;
    const name = pair.slice(0, at);
    const value = pair.slice(at + 1);
    if (name === "Credential") {
      if (found.credential !== undefined) return undefined;
      found.credential = value;
    } else if (name === "SignedHeaders") {
      if (found.signedHeaders !== undefined) return undefined;
      found.signedHeaders = value;
    } else if (name === "Signature") {
      if (found.signature !== undefined) return undefined;
      found.signature = value;
    } else if (WORD.test(name)) {
      others ??= new Set();
      if (others.has(name)) return undefined;
      others.add(name);
    }
  }
  return found;
}

function readHeader(authorization: string, headers: readonly string[]): Claim {
  const parameters = headerParameters(authorization);
  if (!parameters)
    return incomplete(`Authorization header has a parameter twice. Authorization=${authorization}`);
  parameters.date = headerOf(headers, "x-amz-date");
  parameters.sessionToken = headerOf(headers, "x-amz-security-token");
  return claimOf(parameters, () => {
    const { credential, signature, signedHeaders, date } = parameters;
    const missing = Object.entries({
      Credential: credential,
      Signature: signature,
      SignedHeaders: signedHeaders,
    })
      .filter(([, value]) => value === undefined)
      .map(([name]) => `Authorization header requires '${name}' parameter.`);
    if (date === undefined)
      missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
    return `${missing.join(" ")} Authorization=${authorization}`;
  });
}

const IN_QUERY = [
  "X-Amz-Credential",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
  "X-Amz-Date",
  "X-Amz-Expires",
];
const AMZ = /^X-Amz-/i;

/** The parameters of a signature in a query string by their names. undefined: one is there twice. */
function queryParameters(query: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const [name, value] of queryPairs(query)) {
    if (!AMZ.test(name)) continue;
    if (parameters.has(name)) return undefined;
    parameters.set(name, value);
  }
  return parameters;
}

function readQuery(query: ReadonlyMap<string, string>): Claim {
  const expires = query.get("X-Amz-Expires");
  const parameters = new Parameters();
  parameters.credential = query.get("X-Amz-Credential");
  parameters.signedHeaders = query.get("X-Amz-SignedHeaders");
  parameters.signature = query.get("X-Amz-Signature");
  parameters.date = expires === undefined ? undefined : query.get("X-Amz-Date");
  parameters.sessionToken = query.get("X-Amz-Security-Token");
  parameters.expiresS = /^\d+$/.test(expires ?? "") ? Number(expires) : Number.NaN;
  return claimOf(parameters, () => {
    const missing = IN_QUERY.filter((name) => !query.has(name)).map(
      (name) => `AWS query-string parameters must include '${name}'.`,
    );
    return `${missing.join(" ")} Re-examine the query-string parameters.`;
  });
}

/** readSignature reads the signature of a request, from its Authorization header or its query string. */
export function readSignature({ headers, query }: Pick<SignableRequest, "headers" | "query">): Claim {
  const at = headerIndex(headers, "authorization", 0);
  if (at >= 0 && headerIndex(headers, "authorization", at + 2) >= 0)
    return incomplete("A request must have at most one Authorization header.");
  const authorization = at < 0 ? "" : (headers[at + 1] as string);
  if (authorization !== "") return readHeader(authorization, headers);
  if (!query.includes("X-Amz-Algorithm=")) return NONE;
  const parameters = queryParameters(query);
  if (!parameters) return incomplete("AWS query-string parameters must not be there twice.");
  return parameters.get("X-Amz-Algorithm") === ALGORITHM
    ? readQuery(parameters)
    : incomplete(`X-Amz-Algorithm must be ${ALGORITHM}.`);
}
