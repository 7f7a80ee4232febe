import type { LabelMatchStatement } from "@tollgate/config";

/** Labels of one web ACL or rule group begin with this (AWS WAF: labels on web requests). */
export const ownPrefix = (accountId: string, owner: "webacl" | "rulegroup", name: string): string =>
  `awswaf:${accountId}:${owner}:${name}:`;

export const managedPrefix = (namespace: string): string => `awswaf:managed:aws:${namespace}:`;

/** labelMatcher looks for a label, or a namespace; one that is not named in full is of the web ACL or group of the statement itself. */
export function labelMatcher(
  { scope, key }: LabelMatchStatement,
  prefix: string,
): (labels: readonly string[]) => boolean {
  const full = key.startsWith("awswaf:") ? key : prefix + key;
  return scope === "LABEL"
    ? (labels) => labels.includes(full)
    : (labels) => labels.some((label) => label.startsWith(full));
}
