import type { PolicyPrincipal } from "./policy-request.ts";

/** Whether a Principal element matches the caller of a request. */
export type MatchesPrincipal = (principal: PolicyPrincipal | undefined) => boolean;

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

function compileAws(wanted: string): MatchesPrincipal {
  if (wanted === "*") return (principal) => principal?.federated === undefined;
  const accountId = ACCOUNT.test(wanted) ? wanted : ROOT.exec(wanted)?.[1];
  if (accountId !== undefined) return (principal) => principal?.accountId === accountId;
  return (principal) => principal !== undefined && (principal.arn === wanted || isOfRole(wanted, principal));
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
): MatchesPrincipal {
  if (element === "*") return () => true;
  if (typeof element !== "object" || element === null || Array.isArray(element)) {
    report("", `must be "*" or an object such as {"AWS": "*"}`);
    return () => false;
  }
  const matchers: MatchesPrincipal[] = [];
  for (const [kind, value] of Object.entries(element)) {
    const names: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!KINDS.has(kind)) report(`.${kind}`, `must be one of ${[...KINDS].join(", ")}`);
    for (const name of names) {
      if (typeof name !== "string") report(`.${kind}`, "must be a string or a list of strings");
      else if (kind === "AWS" && name !== "*" && !ACCOUNT.test(name) && !name.startsWith("arn:"))
        report(`.${kind}`, `'${name}' must be *, an account id of twelve digits or an ARN`);
      else if (kind === "AWS") matchers.push(compileAws(name));
      else if (kind === "Federated") matchers.push((principal) => principal?.federated === name);
    }
  }
  return (principal) => matchers.some((matches) => matches(principal));
}
