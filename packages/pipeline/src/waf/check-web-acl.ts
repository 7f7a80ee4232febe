import type { SpecOf } from "@tollgate/config";
import { type Problem, problemAt } from "@tollgate/config/runtime";
import { PatternError } from "@tollgate/patterns";
import { facts } from "../engine/facts.ts";
import { nullPorts } from "../engine/ports.ts";
import { compileWebAcl, type WebAclSources } from "./compile-web-acl.ts";
import { regexMatcher } from "./matchers.ts";

/** checkWebAcl reports what of a web ACL would not compile on a node. */
export function checkWebAcl(id: string, spec: SpecOf<"WebAcl">, sources: WebAclSources): readonly Problem[] {
  const { region, limiter, logs } = nullPorts;
  const outcome = compileWebAcl({ config: { ...spec, accountId: "", id }, region, limiter, logs, sources });
  return outcome.ok ? [] : outcome.problems;
}

/** checkRuleGroup reports what of a rule group would not compile in any web ACL. */
export const checkRuleGroup = (
  id: string,
  { rules, customResponseBodies }: SpecOf<"RuleGroup">,
  sources: WebAclSources,
): readonly Problem[] =>
  checkWebAcl(id, { defaultAction: { allow: {} }, rules, customResponseBodies }, sources).map((problem) => ({
    ...problem,
    path: problem.path.replace(/^WebAcl\//, "RuleGroup/"),
  }));

/** checkPatternSet reports the patterns of a set that cannot be matched in linear time. */
export const checkPatternSet = (
  id: string,
  { regularExpressions }: SpecOf<"RegexPatternSet">,
): readonly Problem[] =>
  regularExpressions.flatMap((source, i) => {
    try {
      regexMatcher([source]);
      return [];
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      const at = `RegexPatternSet/${id}.regularExpressions[${i}]`;
      return [problemAt(at, facts.PATTERN_INVALID({ reason: error.message }))];
    }
  });
