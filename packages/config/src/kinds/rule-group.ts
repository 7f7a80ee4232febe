import { z } from "zod";
import { wafArtifactName } from "../artifact-name.ts";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";
import { tags } from "../tags.ts";
import { customResponseBodies } from "../web-acl/actions.ts";
import { CAPACITY_MAX, capacityOf } from "../web-acl/capacity.ts";
import { checkRules } from "../web-acl/check-rules.ts";
import { mentionsIn, NAME, NAME_HELP, rules, visibilityConfig } from "../web-acl/rule.ts";
import { IpSet } from "./ip-set.ts";
import { RegexPatternSet } from "./regex-pattern-set.ts";

const spec = z
  .strictObject({
    description: z.string().max(256).optional(),
    /** The most that its rules may ever cost; it cannot be changed on AWS. Absent: what they cost now. */
    capacity: z.int().min(1).max(CAPACITY_MAX).optional(),
    rules: rules.default([]),
    visibilityConfig: visibilityConfig.optional(),
    customResponseBodies: customResponseBodies.optional(),
    tags: tags.optional(),
  })
  .superRefine(({ rules, capacity = CAPACITY_MAX, customResponseBodies = {} }, context) => {
    checkRules(rules, customResponseBodies, context);
    for (const [i, { statement }] of rules.entries())
      if (statement.managedRuleGroupStatement ?? statement.ruleGroupReferenceStatement)
        raise(context, facts.RULE_GROUP_NESTED(), ["rules", i, "statement"]);
    const used = capacityOf(rules, () => 0);
    if (used > capacity) raise(context, facts.CAPACITY_EXCEEDED({ used, most: capacity }), ["rules"]);
  });

export const RuleGroup = defineKind({
  name: "RuleGroup",
  about: "Rules that several web ACLs share (AWS WAF: RuleGroup). Its id is its name.",
  spec,
  collection: "rulegroups",
  id: { pattern: NAME, help: `is the group's name and ${NAME_HELP}` },
  references: [
    { to: IpSet, of: ({ spec }) => mentionsIn(spec.rules, "ipSetReferenceStatement") },
    { to: RegexPatternSet, of: ({ spec }) => mentionsIn(spec.rules, "regexPatternSetReferenceStatement") },
  ],
  /** (100) */
  quota: "ruleGroups",
  delivery: {
    within: "itself",
    nameOf: (accountId, { id }) => wafArtifactName("rulegroup", accountId, id),
    contentOf: (accountId, { id, spec: { rules, customResponseBodies } }) => ({
      accountId,
      id,
      rules,
      customResponseBodies,
    }),
  },
});
