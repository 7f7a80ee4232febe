import { join } from "node:path";
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  DeleteRestApiCommand,
  GetRestApiCommand,
  NotFoundException,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
  paginateGetResources,
  UpdateIntegrationResponseCommand,
} from "@aws-sdk/client-api-gateway";
import { beforeAll, describe, expect, it } from "vitest";
import { run } from "../../kit/cache.ts";
import { applied, JSON_TYPE } from "../../kit/mock-api.ts";
import { awsCli } from "../../kit/python.ts";
import { IAM, useGateway } from "../../kit/use.ts";

const gateway = useGateway({ env: IAM });

const hello = async (restApiId: string) => {
  await applied(gateway);
  return (await gateway.invoke(restApiId, "/hello")).body;
};
const REQUEST = { [JSON_TYPE]: '{"statusCode": 200}' };

describe("the AWS CLI with --endpoint-url, its signatures checked", () => {
  let program: string;
  beforeAll(async () => {
    program = join(await awsCli(), "aws");
  });
  const env = () => ({
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: gateway.rootKey?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: gateway.rootKey?.secretAccessKey,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_PAGER: "",
  });
  const aws = (command: string, ...more: readonly string[]) => awsOf("apigateway", command, ...more);
  const awsOf = async (service: string, command: string, ...more: readonly string[]) => {
    const args = ["--endpoint-url", gateway.controlUrl, service, ...command.split(" "), ...more];
    const { stdout } = await run(program, args, { env: env() });
    return stdout === "" ? undefined : (JSON.parse(stdout) as Record<string, string>);
  };

  it("makes an API, deploys it, changes it and deletes it", async () => {
    const { id, rootResourceId } = (await aws("create-rest-api --name cli")) ?? {};
    const resource = await aws(
      `create-resource --rest-api-id ${id} --parent-id ${rootResourceId} --path-part hello`,
    );
    const method = `--rest-api-id ${id} --resource-id ${resource?.id} --http-method GET`;
    await aws(`put-method ${method} --authorization-type NONE`);
    await aws(`put-method-response ${method} --status-code 200`);
    await aws(`put-integration ${method} --type MOCK --request-templates`, JSON.stringify(REQUEST));
    const response = `${method} --status-code 200`;
    await aws(`put-integration-response ${response} --response-templates`, `{"${JSON_TYPE}": "by the CLI"}`);
    await aws(`create-deployment --rest-api-id ${id} --stage-name prod`);
    expect(await hello(id ?? "")).toBe("by the CLI");
    await aws(
      `update-integration-response ${response} --patch-operations`,
      "op=replace,path=/responseTemplates/application~1json,value=changed",
    );
    await aws(`create-deployment --rest-api-id ${id} --stage-name prod`);
    expect(await hello(id ?? "")).toBe("changed");
    await aws(`delete-rest-api --rest-api-id ${id}`);
    await expect(aws(`get-rest-api --rest-api-id ${id}`)).rejects.toThrow(
      `An error occurred (NotFoundException) when calling the GetRestApi operation: Invalid API identifier specified 000000000000:${id}`,
    );
  });

  it("makes a web ACL and reads it", async () => {
    const wafv2 = async (command: string, ...more: readonly string[]) =>
      (await awsOf("wafv2", `${command} --name cli --scope REGIONAL`, ...more)) as unknown as Record<
        string,
        Record<string, string>
      >;
    const { Summary } = await wafv2(
      "create-web-acl --default-action Allow={}",
      "--visibility-config",
      "SampledRequestsEnabled=false,CloudWatchMetricsEnabled=true,MetricName=cli",
    );
    const shown = await wafv2(`get-web-acl --id ${Summary?.Id}`);
    expect(shown.WebACL).toMatchObject({ Name: "cli", DefaultAction: { Allow: {} }, Capacity: 0 });
    await wafv2(`delete-web-acl --id ${Summary?.Id} --lock-token ${Summary?.LockToken}`);
  });
});

describe("@aws-sdk/client-api-gateway with an endpoint", () => {
  it("makes an API, deploys it, changes it and deletes it", async () => {
    using client = new DisposableStack();
    const sdk = new APIGatewayClient({
      endpoint: gateway.controlUrl,
      region: "us-east-1",
      credentials: gateway.rootKey as { accessKeyId: string; secretAccessKey: string },
    });
    client.defer(() => sdk.destroy());
    const api = await sdk.send(new CreateRestApiCommand({ name: "sdk" }));
    expect(api.createdDate).toBeInstanceOf(Date);
    const restApiId = api.id ?? "";
    const { id: resourceId } = await sdk.send(
      new CreateResourceCommand({ restApiId, parentId: api.rootResourceId, pathPart: "hello" }),
    );
    const method = { restApiId, resourceId, httpMethod: "GET" };
    await sdk.send(new PutMethodCommand({ ...method, authorizationType: "NONE" }));
    await sdk.send(new PutMethodResponseCommand({ ...method, statusCode: "200" }));
    await sdk.send(new PutIntegrationCommand({ ...method, type: "MOCK", requestTemplates: REQUEST }));
    const response = { ...method, statusCode: "200" };
    await sdk.send(
      new PutIntegrationResponseCommand({ ...response, responseTemplates: { [JSON_TYPE]: "by the SDK" } }),
    );
    const deploy = new CreateDeploymentCommand({ restApiId, stageName: "prod" });
    await sdk.send(deploy);
    expect(await hello(restApiId)).toBe("by the SDK");
    await sdk.send(
      new UpdateIntegrationResponseCommand({
        ...response,
        patchOperations: [{ op: "replace", path: "/responseTemplates/application~1json", value: "changed" }],
      }),
    );
    await sdk.send(deploy);
    expect(await hello(restApiId)).toBe("changed");
    const paths: (string | undefined)[] = [];
    for await (const { items = [] } of paginateGetResources({ client: sdk, pageSize: 1 }, { restApiId }))
      paths.push(...items.map(({ path }) => path));
    expect(paths).toEqual(["/", "/hello"]);
    await sdk.send(new DeleteRestApiCommand({ restApiId }));
    await expect(sdk.send(new GetRestApiCommand({ restApiId }))).rejects.toThrow(NotFoundException);
  });
});
