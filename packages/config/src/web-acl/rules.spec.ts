import { describe, expect, it } from "vitest";
import { capacityOf, fromAwsNames, kinds, managedRuleGroups, type Rule, toAwsNames } from "../index.ts";

const NONE = { textTransformations: [{ priority: 0, type: "NONE" }] };
const DECODED = {
  textTransformations: [
    { priority: 0, type: "URL_DECODE" },
    { priority: 1, type: "LOWERCASE" },
  ],
};
const path = { fieldToMatch: { uriPath: {} } };
const bytes = (positionalConstraint: string, more: object = { ...path, ...NONE }) => ({
  byteMatchStatement: { searchString: "x", positionalConstraint, ...more },
});
const rule = (statement: object, more: object = { action: { block: {} } }) => ({
  name: "r",
  priority: 0,
  statement,
  ...more,
});
const parsed = (statement: object, more?: object) =>
  kinds.WebAcl.spec.parse({ defaultAction: { allow: {} }, rules: [rule(statement, more)] }).rules;

describe("capacity (waf-api §4)", () => {
  const none = { action: undefined, overrideAction: { none: {} } };
  it.each<[number, object, object?]>([
    [2, bytes("EXACTLY")],
    [10, bytes("CONTAINS_WORD")],
    [30, bytes("CONTAINS", { ...path, ...DECODED })],
    [40, bytes("CONTAINS", { fieldToMatch: { allQueryArguments: {} }, ...DECODED })],
    [40, { xssMatchStatement: { ...path, ...NONE } }],
    [
      80,
      {
        xssMatchStatement: {
          fieldToMatch: { jsonBody: { matchPattern: { all: {} }, matchScope: "ALL" } },
          ...NONE,
        },
      },
    ],
    [20, { sqliMatchStatement: { ...path, ...NONE } }],
    [30, { sqliMatchStatement: { sensitivityLevel: "HIGH", ...path, ...NONE } }],
    [3, { regexMatchStatement: { regexString: "a", ...path, ...NONE } }],
    [25, { regexPatternSetReferenceStatement: { arn: "s", ...path, ...NONE } }],
    [1, { ipSetReferenceStatement: { arn: "s" } }],
    [
      12,
      {
        andStatement: { statements: [bytes("EXACTLY"), { notStatement: { statement: bytes("CONTAINS") } }] },
      },
    ],
    [4, { rateBasedStatement: { limit: 10, aggregateKeyType: "IP", scopeDownStatement: bytes("EXACTLY") } }],
    [
      62,
      {
        rateBasedStatement: {
          limit: 10,
          aggregateKeyType: "CUSTOM_KEYS",
          customKeys: [{ ip: {} }, { httpMethod: {} }],
        },
      },
    ],
    [700, { managedRuleGroupStatement: { vendorName: "AWS", name: "AWSManagedRulesCommonRuleSet" } }, none],
    [77, { ruleGroupReferenceStatement: { arn: "own" } }, none],
  ])("%i: %j", (units, statement, more) => {
    expect(capacityOf(parsed(statement, more), () => 77)).toBe(units);
  });
});

/** A statement within so many others. */
const nested = (levels: number): object =>
  levels === 0 ? bytes("EXACTLY") : { notStatement: { statement: nested(levels - 1) } };

it("statements are nested up to 20 levels deep", () => {
  expect(() => parsed(nested(19))).not.toThrow();
});

describe("rules are refused", () => {
  it.each<[string, object, object?]>([
    ["with no statement", {}],
    ["with two statements", { ...bytes("EXACTLY"), labelMatchStatement: { scope: "LABEL", key: "a" } }],
    ["without an action", bytes("EXACTLY"), {}],
    [
      "with an override where there is no group",
      bytes("EXACTLY"),
      { action: { block: {} }, overrideAction: { none: {} } },
    ],
    [
      "with a status that is none of AWS's",
      bytes("EXACTLY"),
      { action: { block: { customResponse: { responseCode: 418 } } } },
    ],
    [
      "with a body that there is not",
      bytes("EXACTLY"),
      { action: { block: { customResponse: { responseCode: 429, customResponseBodyKey: "no" } } } },
    ],
    [
      "with a body that there is not, in an override",
      {
        ruleGroupReferenceStatement: {
          arn: "own",
          ruleActionOverrides: [
            {
              name: "r",
              actionToUse: { block: { customResponse: { responseCode: 429, customResponseBodyKey: "no" } } },
            },
          ],
        },
      },
      { overrideAction: { none: {} } },
    ],
    [
      "with a header that ends the line",
      bytes("EXACTLY"),
      {
        action: { count: { customRequestHandling: { insertHeaders: [{ name: "a", value: "b\r\nc: d" }] } } },
      },
    ],
    ["with a reserved label", bytes("EXACTLY"), { action: { count: {} }, ruleLabels: [{ name: "aws:x" }] }],
    [
      "with a managed group that there is not",
      { managedRuleGroupStatement: { vendorName: "AWS", name: "No" } },
      { overrideAction: { none: {} } },
    ],
    [
      "with a rule that a managed group does not have",
      {
        managedRuleGroupStatement: {
          vendorName: "AWS",
          name: "AWSManagedRulesSQLiRuleSet",
          excludedRules: [{ name: "No" }],
        },
      },
      { overrideAction: { none: {} } },
    ],
    [
      "with headers of an override of a whole group",
      { ruleGroupReferenceStatement: { arn: "own" } },
      {
        overrideAction: { count: { customRequestHandling: { insertHeaders: [{ name: "a", value: "b" }] } } },
      },
    ],
    ["that are nested too deep", nested(20)],
    ["by fingerprints of TLS", bytes("EXACTLY", { fieldToMatch: { ja3Fingerprint: {} }, ...NONE })],
  ])("%s", (_what, statement, more) => {
    expect(() => parsed(statement, more)).toThrow();
  });
});

describe("names of wafv2", () => {
  const rules: readonly object[] = [
    ...[...managedRuleGroups.values()].flatMap((group) => group.rules),
    ...parsed(bytes("EXACTLY")),
    ...parsed({
      ipSetReferenceStatement: {
        arn: "s",
        ipSetForwardedIPConfig: { headerName: "X", fallbackBehavior: "MATCH", position: "ANY" },
      },
    }),
    ...parsed({
      rateBasedStatement: {
        limit: 10,
        aggregateKeyType: "CUSTOM_KEYS",
        customKeys: [{ ip: {} }, { httpMethod: {} }],
      },
    }),
  ];
  it("lead back to the same rules", () => {
    const onWire = JSON.parse(
      JSON.stringify(toAwsNames(rules), function (this: Record<string, unknown>, name, value: unknown) {
        const original = this[name];
        return Buffer.isBuffer(original) ? original.toString("base64") : value;
      }),
    ) as unknown;
    expect(fromAwsNames(onWire, "base64")).toEqual(JSON.parse(JSON.stringify(rules)));
  });

  it("are refused with a SearchString that is no base64", () => {
    for (const SearchString of ["/admin", 7]) {
      const statement = fromAwsNames({ ByteMatchStatement: { SearchString } }, "base64");
      expect(statement).toEqual({ byteMatchStatement: { searchStringBase64: SearchString } });
      const more = { searchString: undefined, searchStringBase64: SearchString };
      expect(() => parsed(bytes("EXACTLY", more))).toThrow();
    }
  });

  it("are AWS's", () => {
    const [shown] = toAwsNames(rules.slice(-2)) as Record<string, Record<string, object>>[];
    expect(Object.keys(shown?.Statement ?? {})).toEqual(["IPSetReferenceStatement"]);
    expect(Object.keys(shown?.Statement?.IPSetReferenceStatement ?? {})).toEqual([
      "ARN",
      "IPSetForwardedIPConfig",
    ]);
  });

  it("text is bytes, also where it is none", () => {
    const search = (SearchString: string) => fromAwsNames({ SearchString }, "base64");
    expect(search(Buffer.from("naïve").toString("base64"))).toEqual({ searchString: "naïve" });
    expect(search("/w==")).toEqual({ searchStringBase64: "/w==" });
  });
});

const everyRule: readonly Rule[] = [...managedRuleGroups.values()].flatMap((group) => group.rules);
it("managed groups are rules that a web ACL could have", () => {
  for (const { rules } of managedRuleGroups.values())
    expect(() => kinds.WebAcl.spec.parse({ defaultAction: { allow: {} }, rules })).not.toThrow();
  expect(everyRule.length).toBeGreaterThan(30);
});
