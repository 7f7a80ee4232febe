import { describe, expect, it } from "vitest";
import { applied } from "../../kit/mock-api.ts";
import { mock } from "../../kit/rest-api.ts";
import { useBoto, useGateway } from "../../kit/use.ts";

const gateway = useGateway();
const apigateway = useBoto(gateway);
const wafv2 = () => apigateway.as("wafv2");

const Scope = "REGIONAL";
const VisibilityConfig = { SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: "m" };
const Allow = { Allow: {} };
const path = (SearchString: string) => ({
  ByteMatchStatement: {
    SearchString,
    FieldToMatch: { UriPath: {} },
    TextTransformations: [{ Priority: 0, Type: "NONE" }],
    PositionalConstraint: "CONTAINS",
  },
});
const rule = (
  Name: string,
  Priority: number,
  Statement: object,
  more: object = { Action: { Block: {} } },
) => ({
  Name,
  Priority,
  Statement,
  VisibilityConfig: { ...VisibilityConfig, MetricName: Name },
  ...more,
});
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const stageArn = (api: string, stage = "prod") =>
  `arn:aws:apigateway:us-east-1::/restapis/${api}/stages/${stage}`;
const named = (Name: string, { Id, LockToken }: { Id: string; LockToken: string }) => ({
  Name,
  Scope,
  Id,
  LockToken,
});
const lately = () => ({
  StartTime: new Date(Date.now() - 60_000).toISOString(),
  EndTime: new Date(Date.now() + 60_000).toISOString(),
});

describe("a web ACL by wafv2 (waf-api §2)", () => {
  it("is created, associated, enforced, updated and deleted", async () => {
    const api = await gateway.deploy({ "GET /{proxy+}": mock("fine") });
    const ResourceArn = stageArn(api);
    const set = (
      await wafv2().call("create_ip_set", {
        Name: "office",
        Scope,
        IPAddressVersion: "IPV4",
        Addresses: ["198.51.100.0/24"],
      })
    ).Summary;
    const { Summary } = await wafv2().call("create_web_acl", {
      Name: "shield",
      Scope,
      DefaultAction: Allow,
      VisibilityConfig,
      Description: "in front of pets",
      Rules: [
        rule("evil", 1, path("evil")),
        rule("office", 2, { IPSetReferenceStatement: { ARN: set.ARN } }, { Action: { Count: {} } }),
        rule(
          "common",
          3,
          { ManagedRuleGroupStatement: { VendorName: "AWS", Name: "AWSManagedRulesSQLiRuleSet" } },
          { OverrideAction: { None: {} } },
        ),
      ],
      Tags: [{ Key: "team", Value: "pets" }],
    });
    expect(Summary).toEqual({
      Name: "shield",
      Id: expect.stringMatching(UUID),
      Description: "in front of pets",
      LockToken: expect.stringMatching(UUID),
      ARN: `arn:aws:wafv2:us-east-1:000000000000:regional/webacl/shield/${Summary.Id}`,
    });
    const shown = await wafv2().call("get_web_acl", { Name: "shield", Scope, Id: Summary.Id });
    expect(shown.LockToken).toBe(Summary.LockToken);
    expect(shown.WebACL).toMatchObject({
      ARN: Summary.ARN,
      DefaultAction: Allow,
      VisibilityConfig,
      Capacity: 10 + 1 + 200,
      LabelNamespace: "awswaf:000000000000:webacl:shield:",
      Rules: [
        { Name: "evil", Statement: { ByteMatchStatement: { PositionalConstraint: "CONTAINS" } } },
        { Name: "office" },
        { Name: "common" },
      ],
    });
    expect((await wafv2().call("get_web_acl", { ARN: Summary.ARN })).WebACL).toEqual(shown.WebACL);

    await wafv2().call("associate_web_acl", { WebACLArn: Summary.ARN, ResourceArn });
    expect((await apigateway.call("get_stage", { restApiId: api, stageName: "prod" })).webAclArn).toBe(
      Summary.ARN,
    );
    expect((await wafv2().call("get_web_acl_for_resource", { ResourceArn })).WebACL.Name).toBe("shield");
    const resources = { WebACLArn: Summary.ARN, ResourceType: "API_GATEWAY" };
    expect((await wafv2().call("list_resources_for_web_acl", resources)).ResourceArns).toEqual([ResourceArn]);
    await applied(gateway);
    const status = async (of: string) => (await gateway.invoke(api, of)).status;
    expect([await status("/good"), await status("/evil")]).toEqual([200, 403]);

    const deleting = named("shield", Summary);
    expect(await wafv2().refused("delete_web_acl", deleting)).toMatchObject({
      code: "WAFAssociatedItemException",
      status: 400,
    });
    expect(await wafv2().refused("delete_ip_set", named("office", set))).toMatchObject({
      code: "WAFAssociatedItemException",
    });
    const { NextLockToken } = await wafv2().call("update_web_acl", {
      ...deleting,
      DefaultAction: { Block: {} },
      VisibilityConfig,
      Rules: [],
    });
    expect(NextLockToken).not.toBe(Summary.LockToken);
    await applied(gateway);
    expect(await status("/good")).toBe(403);
    expect(
      await wafv2().refused("update_web_acl", { ...deleting, DefaultAction: Allow, VisibilityConfig }),
    ).toMatchObject({
      code: "WAFOptimisticLockException",
      message: expect.stringContaining("couldn’t save your changes"),
    });

    await wafv2().call("disassociate_web_acl", { ResourceArn });
    expect((await wafv2().call("get_web_acl_for_resource", { ResourceArn })).WebACL).toBeUndefined();
    await wafv2().call("delete_web_acl", { ...deleting, LockToken: NextLockToken });
    await wafv2().call("delete_ip_set", named("office", set));
    expect((await wafv2().call("list_web_acls", { Scope })).WebACLs).toEqual([]);
    await applied(gateway);
    expect(await status("/good")).toBe(200);
  });

  it("has tags, which are no part of its version", async () => {
    const made = (
      await wafv2().call("create_regex_pattern_set", {
        Name: "bots",
        Scope,
        RegularExpressionList: [{ RegexString: "bot$" }],
        Tags: [{ Key: "a", Value: "1" }],
      })
    ).Summary;
    await wafv2().call("tag_resource", { ResourceARN: made.ARN, Tags: [{ Key: "b", Value: "2" }] });
    await wafv2().call("untag_resource", { ResourceARN: made.ARN, TagKeys: ["a"] });
    expect(
      (await wafv2().call("list_tags_for_resource", { ResourceARN: made.ARN })).TagInfoForResource.TagList,
    ).toEqual([{ Key: "b", Value: "2" }]);
    const changed = await wafv2().call("update_regex_pattern_set", {
      ...named("bots", made),
      RegularExpressionList: [{ RegexString: "^bot" }],
    });
    const shown = await wafv2().call("get_regex_pattern_set", { Name: "bots", Scope, Id: made.Id });
    expect(shown.RegexPatternSet.RegularExpressionList).toEqual([{ RegexString: "^bot" }]);
    expect(shown.LockToken).toBe(changed.NextLockToken);
    await wafv2().call("delete_regex_pattern_set", named("bots", { ...made, LockToken: shown.LockToken }));
  });

  it("has a logging configuration, which its updates keep", async () => {
    const acl = { Scope, DefaultAction: Allow, VisibilityConfig };
    const { Summary } = await wafv2().call("create_web_acl", { ...acl, Name: "logged" });
    const ResourceArn = Summary.ARN;
    const logs = "arn:aws:logs:us-east-1:000000000000:log-group:";
    const given = {
      ResourceArn,
      LogDestinationConfigs: [`${logs}aws-waf-logs-shield`],
      RedactedFields: [{ SingleHeader: { Name: "authorization" } }, { QueryString: {} }],
      LoggingFilter: {
        DefaultBehavior: "DROP",
        Filters: [
          {
            Behavior: "KEEP",
            Requirement: "MEETS_ANY",
            Conditions: [
              { ActionCondition: { Action: "BLOCK" } },
              { LabelNameCondition: { LabelName: "awswaf:000000000000:webacl:logged:bot" } },
            ],
          },
        ],
      },
    };
    const shown = { ...given, ManagedByFirewallManager: false, LogType: "WAF_LOGS", LogScope: "CUSTOMER" };
    const put = await wafv2().call("put_logging_configuration", { LoggingConfiguration: given });
    expect(put.LoggingConfiguration).toEqual(shown);
    const { NextLockToken } = await wafv2().call("update_web_acl", {
      ...acl,
      ...named("logged", Summary),
      Description: "changed",
    });
    expect((await wafv2().call("get_logging_configuration", { ResourceArn })).LoggingConfiguration).toEqual(
      shown,
    );
    expect((await wafv2().call("get_web_acl", { ARN: ResourceArn })).WebACL).not.toHaveProperty("Logging");
    expect((await wafv2().call("list_logging_configurations", { Scope })).LoggingConfigurations).toEqual([
      shown,
    ]);
    const elsewhere = { ...given, LogDestinationConfigs: [`${logs}shield`] };
    expect(
      await wafv2().refused("put_logging_configuration", { LoggingConfiguration: elsewhere }),
    ).toMatchObject({
      code: "WAFInvalidParameterException",
      message: expect.stringContaining("The ARN isn't valid. A valid ARN begins with arn: and includes"),
    });
    await wafv2().call("delete_logging_configuration", { ResourceArn });
    expect((await wafv2().refused("get_logging_configuration", { ResourceArn })).code).toBe(
      "WAFNonexistentItemException",
    );
    await wafv2().call("delete_web_acl", named("logged", { ...Summary, LockToken: NextLockToken }));
  });

  it("uses rule groups, whose capacity is fixed", async () => {
    const group = (
      await wafv2().call("create_rule_group", {
        Name: "own",
        Scope,
        Capacity: 50,
        VisibilityConfig,
        Rules: [rule("evil", 1, path("evil"))],
      })
    ).Summary;
    const use = rule(
      "group",
      1,
      {
        RuleGroupReferenceStatement: {
          ARN: group.ARN,
          RuleActionOverrides: [{ Name: "evil", ActionToUse: { Count: {} } }],
        },
      },
      { OverrideAction: { None: {} } },
    );
    expect((await wafv2().call("check_capacity", { Scope, Rules: [use] })).Capacity).toBe(50);
    expect((await wafv2().call("get_rule_group", { ARN: group.ARN })).RuleGroup).toMatchObject({
      Capacity: 50,
      Rules: [{ Name: "evil" }],
    });
    const many = Array.from({ length: 6 }, (_, i) => rule(`r${i}`, i, path("x")));
    expect(
      await wafv2().refused("update_rule_group", { ...named("own", group), VisibilityConfig, Rules: many }),
    ).toMatchObject({
      code: "WAFInvalidParameterException",
      message: expect.stringContaining(
        "the rules need 60 capacity units; at most 50 are allowed, field: RULE",
      ),
    });
    await wafv2().call("delete_rule_group", named("own", group));
  });

  it("lists pages, and the managed groups", async () => {
    for (const Name of ["p1", "p2", "p3"])
      await wafv2().call("create_ip_set", { Name, Scope, IPAddressVersion: "IPV6", Addresses: [] });
    const first = await wafv2().call("list_ip_sets", { Scope, Limit: 2 });
    const second = await wafv2().call("list_ip_sets", { Scope, Limit: 2, NextMarker: first.NextMarker });
    const names = [...first.IPSets, ...second.IPSets].map(({ Name }: { Name: string }) => Name);
    expect(names.filter((name: string) => name.startsWith("p"))).toEqual(["p1", "p2", "p3"]);
    const groups = await wafv2().call("list_available_managed_rule_groups", { Scope });
    expect(groups.ManagedRuleGroups.map(({ Name }: { Name: string }) => Name)).toContain(
      "AWSManagedRulesCommonRuleSet",
    );
    const described = await wafv2().call("describe_managed_rule_group", {
      VendorName: "AWS",
      Name: "AWSManagedRulesCommonRuleSet",
      Scope,
    });
    expect(described).toMatchObject({
      Capacity: 700,
      Rules: expect.arrayContaining([{ Name: "NoUserAgent_HEADER", Action: { Block: {} } }]),
    });
  });

  const create = { Name: "wrong", Scope, DefaultAction: Allow, VisibilityConfig };
  it.each<[string, object, string, string]>([
    [
      "create_web_acl",
      { ...create, Scope: "CLOUDFRONT" },
      "WAFInvalidParameterException",
      "Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT",
    ],
    [
      "create_web_acl",
      { ...create, Rules: [rule("r", 1, {})] },
      "WAFInvalidParameterException",
      "field: STATEMENT",
    ],
    [
      "create_web_acl",
      { ...create, Rules: [rule("r", 1, { GeoMatchStatement: { CountryCodes: ["DE"] } })] },
      "WAFInvalidParameterException",
      "needs a database of countries",
    ],
    [
      "create_web_acl",
      {
        ...create,
        Rules: [
          rule("r", 1, {
            IPSetReferenceStatement: { ARN: "arn:aws:wafv2:us-east-1:000000000000:regional/ipset/no/1" },
          }),
        ],
      },
      "WAFNonexistentItemException",
      "your resource doesn’t exist",
    ],
    [
      "check_capacity",
      { Scope, Rules: [rule("r", 1, { GeoMatchStatement: { CountryCodes: ["DE"] } })] },
      "WAFInvalidParameterException",
      "needs a database of countries",
    ],
    [
      "check_capacity",
      { Scope, Rules: [rule("r", 1, { AsnMatchStatement: { AsnList: [64500] } })] },
      "WAFInvalidParameterException",
      "needs a database",
    ],
    [
      "get_sampled_requests",
      {
        WebAclArn: "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/no/1",
        RuleMetricName: "ALL",
        Scope,
        TimeWindow: lately(),
        MaxItems: 1,
      },
      "WAFNonexistentItemException",
      "your resource doesn’t exist",
    ],
    [
      "get_sampled_requests",
      {
        WebAclArn: "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/no/1",
        RuleMetricName: "ALL",
        Scope,
        TimeWindow: { ...lately(), EndTime: "2020-01-01T00:00:00Z" },
        MaxItems: 1,
      },
      "WAFInvalidParameterException",
      "field: TIME_WINDOW",
    ],
    [
      "get_web_acl",
      { Name: "no", Scope, Id: "1" },
      "WAFNonexistentItemException",
      "your resource doesn’t exist",
    ],
    [
      "associate_web_acl",
      {
        WebACLArn: "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/no/1",
        ResourceArn: "arn:aws:apigateway:us-east-1::/apis/a/stages/dev",
      },
      "WAFInvalidParameterException",
      "The ARN isn't valid.",
    ],
    [
      "associate_web_acl",
      {
        WebACLArn: "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/no/1",
        ResourceArn: stageArn("nothing123"),
      },
      "WAFInvalidParameterException",
      "The referenced resource does not exist.",
    ],
  ])("%s is refused %#", async (method, params, code, message) => {
    expect(await wafv2().refused(method, params)).toMatchObject({
      class: code,
      code,
      status: 400,
      message: expect.stringContaining(message),
    });
  });

  it("shows what it inspected", async () => {
    const api = await gateway.deploy({ "GET /{proxy+}": mock("fine") });
    const { ARN } = (
      await wafv2().call("create_web_acl", {
        Name: "sampled",
        Scope,
        DefaultAction: Allow,
        VisibilityConfig,
        Rules: [rule("evil", 1, path("evil"))],
      })
    ).Summary;
    await wafv2().call("associate_web_acl", { WebACLArn: ARN, ResourceArn: stageArn(api) });
    await applied(gateway);
    for (const part of ["good", "evil"])
      await gateway.invoke(api, `/${part}`, { headers: { "X-Part": part, Authorization: "secret" } });
    const sampled = (RuleMetricName: string) =>
      wafv2().call("get_sampled_requests", {
        WebAclArn: ARN,
        RuleMetricName,
        Scope,
        TimeWindow: lately(),
        MaxItems: 100,
      });
    const { SampledRequests, PopulationSize } = await sampled("evil");
    expect([PopulationSize, SampledRequests.length]).toEqual([1, 1]);
    expect(SampledRequests[0]).toMatchObject({
      Action: "BLOCK",
      Weight: 1,
      ResponseCodeSent: 403,
      Request: {
        Method: "GET",
        URI: "/prod/evil",
        Headers: expect.arrayContaining([{ Name: "X-Part", Value: "evil" }]),
      },
    });
    expect(JSON.stringify(SampledRequests)).not.toContain("secret");
    expect((await sampled("ALL")).PopulationSize).toBe(2);
    expect((await sampled("Default_Action")).SampledRequests[0].Request.URI).toBe("/prod/good");
  });

  it("a name is taken once", async () => {
    const set = { Name: "twice", Scope, IPAddressVersion: "IPV4", Addresses: [] };
    await wafv2().call("create_ip_set", set);
    expect((await wafv2().refused("create_ip_set", set)).code).toBe("WAFDuplicateItemException");
  });
});
