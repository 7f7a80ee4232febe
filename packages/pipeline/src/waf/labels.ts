import type { LabelMatchStatement } from "@tollgate/config";

/** Labels of one web ACL or rule group begin with this (AWS WAF: labels on web requests). */
export const ownPrefix = (accountId: string, owner: "webacl" | "rulegroup", name: string): string =>
  `awswaf:${accountId}:${owner}:${name}:`;

export const managedPrefix = (namespace: string): string => `awswaf:managed:aws:${namespace}:`;

/** What a key means: the web ACL or group that labels are of, and the end of a label, or a part of it, in there. */
const FULL = /^(awswaf:[^:]*:[^:]*:[^:]*:)(.*)$/;

/**
 * labelMatcher looks for a label, or a namespace. Namespaces before it need not be named; the web ACL or group only where it is not the
 * statement's own (AWS WAF: label match examples).
 */
export function labelMatcher(
  { scope, key }: LabelMatchStatement,
  own: string,
): (labels: readonly string[]) => boolean {
  const [, prefix = own, part = key] = FULL.exec(key) ?? [];
  const isIn =
    scope === "LABEL"
      ? (path: string) => path.endsWith(`:${part}`)
      : (path: string) => path.includes(`:${part}`);
  return (labels) =>
    // From the last colon of the prefix on, so that components are compared whole.
    labels.some((label) => label.startsWith(prefix) && isIn(label.slice(prefix.length - 1)));
}
