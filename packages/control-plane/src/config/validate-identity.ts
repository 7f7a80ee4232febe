import { isKindOf, type Entity, type Problem } from "@tollgate/config";
import { identityArn, MANAGED_POLICIES, policyProblems } from "@tollgate/iam";
import type { View } from "./view.ts";

/** Managed policies are named by the ARN that they have, of the same account or of every account. */
function arnProblems(view: View, accountId: string, arns: readonly string[], at: string): Problem[] {
  return arns.flatMap((arn, i) => {
    const path = `${at}.managedPolicyArns[${i}]`;
    if (arn.includes(":iam::aws:"))
      return MANAGED_POLICIES.has(arn)
        ? []
        : [
            {
              path,
              message: `there is no policy ${arn}; there are ${[...MANAGED_POLICIES.keys()].join(", ")}`,
            },
          ];
    const policy = view.get(`policies/${arn.split("/").at(-1)}`);
    // One that is not there is a reference that leads nowhere, and told as such.
    if (!policy || !isKindOf(policy, "ManagedPolicy")) return [];
    const own = identityArn("policy", accountId, policy);
    return own === arn ? [] : [{ path, message: `must be ${own}: that is the policy's ARN` }];
  });
}

/** identityProblems tells what is wrong with the policies of an identity, or with a policy, of a change. */
export function identityProblems(view: View, accountId: string, entity: Entity): Problem[] {
  const at = `${entity.kind}/${entity.id}`;
  if (isKindOf(entity, "ManagedPolicy"))
    return Object.entries(entity.spec.versions).flatMap(([id, { document }]) =>
      policyProblems(document, `${at}.versions.${id}.document`, "identity"),
    );
  if (!isKindOf(entity, "User") && !isKindOf(entity, "Group") && !isKindOf(entity, "Role")) return [];
  const problems = Object.entries(entity.spec.policies).flatMap(([name, document]) =>
    policyProblems(document, `${at}.policies.${name}`, "identity"),
  );
  problems.push(...arnProblems(view, accountId, entity.spec.managedPolicyArns, at));
  if (isKindOf(entity, "Role"))
    problems.push(
      ...policyProblems(entity.spec.assumeRolePolicyDocument, `${at}.assumeRolePolicyDocument`, "trust"),
    );
  return problems;
}
