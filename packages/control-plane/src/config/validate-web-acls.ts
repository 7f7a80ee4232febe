import {
  CAPACITY_MAX,
  capacityOf,
  configFacts,
  type Entity,
  idOfArn,
  type Problem,
  problemAt,
  type SpecOf,
} from "@tollgate/config";
import { checkRuleGroup, checkWebAcl, IpRanges, type WebAclSources } from "@tollgate/pipeline";
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

/** ruleGroupProblems reports the rules of a group that would not run. */
export const ruleGroupProblems = (view: View, { id, spec }: Entity<"RuleGroup">): readonly Problem[] =>
  checkRuleGroup(id, spec, sourcesOf(view));
