import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Application } from "../application.ts";
import { createApplicationPort } from "../aws/application-port.ts";
import { startMemoryApplication } from "../memory-application.ts";

const ACCOUNT = "000000000000";
let application: Application & AsyncDisposable;
beforeEach(async () => {
  application = await startMemoryApplication();
});
afterEach(() => application[Symbol.asyncDispose]());

const put = (kind: "WebAcl" | "RuleGroup" | "RegexPatternSet", id: string, spec: object) =>
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
const patterns = {
  name: "patterns",
  priority: 0,
  statement: { regexPatternSetReferenceStatement: { arn: "set", ...body } },
  ...block,
};
const associationConfig = { requestBody: { API_GATEWAY: { defaultSizeInspectionLimit: "KB_64" } } };
/** Good for 16 KB of body, and not for 64 KB. */
const HEAVY = "x[ab]{800}y";

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

  it.each([
    ["itself", [patterns], []],
    ["in a group", [group], [patterns]],
  ])("patterns that take too long for the bodies that it inspects: %s", async (_where, rules, grouped) => {
    await put("RegexPatternSet", "set", { regularExpressions: ["x"] });
    await put("RuleGroup", "own", { rules: grouped });
    await put("WebAcl", "shield", { defaultAction: { allow: {} }, rules, associationConfig });
    await expect(put("RegexPatternSet", "set", { regularExpressions: [HEAVY] })).rejects.toMatchObject({
      problems: [expect.objectContaining({ path: expect.stringContaining("WebAcl/shield.rules[0]") })],
    });
  });

  it("nothing else is", async () => {
    await put("RegexPatternSet", "set", { regularExpressions: ["x"] });
    await put("WebAcl", "shield", { defaultAction: { allow: {} }, rules: [patterns] });
    await put("RegexPatternSet", "set", { regularExpressions: [HEAVY] });
  });
});
