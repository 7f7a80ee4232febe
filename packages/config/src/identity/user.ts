import { z } from "zod";
import { tags } from "../rest-api/rest-api.ts";

/** A policy document; what it says is checked where it is compiled. */
export const policyDocument = z.record(z.string(), z.unknown());

const accessKey = z.strictObject({
  /** A secret: left out, the stored one stays, or one is made. */
  secretAccessKey: z.string().min(16).max(128).optional(),
  status: z.enum(["Active", "Inactive"]).default("Active"),
});

/** A user that signs calls (IAM: User). Its id is its name. */
export const userSpec = z.strictObject({
  path: z
    .string()
    .regex(/^\/([\x21-\x2e\x30-\x7e]+\/)*$/, "must begin and end with /, such as / or /division/team/")
    .default("/"),
  /** Name -> inline policy. */
  policies: z.record(z.string().regex(/^[\w+=,.@-]{1,128}$/), policyDocument).default({}),
  /** Access key id -> its secret. */
  accessKeys: z
    .record(
      z
        .string()
        .regex(/^[A-Z0-9]{16,128}$/, "must be 16 to 128 of A-Z and 0-9, such as AKIAIOSFODNN7EXAMPLE"),
      accessKey,
    )
    .default({}),
  tags: tags.optional(),
});
