import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  DeleteApiCommand,
  GetApiCommand,
  NotFoundException,
  UpdateApiCommand,
  UpdateIntegrationCommand,
} from "@aws-sdk/client-apigatewayv2";
import { describe, expect, it } from "vitest";
import { run } from "../../kit/cache.ts";
import { applied } from "../../kit/mock-api.ts";
import { awsCli } from "../../kit/python.ts";
import { IAM, useFolder, useGateway, useUpstream } from "../../kit/use.ts";

const gateway = useGateway({ env: IAM });
const upstream = useUpstream(({ url }, response) => response.end(url));
const folder = useFolder();

const hello = async (apiId: string) => {
  await applied(gateway);
  return (await gateway.invoke(apiId, "/hello")).body;
};

describe("the AWS CLI with --endpoint-url, its signatures checked", () => {
  const v2 = async (command: string, ...more: readonly string[]) => {
    const args = ["--endpoint-url", gateway.controlUrl, "apigatewayv2", ...command.split(" "), ...more];
    const env = {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: gateway.rootKey?.accessKeyId,
      AWS_SECRET_ACCESS_KEY: gateway.rootKey?.secretAccessKey,
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_PAGER: "",
    };
    const { stdout } = await run(join(await awsCli(), "aws"), args, { env });
    return stdout === "" ? undefined : (JSON.parse(stdout) as Record<string, string>);
  };

  it("makes an HTTP API by its target, and exports it", async () => {
    const { ApiId: id } =
      (await v2(
        "create-api --name cli --protocol-type HTTP --route-key",
        "GET /hello",
        "--target",
        upstream.origin,
      )) ?? {};
    await applied(gateway);
    expect((await gateway.call("/hello", { host: `${id}.execute-api.local` })).body).toBe("/");
    const [name, text] = [join(folder, "api.json"), "--specification OAS30 --output-type JSON"];
    await v2(`export-api --api-id ${id} ${text} ${name}`);
    expect(JSON.parse(readFileSync(name, "utf8"))).toMatchObject({ paths: { "/hello": { get: {} } } });
    await v2(`delete-api --api-id ${id}`);
    await expect(v2(`get-api --api-id ${id}`)).rejects.toThrow(
      `An error occurred (NotFoundException) when calling the GetApi operation: Invalid API identifier specified 000000000000:${id}`,
    );
  });
});

describe("@aws-sdk/client-apigatewayv2 with an endpoint", () => {
  it("makes an HTTP API, changes it and deletes it", async () => {
    using client = new DisposableStack();
    const sdk = new ApiGatewayV2Client({
      endpoint: gateway.controlUrl,
      region: "us-east-1",
      credentials: gateway.rootKey as { accessKeyId: string; secretAccessKey: string },
    });
    client.defer(() => sdk.destroy());
    const api = await sdk.send(new CreateApiCommand({ Name: "sdk", ProtocolType: "HTTP" }));
    expect(api.CreatedDate).toBeInstanceOf(Date);
    const { ApiId } = api;
    const { IntegrationId } = await sdk.send(
      new CreateIntegrationCommand({
        ApiId,
        IntegrationType: "HTTP_PROXY",
        IntegrationMethod: "GET",
        IntegrationUri: upstream.origin,
        PayloadFormatVersion: "1.0",
        RequestParameters: { "overwrite:querystring.by": "the SDK" },
      }),
    );
    await sdk.send(
      new CreateRouteCommand({ ApiId, RouteKey: "GET /hello", Target: `integrations/${IntegrationId}` }),
    );
    await sdk.send(new CreateStageCommand({ ApiId, StageName: "prod", AutoDeploy: true }));
    expect(await hello(ApiId ?? "")).toBe("/?by=the%20SDK");
    await sdk.send(
      new UpdateIntegrationCommand({
        ApiId,
        IntegrationId,
        RequestParameters: { "overwrite:querystring.by": "", "overwrite:querystring.is": "changed" },
      }),
    );
    expect(await hello(ApiId ?? "")).toBe("/?is=changed");
    await sdk.send(new UpdateApiCommand({ ApiId, Description: "gone soon" }));
    await sdk.send(new DeleteApiCommand({ ApiId }));
    await expect(sdk.send(new GetApiCommand({ ApiId }))).rejects.toThrow(NotFoundException);
  });
});
