import { createHash } from "node:crypto";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const PREFIXES = { user: "AIDA", role: "AROA", group: "AGPA", policy: "ANPA" } as const;

/** uniqueId returns the id of an identity in AWS's form: a prefix and 17 characters, which depend only on its account, kind and name. */
export function uniqueId(kind: keyof typeof PREFIXES, accountId: string, name: string): string {
  // The ids of users do not depend on the kind, because users got ids before other kinds.
  const digest = createHash("sha256")
    .update(kind === "user" ? `${accountId}/${name}` : `${kind}/${accountId}/${name}`)
    .digest();
  return `${PREFIXES[kind]}${[...digest.subarray(0, 17)].map((byte) => BASE32[byte % 32]).join("")}`;
}

/** identityArn returns the ARN of an identity or a policy of an account. Its path begins and ends with /. */
export const identityArn = (
  kind: keyof typeof PREFIXES,
  accountId: string,
  { id, spec }: { readonly id: string; readonly spec: { readonly path: string } },
): string => `arn:aws:iam::${accountId}:${kind}${spec.path}${id}`;

/** oidcProviderArn returns the ARN of an identity provider. */
export const oidcProviderArn = (accountId: string, url: string): string =>
  `arn:aws:iam::${accountId}:oidc-provider/${url.replace(/^https?:\/\//, "").replace(/\/+$/, "")}`;
