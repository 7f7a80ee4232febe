import { timingSafeEqual } from "node:crypto";
import {
  canonicalHeaders,
  queryPairs,
  type Scope,
  type SignableRequest,
  sha256,
  signatureOf,
} from "./canonical.ts";
import type { AwsCredentials } from "./credentials.ts";

/** ClaimedSignature is the signature of a request before it is verified. */
export interface ClaimedSignature extends Scope {
  readonly accessKeyId: string;
  readonly signedHeaders: readonly string[];
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
/** The allowed difference to the signer's clock, as API Gateway's own message names it. */
const SKEW_MIN = 5;
const SKEW_MAX_MS = SKEW_MIN * 60_000;
/** AWS's longest lifetime of a presigned URL: seven days. */
const EXPIRES_MAX_S = 604_800;
const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const SIGNATURE = /^[0-9a-f]{64}$/;

const valuesOf = (headers: readonly string[], lowerName: string): readonly string[] =>
  headers.filter((_value, i) => i % 2 === 1 && (headers[i - 1] as string).toLowerCase() === lowerName);
const headerOf = (headers: readonly string[], lowerName: string): string | undefined =>
  valuesOf(headers, lowerName)[0];

interface Parts {
  readonly credential: string | undefined;
  readonly signedHeaders: string | undefined;
  readonly signature: string | undefined;
  readonly date: string | undefined;
  readonly sessionToken: string | undefined;
  readonly expiresS: number | undefined;
}

function claimOf(parts: Parts, missing: readonly string[], shown: string): Claim {
  const { credential, signedHeaders, signature, date, sessionToken, expiresS } = parts;
  if (
    credential === undefined ||
    signedHeaders === undefined ||
    signature === undefined ||
    date === undefined
  )
    return { kind: "incomplete", message: `${missing.join(" ")} ${shown}` };
  const [accessKeyId, day, region, service, end, ...rest] = credential.split("/");
  if (!accessKeyId || !day || !region || !service || end !== "aws4_request" || rest.length > 0)
    return {
      kind: "incomplete",
      message: `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    };
  if (!DATE.test(date) || date.slice(0, 8) !== day)
    return {
      kind: "incomplete",
      message: `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${date.slice(0, 8)}', from '${date}'.`,
    };
  return {
    kind: "claimed",
    claimed: {
      accessKeyId,
      date,
      region,
      service,
      signedHeaders: signedHeaders.split(";"),
      signature,
      sessionToken,
      expiresS,
    },
  };
}

/** What follows the scheme; another scheme has no parameters of a signature, however they are called. */
const SCHEME = new RegExp(`^${ALGORITHM}[ \\t]+(.*)$`, "s");

/** Parameters by their names; undefined: one is there twice, so that nobody knows which counts. */
function once(pairs: Iterable<readonly [string, string]>): Map<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (parameters.has(name)) return undefined;
    parameters.set(name, value);
  }
  return parameters;
}

function* headerParameters(authorization: string): Iterable<readonly [string, string]> {
  for (const part of (SCHEME.exec(authorization)?.[1] ?? "").split(",")) {
    const [, name, value] = /^\s*(\w+)=(.*?)\s*$/.exec(part) ?? [];
    if (name !== undefined && value !== undefined) yield [name, value];
  }
}

function readHeader(authorization: string, headers: readonly string[]): Claim {
  const parameters = once(headerParameters(authorization));
  if (!parameters)
    return {
      kind: "incomplete",
      message: `Authorization header has a parameter twice. Authorization=${authorization}`,
    };
  const date = headerOf(headers, "x-amz-date");
  const missing = ["Credential", "Signature", "SignedHeaders"]
    .filter((name) => !parameters.has(name))
    .map((name) => `Authorization header requires '${name}' parameter.`);
  if (date === undefined)
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  return claimOf(
    {
      credential: parameters.get("Credential"),
      signedHeaders: parameters.get("SignedHeaders"),
      signature: parameters.get("Signature"),
      date,
      sessionToken: headerOf(headers, "x-amz-security-token"),
      expiresS: undefined,
    },
    missing,
    `Authorization=${authorization}`,
  );
}

function readQuery(query: ReadonlyMap<string, string>): Claim {
  const wanted = [
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-Date",
    "X-Amz-Expires",
  ];
  const missing = wanted
    .filter((name) => !query.has(name))
    .map((name) => `AWS query-string parameters must include '${name}'.`);
  const expires = query.get("X-Amz-Expires");
  return claimOf(
    {
      credential: query.get("X-Amz-Credential"),
      signedHeaders: query.get("X-Amz-SignedHeaders"),
      signature: query.get("X-Amz-Signature"),
      date: expires === undefined ? undefined : query.get("X-Amz-Date"),
      sessionToken: query.get("X-Amz-Security-Token"),
      expiresS: /^\d+$/.test(expires ?? "") ? Number(expires) : Number.NaN,
    },
    missing,
    "Re-examine the query-string parameters.",
  );
}

const AMZ = /^X-Amz-/i;

/** readSignature reads the signature of a request, from its Authorization header or its query string. */
export function readSignature({ headers, query }: Pick<SignableRequest, "headers" | "query">): Claim {
  const given = valuesOf(headers, "authorization");
  const [authorization = ""] = given;
  if (given.length > 1)
    return { kind: "incomplete", message: "A request must have at most one Authorization header." };
  if (authorization !== "") return readHeader(authorization, headers);
  if (!query.includes("X-Amz-Algorithm=")) return { kind: "none" };
  const parameters = once(queryPairs(query).filter(([name]) => AMZ.test(name)));
  if (!parameters)
    return { kind: "incomplete", message: "AWS query-string parameters must not be there twice." };
  return parameters.get("X-Amz-Algorithm") === ALGORITHM
    ? readQuery(parameters)
    : { kind: "incomplete", message: `X-Amz-Algorithm must be ${ALGORITHM}.` };
}

const amzDate = (unixMs: number) => new Date(unixMs).toISOString().replace(/[-:]|\.\d{3}/g, "");

/** The problem of a signature's time. undefined: the time is valid. */
function timeProblem({ date, expiresS }: ClaimedSignature, unixMs: number): string | undefined {
  const signedAt = Date.parse(date.replace(DATE, "$1-$2-$3T$4:$5:$6Z"));
  if (Number.isNaN(signedAt)) return `Date must be in ISO-8601 'basic format', not '${date}'`;
  const earliest = unixMs - SKEW_MAX_MS;
  if (signedAt > unixMs + SKEW_MAX_MS)
    return `Signature not yet current: ${date} is still later than ${amzDate(unixMs + SKEW_MAX_MS)} (${amzDate(unixMs)} + ${SKEW_MIN} min.)`;
  if (expiresS === undefined)
    return signedAt < earliest
      ? `Signature expired: ${date} is now earlier than ${amzDate(earliest)} (${amzDate(unixMs)} - ${SKEW_MIN} min.)`
      : undefined;
  if (!(expiresS >= 1 && expiresS <= EXPIRES_MAX_S))
    return "X-Amz-Expires must be between 1 and 604800 seconds";
  return unixMs > signedAt + expiresS * 1000 ? "Signature expired" : undefined;
}

/** The message for every signature that does not match. */
export const NO_MATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/** signatureProblem returns why a request is not correctly signed with these credentials at this time. undefined: it is. */
export function signatureProblem(
  request: SignableRequest,
  claimed: ClaimedSignature,
  { credentials, unixMs }: { readonly credentials: AwsCredentials; readonly unixMs: number },
): string | undefined {
  const late = timeProblem(claimed, unixMs);
  if (late !== undefined) return late;
  if (!claimed.signedHeaders.includes("host"))
    return "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
  if (claimed.sessionToken !== credentials.sessionToken || !SIGNATURE.test(claimed.signature))
    return NO_MATCH;
  const payloadHash = sha256(request.body);
  // Services other than S3 sign the body itself, whatever a header states of it.
  if (valuesOf(request.headers, "x-amz-content-sha256").some((stated) => stated !== payloadHash))
    return NO_MATCH;
  const { text } = canonicalHeaders(request.headers, (name) => claimed.signedHeaders.includes(name));
  const isPresigned = claimed.expiresS !== undefined;
  const expected = signatureOf(
    { request, headers: text, signed: claimed.signedHeaders.join(";"), payloadHash, isPresigned },
    claimed,
    credentials,
  );
  return timingSafeEqual(Buffer.from(expected), Buffer.from(claimed.signature)) ? undefined : NO_MATCH;
}
