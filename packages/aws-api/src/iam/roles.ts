import type { SpecOf } from "@tollgate/config";
import type { QueryOperation, QueryRequest } from "../query/query-service.ts";
import { changed, documentIn, found, resourceOf } from "./holder.ts";

async function update(
  { application, caller, parameters }: QueryRequest,
  members: Partial<SpecOf<"Role">>,
): Promise<undefined> {
  await application.change(caller.accountId, (account) => ({
    puts: [changed(found(account, "Role", parameters.required("RoleName")), members)],
  }));
  return undefined;
}

/** roleOperations change what only roles have. */
export const roleOperations: readonly QueryOperation[] = [
  {
    name: "UpdateAssumeRolePolicy",
    resource: resourceOf("Role"),
    run: (request) =>
      update(request, {
        assumeRolePolicyDocument: documentIn(request.parameters.required("PolicyDocument"), "trust"),
      }),
  },
  {
    name: "UpdateRole",
    resource: resourceOf("Role"),
    run: async (request) => {
      const description = request.parameters.text("Description");
      const maxSessionDuration = request.parameters.integer("MaxSessionDuration");
      await update(request, {
        ...(description === undefined ? {} : { description }),
        ...(maxSessionDuration === undefined ? {} : { maxSessionDuration }),
      });
      return {};
    },
  },
];
