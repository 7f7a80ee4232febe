import type { HolderPort } from "@tollgate/aws-api";
import type { Accounts } from "../change/accounts.ts";
import { changed } from "./draft.ts";
import { findHolder, membersOf } from "./find-holder.ts";

/** createGroups manages the members of groups. */
export const createGroups = ({ account, change }: Accounts): Pick<HolderPort, "membersOf" | "setMember"> => ({
  membersOf: (accountId, groupName) => membersOf(account(accountId), groupName),
  async setMember(accountId, { userName, groupName }, isMember) {
    await change(accountId, (present) => {
      const group = findHolder(present, { kind: "Group", name: groupName }).entity.id;
      const user = findHolder(present, { kind: "User", name: userName });
      const others = user.entity.spec.groups.filter((one) => one !== group);
      return { puts: [changed(user, { groups: isMember ? [...others, group] : others })] };
    });
  },
});
