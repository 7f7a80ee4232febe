import type { Accounts } from "../change/accounts.ts";
import { changed } from "./draft.ts";
import { findHolder, membersOf } from "./find-holder.ts";

/** createGroups manages the members of groups. */
export const createGroups = ({ account, change }: Accounts) => ({
  /** The users of a group. */
  membersOf: (accountId: string, groupName: string) => membersOf(account(accountId), groupName),
  async setMember(
    accountId: string,
    { userName, groupName }: { readonly userName: string; readonly groupName: string },
    isMember: boolean,
  ): Promise<void> {
    await change(accountId, (present) => {
      const group = findHolder(present, { kind: "Group", name: groupName }).entity.id;
      const user = findHolder(present, { kind: "User", name: userName });
      const others = user.entity.spec.groups.filter((one) => one !== group);
      return { puts: [changed(user, { groups: isMember ? [...others, group] : others })] };
    });
  },
});
