import { type Decision, type Policy, type PolicyProblem, parsePolicy } from "@tollgate/iam";
import type { RouteContext } from "../call/route-context.ts";

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
    expandResource: (resource) => resource.replace(/^execute-api:\//, `${root}/`),
  });
  return parsed.ok
    ? { policy: parsed.policy, problems: [] }
    : { policy: undefined, problems: parsed.problems };
}

/**
 * combine is what an identity's or authorizer's policies and the API's policy say together (AWS: How API Gateway resource policies affect
 * authorization workflow, tables A and B): within an account one of them is enough, across accounts both must allow.
 */
export function combine(other: Decision, policy: Decision, crossAccount: boolean): Decision {
  if (other === "deny" || policy === "deny") return "deny";
  const allowed = crossAccount
    ? other === "allow" && policy === "allow"
    : other === "allow" || policy === "allow";
  return allowed ? "allow" : "silent";
}
