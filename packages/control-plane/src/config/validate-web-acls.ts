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
  type SpecOf,
} from "@tollgate/config";
import { AddressRanges } from "@tollgate/iam";
import { checkPatternSet, checkRuleGroup, checkWebAcl, type WebAclSources } from "@tollgate/pipeline";
import type { View } from "./view.ts";

const NO_RANGES = new AddressRanges([]);

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
  ...problemsOfUsers(view, id),
];

/** patternSetProblems reports the patterns of a set that cannot be used. */
export const patternSetProblems = ({ id, spec }: Entity<"RegexPatternSet">): readonly Problem[] =>
  checkPatternSet(id, spec);

/** What rules cost together is a matter of the web ACL: its groups may be good without it. */
const problemsOfUsers = (view: View, group: string): readonly Problem[] =>
  view
    .list("WebAcl", "")
    .filter((webAcl) => view.isUntouched(nameOf(webAcl)))
    .filter(({ spec }) =>
      mentionsIn(spec.rules, "ruleGroupReferenceStatement").some(({ id }) => id === group),
    )
    .flatMap((webAcl) => webAclProblems(view, webAcl));
