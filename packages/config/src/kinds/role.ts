import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { identityPath, inlinePolicies, managedPolicyArns, policyDocument } from "../identity/policies.ts";
import { tags } from "../tags.ts";
import { heldPolicies } from "./managed-policy.ts";

/** IAM's limits of the duration of a role session, in seconds. */
export const SESSION_MIN_S = 900;
const SESSION_DEFAULT_S = 3600;
const SESSION_MAX_S = 43_200;

const spec = z.strictObject({
  path: identityPath,
  description: z.string().max(1000).optional(),
  /** Who may assume it. */
  assumeRolePolicyDocument: policyDocument,
  /** Maximum duration of a session, in seconds. */
  maxSessionDuration: z.int().min(SESSION_DEFAULT_S).max(SESSION_MAX_S).default(SESSION_DEFAULT_S),
  policies: inlinePolicies,
  managedPolicyArns,
  tags: tags.optional(),
});

export const Role = defineKind({
  name: "Role",
  about: "A role that can be assumed for a limited time (IAM: Role). Its id is its name.",
  spec,
  collection: "roles",
  id: {
    pattern: /^[\w+=,.@-]{1,64}$/,
    help: "is the role's name and must be 1 to 64 characters of a-z, A-Z, 0-9 and _+=,.@-",
  },
  references: [heldPolicies],
  /** (1,000) */
  quota: "roles",
  writableBy: "admin",
  permits: "holder",
});
