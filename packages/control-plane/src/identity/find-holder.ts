import type { HolderKind } from "@tollgate/config";
import type { AccountView } from "../change/accounts.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import { Refusal } from "../refusal.ts";

/** Holder names a user, group or role. */
export interface Holder<K extends HolderKind = HolderKind> {
  readonly kind: K;
  readonly name: string;
}

/** findHolder returns the user, group or role with a name. */
export function findHolder<K extends HolderKind>(
  account: AccountView,
  { kind, name }: Holder<K>,
): StoredEntity<K> {
  const stored = account.get(kind, "", name);
  if (!stored) throw new Refusal("not-found", `The ${kind.toLowerCase()} with name ${name} cannot be found.`);
  return stored;
}

/** membersOf returns the users of a group. */
export const membersOf = (account: AccountView, groupName: string): readonly StoredEntity<"User">[] =>
  account.list("User", "").filter(({ entity }) => entity.spec.groups.includes(groupName));
