import { MANAGED_POLICIES } from "@tollgate/iam";
import type { Accounts, AccountView } from "../change/accounts.ts";
import { Refusal } from "../refusal.ts";
import { changed } from "./draft.ts";
import { findHolder, type Holder } from "./find-holder.ts";
import { readPolicyDocument } from "./policy-document.ts";

/** Throws unless an ARN names a policy that can be attached. */
function checkAttachable(account: AccountView, arn: string): void {
  const [, accountId, name = ""] =
    /^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  const isOwn = accountId === account.accountId && account.get("ManagedPolicy", "", name) !== undefined;
  if (!isOwn && !MANAGED_POLICIES.has(arn))
    throw new Refusal("not-found", `Policy ${arn} does not exist or is not attachable.`);
}

const missing = ({ kind }: Holder, policyName: string) =>
  new Refusal("not-found", `The ${kind.toLowerCase()} policy with name ${policyName} cannot be found.`);

/** createHolderPolicies manages the inline and attached policies of identities. */
export const createHolderPolicies = ({ account, change }: Accounts) => ({
  async putPolicy(
    accountId: string,
    holder: Holder,
    policyName: string,
    documentJson: string,
  ): Promise<void> {
    const document = readPolicyDocument(documentJson, "identity");
    await change(accountId, (present) => {
      const stored = findHolder(present, holder);
      const policies = { ...stored.entity.spec.policies, [policyName]: document };
      return { puts: [changed(stored, { policies })] };
    });
  },
  heldPolicy(accountId: string, holder: Holder, policyName: string): Readonly<Record<string, unknown>> {
    const { policies } = findHolder(account(accountId), holder).entity.spec;
    const document = Object.hasOwn(policies, policyName) ? policies[policyName] : undefined;
    if (!document) throw missing(holder, policyName);
    return document;
  },
  async deletePolicy(accountId: string, holder: Holder, policyName: string): Promise<void> {
    await change(accountId, (present) => {
      const stored = findHolder(present, holder);
      const { [policyName]: gone, ...policies } = stored.entity.spec.policies;
      if (!gone) throw missing(holder, policyName);
      return { puts: [changed(stored, { policies })] };
    });
  },
  async setAttached(
    accountId: string,
    holder: Holder,
    policyArn: string,
    isAttached: boolean,
  ): Promise<void> {
    await change(accountId, (present) => {
      const stored = findHolder(present, holder);
      const { managedPolicyArns } = stored.entity.spec;
      if (isAttached) checkAttachable(present, policyArn);
      else if (!managedPolicyArns.includes(policyArn))
        throw new Refusal("not-found", `Policy ${policyArn} was not found.`);
      const others = managedPolicyArns.filter((one) => one !== policyArn);
      return {
        puts: [changed(stored, { managedPolicyArns: isAttached ? [...others, policyArn] : others })],
      };
    });
  },
});
