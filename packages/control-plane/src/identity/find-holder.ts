import type { AccountView, Holder, Stored } from "@tollgate/aws-api";
import type { HolderKind } from "@tollgate/config";
import { Refusal } from "../refusal.ts";

/** findHolder returns the user, group or role with a name. */
export function findHolder<K extends HolderKind>(account: AccountView, { kind, name }: Holder<K>): Stored<K> {
  const stored = account.get(kind, "", name);
  if (!stored) throw new Refusal("not-found", `The ${kind.toLowerCase()} with name ${name} cannot be found.`);
  return stored;
}

/** membersOf returns the users of a group. */
export const membersOf = (account: AccountView, groupName: string): readonly Stored<"User">[] =>
  account.list("User", "").filter(({ entity }) => entity.spec.groups.includes(groupName));
