import type { QueryOperation } from "../../protocol/query/operation.ts";
import { resourceOf } from "./holder.ts";

/** roleOperations change members that only roles have. */
export const roleOperations: readonly QueryOperation[] = [
  {
    name: "UpdateAssumeRolePolicy",
    resource: resourceOf("Role"),
    run: async ({ identities, caller, parameters }) => {
      const trustPolicy = parameters.required("PolicyDocument");
      await identities.updateRole(caller.accountId, parameters.required("RoleName"), { trustPolicy });
      return undefined;
    },
  },
  {
    name: "UpdateRole",
    resource: resourceOf("Role"),
    run: async ({ identities, caller, parameters }) => {
      const description = parameters.text("Description");
      const maxSessionDuration = parameters.integer("MaxSessionDuration");
      const name = parameters.required("RoleName");
      await identities.updateRole(caller.accountId, name, { description, maxSessionDuration });
      return {};
    },
  },
];
