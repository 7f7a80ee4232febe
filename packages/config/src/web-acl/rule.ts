import { z } from "zod";
import type { Mention } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { type Problem, problemAt } from "../problem.ts";
import { immunity, overrideAction, ruleAction } from "./actions.ts";
import { idOfArn, isForeignArn, type WafPlace, type WafResource } from "./arn.ts";
import { type Statement, statement, statementsIn } from "./statement.ts";

/** NAME is what names of web ACLs, sets, groups and rules look like. */
export const NAME = /^[\w-]{1,128}$/;
export const NAME_HELP = "must be 1 to 128 characters of a-z, A-Z, 0-9, _ and -";

/** Whether and as what a rule or a web ACL is counted. Absent: it is, by its name. */
export const visibilityConfig = z.strictObject({
  sampledRequestsEnabled: z.boolean(),
  cloudWatchMetricsEnabled: z.boolean(),
  metricName: z
    .string()
    .regex(/^[\w#:./-]{1,255}$/, "must be 1 to 255 characters of a-z, A-Z, 0-9 and _#:./-"),
});

const RESERVED = /^(awswaf|aws|waf|rulegroup|webacl|regexpatternset|ipset|managed)$/;
const LABEL_NAME = /^[0-9A-Za-z_-]{1,128}(:[0-9A-Za-z_-]{1,128}){0,5}$/;

const ruleLabel = z.strictObject({
  name: z
    .string()
    .regex(
      LABEL_NAME,
      "must be a name of a-z, A-Z, 0-9, _ and -, after at most 5 namespaces, such as team:bot",
    )
    .refine((name) => !name.split(":").some((part) => RESERVED.test(part)), "has a word that is reserved"),
});

const isGroup = ({ managedRuleGroupStatement: managed, ruleGroupReferenceStatement: own }: Statement) =>
  (managed ?? own) !== undefined;

const ruleSchema = z
  .strictObject({
    name: z.string().regex(NAME, NAME_HELP),
    /** Rules run in ascending order; each has its own. */
    priority: z.int().min(0),
    statement,
    action: ruleAction.optional(),
    /** For rules that are a rule group, instead of an action. */
    overrideAction: overrideAction.optional(),
    ruleLabels: z.array(ruleLabel).max(100).optional(),
    visibilityConfig: visibilityConfig.optional(),
    captchaConfig: immunity.optional(),
    challengeConfig: immunity.optional(),
  })
  .refine((rule) => isGroup(rule.statement) || rule.action !== undefined, {
    error: "is required for a statement that is no rule group",
    path: ["action"],
  })
  .refine((rule) => isGroup(rule.statement) || rule.overrideAction === undefined, {
    error: "is only for rule groups: use action",
    path: ["overrideAction"],
  })
  .refine((rule) => !isGroup(rule.statement) || rule.action === undefined, {
    error: "is not for rule groups: use overrideAction",
    path: ["action"],
  });

/** Rules of a web ACL or of a rule group: names and priorities are unique. */
export const rules = z
  .array(ruleSchema)
  .refine(
    (all) => new Set(all.map(({ priority }) => priority)).size === all.length,
    "must have different priorities",
  )
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "must have different names");

export type Rule = z.output<typeof ruleSchema>;

/** The statements that refer to another entity, by the member of the statement, and what they refer to. */
const REFERRING = {
  ipSetReferenceStatement: "ipset",
  regexPatternSetReferenceStatement: "regexpatternset",
  ruleGroupReferenceStatement: "rulegroup",
} as const satisfies Readonly<Record<string, WafResource>>;

type Referring = keyof typeof REFERRING;

/** The ARNs or ids in rules that refer to entities of one kind, with their places. */
const arnsIn = (
  of: readonly Rule[],
  kind: Referring,
): readonly { readonly arn: string; readonly at: string }[] =>
  of.flatMap((rule, i) =>
    [...statementsIn(rule.statement, `rules[${i}].statement`)].flatMap(([one, at]) => {
      const arn = one[kind]?.arn;
      return arn === undefined ? [] : [{ arn, at: `${at}.${kind}.arn` }];
    }),
  );

/** mentionsIn finds the references of rules to entities of one kind. */
export const mentionsIn = (of: readonly Rule[], kind: Referring): Mention[] =>
  arnsIn(of, kind).map(({ arn, at }) => ({ id: idOfArn(arn), at }));

/** foreignArnsIn reports references of rules to what is not in their account and region, as ids alone would not show. */
export const foreignArnsIn = (of: readonly Rule[], here: WafPlace, owner: string): readonly Problem[] =>
  (Object.keys(REFERRING) as Referring[]).flatMap((kind) =>
    arnsIn(of, kind)
      .filter(({ arn }) => isForeignArn(arn, here, REFERRING[kind]))
      .map(({ arn, at }) => problemAt(`${owner}.${at}`, facts.ARN_FOREIGN({ arn, ...here }))),
  );
