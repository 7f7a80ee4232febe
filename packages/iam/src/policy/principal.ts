import type { PolicyPrincipal } from "./policy-request.ts";

/**
 * PrincipalMatch is how a Principal element names a caller, from not at all to best: by its account, which lets that account's own
 * policies decide; as one of those that it stands for, such as all sessions of a role; or the caller itself.
 */
export type PrincipalMatch = "none" | "account" | "among" | "itself";

/** How a Principal element names the caller of a request. */
export type MatchPrincipal = (principal: PolicyPrincipal | undefined) => PrincipalMatch;

const RANK: Readonly<Record<PrincipalMatch, number>> = { none: 0, account: 1, among: 2, itself: 3 };

/** better is the better one of two matches. */
export const better = (a: PrincipalMatch, b: PrincipalMatch): PrincipalMatch => (RANK[a] >= RANK[b] ? a : b);

const ACCOUNT = /^\d{12}$/;
const ROOT = /^arn:aws[a-z-]*:iam::(\d{12}):root$/;
const ASSUMED = /^(arn:aws[a-z-]*):sts::(\d{12}):assumed-role\/([^/]+)\/.*$/;

/** A session's role: arn:aws:sts::1:assumed-role/r/s is of arn:aws:iam::1:role/r, whatever the path of the role. */
function isOfRole(wanted: string, { arn }: PolicyPrincipal): boolean {
  const [, partition, accountId, role] = ASSUMED.exec(arn) ?? [];
  return (
    role !== undefined &&
    wanted.startsWith(`${partition}:iam::${accountId}:role/`) &&
    wanted.split("/").at(-1) === role
  );
}

function compileAccount(accountId: string): MatchPrincipal {
  return (principal) => {
    if (principal?.accountId !== accountId) return "none";
    // The account itself has no policies that could decide.
    return ROOT.test(principal.arn) ? "itself" : "account";
  };
}

function compileAws(wanted: string): MatchPrincipal {
  if (wanted === "*") return (principal) => (principal?.federated === undefined ? "among" : "none");
  const accountId = ACCOUNT.test(wanted) ? wanted : ROOT.exec(wanted)?.[1];
  if (accountId !== undefined) return compileAccount(accountId);
  return (principal) => {
    if (principal === undefined) return "none";
    if (principal.arn === wanted) return "itself";
    return isOfRole(wanted, principal) ? "among" : "none";
  };
}

const KINDS = new Set(["AWS", "Service", "Federated", "CanonicalUser"]);

/**
 * compilePrincipal compiles a Principal element. Federated principals are the ARNs of identity providers: they match callers that assume a
 * role with a provider's token. Services and canonical users are parsed but never match, because callers are AWS principals, federated or
 * anonymous.
 */
export function compilePrincipal(
  element: unknown,
  report: (path: string, message: string) => void,
): MatchPrincipal {
  if (element === "*") return () => "among";
  if (typeof element !== "object" || element === null || Array.isArray(element)) {
    report("", `must be "*" or an object such as {"AWS": "*"}`);
    return () => "none";
  }
  const matchers: MatchPrincipal[] = [];
  for (const [kind, value] of Object.entries(element)) {
    const names: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!KINDS.has(kind)) report(`.${kind}`, `must be one of ${[...KINDS].join(", ")}`);
    for (const name of names) {
      if (typeof name !== "string") report(`.${kind}`, "must be a string or a list of strings");
      else if (kind === "AWS" && name !== "*" && !ACCOUNT.test(name) && !name.startsWith("arn:"))
        report(`.${kind}`, `'${name}' must be *, an account id of twelve digits or an ARN`);
      else if (kind === "AWS") matchers.push(compileAws(name));
      else if (kind === "Federated")
        matchers.push((principal) => (principal?.federated === name ? "itself" : "none"));
    }
  }
  return (principal) =>
    matchers.reduce<PrincipalMatch>((best, match) => better(best, match(principal)), "none");
}
