import { isSignedBy, readSignature, type AwsCredentials } from "@tollgate/iam";
import type { Call } from "../call.ts";
import { deny, Refused } from "../errors.ts";
import type { Ports } from "../ports.ts";

const noSignature = deny("MISSING_AUTHENTICATION_TOKEN");
const unknownKey = deny("INVALID_SIGNATURE", {
  errorType: "UnrecognizedClientException",
  message: "The security token included in the request is invalid.",
});
const wrongSignature = deny("INVALID_SIGNATURE");
const SERVICE = "execute-api";

/**
 * callerCredentials are those that a call was signed with (arn:aws:iam::*:user/*): the integration is called as its caller. The signature
 * is checked, and its key must be one that this node knows. The body must have been read.
 */
export function callerCredentials(call: Call, { credentialsOfKey }: Ports): AwsCredentials {
  const claimed = readSignature(call.headers);
  if (!claimed || claimed.service !== SERVICE) throw new Refused(noSignature, "the call is not signed");
  const credentials = credentialsOfKey(claimed.accessKeyId);
  if (!credentials) throw new Refused(unknownKey, `the key ${claimed.accessKeyId} is not known here`);
  const request = {
    method: call.signedMethod,
    path: call.fullPath,
    query: call.query,
    headers: call.headers,
    body: call.wholeBody ?? "",
  };
  if (!isSignedBy(request, claimed, { credentials, unixMs: Date.now() }))
    throw new Refused(wrongSignature, "the signature does not match");
  return credentials;
}
