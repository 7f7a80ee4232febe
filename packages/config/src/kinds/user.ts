import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { newSecretAccessKey } from "../identifier.ts";
import { accessKey, accessKeyId } from "../identity/access-key.ts";
import { identityPath, inlinePolicies, managedPolicyArns } from "../identity/policies.ts";
import { accessKeyName } from "../key-name.ts";
import { tags } from "../tags.ts";
import { Group } from "./group.ts";
import { heldPolicies } from "./managed-policy.ts";

const spec = z.strictObject({
  path: identityPath,
  policies: inlinePolicies,
  managedPolicyArns,
  /** Names of groups. */
  groups: z.array(z.string().min(1)).max(10).default([]),
  /** Secrets by access key id. */
  accessKeys: z.record(accessKeyId, accessKey).default({}),
  tags: tags.optional(),
});

export const User = defineKind({
  name: "User",
  about: "A user who signs calls (IAM: User). Its id is its name.",
  spec,
  collection: "users",
  id: {
    pattern: /^[\w+=,.@-]{1,64}$/,
    help: "is the user's name and must be 1 to 64 characters of a-z, A-Z, 0-9 and _+=,.@-",
  },
  references: [
    { to: Group, of: ({ spec }) => spec.groups.map((id, i) => ({ id, at: `groups[${i}]` })) },
    heldPolicies,
  ],
  /** (5,000) */
  quota: "users",
  writableBy: "admin",
  permits: "holder",
  keyNames: (_accountId, { spec }) => Object.keys(spec.accessKeys).map(accessKeyName),
  secret: { path: ["accessKeys", "*", "secretAccessKey"], make: newSecretAccessKey },
});
