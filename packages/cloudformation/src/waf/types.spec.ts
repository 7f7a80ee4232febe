import { describe, expect, it } from "vitest";
import { planStack } from "../index.ts";

const IDENTITY = { name: "shop", accountId: "123456789012", region: "eu-west-1", parameters: {} };

function planned(resources: string, outputs = "") {
  const { entities, findings, outputs: values } = planStack(`Resources:\n${resources}\n${outputs}`, IDENTITY);
  return {
    errors: findings
      .filter(({ level }) => level === "error")
      .map(({ pointer, message }) => `${pointer} ${message}`),
    specOf: (kind: string) => entities.find(({ manifest }) => manifest.kind === kind)?.manifest,
    values,
  };
}

const STAGE = `
  Api: { Type: AWS::ApiGateway::RestApi, Properties: { Name: api } }
  Root:
    Type: AWS::ApiGateway::Method
    Properties: { RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: GET, Integration: { Type: MOCK } }
  Deployed: { Type: AWS::ApiGateway::Deployment, DependsOn: Root, Properties: { RestApiId: !Ref Api } }
  Stage: { Type: AWS::ApiGateway::Stage, Properties: { RestApiId: !Ref Api, DeploymentId: !Ref Deployed, StageName: prod } }`;
const VISIBLE = "{ SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: m }";
const ACL = `
  Office: { Type: AWS::WAFv2::IPSet, Properties: { Name: office, Scope: REGIONAL, IPAddressVersion: IPV4, Addresses: [192.0.2.0/24], Tags: [{ Key: a, Value: b }] } }
  Bots: { Type: AWS::WAFv2::RegexPatternSet, Properties: { Scope: REGIONAL, RegularExpressionList: ["bot$"] } }
  Group: { Type: AWS::WAFv2::RuleGroup, Properties: { Scope: REGIONAL, Capacity: "50", VisibilityConfig: ${VISIBLE}, Rules: [] } }
  Shield:
    Type: AWS::WAFv2::WebACL
    Properties:
      Name: shield
      Scope: REGIONAL
      DefaultAction: { Allow: {} }
      VisibilityConfig: ${VISIBLE}
      CustomResponseBodies: { Slow: { ContentType: TEXT_PLAIN, Content: slow } }
      Rules:
        - Name: office
          Priority: "1"
          Action: { Block: { CustomResponse: { ResponseCode: 429, CustomResponseBodyKey: Slow } } }
          VisibilityConfig: ${VISIBLE}
          Statement:
            AndStatement:
              Statements:
                - IPSetReferenceStatement: { ARN: !GetAtt Office.Arn }
                - ByteMatchStatement:
                    SearchString: evil
                    FieldToMatch: { UriPath: {} }
                    PositionalConstraint: CONTAINS
                    TextTransformations: [{ Priority: "0", Type: NONE }]
        - Name: group
          Priority: 2
          OverrideAction: { None: {} }
          VisibilityConfig: ${VISIBLE}
          Statement: { RuleGroupReferenceStatement: { ARN: !GetAtt Group.Arn } }`;
const ASSOCIATION = `
  Use:
    Type: AWS::WAFv2::WebACLAssociation
    Properties:
      WebACLArn: !GetAtt Shield.Arn
      ResourceArn: !Sub "arn:aws:apigateway:\${AWS::Region}::/restapis/\${Api}/stages/\${Stage}"`;

describe("types of wafv2 become", () => {
  it("a web ACL with what it refers to, and the web ACL of a stage", () => {
    const { errors, specOf, values } = planned(
      STAGE + ACL + ASSOCIATION,
      "Outputs: { Arn: { Value: !GetAtt Shield.Arn }, Ref: { Value: !Ref Shield }, Labels: { Value: !GetAtt Shield.LabelNamespace } }",
    );
    expect(errors).toEqual([]);
    const arn = values.Arn?.value ?? "";
    expect(arn).toMatch(/^arn:aws:wafv2:eu-west-1:123456789012:regional\/webacl\/shield\/[0-9a-f-]{36}$/);
    expect(values.Ref?.value).toBe(`shield|${arn.split("/").at(-1)}|REGIONAL`);
    expect(values.Labels?.value).toBe("awswaf:123456789012:webacl:shield:");
    expect(specOf("WebAcl")).toMatchObject({
      id: "shield",
      spec: {
        customResponseBodies: { Slow: { contentType: "TEXT_PLAIN", content: "slow" } },
        rules: [
          {
            name: "office",
            priority: 1,
            statement: {
              andStatement: {
                statements: [
                  { ipSetReferenceStatement: { arn: expect.stringContaining("regional/ipset/office/") } },
                  {
                    byteMatchStatement: {
                      searchString: "evil",
                      textTransformations: [{ priority: 0, type: "NONE" }],
                    },
                  },
                ],
              },
            },
          },
          {
            statement: {
              ruleGroupReferenceStatement: { arn: expect.stringContaining("rulegroup/shop-Group/") },
            },
          },
        ],
      },
    });
    expect(specOf("IpSet")).toMatchObject({
      id: "office",
      spec: { ipAddressVersion: "IPV4", tags: { a: "b" } },
    });
    expect(specOf("RegexPatternSet")).toMatchObject({
      id: "shop-Bots",
      spec: { regularExpressions: ["bot$"] },
    });
    expect(specOf("RuleGroup")).toMatchObject({ id: "shop-Group", spec: { capacity: 50 } });
    expect(specOf("Stage")).toMatchObject({ spec: { webAclId: "shield" } });
  });

  it.each([
    [
      "a stage elsewhere",
      "arn:aws:apigateway:eu-west-1::/restapis/abcdefghij/stages/prod",
      "is not a stage of this template",
    ],
    [
      "no stage of a REST API",
      "arn:aws:apigateway:eu-west-1::/apis/abcdefghij/stages/prod",
      "must be the ARN of a stage of a REST API",
    ],
  ])("an error: %s", (_what, arn, message) => {
    const use = `\n  Use: { Type: AWS::WAFv2::WebACLAssociation, Properties: { WebACLArn: !GetAtt Shield.Arn, ResourceArn: "${arn}" } }`;
    expect(planned(STAGE + ACL + use).errors).toEqual([expect.stringContaining(message)]);
  });

  it.each(["arn:aws:wafv2:us-west-2:000000000000:regional/webacl/shield/1", "arn:aws:wafv2:::x"])(
    "an error: a web ACL elsewhere: %s",
    (arn) => {
      const stage = "arn:aws:apigateway:eu-west-1::/restapis/abcdefghij/stages/prod";
      const use = `\n  Use: { Type: AWS::WAFv2::WebACLAssociation, Properties: { WebACLArn: "${arn}", ResourceArn: "${stage}" } }`;
      expect(planned(STAGE + ACL + use).errors).toEqual([
        expect.stringContaining("is not the ARN of a web ACL of account"),
      ]);
    },
  );

  const LOGS = "arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-shop";
  const logged = (arn: string) => `
  Logs:
    Type: AWS::WAFv2::LoggingConfiguration
    Properties:
      ResourceArn: ${arn}
      LogDestinationConfigs: ["${LOGS}"]
      RedactedFields: [{ SingleHeader: { Name: authorization } }, { UriPath: {} }]
      LoggingFilter:
        DefaultBehavior: KEEP
        Filters:
          - { Behavior: DROP, Requirement: MEETS_ALL, Conditions: [{ ActionCondition: { Action: ALLOW } }] }`;

  it("the logging of a web ACL", () => {
    const { errors, specOf, values } = planned(
      ACL + logged("!GetAtt Shield.Arn"),
      "Outputs: { Ref: { Value: !Ref Logs }, Arn: { Value: !GetAtt Shield.Arn } }",
    );
    expect(errors).toEqual([]);
    expect(specOf("WebAcl")?.spec).toMatchObject({
      logging: {
        logDestinationConfigs: [LOGS],
        redactedFields: [{ singleHeader: { name: "authorization" } }, { uriPath: {} }],
        loggingFilter: {
          defaultBehavior: "KEEP",
          filters: [
            {
              behavior: "DROP",
              requirement: "MEETS_ALL",
              conditions: [{ actionCondition: { action: "ALLOW" } }],
            },
          ],
        },
      },
    });
    expect(values.Ref?.value).toBe(values.Arn?.value);
  });

  it("an error: the logging of a web ACL elsewhere, or to a destination that is none", () => {
    const elsewhere = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/other/1";
    expect(planned(ACL + logged(elsewhere)).errors).toEqual([
      expect.stringContaining("is not the ARN of a web ACL of this template"),
    ]);
    expect(planned(ACL + logged("!GetAtt Shield.Arn").replace("aws-waf-logs-", "")).errors).toEqual([
      expect.stringContaining("whose name begins with aws-waf-logs-"),
    ]);
  });

  it("nothing is created for CloudFront, whatever it contains", () => {
    const acl = `  Acl: { Type: AWS::WAFv2::WebACL, Properties: { Scope: CLOUDFRONT, DefaultAction: { Allow: {} }, VisibilityConfig: ${VISIBLE},
      Rules: [{ Name: far, Priority: 0, Statement: { GeoMatchStatement: { CountryCodes: [AQ] } }, Action: { Block: {} }, VisibilityConfig: ${VISIBLE} }] } }`;
    const outputs = "Outputs: { Arn: { Value: !GetAtt Acl.Arn } }";
    const { errors, specOf, values } = planned(acl + logged("!GetAtt Acl.Arn"), outputs);
    expect([errors, specOf("WebAcl")]).toEqual([[], undefined]);
    expect(values.Arn?.value).toContain(":123456789012:global/webacl/");
  });

  it("an error: another scope", () => {
    const set =
      "  Set: { Type: AWS::WAFv2::IPSet, Properties: { Scope: GLOBAL, IPAddressVersion: IPV4, Addresses: [] } }";
    expect(planned(set).errors).toEqual([expect.stringContaining("must be REGIONAL, or CLOUDFRONT")]);
  });
});
