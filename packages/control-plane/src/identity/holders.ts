import type { HolderKind, SpecOf } from "@tollgate/config";
import type { Accounts, AccountView, DraftedChange } from "../change/accounts.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import { Refusal } from "../refusal.ts";
import { changed, given } from "./draft.ts";
import { findHolder, type Holder, membersOf } from "./find-holder.ts";
import { readPolicyDocument } from "./policy-document.ts";

type Tags = Readonly<Record<string, string>>;

/** NewHolder contains the members of a new identity; undefined members get their defaults. */
export interface NewHolder {
  readonly path: string | undefined;
  readonly tags?: Tags | undefined;
  /** For roles: JSON of the policy that says who may assume the role. */
  readonly trustPolicy?: string;
  readonly description?: string | undefined;
  readonly maxSessionDuration?: number | undefined;
}

/** NewName is the name and the path that an identity gets; undefined members stay as they are. */
interface NewName {
  readonly name: string | undefined;
  readonly path: string | undefined;
}

const exists = ({ kind, name }: Holder) =>
  new Refusal("already-exists", `${kind} with name ${name} already exists.`);

const inUse = (what: string) => new Refusal("in-use", `Cannot delete entity, must ${what} first.`);

/** Throws unless an identity is empty, so that it can be deleted. */
function checkDeletable(account: AccountView, { entity }: StoredEntity<HolderKind>): void {
  const { policies, managedPolicyArns } = entity.spec;
  if (entity.kind === "User") {
    const user = entity.spec as SpecOf<"User">;
    if (Object.keys(user.accessKeys).length > 0) throw inUse("delete access keys");
    if (user.groups.length > 0) throw inUse("remove users from group");
  }
  if (entity.kind === "Group" && membersOf(account, entity.id).length > 0)
    throw inUse("remove users from group");
  if (managedPolicyArns.length > 0) throw inUse("detach all policies");
  if (Object.keys(policies).length > 0) throw inUse("delete policies");
}

function specOf({ path, tags, trustPolicy, description, maxSessionDuration }: NewHolder): object {
  const assumeRolePolicyDocument =
    trustPolicy === undefined ? undefined : readPolicyDocument(trustPolicy, "trust");
  return given({ path, tags, assumeRolePolicyDocument, description, maxSessionDuration });
}

/** A user or group with another name or path, and everything that changes with it. */
function renamed(
  account: AccountView,
  stored: StoredEntity<"User"> | StoredEntity<"Group">,
  to: NewName,
): DraftedChange {
  const { kind, apiId, id: before, spec: present } = stored.entity;
  const id = to.name ?? before;
  const spec = { ...present, path: to.path ?? present.path };
  if (id === before) return { puts: [{ kind, apiId, id, spec }] };
  if (account.get(kind, "", id)) throw exists({ kind, name: id });
  const members = kind === "Group" ? membersOf(account, before) : [];
  const rejoined = members.map((member) =>
    changed(member, { groups: member.entity.spec.groups.map((one) => (one === before ? id : one)) }),
  );
  return { puts: [{ kind, apiId, id, spec }, ...rejoined], deletes: [stored.entity] };
}

/** createHolders creates, changes and deletes users, groups and roles. */
export const createHolders = ({ account, change }: Accounts) => ({
  holder: <K extends HolderKind>(accountId: string, holder: Holder<K>): StoredEntity<K> =>
    findHolder(account(accountId), holder),
  /** Sorted by name. */
  holders: <K extends HolderKind>(accountId: string, kind: K): readonly StoredEntity<K>[] =>
    [...account(accountId).list(kind, "")].sort((a, b) => (a.entity.id < b.entity.id ? -1 : 1)),
  async createHolder<K extends HolderKind>(
    accountId: string,
    holder: Holder<K>,
    members: NewHolder,
  ): Promise<StoredEntity<K>> {
    const { kind, name } = holder;
    const spec = specOf(members);
    const after = await change(accountId, (present) => {
      // Names must differ in more than case (IAM: names).
      if (present.list(kind, "").some(({ entity }) => entity.id.toLowerCase() === name.toLowerCase()))
        throw exists(holder);
      return { puts: [{ kind, apiId: "", id: name, spec }] };
    });
    return findHolder(after, holder);
  },
  async deleteHolder(accountId: string, holder: Holder): Promise<void> {
    await change(accountId, (present) => {
      const stored = findHolder(present, holder);
      checkDeletable(present, stored);
      return { deletes: [stored.entity] };
    });
  },
  /** A renamed group keeps its members. */
  async renameHolder(accountId: string, holder: Holder<"User" | "Group">, to: NewName): Promise<void> {
    await change(accountId, (present) =>
      renamed(present, findHolder(present, holder) as StoredEntity<"User"> | StoredEntity<"Group">, to),
    );
  },
  async tagHolder(
    accountId: string,
    holder: Holder<"User" | "Role">,
    { put = {}, remove = [] }: { readonly put?: Tags; readonly remove?: readonly string[] },
  ): Promise<void> {
    await change(accountId, (present) => {
      const stored = findHolder(present, holder);
      const tags = { ...stored.entity.spec.tags, ...put };
      for (const key of remove) delete tags[key];
      return { puts: [changed(stored, { tags })] };
    });
  },
  async updateRole(
    accountId: string,
    name: string,
    {
      trustPolicy,
      description,
      maxSessionDuration,
    }: Pick<NewHolder, "trustPolicy" | "description" | "maxSessionDuration">,
  ): Promise<void> {
    const document = trustPolicy === undefined ? undefined : readPolicyDocument(trustPolicy, "trust");
    const members = given({ assumeRolePolicyDocument: document, description, maxSessionDuration });
    await change(accountId, (present) => ({
      puts: [changed(findHolder(present, { kind: "Role", name }), members)],
    }));
  },
});
