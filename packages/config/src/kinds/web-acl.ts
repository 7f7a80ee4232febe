import { z } from "zod";
import { wafArtifactName } from "../artifact-name.ts";
import { defineKind } from "../define-kind.ts";
import { tags } from "../tags.ts";
import { customResponseBodies, defaultAction, immunity } from "../web-acl/actions.ts";
import { checkBody, checkRules } from "../web-acl/check-rules.ts";
import { logging } from "../web-acl/logging.ts";
import { mentionsIn, NAME, NAME_HELP, rules, visibilityConfig } from "../web-acl/rule.ts";
import { IpSet } from "./ip-set.ts";
import { RegexPatternSet } from "./regex-pattern-set.ts";
import { RuleGroup } from "./rule-group.ts";

/** How much of a body is inspected, by the kind of resource (AWS WAF: AssociationConfig). */
const associationConfig = z.strictObject({
  requestBody: z.strictObject({
    API_GATEWAY: z
      .strictObject({ defaultSizeInspectionLimit: z.enum(["KB_16", "KB_32", "KB_48", "KB_64"]) })
      .optional(),
  }),
});

const spec = z
  .strictObject({
    description: z.string().max(256).optional(),
    defaultAction,
    rules: rules.default([]),
    visibilityConfig: visibilityConfig.optional(),
    customResponseBodies: customResponseBodies.optional(),
    captchaConfig: immunity.optional(),
    challengeConfig: immunity.optional(),
    /** Stored and returned: tokens are good for the host that they were made for. */
    tokenDomains: z.array(z.string().min(1).max(253)).max(10).optional(),
    associationConfig: associationConfig.optional(),
    /** Where a record of each call that it inspects goes, and of which. */
    logging: logging.optional(),
    tags: tags.optional(),
  })
  .superRefine(({ rules, defaultAction, customResponseBodies = {} }, context) => {
    checkRules(rules, customResponseBodies, context);
    checkBody(defaultAction, customResponseBodies, context, ["defaultAction"]);
  });

/** WebAclConfig is a web ACL as it is delivered: it takes effect at once, without a deployment. */
export interface WebAclConfig extends Omit<z.output<typeof spec>, "description" | "tags" | "tokenDomains"> {
  readonly accountId: string;
  readonly id: string;
}

export const WebAcl = defineKind({
  name: "WebAcl",
  about:
    "Rules that requests to a stage must pass before anything else looks at them (AWS WAF: WebACL). Its id is its name.",
  spec,
  collection: "webacls",
  id: { pattern: NAME, help: `is the web ACL's name and ${NAME_HELP}` },
  references: [
    { to: IpSet, of: ({ spec }) => mentionsIn(spec.rules, "ipSetReferenceStatement") },
    { to: RegexPatternSet, of: ({ spec }) => mentionsIn(spec.rules, "regexPatternSetReferenceStatement") },
    { to: RuleGroup, of: ({ spec }) => mentionsIn(spec.rules, "ruleGroupReferenceStatement") },
  ],
  /** (100) */
  quota: "webAcls",
  delivery: {
    within: "itself",
    nameOf: (accountId, { id }) => wafArtifactName("webacl", accountId, id),
    contentOf: (
      accountId,
      { id, spec: { description: _d, tags: _t, tokenDomains: _n, ...spec } },
    ): WebAclConfig => ({
      accountId,
      id,
      ...spec,
    }),
  },
});
