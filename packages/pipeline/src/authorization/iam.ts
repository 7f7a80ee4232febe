import { type ClaimedSignature, type Policy, readSignature, signatureProblem } from "@tollgate/iam";
import type { Call, Filter } from "../call/call.ts";
import { deny, Refused } from "../call/errors.ts";
import { readWholeBody } from "../call/request-body.ts";
import type { RouteContext } from "../call/route-context.ts";
import { andThen, type Late } from "../engine/late.ts";
import type { Ports } from "../engine/ports.ts";
import type { Directory } from "../runtime/directory.ts";
import { deniedToCaller } from "./access-denied.ts";
import { type Identity, identityOf } from "./identity.ts";
import { policyRequest } from "./policy-request.ts";
import { decideCaller } from "./resource-policy.ts";

const SERVICE = "execute-api";
const noSignature = deny("MISSING_AUTHENTICATION_TOKEN");
const unknownKey = deny("INVALID_SIGNATURE", {
  errorType: "UnrecognizedClientException",
  message: "The security token included in the request is invalid.",
});
const expired = deny("EXPIRED_TOKEN", { message: "The security token included in the request is expired" });
const invalid = (message: string) => new Refused(deny("INVALID_SIGNATURE", { message }), message);

/** The signature of a call, as far as it can be verified. */
function claimedIn(call: Call): ClaimedSignature {
  const claim = readSignature(call);
  if (claim.kind === "claimed") return claim.claimed;
  if (claim.kind === "none") throw new Refused(noSignature, "the call is not signed");
  throw new Refused(
    deny("INVALID_SIGNATURE", { errorType: "IncompleteSignatureException", message: claim.message }),
    claim.message,
  );
}

/** Who has the key of a signature, where that is valid for this API's region. */
function signerOf(
  identity: Identity | undefined,
  { accessKeyId, service, region: signedRegion }: ClaimedSignature,
  region: string,
): Identity {
  if (identity && identity.expireTimeUnixMs !== 0 && identity.expireTimeUnixMs <= Date.now())
    throw new Refused(expired, `the session of ${accessKeyId} is over`);
  if (!identity) throw new Refused(unknownKey, `the key ${accessKeyId} is not known`);
  if (service !== SERVICE) throw invalid(`Credential should be scoped to correct service: '${SERVICE}'.`);
  if (signedRegion !== region)
    throw invalid(`Credential should be scoped to a valid region, not '${signedRegion}'. `.trimEnd());
  return identity;
}

/** signer checks a call's signature and finds whose it is; whoever cannot be found or believed is refused. Reads the body. */
export function signer(
  call: Call,
  region: string,
  find: (accessKeyId: string, sessionToken: string | undefined) => Late<Identity | undefined>,
): Late<Identity> {
  const claimed = claimedIn(call);
  return andThen(find(claimed.accessKeyId, claimed.sessionToken), (found) => {
    const identity = signerOf(found, claimed, region);
    return andThen(readWholeBody(call), (body) => {
      const { signedMethod: method, signedPath: path, query, headers } = call;
      const problem = signatureProblem({ method, path, query, headers, body }, claimed, {
        credentials: identity.credentials,
        unixMs: Date.now(),
      });
      if (problem !== undefined) throw invalid(problem);
      return identity;
    });
  });
}

/** identityIn finds whose the key of a call is. */
export const identityIn = (
  directory: Directory,
  { sourceIp }: Call,
  accessKeyId: string,
  sessionToken: string | undefined,
): Late<Identity | undefined> =>
  andThen(
    directory.accessKey(accessKeyId, sessionToken, sourceIp),
    (record) => record && identityOf(record, sessionToken),
  );

/** iamAuthorization allows callers who signed and whom their policies, or that of the API, allow an action. */
export const iamAuthorization =
  (
    context: RouteContext,
    resourcePolicy: Policy | undefined,
    { directory }: Ports,
    action = "execute-api:Invoke",
  ): Filter =>
  (call) => {
    const startMs = performance.now();
    const signed = signer(call, context.region, (accessKeyId, sessionToken) =>
      identityIn(directory, call, accessKeyId, sessionToken),
    );
    return andThen(signed, (identity) => {
      call.identity = identity;
      const authenticatedMs = performance.now();
      const decision = decideCaller(identity, resourcePolicy, context, policyRequest(call, action));
      call.authenticationMs = authenticatedMs - startMs;
      call.authorizationMs = performance.now() - authenticatedMs;
      return decision === "allow" ? undefined : deniedToCaller(call, decision, action);
    });
  };
