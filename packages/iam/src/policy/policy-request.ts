/** PolicyPrincipal is who makes a request. */
export interface PolicyPrincipal {
  /** arn:aws:iam::{account}:user/{name}, arn:aws:sts::{account}:assumed-role/{role}/{session} or arn:aws:iam::{account}:root. */
  readonly arn: string;
  readonly accountId: string;
  /** ARN of the identity provider whose token is all that is known of the caller. */
  readonly federated?: string;
}

/** PolicyRequest is what a policy is asked about. */
export interface PolicyRequest {
  /** Such as execute-api:Invoke. */
  readonly action: string;
  readonly resource: string;
  /** undefined: the caller is not authenticated. */
  readonly principal: PolicyPrincipal | undefined;
  /** Values of a condition key, by its name in lower case; undefined: the request has none. */
  readonly conditionKey: (lowerName: string) => readonly string[] | undefined;
}

/** Decision is what a policy says of a request; silent: nothing in it is about the request. */
export type Decision = "allow" | "deny" | "silent";

const VARIABLE = /\$\{([^}]*)\}/g;
/** Stand for a star and a question mark that are meant as such, where a pattern is matched. */
export const LITERAL_STAR = "\u0001";
export const LITERAL_QUESTION = "\u0002";

const asLiteral = (text: string) => text.replaceAll("*", LITERAL_STAR).replaceAll("?", LITERAL_QUESTION);

/** asPlain returns a resolved string for comparisons that are not patterns. */
export const asPlain = (resolved: string): string =>
  resolved.replaceAll(LITERAL_STAR, "*").replaceAll(LITERAL_QUESTION, "?");

/**
 * resolveVariables puts condition keys in the place of ${...} (IAM: policy variables). What a request brings in is never a wildcard.
 * undefined: a key has no value, so that nothing can match.
 */
export function resolveVariables(text: string, { conditionKey }: PolicyRequest): string | undefined {
  if (!text.includes("${")) return text;
  let missing = false;
  const resolved = text.replace(VARIABLE, (_all, inner: string) => {
    if (inner === "*" || inner === "?" || inner === "$") return asLiteral(inner);
    const [, name = inner, fallback] = /^([^,]*),\s*'(.*)'$/s.exec(inner) ?? [];
    const value = conditionKey(name.trim().toLowerCase())?.[0] ?? fallback;
    missing ||= value === undefined;
    return asLiteral(value ?? "");
  });
  return missing ? undefined : resolved;
}
