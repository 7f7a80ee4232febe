import type { SpecOf } from "@tollgate/config";
import { identityArn, MANAGED_POLICIES, uniqueId } from "@tollgate/iam";
import type { AccountState } from "../mirror/mirror.ts";

/** The owner of credentials. */
export interface Issuer {
  readonly kind: "root" | "user" | "role";
  /** Empty for root. */
  readonly name: string;
}

/** Principal is a caller with its policies. */
export interface Principal {
  readonly accountId: string;
  readonly issuer: Issuer;
  readonly arn: string;
  /** The ARN of the session's role; the same as `arn` without a role. */
  readonly principalArn: string;
  readonly userId: string;
  /** Empty if the principal is not a user. */
  readonly userName: string;
  /** Policy documents. */
  readonly policies: readonly object[];
  /** Documents that restrict a session. undefined: the session is not restricted. */
  readonly sessionPolicies: readonly object[] | undefined;
}

/** The current document of a managed policy, which belongs to the account or exists in every account. */
function managed(state: AccountState, arn: string): object[] {
  const everywhere = MANAGED_POLICIES.get(arn);
  if (everywhere) return [everywhere.document];
  const policy = state.find("ManagedPolicy", "", arn.split("/").at(-1) ?? "")?.spec;
  const version = policy?.versions[policy.defaultVersionId];
  return version ? [version.document] : [];
}

type Holder = Pick<SpecOf<"Group">, "policies" | "managedPolicyArns">;

const documentsOf = (state: AccountState, { policies, managedPolicyArns }: Holder): object[] => [
  ...Object.values(policies),
  ...managedPolicyArns.flatMap((arn) => managed(state, arn)),
];

const EVERYTHING = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

/** managedDocuments returns the documents of policies by their ARNs. */
export const managedDocuments = (state: AccountState, arns: readonly string[]): object[] =>
  arns.flatMap((arn) => managed(state, arn));

const rootOf = (accountId: string): Principal => {
  const arn = `arn:aws:iam::${accountId}:root`;
  return {
    accountId,
    issuer: { kind: "root", name: "" },
    arn,
    principalArn: arn,
    userId: accountId,
    userName: "",
    policies: [EVERYTHING],
    sessionPolicies: undefined,
  };
};

function userOf(accountId: string, state: AccountState, name: string): Principal | undefined {
  const user = state.find("User", "", name);
  if (!user) return undefined;
  const arn = identityArn("user", accountId, user);
  const groups = user.spec.groups.flatMap((id) => state.find("Group", "", id)?.spec ?? []);
  return {
    accountId,
    issuer: { kind: "user", name },
    arn,
    principalArn: arn,
    userId: uniqueId("user", accountId, name),
    userName: name,
    policies: [user.spec, ...groups].flatMap((holder) => documentsOf(state, holder)),
    sessionPolicies: undefined,
  };
}

/** Session is the name of a session and the documents that restrict it. */
export interface Session {
  readonly name: string;
  readonly policies: readonly object[] | undefined;
}

function roleOf(
  accountId: string,
  state: AccountState,
  name: string,
  session: Session,
): Principal | undefined {
  const role = state.find("Role", "", name);
  if (!role) return undefined;
  return {
    accountId,
    issuer: { kind: "role", name },
    arn: `arn:aws:sts::${accountId}:assumed-role/${name}/${session.name}`,
    principalArn: identityArn("role", accountId, role),
    userId: `${uniqueId("role", accountId, name)}:${session.name}`,
    userName: "",
    policies: documentsOf(state, role.spec),
    sessionPolicies: session.policies,
  };
}

/** principalOf returns an issuer with its current policies. undefined: it no longer exists. */
export function principalOf(
  accountId: string,
  state: AccountState,
  issuer: Issuer,
  session: Session = { name: "", policies: undefined },
): Principal | undefined {
  if (issuer.kind === "root") return rootOf(accountId);
  return issuer.kind === "user"
    ? userOf(accountId, state, issuer.name)
    : roleOf(accountId, state, issuer.name, session);
}
