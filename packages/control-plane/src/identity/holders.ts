import type { AccountView, Change, Holder, HolderPort, NewHolder, Stored } from "@tollgate/aws-api";
import type { HolderKind, SpecOf } from "@tollgate/config";
import type { Accounts } from "../change/accounts.ts";
import { Refusal } from "../refusal.ts";
import { changed, given } from "./draft.ts";
import { findHolder, membersOf } from "./find-holder.ts";
import { readPolicyDocument } from "./policy-document.ts";

const exists = ({ kind, name }: Holder) =>
  new Refusal("already-exists", `${kind} with name ${name} already exists.`);

const inUse = (what: string) => new Refusal("in-use", `Cannot delete entity, must ${what} first.`);

/** Throws unless an identity is empty, so that it can be deleted. */
function checkDeletable(account: AccountView, { entity }: Stored<HolderKind>): void {
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
  stored: Stored<"User"> | Stored<"Group">,
  to: { readonly name: string | undefined; readonly path: string | undefined },
): Change {
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

type Lifecycle = Omit<HolderPort, "membersOf" | "setMember">;

/** createHolders creates, changes and deletes users, groups and roles. */
export const createHolders = ({ account, change }: Accounts): Lifecycle => ({
  holder: (accountId, holder) => findHolder(account(accountId), holder),
  holders: (accountId, kind) =>
    [...account(accountId).list(kind, "")].sort((a, b) => (a.entity.id < b.entity.id ? -1 : 1)),
  async createHolder(accountId, holder, members) {
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
  async deleteHolder(accountId, holder) {
    await change(accountId, (present) => {
      const stored = findHolder(present, holder);
      checkDeletable(present, stored);
      return { deletes: [stored.entity] };
    });
  },
  async renameHolder(accountId, holder, to) {
    await change(accountId, (present) =>
      renamed(present, findHolder(present, holder) as Stored<"User"> | Stored<"Group">, to),
    );
  },
  async tagHolder(accountId, holder, { put = {}, remove = [] }) {
    await change(accountId, (present) => {
      const stored = findHolder(present, holder);
      const tags = { ...stored.entity.spec.tags, ...put };
      for (const key of remove) delete tags[key];
      return { puts: [changed(stored, { tags })] };
    });
  },
  async updateRole(accountId, name, { trustPolicy, description, maxSessionDuration }) {
    const document = trustPolicy === undefined ? undefined : readPolicyDocument(trustPolicy, "trust");
    const members = given({ assumeRolePolicyDocument: document, description, maxSessionDuration });
    await change(accountId, (present) => ({
      puts: [changed(findHolder(present, { kind: "Role", name }), members)],
    }));
  },
});
