import type { Call } from "@tollgate/pipeline";
import { AuthorizerOutcome } from "@tollgate/proto/usage";

const refusals: { readonly [T in NonNullable<Call["refusal"]>["type"]]?: AuthorizerOutcome } = {
  MISSING_AUTHENTICATION_TOKEN: AuthorizerOutcome.UNAUTHENTICATED,
  UNAUTHORIZED: AuthorizerOutcome.UNAUTHENTICATED,
  EXPIRED_TOKEN: AuthorizerOutcome.UNAUTHENTICATED,
  INVALID_SIGNATURE: AuthorizerOutcome.UNAUTHENTICATED,
  ACCESS_DENIED: AuthorizerOutcome.DENIED,
  AUTHORIZER_FAILURE: AuthorizerOutcome.FAILED,
  AUTHORIZER_CONFIGURATION_ERROR: AuthorizerOutcome.FAILED,
};

/**
 * authorizerOutcomeOf is what became of a call's authorization. Calls that no route takes were not asked for any. What comes later, such as a
 * throttle, leaves it as it was.
 */
export function authorizerOutcomeOf({
  refusal,
  route,
  authorizer,
  identity,
}: Pick<Call, "refusal" | "route" | "authorizer" | "identity">): AuthorizerOutcome {
  if (route?.resourcePath === "") return AuthorizerOutcome.UNSPECIFIED;
  const refused = refusal && refusals[refusal.type];
  if (refused !== undefined) return refused;
  return authorizer || identity ? AuthorizerOutcome.ALLOWED : AuthorizerOutcome.UNSPECIFIED;
}
