import { z } from "zod";
import { tags } from "../rest-api/rest-api.ts";
import { identityPath, inlinePolicies, managedPolicyArns, policyDocument } from "./policies.ts";

/** IAM's bounds of a role session, in seconds. */
export const SESSION_MIN_S = 900;
const SESSION_DEFAULT_S = 3600;
const SESSION_MAX_S = 43_200;

/** A role that is assumed for a while (IAM: Role). Its id is its name. */
export const roleSpec = z.strictObject({
  path: identityPath,
  description: z.string().max(1000).optional(),
  /** Who may assume it. */
  assumeRolePolicyDocument: policyDocument,
  /** Longest session, in seconds. */
  maxSessionDuration: z.int().min(SESSION_DEFAULT_S).max(SESSION_MAX_S).default(SESSION_DEFAULT_S),
  policies: inlinePolicies,
  managedPolicyArns,
  tags: tags.optional(),
});
