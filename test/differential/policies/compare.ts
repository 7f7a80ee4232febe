import { decideAccess, decideOwn, type Policy, type PolicyRequest, parsePolicy } from "@tollgate/iam";
import { askEngine, type EngineAnswer } from "./ask-engine.ts";
import { explained } from "./explained.ts";
import { OWNER, type PolicyCase } from "./generate.ts";

/** Verdict is what an engine says of a request. */
export type Verdict = "Allowed" | "ImplicitlyDenied" | "ExplicitlyDenied";

/** Comparison is how Tollgate and the other engine decided all cases. */
export interface Comparison {
  readonly compared: number;
  readonly equal: number;
  /** Of those that are equal. */
  readonly allowed: number;
  /** Cases whose policies the other engine does not take. */
  readonly refused: number;
  /** Known differences, by their reasons. */
  readonly explained: Readonly<Record<string, number>>;
  readonly unexplained: readonly {
    readonly given: PolicyCase;
    readonly theirs: Verdict;
    readonly ours: Verdict;
  }[];
}

function compiled(document: object, kind: "identity" | "resource"): Policy {
  const parsed = parsePolicy(document, { kind });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

/** ourVerdict is Tollgate's decision. */
export function ourVerdict(given: PolicyCase): Verdict {
  const { caller, action, resource, identityPolicies, sessionPolicy, resourcePolicy } = given;
  const context = new Map(Object.entries(given.context).map(([key, value]) => [key.toLowerCase(), value]));
  const request: PolicyRequest = {
    action,
    resource,
    principal: caller,
    conditionKey: (name) => {
      const value = context.get(name);
      return typeof value === "string" ? [value] : value;
    },
  };
  const ofResource = resourcePolicy ? compiled(resourcePolicy, "resource").decideOn(request) : "none";
  const own = decideOwn(
    identityPolicies.map((document) => compiled(document, "identity")),
    sessionPolicy && [compiled(sessionPolicy, "identity")],
    request,
  );
  const ofAnonymous = ofResource === "deny" ? "deny" : ofResource === "none" ? "silent" : "allow";
  const decision = caller ? decideAccess(own, ofResource, caller.accountId !== OWNER) : ofAnonymous;
  return decision === "allow" ? "Allowed" : decision === "deny" ? "ExplicitlyDenied" : "ImplicitlyDenied";
}

const questionOf = ({ caller, action, resource, context, ...policies }: PolicyCase) => ({
  request: {
    principal: caller?.arn ?? { type: "Anonymous" },
    action,
    resource: { resource, accountId: OWNER },
    contextVariables: context,
  },
  identityPolicies: policies.identityPolicies.map((policy, i) => ({ name: `own${i}`, policy })),
  sessionPolicy: policies.sessionPolicy,
  resourcePolicy: policies.resourcePolicy,
  serviceControlPolicies: [],
  resourceControlPolicies: [],
});

/** Why the other engine decided otherwise; undefined: it is not known. */
function reasonOf(given: PolicyCase, theirs: Verdict): string | undefined {
  const single = explained.find(({ asTheyRead }) => ourVerdict(asTheyRead(given)) === theirs);
  if (single) return single.why;
  const all = explained.reduce((read, { asTheyRead }) => asTheyRead(read), given);
  return ourVerdict(all) === theirs ? "several of these together" : undefined;
}

/** compare has both engines decide all cases. */
export async function compare(cases: readonly PolicyCase[]): Promise<Comparison> {
  const answers = await askEngine(cases.map(questionOf));
  const reasons: Record<string, number> = {};
  const unexplained: Comparison["unexplained"][number][] = [];
  let [equal, allowed, refused] = [0, 0, 0];
  for (const [i, given] of cases.entries()) {
    const { result: theirs, ignored = [] } = answers[i] as EngineAnswer;
    if (theirs === undefined || ignored.length > 0) {
      refused++;
      continue;
    }
    const ours = ourVerdict(given);
    if (ours === theirs) {
      equal++;
      if (ours === "Allowed") allowed++;
      continue;
    }
    const reason = reasonOf(given, theirs);
    if (reason === undefined) unexplained.push({ given, theirs, ours });
    else reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return { compared: cases.length - refused, equal, allowed, refused, explained: reasons, unexplained };
}
