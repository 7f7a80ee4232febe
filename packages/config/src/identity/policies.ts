import { z } from "zod";

/** A policy document. Its content is checked when it is compiled. */
export const policyDocument = z.record(z.string(), z.unknown());

/** Inline policies by name. */
export const inlinePolicies = z
  .record(
    z
      .string()
      .regex(
        /^[\w+=,.@-]{1,128}$/,
        "a policy's name must be 1 to 128 characters of a-z, A-Z, 0-9 and _+=,.@-",
      ),
    policyDocument,
  )
  .default({});

/** ARNs of managed policies: the account's own, and AWS's, which every account has (arn:aws:iam::aws:policy/...). */
export const managedPolicyArns = z
  .array(
    z
      .string()
      .regex(
        /^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/([\w+=,.@/-]+\/)?[\w+=,.@-]{1,128}$/,
        "must be the ARN of a policy, such as arn:aws:iam::aws:policy/AdministratorAccess",
      ),
  )
  .max(20)
  .default([]);

/** The path of an identity: a way to group them by name (IAM: identifiers). */
export const identityPath = z
  .string()
  .max(512)
  .regex(/^\/([\x21-\x2e\x30-\x7e]+\/)*$/, "must begin and end with /, such as / or /division/team/")
  .default("/");
