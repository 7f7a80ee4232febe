import { openIdConnectProviderId, type SpecOf } from "@tollgate/config";
import { oidcProviderArn } from "@tollgate/iam";
import type { Accounts, AccountView } from "../change/accounts.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import { Refusal } from "../refusal.ts";
import { changed, given } from "./draft.ts";

const KIND = "OpenIdConnectProvider";

/** NewIdentityProvider contains the members of a new issuer. */
export type NewIdentityProvider = Pick<SpecOf<typeof KIND>, "url" | "clientIds" | "thumbprints"> & {
  readonly tags: Readonly<Record<string, string>> | undefined;
};

function findProvider(account: AccountView, arn: string): StoredEntity<typeof KIND> {
  const stored = account
    .list(KIND, "")
    .find(({ entity }) => oidcProviderArn(account.accountId, entity.spec.url) === arn);
  if (!stored) throw new Refusal("not-found", `OpenIDConnect Provider not found for arn ${arn}`);
  return stored;
}

/** createIdentityProviders manages the issuers of tokens with which roles are assumed. */
export const createIdentityProviders = ({ account, change }: Accounts) => ({
  identityProviders: (accountId: string) => account(accountId).list(KIND, ""),
  identityProvider: (accountId: string, arn: string) => findProvider(account(accountId), arn),
  async createIdentityProvider(accountId: string, members: NewIdentityProvider): Promise<void> {
    const { url } = members;
    const id = openIdConnectProviderId(url);
    await change(accountId, (present) => {
      if (present.get(KIND, "", id))
        throw new Refusal("already-exists", `Provider with url ${url} already exists.`);
      return { puts: [{ kind: KIND, apiId: "", id, spec: given(members) }] };
    });
  },
  async deleteIdentityProvider(accountId: string, arn: string): Promise<void> {
    await change(accountId, (present) => ({ deletes: [findProvider(present, arn).entity] }));
  },
  async setProviderClient(accountId: string, arn: string, clientId: string, isIn: boolean): Promise<void> {
    await change(accountId, (present) => {
      const stored = findProvider(present, arn);
      const others = stored.entity.spec.clientIds.filter((one) => one !== clientId);
      return { puts: [changed(stored, { clientIds: isIn ? [...others, clientId] : others })] };
    });
  },
});
