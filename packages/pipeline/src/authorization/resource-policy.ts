import {
  type Decision,
  decideAccess,
  decideOwn,
  type Policy,
  type PolicyProblem,
  type PolicyRequest,
  parsePolicy,
} from "@tollgate/iam";
import { resourcePattern } from "../call/path-form.ts";
import type { RouteContext } from "../call/route-context.ts";
import type { Identity } from "./identity.ts";

type PolicyPlace = Pick<RouteContext, "region" | "accountId" | "apiId">;

/** compileResourcePolicy compiles an API's policy; execute-api:/{stage}/{METHOD}/{path} is short for the whole ARN. */
export function compileResourcePolicy(
  document: unknown,
  { region, accountId, apiId }: PolicyPlace,
): { policy: Policy | undefined; problems: readonly PolicyProblem[] } {
  if (document === undefined) return { policy: undefined, problems: [] };
  const root = `arn:aws:execute-api:${region}:${accountId}:${apiId}`;
  const parsed = parsePolicy(document, {
    kind: "resource",
    expandResource: (resource) => resourcePattern(resource.replace(/^execute-api:\//, `${root}/`)),
  });
  return parsed.ok
    ? { policy: parsed.policy, problems: [] }
    : { policy: undefined, problems: parsed.problems };
}

/**
 * combine is what a Lambda authorizer's policy and the API's policy say together (AWS: How API Gateway resource policies affect authorization
 * workflow, table A): one of them is enough.
 */
export function combine(other: Decision, policy: Decision): Decision {
  if (other === "deny" || policy === "deny") return "deny";
  return other === "allow" || policy === "allow" ? "allow" : "silent";
}

/** decideCaller is what the policies of whoever signed a call and the API's policy say together. */
export const decideCaller = (
  { policies, sessionPolicies, accountId }: Identity,
  resourcePolicy: Policy | undefined,
  context: RouteContext,
  request: PolicyRequest,
): Decision =>
  decideAccess(
    decideOwn(policies, sessionPolicies, request),
    resourcePolicy?.decideOn(request) ?? "none",
    accountId !== context.accountId,
  );
