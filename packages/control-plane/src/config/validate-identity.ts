import { type Entity, type HolderKind, type Problem, problemAt } from "@tollgate/config";
import { identityArn, MANAGED_POLICIES, policyProblems } from "@tollgate/iam";
import { facts } from "../facts.ts";
import type { View } from "./view.ts";

const documentProblems = (document: unknown, at: string, kind: "identity" | "trust"): Problem[] =>
  policyProblems(document, at, kind).map(({ path, message: reason }) =>
    problemAt(path, facts.POLICY_INVALID({ reason })),
  );

/** Managed policies are named by their ARN. They belong to the same account, or exist in every account. */
function arnProblems(view: View, accountId: string, arns: readonly string[], at: string): Problem[] {
  return arns.flatMap((arn, i) => {
    const path = `${at}.managedPolicyArns[${i}]`;
    if (arn.includes(":iam::aws:"))
      return MANAGED_POLICIES.has(arn)
        ? []
        : [problemAt(path, facts.POLICY_MISSING({ arn, known: [...MANAGED_POLICIES.keys()].join(", ") }))];
    const policy = view.find("ManagedPolicy", "", arn.split("/").at(-1) ?? "");
    // A missing policy is reported with the references.
    if (!policy) return [];
    const own = identityArn("policy", accountId, policy);
    return own === arn ? [] : [problemAt(path, facts.POLICY_ARN_WRONG({ arn: own }))];
  });
}

/** managedPolicyProblems reports the problems of the documents of a policy. */
export const managedPolicyProblems = ({ id: name, spec }: Entity<"ManagedPolicy">): Problem[] =>
  Object.entries(spec.versions).flatMap(([id, { document }]) =>
    documentProblems(document, `ManagedPolicy/${name}.versions.${id}.document`, "identity"),
  );

/** holderProblems reports the problems of the inline policies of an identity. */
export function holderProblems(view: View, accountId: string, holder: Entity<HolderKind>): Problem[] {
  const at = `${holder.kind}/${holder.id}`;
  const { policies, managedPolicyArns } = holder.spec;
  return [
    ...Object.entries(policies).flatMap(([name, document]) =>
      documentProblems(document, `${at}.policies.${name}`, "identity"),
    ),
    ...arnProblems(view, accountId, managedPolicyArns, at),
  ];
}

/** roleProblems reports the problems of the inline policies and of the trust policy of a role. */
export const roleProblems = (view: View, accountId: string, role: Entity<"Role">): Problem[] => [
  ...holderProblems(view, accountId, role),
  ...documentProblems(
    role.spec.assumeRolePolicyDocument,
    `Role/${role.id}.assumeRolePolicyDocument`,
    "trust",
  ),
];
