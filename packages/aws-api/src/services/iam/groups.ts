import type { QueryOperation, QueryRequest } from "../../protocol/query/operation.ts";
import { holderIn, paged, resourceOf, show } from "./holder.ts";

async function setMember(
  { identities, caller, parameters }: QueryRequest,
  isMember: boolean,
): Promise<undefined> {
  const groupName = parameters.required("GroupName");
  const userName = parameters.required("UserName");
  await identities.setMember(caller.accountId, { userName, groupName }, isMember);
  return undefined;
}

/** groupOperations are the operations of the membership in groups. */
export const groupOperations: readonly QueryOperation[] = [
  {
    name: "GetGroup",
    resource: resourceOf("Group"),
    run: (request) => {
      const { identities, caller } = request;
      const { accountId } = caller;
      const group = identities.holder(accountId, holderIn(request, "Group"));
      const members = identities.membersOf(accountId, group.entity.id).map((user) => show(accountId, user));
      return { Group: show(accountId, group), ...paged(request, "Users", members) };
    },
  },
  { name: "AddUserToGroup", resource: resourceOf("Group"), run: (request) => setMember(request, true) },
  { name: "RemoveUserFromGroup", resource: resourceOf("Group"), run: (request) => setMember(request, false) },
  {
    name: "ListGroupsForUser",
    resource: resourceOf("User"),
    run: (request) => {
      const { identities, caller } = request;
      const { accountId } = caller;
      const { groups } = identities.holder(accountId, holderIn(request, "User")).entity.spec;
      const shown = groups.map((name) =>
        show(accountId, identities.holder(accountId, { kind: "Group", name })),
      );
      return paged(request, "Groups", shown);
    },
  },
];
