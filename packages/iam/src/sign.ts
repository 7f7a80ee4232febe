import { canonicalHeaders, type SignableRequest, sha256, signatureOf } from "./canonical.ts";
import type { AwsCredentials } from "./credentials.ts";
import { amzDate } from "./signing-time.ts";

export interface SignOptions {
  readonly credentials: AwsCredentials;
  readonly region: string;
  /** Signing name, such as sqs or states. */
  readonly service: string;
  readonly unixMs: number;
}

/** These headers are not signed, because proxies may change them. */
const UNSIGNED = new Set([
  "authorization",
  "user-agent",
  "x-amzn-trace-id",
  "connection",
  "expect",
  "accept-encoding",
  "content-length",
]);

/**
 * signRequest returns the headers that must be added to a request: Authorization, X-Amz-Date and, if they apply, X-Amz-Security-Token and
 * X-Amz-Content-Sha256 (AWS Signature Version 4 for API requests).
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
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const signature = signatureOf(
    { request, headers: text, signed, payloadHash, isPresigned: false },
    { date, region, service, scope },
    credentials,
  );
  added.push(
    "Authorization",
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
  );
  return added;
}
