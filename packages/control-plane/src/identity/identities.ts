import type { IdentityPort } from "@tollgate/aws-api";
import { createAccessKeys } from "./access-keys.ts";
import type { Accounts } from "../change/accounts.ts";
import { createGroups } from "./groups.ts";
import { createHolderPolicies } from "./holder-policies.ts";
import { createHolders } from "./holders.ts";
import { createIdentityProviders } from "./identity-providers.ts";
import { createManagedPolicies, createPolicyVersions } from "./managed-policies.ts";

/** createIdentities is what can be done with the identities of accounts, whichever protocol asks for it. */
export const createIdentities = (accounts: Accounts): IdentityPort => ({
  ...createHolders(accounts),
  ...createGroups(accounts),
  ...createHolderPolicies(accounts),
  ...createAccessKeys(accounts),
  ...createManagedPolicies(accounts),
  ...createPolicyVersions(accounts),
  ...createIdentityProviders(accounts),
});
