import { z } from "zod";
import { tags } from "../rest-api/rest-api.ts";
import { identityPath, inlinePolicies, managedPolicyArns } from "./policies.ts";

export const accessKey = z.strictObject({
  /** A secret: left out, the stored one stays, or one is made. */
  secretAccessKey: z.string().min(16).max(128).optional(),
  status: z.enum(["Active", "Inactive"]).default("Active"),
  createTimeUnixMs: z.int().min(0).optional(),
});

export const accessKeyId = z
  .string()
  .regex(/^[A-Z0-9]{16,128}$/, "must be 16 to 128 of A-Z and 0-9, such as AKIAIOSFODNN7EXAMPLE");

/** A user that signs calls (IAM: User). Its id is its name. */
export const userSpec = z.strictObject({
  path: identityPath,
  policies: inlinePolicies,
  managedPolicyArns,
  /** Names of groups. */
  groups: z.array(z.string().min(1)).max(10).default([]),
  /** Access key id -> its secret. */
  accessKeys: z.record(accessKeyId, accessKey).default({}),
  tags: tags.optional(),
});
