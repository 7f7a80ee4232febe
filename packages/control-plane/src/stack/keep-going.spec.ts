import { describe, expect, it } from "vitest";
import { all, restResources, stacked, useApplication } from "../change/ways-in.contract.ts";

useApplication();

const api = { Ref: "Api" };
/** An authorizer that cannot be created, a method that it guards, and another method. */
const guarded = {
  Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "stacked" } },
  Broken: {
    Type: "AWS::ApiGateway::Authorizer",
    Properties: {
      RestApiId: api,
      Name: "users",
      Type: "COGNITO_USER_POOLS",
      ProviderARNs: ["no pool"],
      IdentitySource: "method.request.header.Authorization",
    },
  },
  Path: {
    Type: "AWS::ApiGateway::Resource",
    Properties: {
      RestApiId: api,
      ParentId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
      PathPart: "guarded",
    },
  },
  Guarded: method(
    { Ref: "Path" },
    { AuthorizationType: "COGNITO_USER_POOLS", AuthorizerId: { Ref: "Broken" } },
  ),
  Open: method({ "Fn::GetAtt": ["Api", "RootResourceId"] }, { AuthorizationType: "NONE" }),
  Deployment: {
    Type: "AWS::ApiGateway::Deployment",
    DependsOn: ["Open", "Guarded"],
    Properties: { RestApiId: api, StageName: "live" },
  },
};

function method(ResourceId: object, properties: object) {
  return {
    Type: "AWS::ApiGateway::Method",
    Properties: {
      RestApiId: api,
      ResourceId,
      HttpMethod: "GET",
      Integration: { Type: "MOCK" },
      ...properties,
    },
  };
}

describe("a template of which something cannot be created", () => {
  it("is refused as a whole", async () => {
    await expect(stacked(guarded)).rejects.toThrow();
    expect(all("RestApi")).toEqual([]);
  });

  it("is applied without it and what refers to it, where that is wanted", async () => {
    const { findings } = await stacked(guarded, "shop", true);
    expect(all("Authorizer")).toEqual([]);
    expect(all("Resource").map(({ spec }) => spec.path)).toEqual(["/"]);
    expect(all("Stage").map(({ id }) => id)).toEqual(["live"]);
    expect(findings.map(({ pointer, message }) => `${pointer} ${message}`)).toContainEqual(
      expect.stringMatching(/^\/Resources\/Path is left out: it refers to Broken, which cannot be created$/),
    );
  });

  it("without its API nothing of it is left", async () => {
    const { Type, Properties } = guarded.Api;
    await stacked(
      { ...guarded, Api: { Type, Properties: { ...Properties, ApiKeySourceType: "NOWHERE" } } },
      "shop",
      true,
    );
    expect([...all("RestApi"), ...all("Resource"), ...all("Stage")]).toEqual([]);
  });

  it("nothing else is left out", async () => {
    const { findings } = await stacked(restResources(), "shop", true);
    expect(findings.filter(({ message }) => message.includes("left out"))).toEqual([]);
    expect(all("RestApi")).toHaveLength(1);
  });
});
