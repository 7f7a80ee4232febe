import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { identityPath, inlinePolicies, managedPolicyArns } from "../identity/policies.ts";
import { heldPolicies } from "./managed-policy.ts";

const spec = z.strictObject({ path: identityPath, policies: inlinePolicies, managedPolicyArns });

export const Group = defineKind({
  name: "Group",
  about: "Users with the same policies (IAM: Group). Its id is its name; users list their groups.",
  spec,
  collection: "groups",
  id: {
    pattern: /^[\w+=,.@-]{1,128}$/,
    help: "is the group's name and must be 1 to 128 characters of a-z, A-Z, 0-9 and _+=,.@-",
  },
  references: [heldPolicies],
  /** (300) */
  quota: "groups",
  writableBy: "admin",
  permits: "holder",
});
