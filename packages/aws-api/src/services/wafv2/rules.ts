import {
  capacityOf,
  idOfArn,
  isForeignArn,
  kinds,
  problemOfIssue,
  type Rule,
  toAwsNames,
  type WafPlace,
} from "@tollgate/config";
import type { AccountView } from "../../port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { invalidAt, wafError } from "./errors.ts";
import {
  checkScope,
  DOCUMENT,
  operationsOf,
  shownRules,
  specMembers,
  visibilityOf,
  type WafNoun,
} from "./noun.ts";

const RULES = { type: "list", of: DOCUMENT } as const;

const placeOf = ({ region, caller }: JsonRequest): WafPlace => ({ region, accountId: caller.accountId });

/** The capacity of rules in an account; a group that does not exist is refused. */
function capacityIn(account: AccountView, rules: readonly Rule[], here: WafPlace): number {
  return capacityOf(rules, (arn) => {
    const group = isForeignArn(arn, here, "rulegroup")
      ? undefined
      : account.get("RuleGroup", "", idOfArn(arn))?.entity.spec;
    if (!group) throw wafError("WAFNonexistentItemException");
    return group.capacity ?? capacityOf(group.rules, () => 0);
  });
}

const labelNamespace = ({ caller }: JsonRequest, owner: "webacl" | "rulegroup", name: string): string =>
  `awswaf:${caller.accountId}:${owner}:${name}:`;

const WEB_ACL_MEMBERS = [
  "DefaultAction",
  "Rules",
  "VisibilityConfig",
  "CustomResponseBodies",
  "CaptchaConfig",
  "ChallengeConfig",
  "TokenDomains",
  "AssociationConfig",
];

/** webAcl describes web ACLs. */
export const webAcl: WafNoun<"WebAcl"> = {
  kind: "WebAcl",
  name: "WebACL",
  names: "WebACLs",
  resource: "webacl",
  members: Object.fromEntries(WEB_ACL_MEMBERS.map((name) => [name, name === "Rules" ? RULES : DOCUMENT])),
  required: ["DefaultAction", "VisibilityConfig"],
  // PutLoggingConfiguration sets it, and an update keeps it.
  specOf: (input, present) => ({
    ...specMembers(input, WEB_ACL_MEMBERS),
    ...(present?.logging ? { logging: present.logging } : {}),
  }),
  show: (
    { tags: _tags, description: _description, logging: _logging, rules, visibilityConfig, ...rest },
    name,
    request,
    account,
  ) => ({
    ...(toAwsNames(rest) as object),
    Rules: shownRules(rules, request),
    VisibilityConfig: visibilityConfig ? toAwsNames(visibilityConfig) : visibilityOf(name),
    Capacity: capacityIn(account, rules, placeOf(request)),
    ManagedByFirewallManager: false,
    LabelNamespace: labelNamespace(request, "webacl", name),
  }),
};

const RULE_GROUP_MEMBERS = ["Rules", "VisibilityConfig", "CustomResponseBodies"];

const ruleGroup: WafNoun<"RuleGroup"> = {
  kind: "RuleGroup",
  name: "RuleGroup",
  names: "RuleGroups",
  resource: "rulegroup",
  members: {
    Capacity: { type: "integer" },
    Rules: RULES,
    VisibilityConfig: DOCUMENT,
    CustomResponseBodies: DOCUMENT,
  },
  required: ["Capacity", "VisibilityConfig"],
  // The capacity of a group never changes.
  specOf: (input, present) => ({
    capacity: present ? present.capacity : input.Capacity,
    ...specMembers(input, RULE_GROUP_MEMBERS),
  }),
  show: ({ rules, capacity, visibilityConfig, customResponseBodies }, name, request) => ({
    Capacity: capacity ?? capacityOf(rules, () => 0),
    Rules: shownRules(rules, request),
    VisibilityConfig: visibilityConfig ? toAwsNames(visibilityConfig) : visibilityOf(name),
    LabelNamespace: labelNamespace(request, "rulegroup", name),
    ...(customResponseBodies ? { CustomResponseBodies: toAwsNames(customResponseBodies, true) } : {}),
  }),
};

const checkCapacity: JsonOperation = {
  name: "CheckCapacity",
  input: {
    type: "structure",
    members: { Scope: { type: "string" }, Rules: RULES },
    required: ["Scope", "Rules"],
  },
  isReadOnly: true,
  resource: () => "*",
  run: (request) => {
    checkScope(request);
    const given = { defaultAction: { allow: {} }, ...specMembers(request.input, ["Rules"]) };
    const parsed = kinds.WebAcl.spec.safeParse(given);
    const [issue] = parsed.error?.issues ?? [];
    if (issue) {
      const { path, message } = problemOfIssue("WebAcl/checked", issue);
      throw invalidAt(path, message);
    }
    const account = request.application.account(request.caller.accountId);
    return { Capacity: capacityIn(account, parsed.data?.rules ?? [], placeOf(request)) };
  },
};

/** ruleOperations are the operations of what has rules. */
export const ruleOperations = [...operationsOf(webAcl), ...operationsOf(ruleGroup), checkCapacity];
