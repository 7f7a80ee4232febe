import { z } from "zod";
import { defineKind, type ReferenceRule } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { identityPath, policyDocument } from "../identity/policies.ts";
import { raise } from "../problem.ts";
import { tags } from "../tags.ts";

/** IAM keeps five versions of a policy. */
const VERSIONS_MAX = 5;

const spec = z
  .strictObject({
    path: identityPath,
    description: z.string().max(1000).optional(),
    /** The version in effect. */
    defaultVersionId: z.string().default("v1"),
    /** Policy documents by version id. */
    versions: z.record(
      z.string().regex(/^v[1-9]\d*$/, "must be v1, v2 and so on"),
      z.strictObject({ document: policyDocument, createTimeUnixMs: z.int().min(0).optional() }),
    ),
    tags: tags.optional(),
  })
  .superRefine(({ versions, defaultVersionId }, context) => {
    if (!Object.hasOwn(versions, defaultVersionId))
      raise(context, facts.VERSION_MISSING({ version: defaultVersionId }), ["defaultVersionId"]);
    if (Object.keys(versions).length > VERSIONS_MAX)
      raise(context, facts.TOO_MANY({ what: "versions of a policy", most: VERSIONS_MAX }), ["versions"]);
  });

export const ManagedPolicy = defineKind({
  name: "ManagedPolicy",
  about: "A policy that identities refer to by its ARN (IAM: customer managed policy). Its id is its name.",
  spec,
  collection: "policies",
  id: {
    pattern: /^[\w+=,.@-]{1,128}$/,
    help: "is the policy's name and must be 1 to 128 characters of a-z, A-Z, 0-9 and _+=,.@-",
  },
  /** (1,500) */
  quota: "policies",
  writableBy: "admin",
  permits: "policy",
});

/** heldPolicies are the policies of the account that a holder refers to; AWS's own (arn:aws:iam::aws:policy) belong to no account. */
export const heldPolicies: ReferenceRule<{ readonly managedPolicyArns: readonly string[] }> = {
  to: ManagedPolicy,
  of: ({ spec }) =>
    spec.managedPolicyArns.map((arn, i) => ({
      id: /^arn:aws[a-z-]*:iam::aws:/.test(arn) ? undefined : (arn.split("/").at(-1) ?? ""),
      at: `managedPolicyArns[${i}]`,
    })),
};
