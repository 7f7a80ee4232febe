import { type Condition, compileConditions } from "./condition.ts";
import { compileGlob, matchesGlob } from "./glob.ts";
import { type Decision, type PolicyRequest, resolveVariables } from "./policy-request.ts";
import { better, compilePrincipal, type MatchPrincipal, type PrincipalMatch } from "./principal.ts";

interface Statement {
  readonly effect: "allow" | "deny";
  readonly matchesAction: (action: string) => boolean;
  /** Its Resource is "*": the request's is not looked at. */
  readonly isAboutAll: boolean;
  readonly resources: readonly MatchResource[];
  readonly resourcesNegated: boolean;
  readonly matchPrincipal: MatchPrincipal;
  readonly conditions: readonly Condition[];
}

/** Policy is a compiled policy document. */
export class Policy {
  readonly #statements: readonly Statement[];

  constructor(statements: readonly Statement[]) {
    this.#statements = statements;
  }

  /** decide evaluates a request. An explicit deny overrides every allow (IAM: policy evaluation logic). */
  decide(request: PolicyRequest): Decision {
    const decision = this.decideOn(request);
    return decision === "deny" ? "deny" : decision === "none" ? "silent" : "allow";
  }

  /** decideOn is the same for the policy of a resource, with how the statements that allow name the caller; none: no statement allows. */
  decideOn(request: PolicyRequest): ResourceDecision {
    let best: PrincipalMatch = "none";
    for (const statement of this.#statements) {
      if (best === "itself" && statement.effect === "allow") continue;
      const match = applies(statement, request);
      if (match === "none") continue;
      if (statement.effect === "deny") return "deny";
      best = better(best, match);
    }
    return best;
  }
}

/** ResourceDecision is what a resource policy says of a request: it denies it, or allows it to whom the request's caller is. */
export type ResourceDecision = "deny" | PrincipalMatch;

/** decideAll returns the combined decision of several policies. */
export function decideAll(policies: readonly Policy[], request: PolicyRequest): Decision {
  const decisions = policies.map((policy) => policy.decide(request));
  return decisions.includes("deny") ? "deny" : decisions.includes("allow") ? "allow" : "silent";
}

/** How a statement that applies names the caller; none: it does not apply. */
function applies(statement: Statement, request: PolicyRequest): PrincipalMatch {
  const { matchesAction, matchPrincipal, conditions } = statement;
  if (!matchesAction(request.action) || !isAbout(statement, request)) return "none";
  const match = matchPrincipal(request.principal);
  return match !== "none" && conditions.every((holds) => holds(request)) ? match : "none";
}

/** Nearly all requests that a statement is asked about have one action. */
function actionMatcher(patterns: readonly string[], isNegated: boolean): (action: string) => boolean {
  const matchers = patterns.map((pattern) => compileGlob(pattern.toLowerCase()));
  let last: string | undefined;
  let matchesLast = false;
  return (action) => {
    if (action === last) return matchesLast;
    const lower = action.toLowerCase();
    last = action;
    matchesLast = matchers.some((matches) => matches(lower)) !== isNegated;
    return matchesLast;
  };
}

/** A statement with a variable that has no value is about nothing, with NotResource too (IAM: policy variables). */
function isAbout({ isAboutAll, resources, resourcesNegated }: Statement, request: PolicyRequest): boolean {
  if (isAboutAll) return true;
  let isNamed = false;
  for (const matches of resources) {
    const match = matches(request);
    if (match === undefined && resourcesNegated) return false;
    isNamed ||= match === true;
    if (isNamed && !resourcesNegated) return true;
  }
  return isNamed !== resourcesNegated;
}

/** Whether a request is about a resource of a statement; undefined: that depends on a variable that has no value. */
type MatchResource = (request: PolicyRequest) => boolean | undefined;

function compileResource(pattern: string): MatchResource {
  if (!pattern.includes("${")) {
    const matches = compileGlob(pattern);
    return (request) => matches(request.resource);
  }
  return (request) => {
    const resolved = resolveVariables(pattern, request);
    return resolved === undefined ? undefined : matchesGlob(resolved, request.resource);
  };
}

/** PolicyProblem is a finding in a policy document; the path is relative to the document. */
export interface PolicyProblem {
  readonly path: string;
  readonly message: string;
}

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

export interface ParsePolicyOptions {
  /** A resource policy names its principals (Principal), an identity policy must not. The trust policy of a role names who may assume it, and has no Resource. */
  readonly kind: "resource" | "identity" | "trust";
  /** Completes an abbreviated ARN of the document. */
  readonly expandResource?: (resource: string) => string;
}

const VERSIONS = new Set<unknown>([undefined, "2012-10-17", "2008-10-17"]);
const MEMBERS = new Set([
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Principal",
  "NotPrincipal",
  "Condition",
]);

/** parsePolicy compiles a policy document (IAM User Guide: grammar of the IAM JSON policy language), or returns all its problems. */
export function parsePolicy(document: unknown, options: ParsePolicyOptions): ParsedPolicy {
  const problems: PolicyProblem[] = [];
  const report = (path: string, message: string) => problems.push({ path, message });
  if (typeof document !== "object" || document === null || Array.isArray(document))
    return {
      ok: false,
      problems: [{ path: "", message: "must be a policy document: an object with Statement" }],
    };
  const { Version: version, Statement: given, ...others } = document as Record<string, unknown>;
  if (!VERSIONS.has(version)) report(".Version", "must be 2012-10-17");
  for (const name of Object.keys(others))
    if (name !== "Id") report(`.${name}`, "is not a member of a policy");
  const list: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given];
  if (list.length === 0) report(".Statement", "must contain at least one statement");
  const statements = list.flatMap((statement, i) => {
    const at = Array.isArray(given) ? `.Statement[${i}]` : ".Statement";
    return parseStatement(statement, options, (path, message) => report(`${at}${path}`, message)) ?? [];
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, policy: new Policy(statements) };
}

/** policyProblems returns all problems of a document, with `at` as the prefix of their paths. */
export function policyProblems(
  document: unknown,
  at: string,
  kind: ParsePolicyOptions["kind"],
): PolicyProblem[] {
  const parsed = parsePolicy(document, { kind });
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => ({ path: `${at}${path}`, message }));
}

type Report = (path: string, message: string) => void;

function parseStatement(given: unknown, options: ParsePolicyOptions, report: Report): Statement | undefined {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    report("", "must be an object");
    return undefined;
  }
  const statement = given as Record<string, unknown>;
  for (const name of Object.keys(statement))
    if (!MEMBERS.has(name)) report(`.${name}`, "is not a member of a statement");
  const { Effect: effect } = statement;
  if (effect !== "Allow" && effect !== "Deny") report(".Effect", "must be Allow or Deny");
  const actions = eitherOf(statement, "Action", report);
  const resources =
    options.kind === "trust" ? ofRole(statement, report) : eitherOf(statement, "Resource", report);
  return {
    effect: effect === "Deny" ? "deny" : "allow",
    matchesAction: actionMatcher(actions.texts, actions.negated),
    isAboutAll: !resources.negated && resources.texts.includes("*"),
    resources: resources.texts.map((text) => compileResource(options.expandResource?.(text) ?? text)),
    resourcesNegated: resources.negated,
    matchPrincipal: principalOf(statement, options, report),
    conditions: compileConditions(statement.Condition, report),
  };
}

/** The trust policy of a role always applies to that role. */
function ofRole(
  { Resource: given, NotResource: not }: Record<string, unknown>,
  report: Report,
): ReturnType<typeof eitherOf> {
  if (given !== undefined || not !== undefined) report(".Resource", "is not allowed in the policy of a role");
  return { texts: ["*"], negated: false };
}

/** A member or its negation, never both. */
function eitherOf(
  statement: Record<string, unknown>,
  name: string,
  report: Report,
): { texts: readonly string[]; negated: boolean } {
  const [plain, not] = [statement[name], statement[`Not${name}`]];
  if ((plain === undefined) === (not === undefined))
    report(`.${name}`, `must have either ${name} or Not${name}`);
  const value = plain ?? not ?? [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.filter((item) => typeof item === "string");
  if (texts.length !== list.length) report(`.${name}`, "must be a string or a list of strings");
  return { texts, negated: plain === undefined };
}

function principalOf(
  { Principal: plain, NotPrincipal: not }: Record<string, unknown>,
  { kind }: ParsePolicyOptions,
  report: Report,
): MatchPrincipal {
  if (kind === "identity") {
    if (plain !== undefined || not !== undefined)
      report(".Principal", "is allowed in resource policies only");
    return () => "itself";
  }
  if ((plain === undefined) === (not === undefined)) {
    report(".Principal", "must have either Principal or NotPrincipal");
    return () => "none";
  }
  if (plain !== undefined)
    return compilePrincipal(plain, (path, message) => report(`.Principal${path}`, message));
  const nameOf = compilePrincipal(not, (path, message) => report(`.NotPrincipal${path}`, message));
  return (principal) => (nameOf(principal) === "none" ? "among" : "none");
}
