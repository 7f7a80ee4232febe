import {
  CAPACITY_MAX,
  capacityOf,
  configFacts,
  type Entity,
  idOfArn,
  mentionsIn,
  nameOf,
  type Problem,
  problemAt,
  type Rule,
  type SpecOf,
} from "@tollgate/config";
import {
  checkPatternSet,
  checkRuleGroup,
  checkWebAcl,
  IpRanges,
  type WebAclSources,
} from "@tollgate/pipeline";
import type { View } from "./view.ts";

const NO_RANGES = new IpRanges([]);

/** What rules refer to. What is missing is reported with the references. */
const sourcesOf = (view: View): WebAclSources => ({
  ipRanges: () => NO_RANGES,
  patterns: (id) => view.find("RegexPatternSet", "", id)?.spec.regularExpressions ?? [],
  ruleGroup: (id) => view.find("RuleGroup", "", id)?.spec ?? { rules: [] },
});

/** groupCapacityOf is what a rule group costs where it is used. */
const groupCapacityOf = ({ capacity, rules }: SpecOf<"RuleGroup">): number =>
  capacity ?? capacityOf(rules, () => 0);

/** webAclProblems reports the rules of a web ACL that would not run, and that they cost too much. */
export function webAclProblems(view: View, { id, spec }: Entity<"WebAcl">): readonly Problem[] {
  const problems = checkWebAcl(id, spec, sourcesOf(view));
  const used = capacityOf(spec.rules, (arn) => {
    const group = view.find("RuleGroup", "", idOfArn(arn))?.spec;
    return group ? groupCapacityOf(group) : 0;
  });
  if (used <= CAPACITY_MAX) return problems;
  const exceeded = configFacts.CAPACITY_EXCEEDED({ used, most: CAPACITY_MAX });
  return [...problems, problemAt(`WebAcl/${id}.rules`, exceeded)];
}

/** ruleGroupProblems reports the rules of a group that would not run, and the web ACLs that would not with it. */
export const ruleGroupProblems = (view: View, { id, spec }: Entity<"RuleGroup">): readonly Problem[] => [
  ...checkRuleGroup(id, spec, sourcesOf(view)),
  ...problemsOfUsers(view, { groups: new Set([id]) }),
];

/** patternSetProblems reports the patterns of a set that cannot be used, and the web ACLs that cannot use them. */
export function patternSetProblems(view: View, { id, spec }: Entity<"RegexPatternSet">): readonly Problem[] {
  const users = view.list("RuleGroup", "").filter((group) => refers(group, PATTERNS, new Set([id])));
  const groups = new Set(users.map((group) => group.id));
  return [...checkPatternSet(id, spec), ...problemsOfUsers(view, { groups, patternSet: id })];
}

const PATTERNS = "regexPatternSetReferenceStatement";
const GROUPS = "ruleGroupReferenceStatement";

const refers = (
  { spec }: { readonly spec: { readonly rules: readonly Rule[] } },
  statement: typeof PATTERNS | typeof GROUPS,
  ids: ReadonlySet<string>,
): boolean => mentionsIn(spec.rules, statement).some(({ id }) => id !== undefined && ids.has(id));

/** How much of a body is inspected, and what rules cost together, is a matter of the web ACL: its sets and groups may be good without it. */
const problemsOfUsers = (
  view: View,
  { groups, patternSet }: { readonly groups: ReadonlySet<string>; readonly patternSet?: string },
): readonly Problem[] =>
  view
    .list("WebAcl", "")
    .filter((webAcl) => view.isUntouched(nameOf(webAcl)))
    .filter(
      (webAcl) =>
        refers(webAcl, GROUPS, groups) ||
        (patternSet !== undefined && refers(webAcl, PATTERNS, new Set([patternSet]))),
    )
    .flatMap((webAcl) => webAclProblems(view, webAcl));
