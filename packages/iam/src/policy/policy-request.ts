/** PolicyPrincipal is the caller of a request. */
export interface PolicyPrincipal {
  /** arn:aws:iam::{account}:user/{name}, arn:aws:sts::{account}:assumed-role/{role}/{session} or arn:aws:iam::{account}:root. */
  readonly arn: string;
  readonly accountId: string;
  /** ARN of the identity provider, if the caller is known only by the provider's token. */
  readonly federated?: string;
}

/** PolicyRequest is a request that policies decide on. */
export interface PolicyRequest {
  /** For example execute-api:Invoke. */
  readonly action: string;
  readonly resource: string;
  /** undefined: the caller is not authenticated. */
  readonly principal: PolicyPrincipal | undefined;
  /** Values of a condition key by its name in lower case. undefined: the request does not have the key. */
  readonly conditionKey: (lowerName: string) => readonly string[] | undefined;
}

/** Decision is the result of a policy for a request. silent: no statement applies to the request. */
export type Decision = "allow" | "deny" | "silent";

const VARIABLE = /\$\{([^}]*)\}/g;
/** Placeholders for a literal star and question mark in a pattern. */
export const LITERAL_STAR = "\u0001";
export const LITERAL_QUESTION = "\u0002";

const asLiteral = (text: string) => text.replaceAll("*", LITERAL_STAR).replaceAll("?", LITERAL_QUESTION);

/** asPlain returns a resolved string for comparisons that are not patterns. */
export const asPlain = (resolved: string): string =>
  resolved.replaceAll(LITERAL_STAR, "*").replaceAll(LITERAL_QUESTION, "?");

/**
 * resolveVariables replaces ${...} by the values of condition keys (IAM: policy variables). Values of a request are never wildcards.
 * undefined: a key has no value, or several, so nothing can match.
 */
export function resolveVariables(text: string, request: PolicyRequest): string | undefined {
  if (!text.includes("${")) return text;
  let missing = false;
  const resolved = text.replace(VARIABLE, (_all, inner: string) => {
    if (inner === "*" || inner === "?" || inner === "$") return asLiteral(inner);
    const [, name = inner, fallback] = /^([^,]*),\s*'(.*)'$/s.exec(inner) ?? [];
    const values = request.conditionKey(name.trim().toLowerCase());
    const value = values?.length === 1 ? values[0] : fallback;
    missing ||= value === undefined;
    return asLiteral(value ?? "");
  });
  return missing ? undefined : resolved;
}
