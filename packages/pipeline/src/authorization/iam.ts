import { type Policy, readSignature, signatureProblem } from "@tollgate/iam";
import type { Call, Filter } from "../call/call.ts";
import { deny, Refused } from "../call/errors.ts";
import { readWholeBody } from "../call/request-body.ts";
import type { RouteContext } from "../call/route-context.ts";
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

/** signer checks a call's signature and finds whose it is; whoever cannot be found or believed is refused. Reads the body. */
export async function signer(
  call: Call,
  region: string,
  find: (accessKeyId: string, sessionToken: string | undefined) => Promise<Identity | undefined>,
): Promise<Identity> {
  const claim = readSignature(call);
  if (claim.kind === "none") throw new Refused(noSignature, "the call is not signed");
  if (claim.kind === "incomplete")
    throw new Refused(
      deny("INVALID_SIGNATURE", { errorType: "IncompleteSignatureException", message: claim.message }),
      claim.message,
    );
  const { claimed } = claim;
  const identity = await find(claimed.accessKeyId, claimed.sessionToken);
  if (identity && identity.expireTimeUnixMs !== 0 && identity.expireTimeUnixMs <= Date.now())
    throw new Refused(expired, `the session of ${claimed.accessKeyId} is over`);
  if (!identity) throw new Refused(unknownKey, `the key ${claimed.accessKeyId} is not known`);
  if (claimed.service !== SERVICE)
    throw invalid(`Credential should be scoped to correct service: '${SERVICE}'.`);
  if (claimed.region !== region)
    throw invalid(`Credential should be scoped to a valid region, not '${claimed.region}'. `.trimEnd());
  const problem = signatureProblem(
    {
      method: call.signedMethod,
      path: call.signedPath,
      query: call.query,
      headers: call.headers,
      body: await readWholeBody(call),
    },
    claimed,
    { credentials: identity.credentials, unixMs: Date.now() },
  );
  if (problem !== undefined) throw invalid(problem);
  return identity;
}

/** identityIn finds whose the key of a call is. */
export async function identityIn(
  directory: Directory,
  { sourceIp }: Call,
  accessKeyId: string,
  sessionToken: string | undefined,
): Promise<Identity | undefined> {
  const record = await directory.accessKey(accessKeyId, sessionToken, sourceIp);
  return record && identityOf(record, sessionToken);
}

/** iamAuthorization allows callers who signed and whom their policies, or that of the API, allow an action. */
export const iamAuthorization =
  (
    context: RouteContext,
    resourcePolicy: Policy | undefined,
    { directory }: Ports,
    action = "execute-api:Invoke",
  ): Filter =>
  async (call) => {
    const startMs = performance.now();
    call.identity = await signer(call, context.region, (accessKeyId, sessionToken) =>
      identityIn(directory, call, accessKeyId, sessionToken),
    );
    const authenticatedMs = performance.now();
    const decision = decideCaller(call.identity, resourcePolicy, context, policyRequest(call, action));
    call.authenticationMs = authenticatedMs - startMs;
    call.authorizationMs = performance.now() - authenticatedMs;
    return decision === "allow" ? undefined : deniedToCaller(call, decision, action);
  };
