import { timingSafeEqual } from "node:crypto";
import { canonicalHeaders, type SignableRequest, sha256, signatureOf } from "./canonical.ts";
import { type ClaimedSignature, headerIndex } from "./claim.ts";
import type { AwsCredentials } from "./credentials.ts";
import { amzDate } from "./signing-time.ts";

/** The allowed difference to the signer's clock, as API Gateway's own message names it. */
const SKEW_MIN = 5;
const SKEW_MAX_MS = SKEW_MIN * 60_000;
/** AWS's longest lifetime of a presigned URL: seven days. */
const EXPIRES_MAX_S = 604_800;
const SIGNATURE = /^[0-9a-f]{64}$/;

/** The problem of a signature's time. undefined: the time is valid. */
function timeProblem({ date, signedUnixMs, expiresS }: ClaimedSignature, unixMs: number): string | undefined {
  if (Number.isNaN(signedUnixMs)) return `Date must be in ISO-8601 'basic format', not '${date}'`;
  const earliest = unixMs - SKEW_MAX_MS;
  if (signedUnixMs > unixMs + SKEW_MAX_MS)
    return `Signature not yet current: ${date} is still later than ${amzDate(unixMs + SKEW_MAX_MS)} (${amzDate(unixMs)} + ${SKEW_MIN} min.)`;
  if (expiresS === undefined)
    return signedUnixMs < earliest
      ? `Signature expired: ${date} is now earlier than ${amzDate(earliest)} (${amzDate(unixMs)} - ${SKEW_MIN} min.)`
      : undefined;
  if (!(expiresS >= 1 && expiresS <= EXPIRES_MAX_S))
    return "X-Amz-Expires must be between 1 and 604800 seconds";
  return unixMs > signedUnixMs + expiresS * 1000 ? "Signature expired" : undefined;
}

/** The message for every signature that does not match. */
export const NO_MATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

const SIGNATURE_CHARS = 64;
/** What is compared goes through these: one signature is verified at a time. */
const expectedBytes = Buffer.alloc(SIGNATURE_CHARS);
const claimedBytes = Buffer.alloc(SIGNATURE_CHARS);

/** Whether two signatures are the same, in a time that does not tell where they differ. */
function isSame(expected: string, claimed: string): boolean {
  expectedBytes.write(expected, "latin1");
  claimedBytes.write(claimed, "latin1");
  return timingSafeEqual(expectedBytes, claimedBytes);
}

/** Services other than S3 sign the body itself, whatever a header states of it. */
function isStatedHash(headers: readonly string[], payloadHash: string): boolean {
  const name = "x-amz-content-sha256";
  for (let at = headerIndex(headers, name, 0); at >= 0; at = headerIndex(headers, name, at + 2))
    if (headers[at + 1] !== payloadHash) return false;
  return true;
}

/** signatureProblem returns why a request is not correctly signed with these credentials at this time. undefined: it is. */
export function signatureProblem(
  request: SignableRequest,
  claimed: ClaimedSignature,
  { credentials, unixMs }: { readonly credentials: AwsCredentials; readonly unixMs: number },
): string | undefined {
  const late = timeProblem(claimed, unixMs);
  if (late !== undefined) return late;
  const signed = claimed.signedHeaders;
  const names = signed.split(";");
  if (!names.includes("host"))
    return "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
  if (claimed.sessionToken !== credentials.sessionToken || !SIGNATURE.test(claimed.signature))
    return NO_MATCH;
  const payloadHash = sha256(request.body);
  if (!isStatedHash(request.headers, payloadHash)) return NO_MATCH;
  const headers = canonicalHeaders(request.headers, (name) => names.includes(name)).text;
  const isPresigned = claimed.expiresS !== undefined;
  const expected = signatureOf({ request, headers, signed, payloadHash, isPresigned }, claimed, credentials);
  return isSame(expected, claimed.signature) ? undefined : NO_MATCH;
}
