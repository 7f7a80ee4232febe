import type { Accounts } from "../change/accounts.ts";
import { createAccessKeys } from "./access-keys.ts";
import { createGroups } from "./groups.ts";
import { createHolderPolicies } from "./holder-policies.ts";
import { createHolders } from "./holders.ts";
import { createIdentityProviders } from "./identity-providers.ts";
import { createManagedPolicies, createPolicyVersions } from "./managed-policies.ts";

/** createIdentities creates the use cases for identities of accounts, which all protocols share. */
export const createIdentities = (accounts: Accounts) => ({
  ...createHolders(accounts),
  ...createGroups(accounts),
  ...createHolderPolicies(accounts),
  ...createAccessKeys(accounts),
  ...createManagedPolicies(accounts),
  ...createPolicyVersions(accounts),
  ...createIdentityProviders(accounts),
});

/** Identities reads and changes the identities of accounts, their policies and their keys. */
export type Identities = ReturnType<typeof createIdentities>;
