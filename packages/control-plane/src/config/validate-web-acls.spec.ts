import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { wafArn } from "@tollgate/config";
import type { Application } from "../application.ts";
import { createApplicationPort } from "../aws/application-port.ts";
import { startMemoryApplication } from "../memory-application.ts";

const ACCOUNT = "000000000000";
let application: Application & AsyncDisposable;
beforeEach(async () => {
  application = await startMemoryApplication();
});
afterEach(() => application[Symbol.asyncDispose]());

const put = (kind: "WebAcl" | "IpSet" | "RuleGroup" | "RegexPatternSet", id: string, spec: object) =>
  createApplicationPort(application).change(ACCOUNT, () => ({ puts: [{ kind, apiId: "", id, spec }] }));

const NONE = [{ priority: 0, type: "NONE" }];
const body = { fieldToMatch: { body: {} }, textTransformations: NONE };
const block = { action: { block: {} } };
const group = {
  name: "group",
  priority: 0,
  statement: { ruleGroupReferenceStatement: { arn: "own" } },
  overrideAction: { none: {} },
};
const FOREIGN = [
  wafArn("us-east-1", "111111111111", "ipset", "set"),
  wafArn("eu-west-1", ACCOUNT, "ipset", "set"),
  wafArn("us-east-1", ACCOUNT, "regexpatternset", "set"),
  "arn:aws:wafv2:us-east-1:000000000000:regional/ipset/set/1",
];

describe("ARNs", () => {
  const listed = (arn: string) => ({
    name: "listed",
    priority: 0,
    statement: { notStatement: { statement: { ipSetReferenceStatement: { arn } } } },
    ...block,
  });
  const acl = (arn: string) => ({ defaultAction: { allow: {} }, rules: [listed(arn)] });

  it.each(FOREIGN)("of other accounts, regions and kinds are refused: %s", async (arn) => {
    await put("IpSet", "set", { ipAddressVersion: "IPV4", addresses: [] });
    const path = ".rules[0].statement.notStatement.statement.ipSetReferenceStatement.arn";
    for (const [kind, spec] of [
      ["WebAcl", acl(arn)],
      ["RuleGroup", { rules: [listed(arn)] }],
    ] as const)
      await expect(put(kind, "shield", spec)).rejects.toMatchObject({
        problems: [expect.objectContaining({ code: "ARN_FOREIGN", path: `${kind}/shield${path}` })],
      });
  });

  it("of the account and region are taken, and ids", async () => {
    await put("IpSet", "set", { ipAddressVersion: "IPV4", addresses: [] });
    for (const arn of ["set", wafArn("us-east-1", ACCOUNT, "ipset", "set")])
      await put("WebAcl", "shield", acl(arn));
  });
});

describe("what a web ACL refers to is refused where the web ACL could not use it", () => {
  it("a group that makes it too expensive", async () => {
    const managed = { vendorName: "AWS", name: "AWSManagedRulesCommonRuleSet" };
    await put("RuleGroup", "own", { rules: [] });
    await put("WebAcl", "shield", {
      defaultAction: { allow: {} },
      rules: [
        group,
        {
          name: "managed",
          priority: 1,
          statement: { managedRuleGroupStatement: managed },
          overrideAction: { none: {} },
        },
      ],
    });
    const rules = Array.from({ length: 110 }, (_, priority) => ({
      name: `r${priority}`,
      priority,
      statement: { xssMatchStatement: body },
      ...block,
    }));
    await expect(put("RuleGroup", "own", { rules })).rejects.toMatchObject({
      problems: [expect.objectContaining({ path: "WebAcl/shield.rules" })],
    });
  });
});
