import { decideAll, type Policy, type ResourceDecision } from "./policy.ts";
import type { Decision, PolicyRequest } from "./policy-request.ts";

/** OwnDecision is what the policies of an identity say. */
export interface OwnDecision {
  readonly identity: Decision;
  /** What the policies say that narrow its session; undefined: nothing does. */
  readonly session: Decision | undefined;
}

/** decideOwn asks an identity's policies and those that narrow its session. */
export const decideOwn = (
  identity: readonly Policy[],
  session: readonly Policy[] | undefined,
  request: PolicyRequest,
): OwnDecision => ({
  identity: decideAll(identity, request),
  session: session && decideAll(session, request),
});

/** narrowed is the decision of an identity where there is no resource policy. */
export const narrowed = ({ identity, session }: OwnDecision): Decision =>
  session === undefined || session === "allow" || identity === "deny" ? identity : session;

/** decideSession returns the decision of an identity's policies, combined with the policies that restrict its session, if there are any. */
export const decideSession = (
  policies: readonly Policy[],
  session: readonly Policy[] | undefined,
  request: PolicyRequest,
): Decision => narrowed(decideOwn(policies, session, request));

/**
 * decideAccess is what an identity's own policies and a resource's policy say together (IAM: policy evaluation logic; API Gateway: how
 * resource policies affect authorization workflow). A deny of any of them counts. Within an account one that allows the caller is enough;
 * a resource policy that names the account lets the caller's own policies decide. Across accounts both must allow. What narrows a session
 * narrows both, unless the resource policy names the session itself.
 */
export function decideAccess(
  own: OwnDecision,
  resource: ResourceDecision,
  isCrossAccount: boolean,
): Decision {
  const { identity, session } = own;
  if (identity === "deny" || session === "deny" || resource === "deny") return "deny";
  const isNarrowed = session === "silent";
  const ofResource = resource === "itself" || (resource === "among" && !isNarrowed);
  const ofIdentity = identity === "allow" && !isNarrowed;
  const isAllowed = isCrossAccount ? ofIdentity && resource !== "none" : ofIdentity || ofResource;
  return isAllowed ? "allow" : "silent";
}
