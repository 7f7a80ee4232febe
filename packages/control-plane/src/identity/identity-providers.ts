import type { AccountView, IdentityProviderPort, Stored } from "@tollgate/aws-api";
import { openIdConnectProviderId } from "@tollgate/config";
import { oidcProviderArn } from "@tollgate/iam";
import type { Accounts } from "../change/accounts.ts";
import { Refusal } from "../refusal.ts";
import { changed, given } from "./draft.ts";

const KIND = "OpenIdConnectProvider";

function findProvider(account: AccountView, arn: string): Stored<typeof KIND> {
  const stored = account
    .list(KIND, "")
    .find(({ entity }) => oidcProviderArn(account.accountId, entity.spec.url) === arn);
  if (!stored) throw new Refusal("not-found", `OpenIDConnect Provider not found for arn ${arn}`);
  return stored;
}

/** createIdentityProviders manages the issuers of tokens with which roles are assumed. */
export const createIdentityProviders = ({ account, change }: Accounts): IdentityProviderPort => ({
  identityProviders: (accountId) => account(accountId).list(KIND, ""),
  identityProvider: (accountId, arn) => findProvider(account(accountId), arn),
  async createIdentityProvider(accountId, members) {
    const { url } = members;
    const id = openIdConnectProviderId(url);
    await change(accountId, (present) => {
      if (present.get(KIND, "", id))
        throw new Refusal("already-exists", `Provider with url ${url} already exists.`);
      return { puts: [{ kind: KIND, apiId: "", id, spec: given(members) }] };
    });
  },
  async deleteIdentityProvider(accountId, arn) {
    await change(accountId, (present) => ({ deletes: [findProvider(present, arn).entity] }));
  },
  async setProviderClient(accountId, arn, clientId, isIn) {
    await change(accountId, (present) => {
      const stored = findProvider(present, arn);
      const others = stored.entity.spec.clientIds.filter((one) => one !== clientId);
      return { puts: [changed(stored, { clientIds: isIn ? [...others, clientId] : others })] };
    });
  },
});
