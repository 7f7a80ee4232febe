import { z } from "zod";
import { tags } from "../rest-api/rest-api.ts";
import { identityPath, policyDocument } from "./policies.ts";

/** IAM keeps five versions of a policy. */
const VERSIONS_MAX = 5;

/** A policy that identities name by its ARN (IAM: customer managed policy). Its id is its name. */
export const managedPolicySpec = z
  .strictObject({
    path: identityPath,
    description: z.string().max(1000).optional(),
    /** The version that counts. */
    defaultVersionId: z.string().default("v1"),
    /** Version id -> what it says. */
    versions: z.record(
      z.string().regex(/^v[1-9]\d*$/, "must be v1, v2 and so on"),
      z.strictObject({ document: policyDocument, createTimeUnixMs: z.int().min(0).optional() }),
    ),
    tags: tags.optional(),
  })
  .superRefine(({ versions, defaultVersionId }, context) => {
    if (!Object.hasOwn(versions, defaultVersionId))
      context.addIssue({
        code: "custom",
        path: ["defaultVersionId"],
        message: `there is no version '${defaultVersionId}'`,
      });
    if (Object.keys(versions).length > VERSIONS_MAX)
      context.addIssue({
        code: "custom",
        path: ["versions"],
        message: `a policy has at most ${VERSIONS_MAX} versions: delete one first`,
      });
  });
