import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { startIdentityProvider } from "../../kit/identity-provider.ts";
import { type AppliedStack, applyStack } from "../../kit/stack.ts";
import { use, useGateway, useScope } from "../../kit/use.ts";

const provider = use(startIdentityProvider);
const gateway = useGateway({ functions: ["shapes"] });
const scope = useScope();

const apply = (text: string, stack: string, ...args: string[]) => applyStack(gateway, stack, text, ...args);

const sam = (path: string) => `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Runtime: nodejs22.x, Handler: index.handler, InlineCode: run elsewhere }
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: { AllowOrigins: ["https://shop.example"], AllowMethods: [GET], AllowHeaders: [authorization] }
      Auth:
        DefaultAuthorizer: Jwt
        Authorizers:
          Jwt:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: { issuer: "${provider.issuer}", audience: [tollgate] }
            AuthorizationScopes: [read]
  Shapes:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: shapes
      Events:
        Guarded: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: "${path}/{id}", Method: get } }
        Open: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: /open, Method: any, Auth: { Authorizer: NONE } } }
Outputs:
  Api: { Value: !Ref Api }
`;

describe("an HTTP API of a SAM template", () => {
  it("is served with its functions, authorizers and CORS; is changed, refused and deleted as a stack", async () => {
    const first = await apply(sam("/guarded"), "http");
    const api = first.outputs.Api ?? "";
    const call = (path: string, options: object = {}) =>
      gateway.call(path, { host: `${api}.execute-api.local`, ...options });
    const bearer = { headers: { authorization: `Bearer ${await provider.token({ scope: "read" })}` } };

    expect((await call("/guarded/7")).status).toBe(401);
    const allowed = await call("/guarded/7", bearer);
    expect(JSON.parse(allowed.body)).toMatchObject({
      version: "2.0",
      routeKey: "GET /guarded/{id}",
      pathParameters: { id: "7" },
      requestContext: { authorizer: { jwt: { claims: { sub: "job-1" }, scopes: ["read"] } } },
    });
    expect((await call("/open", { method: "PUT" })).status).toBe(200);
    const preflight = await call("/guarded/7", {
      method: "OPTIONS",
      headers: { origin: "https://shop.example", "access-control-request-method": "GET" },
    });
    expect([preflight.status, preflight.headers["access-control-allow-origin"]]).toEqual([
      204,
      "https://shop.example",
    ]);

    const again = await apply(sam("/guarded"), "http");
    expect(again.changes.filter(({ action }) => action !== "unchanged")).toEqual([]);

    const refused = await tollgate(
      ["apply", "-f", "-", "--stack", "http"],
      gateway.cliEnv,
      sam("/moved").replace("Path: /open", 'Path: "/a{b}"'),
    );
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("segment 'a{b}' must be characters without braces");
    expect((await call("/guarded/7", bearer)).status).toBe(200);

    const second = await apply(sam("/moved"), "http");
    expect(second.outputs.Api).toBe(api);
    expect((await call("/moved/7", bearer)).status).toBe(200);
    expect((await call("/guarded/7", bearer)).status).toBe(404);

    const gone = await tollgate(["delete", "stack", "http", "-o", "json"], gateway.cliEnv);
    await gateway.wait(BigInt((JSON.parse(gone.stdout) as AppliedStack).revision));
    expect((await call("/moved/7", bearer)).status).toBe(403);
  });
});

const plain = (answer: string) => `
Resources:
  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: plain, ProtocolType: HTTP } }
  Backend:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: arn:aws:lambda:us-east-1:000000000000:function:shapes
      PayloadFormatVersion: "2.0"
      ResponseParameters: { "200": { ResponseParameters: [{ Destination: "overwrite:header.x-version", Source: "${answer}" }] } }
  All: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Api, RouteKey: $default, Target: !Sub "integrations/\${Backend}" } }
  Made${answer}: { Type: AWS::ApiGatewayV2::Deployment, DependsOn: [All], Properties: { ApiId: !Ref Api } }
  Stage: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Api, StageName: prod, DeploymentId: !Ref Made${answer} } }
  Domain: { Type: AWS::ApiGatewayV2::DomainName, Properties: { DomainName: plain.example.com } }
  Mapping: { Type: AWS::ApiGatewayV2::ApiMapping, Properties: { ApiId: !Ref Api, DomainName: !Ref Domain, Stage: !Ref Stage, ApiMappingKey: v1 } }
`;

describe("resources of AWS::ApiGatewayV2", () => {
  it("are served behind their domain, by the deployment that the template names", async () => {
    const version = async () =>
      (await gateway.call("/v1/anything", { host: "plain.example.com" })).headers["x-version"];
    await apply(plain("one"), "plain");
    expect(await version()).toBe("one");
    await apply(plain("two"), "plain");
    expect(await version()).toBe("two");
    await apply(plain("one"), "plain");
    expect(await version()).toBe("one");
  });

  it("of a WebSocket API are stored and shown as they were written, and served", async () => {
    const template = `
Resources:
  Chat: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action } }
  Mock: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Chat, IntegrationType: MOCK } }
  Connect: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Chat, RouteKey: $connect, Target: !Sub "integrations/\${Mock}" } }
  Stage: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Chat, StageName: prod, AutoDeploy: true } }
Outputs: { Api: { Value: !Ref Chat } }
`;
    const { outputs } = await apply(template, "chat");
    const { entities } = await gateway.config.list({ kind: "Api", pageSize: 100 });
    const kept = entities.find(({ id }) => id === outputs.Api);
    expect(JSON.parse(kept?.specJson ?? "{}")).toMatchObject({ protocolType: "WEBSOCKET", name: "chat" });
    expect((await gateway.call(`/_aws/execute-api/${outputs.Api}/prod`)).status).toBe(426);
    const again = await apply(template, "chat");
    expect(again.changes.filter(({ action }) => action !== "unchanged")).toEqual([]);
  });
});

describe("definitions in buckets", () => {
  it("come from the folder given for the bucket", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tollgate-bucket-"));
    scope.defer(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, "apis"));
    const uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/shapes/invocations";
    writeFileSync(
      join(folder, "apis", "pets.json"),
      JSON.stringify({
        openapi: "3.0.1",
        info: { title: "pets", version: "1" },
        paths: {
          "/pets": {
            get: {
              "x-amazon-apigateway-integration": { type: "aws_proxy", uri, payloadFormatVersion: "2.0" },
            },
          },
        },
      }),
    );
    const template = `
Transform: AWS::Serverless-2016-10-31
Parameters: { Bucket: { Type: String, Default: definitions } }
Resources:
  Api: { Type: AWS::Serverless::HttpApi, Properties: { DefinitionUri: { Bucket: !Ref Bucket, Key: apis/pets.json } } }
Outputs: { Api: { Value: !Ref Api } }
`;
    const { outputs } = await apply(template, "bucket", "--bucket", `definitions=${folder}`);
    const reply = await gateway.call("/pets", { host: `${outputs.Api}.execute-api.local` });
    expect(JSON.parse(reply.body)).toMatchObject({ routeKey: "GET /pets" });

    const refused = async (...args: string[]) => {
      const { exitCode, stderr } = await tollgate(
        ["apply", "-f", "-", "--stack", "bucket", ...args],
        gateway.cliEnv,
        template,
      );
      expect(exitCode).not.toBe(0);
      return stderr;
    };
    expect(await refused()).toContain(
      "s3://definitions/apis/pets.json is not available: give a folder with the content of the bucket (tollgate apply --bucket definitions=FOLDER)",
    );
    expect(await refused("--bucket", "definitions")).toContain("must be NAME=VALUE");
    expect(await refused("--bucket", "definitions=/does/not/exist")).toContain("cannot read /does/not/exist");
  });
});
