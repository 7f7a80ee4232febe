import type { QueryOperation, QueryRequest } from "../query/query-service.ts";
import { accountOf, changed, found, nameIn, paged, resourceOf, show } from "./holder.ts";

async function setMember(
  { application, caller, parameters }: QueryRequest,
  isMember: boolean,
): Promise<undefined> {
  await application.change(caller.accountId, (account) => {
    const group = found(account, "Group", parameters.required("GroupName")).entity.id;
    const user = found(account, "User", parameters.required("UserName"));
    const others = user.entity.spec.groups.filter((one) => one !== group);
    return { puts: [changed(user, { groups: isMember ? [...others, group] : others })] };
  });
  return undefined;
}

/** groupOperations are those of who is in which group. */
export const groupOperations: readonly QueryOperation[] = [
  {
    name: "GetGroup",
    resource: resourceOf("Group"),
    run: (request) => {
      const account = accountOf(request);
      const { accountId } = request.caller;
      const group = found(account, "Group", request.parameters.required("GroupName"));
      const members = account
        .list("User", "")
        .filter(({ entity }) => entity.spec.groups.includes(group.entity.id))
        .map((user) => show(accountId, user));
      return { Group: show(accountId, group), ...paged(request, "Users", members) };
    },
  },
  { name: "AddUserToGroup", resource: resourceOf("Group"), run: (request) => setMember(request, true) },
  { name: "RemoveUserFromGroup", resource: resourceOf("Group"), run: (request) => setMember(request, false) },
  {
    name: "ListGroupsForUser",
    resource: resourceOf("User"),
    run: (request) => {
      const account = accountOf(request);
      const { groups } = found(account, "User", nameIn(request, "User")).entity.spec;
      const shown = groups.map((name) => show(request.caller.accountId, found(account, "Group", name)));
      return paged(request, "Groups", shown);
    },
  },
];
