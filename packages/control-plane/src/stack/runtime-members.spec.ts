import { describe, expect, it } from "vitest";
import { all, applied, flushed, one, stacked, useApplication } from "../change/ways-in.contract.ts";

useApplication();

const stack = (description: string) => ({
  Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "stacked" } },
  Method: {
    Type: "AWS::ApiGateway::Method",
    Properties: {
      RestApiId: { Ref: "Api" },
      ResourceId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
      HttpMethod: "GET",
      AuthorizationType: "NONE",
      Integration: { Type: "MOCK" },
    },
  },
  Deployment: {
    Type: "AWS::ApiGateway::Deployment",
    DependsOn: "Method",
    Properties: { RestApiId: { Ref: "Api" } },
  },
  Stage: {
    Type: "AWS::ApiGateway::Stage",
    Properties: {
      RestApiId: { Ref: "Api" },
      DeploymentId: { Ref: "Deployment" },
      StageName: "prod",
      Description: description,
    },
  },
  Plan: { Type: "AWS::ApiGateway::UsagePlan", Properties: { UsagePlanName: "gold" } },
  Key: { Type: "AWS::ApiGateway::ApiKey", Properties: { Name: "customer", Description: description } },
  Certificate: { Type: "AWS::ApiGateway::ClientCertificate", Properties: { Description: description } },
});

describe("members that change at runtime", () => {
  it("keep their values when the template is applied again", async () => {
    await stacked(stack("one"));
    const [{ apiId } = { apiId: "" }] = all("Stage");
    await flushed(apiId, "prod");
    const [key] = all("ApiKey");
    const [plan] = all("UsagePlan");
    const grant = { period: "DAY-2026-11-29", remaining: 5, grantTimeUnixMs: 1, usedBefore: 0 };
    await applied([
      {
        kind: "ApiKey",
        id: key?.id ?? "",
        labels: { ...key?.labels },
        spec: { ...key?.spec, quotaGrants: { [plan?.id ?? ""]: grant } },
      },
    ]);
    const [certificate] = all("ClientCertificate");

    await stacked(stack("two"));
    expect(one("Stage", "prod").spec).toMatchObject({ description: "two", cacheEpoch: 1 });
    expect(all("ApiKey")[0]?.spec).toMatchObject({
      description: "two",
      value: key?.spec.value,
      quotaGrants: { [plan?.id ?? ""]: grant },
    });
    expect(certificate?.spec.pemEncodedCertificate).toContain("BEGIN CERTIFICATE");
    expect(all("ClientCertificate")[0]?.spec).toEqual({ ...certificate?.spec, description: "two" });
  });
});

const shield = {
  Shield: {
    Type: "AWS::WAFv2::WebACL",
    Properties: {
      Name: "shield",
      Scope: "REGIONAL",
      DefaultAction: { Allow: {} },
      VisibilityConfig: {
        SampledRequestsEnabled: true,
        CloudWatchMetricsEnabled: true,
        MetricName: "shield",
      },
    },
  },
};

describe("the web ACL of a stage", () => {
  const stageArn = "arn:aws:apigateway:${AWS::Region}::/restapis/${Api}/stages/prod";
  const use = {
    Use: {
      Type: "AWS::WAFv2::WebACLAssociation",
      DependsOn: "Stage",
      Properties: { WebACLArn: { "Fn::GetAtt": ["Shield", "Arn"] }, ResourceArn: { "Fn::Sub": stageArn } },
    },
  };
  const webAcl = () => one("Stage", "prod").spec.webAclId;

  it("goes with its association in the template, and stays where something else set it", async () => {
    await stacked({ ...stack("one"), ...shield, ...use });
    expect(webAcl()).toBe("shield");
    await stacked({ ...stack("two"), ...shield });
    expect(webAcl()).toBeUndefined();
    const stage = one("Stage", "prod");
    await applied([{ ...stage, labels: { ...stage.labels }, spec: { ...stage.spec, webAclId: "shield" } }]);
    await stacked({ ...stack("three"), ...shield });
    expect([webAcl(), one("Stage", "prod").spec.description]).toEqual(["shield", "three"]);
  });
});

describe("the logging of a web ACL", () => {
  const logsTo = (group: string) => `arn:aws:logs:us-east-1:000000000000:log-group:aws-waf-logs-${group}`;
  const logs = (group: string) => ({
    Logs: {
      Type: "AWS::WAFv2::LoggingConfiguration",
      Properties: {
        ResourceArn: { "Fn::GetAtt": ["Shield", "Arn"] },
        LogDestinationConfigs: [logsTo(group)],
      },
    },
  });
  const destinations = () => one("WebAcl", "shield").spec.logging?.logDestinationConfigs;

  it("goes with its resource in the template, and stays where something else set it", async () => {
    await stacked({ ...shield, ...logs("one") });
    expect(destinations()).toEqual([logsTo("one")]);
    await stacked({ ...shield, ...logs("two") });
    expect(destinations()).toEqual([logsTo("two")]);
    await stacked(shield);
    expect(destinations()).toBeUndefined();
    const webAcl = one("WebAcl", "shield");
    const logging = { logDestinationConfigs: [logsTo("three")] };
    await applied([{ ...webAcl, labels: { ...webAcl.labels }, spec: { ...webAcl.spec, logging } }]);
    await stacked(shield);
    expect(destinations()).toEqual([logsTo("three")]);
  });
});
