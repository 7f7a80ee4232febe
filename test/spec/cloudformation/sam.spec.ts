import { describe, expect, it } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { applyStack } from "../../kit/stack.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway({ functions: ["authorizer", "shapes"] });

const template = (path: string) => `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Runtime: nodejs22.x, Handler: index.handler, InlineCode: run elsewhere }
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Cors: { AllowOrigin: "'https://shop.example'", AllowHeaders: "'x-token'" }
      Models: { Pet: { type: object, required: [name] } }
      Auth:
        DefaultAuthorizer: Token
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers: { Token: { FunctionArn: !GetAtt Authorizer.Arn, Identity: { Header: x-token } } }
  Authorizer: { Type: AWS::Serverless::Function, Properties: { FunctionName: authorizer } }
  Shapes:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: shapes
      Events:
        Guarded: { Type: Api, Properties: { Path: ${path}, Method: get, RestApiId: !Ref Api } }
        Open:
          Type: Api
          Properties:
            Path: /open
            Method: post
            RestApiId: !Ref Api
            Auth: { Authorizer: NONE }
            RequestModel: { Model: Pet, Required: true, ValidateBody: true }
Outputs:
  Api: { Value: !Ref Api }
  Stage: { Value: !Ref Api.Stage }
`;

const apply = (text: string, ...args: string[]) => applyStack(gateway, "sam", text, ...args);

describe("a SAM template", () => {
  it("is served: functions, authorizers, models and CORS; a change is deployed automatically", async () => {
    const { outputs, findings } = await apply(template("/guarded"));
    expect(outputs.Stage).toBe("prod");
    expect(findings).toContainEqual(
      expect.objectContaining({
        line: 5,
        message: expect.stringContaining("do not belong to the gateway") as string,
      }),
    );
    const api = outputs.Api ?? "";
    const statusOf = async (path: string, options: object = {}) =>
      (await gateway.invoke(api, path, options)).status;
    expect(await statusOf("/guarded")).toBe(401);
    expect(await statusOf("/guarded", { headers: { "x-token": "deny" } })).toBe(403);
    const allowed = await gateway.invoke(api, "/guarded", { headers: { "x-token": "allow" } });
    expect(JSON.parse(allowed.body)).toMatchObject({ resource: "/guarded", httpMethod: "GET" });
    const json = { method: "POST", headers: { "content-type": "application/json" } };
    expect(await statusOf("/open", { ...json, body: "{}" })).toBe(400);
    expect(await statusOf("/open", { ...json, body: '{"name":"Rex"}' })).toBe(200);
    const preflight = await gateway.invoke(api, "/guarded", { method: "OPTIONS" });
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": "https://shop.example",
      "access-control-allow-methods": "GET,OPTIONS",
    });

    const second = await apply(template("/moved"));
    expect(second.outputs.Api).toBe(api);
    expect(await statusOf("/moved", { headers: { "x-token": "allow" } })).toBe(200);
    expect(await statusOf("/guarded", { headers: { "x-token": "allow" } })).toBe(403);
  });

  it("that asks for what is not served is refused with the line, or applied without it where that is wanted", async () => {
    const more = template("/moved").replace(
      "Outputs:",
      "  Rule: { Type: AWS::ApiGatewayV2::ApiGatewayManagedOverrides, Properties: { ApiId: a } }\nOutputs:",
    );
    const refused = await tollgate(["apply", "-f", "-", "--stack", "sam"], gateway.cliEnv, more);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/line 31, \/Resources\/Rule\/Type: .*is not supported yet/);
    const { findings } = await apply(more, "--keep-going");
    expect(findings).toContainEqual(expect.objectContaining({ line: 31 }));
  });

  it.each([
    {
      what: "an authorizer that is not there",
      from: "Authorizer: NONE",
      to: "Authorizer: Nope",
      says: /line 29, .*'Nope' is not an authorizer of the API 'Api', which has Token/,
    },
    {
      what: "a model that is not there",
      from: "Model: Pet",
      to: "Model: Cat",
      says: /'Cat' is not one of the Models of 'Api'/,
    },
    {
      what: "an operation that is there twice",
      from: "Path: /open\n            Method: post",
      to: "Path: /x\n            Method: get",
      says: /'Api' already has GET \/x/,
    },
    {
      what: "an API that is not there",
      from: "RestApiId: !Ref Api }",
      to: "RestApiId: !Ref Gone }",
      says: /RestApiId: must be an AWS::Serverless::Api of this template/,
    },
    {
      what: "a property that is not",
      from: "StageName: prod",
      to: "StageNme: prod",
      says: /line 9, \/Resources\/Api\/Properties\/StageNme: 'StageNme' is not a known property: AWS::Serverless::Api has AccessLogSetting/,
    },
    {
      what: "a property of an event that is not",
      from: "RequestModel: {",
      to: "RequestModell: {",
      says: /\/Events\/Open\/Properties\/RequestModell: 'RequestModell' is not a known property: Api has Auth, Method/,
    },
    {
      what: "globals that are not",
      from: "Function: { Runtime",
      to: "Api: { StageName: a }\n  Function: { Runtime",
      says: /line 4, \/Globals\/Api\/StageName: must be one of Auth, Name/,
    },
    {
      what: "CORS that no browser takes",
      from: `AllowOrigin: "'https://shop.example'"`,
      to: `AllowOrigin: "'*'", AllowCredentials: true`,
      says: /AllowCredentials cannot be true if AllowOrigin is '\*'/,
    },
  ])("is refused for $what", async ({ from, to, says }) => {
    const wrong = template("/x").replace(from, to);
    const refused = await tollgate(["apply", "-f", "-", "--stack", "wrong"], gateway.cliEnv, wrong);
    expect(refused.stderr).toMatch(says);
    expect(refused.exitCode).toBe(1);
  });
});
