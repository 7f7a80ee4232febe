import { z } from "zod";
import { identityPath, inlinePolicies, managedPolicyArns } from "./policies.ts";

/** Users with the same policies (IAM: Group). Its id is its name; users name the groups that they are in. */
export const groupSpec = z.strictObject({ path: identityPath, policies: inlinePolicies, managedPolicyArns });
