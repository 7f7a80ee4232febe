import type { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";
import type { RuleAction } from "./actions.ts";
import { managedRuleGroups } from "./managed-rule-groups.ts";
import type { Rule } from "./rule.ts";
import { levelsOf } from "./statement.ts";

/** AWS names no limit, and its capacity units bound only what has any: NOT has none. */
const LEVELS_MAX = 20;

type Bodies = Readonly<Record<string, unknown>>;
type Blocking = Pick<RuleAction, "block">;

/** Custom responses must name bodies that there are. */
export function checkBody(
  action: Blocking | undefined,
  bodies: Bodies,
  context: z.RefinementCtx,
  path: readonly PropertyKey[],
): void {
  const key = action?.block?.customResponse?.customResponseBodyKey;
  if (key !== undefined && !Object.hasOwn(bodies, key))
    raise(context, facts.RESPONSE_BODY_UNKNOWN({ key }), [
      ...path,
      "block",
      "customResponse",
      "customResponseBodyKey",
    ]);
}

/** checkRules reports what is wrong with rules besides their shape: bodies and managed groups that there are not. */
export function checkRules(rules: readonly Rule[], bodies: Bodies, context: z.RefinementCtx): void {
  for (const [i, { action, statement }] of rules.entries()) {
    if (levelsOf(statement) > LEVELS_MAX)
      raise(context, facts.STATEMENT_TOO_DEEP({ levelsMax: LEVELS_MAX }), ["rules", i, "statement"]);
    checkBody(action, bodies, context, ["rules", i, "action"]);
    for (const kind of ["managedRuleGroupStatement", "ruleGroupReferenceStatement"] as const) {
      const at = ["rules", i, "statement", kind, "ruleActionOverrides"];
      for (const [j, { actionToUse }] of (statement[kind]?.ruleActionOverrides ?? []).entries())
        checkBody(actionToUse, bodies, context, [...at, j, "actionToUse"]);
    }
    const managed = statement.managedRuleGroupStatement;
    if (!managed) continue;
    const at = ["rules", i, "statement", "managedRuleGroupStatement"];
    const group = managedRuleGroups.get(managed.name);
    if (!group) {
      const known = [...managedRuleGroups.keys()].join(", ");
      raise(context, facts.MANAGED_GROUP_UNKNOWN({ name: managed.name, known }), [...at, "name"]);
      continue;
    }
    for (const list of ["ruleActionOverrides", "excludedRules"] as const)
      for (const [j, { name }] of (managed[list] ?? []).entries())
        if (!group.rules.some((rule) => rule.name === name))
          raise(context, facts.RULE_UNKNOWN({ name, group: group.name }), [...at, list, j, "name"]);
  }
}
