import { describe, expect, it } from "vitest";
import type { PrivateNetwork } from "../call/private-network.ts";
import { callOf, FUNCTION_URI, lambda, restRoute } from "../kit/index.ts";

const network: PrivateNetwork = { vpcEndpointId: "vpce-1a" };

/** The status of a call through an endpoint to a private API that allows what the condition says. */
async function statusOf(condition: object, through: PrivateNetwork = network): Promise<number> {
  const policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "*", Condition: condition },
    ],
  });
  const integration = {
    type: "MOCK",
    requestTemplates: { "application/json": '{"statusCode": 200}' },
    integrationResponses: { "200": {} },
  };
  const route = restRoute(
    "GET /pets",
    { integration },
    {
      api: { endpointConfiguration: { types: ["PRIVATE"] }, policy },
      account: { vpcEndpoints: { "vpce-1a": "vpc-1" } },
    },
  );
  return (await callOf(route, { path: "/pets", network: through })).status;
}

describe("the resource policy of a private API", () => {
  it.each<[object, PrivateNetwork, number]>([
    [{ StringEquals: { "aws:SourceVpce": "vpce-1a" } }, network, 200],
    [{ StringEquals: { "aws:SourceVpce": ["vpce-2b", "vpce-1a"] } }, network, 200],
    [{ StringEquals: { "aws:SourceVpce": "vpce-2b" } }, network, 403],
    [{ StringEquals: { "aws:SourceVpce": "vpce-1a" } }, { vpcEndpointId: undefined }, 403],
    [{ StringEquals: { "aws:SourceVpc": "vpc-1" } }, network, 200],
    [{ StringEquals: { "aws:SourceVpc": "vpc-2" } }, network, 403],
    [{ StringEquals: { "aws:SourceVpc": "vpc-1" } }, { vpcEndpointId: "vpce-9z" }, 403],
    [{ StringNotEquals: { "aws:SourceVpc": "vpc-2" } }, network, 200],
    [{ IpAddress: { "aws:VpcSourceIp": "192.0.2.0/24" } }, network, 200],
    [{ IpAddress: { "aws:VpcSourceIp": "198.51.100.0/24" } }, network, 403],
    [{ IpAddress: { "aws:SourceIp": "192.0.2.0/24" } }, network, 403],
  ])("with %j lets in %j: %i", async (condition, through, status) => {
    expect(await statusOf(condition, through)).toBe(status);
  });
});

it("the endpoint and its VPC are in events and variables", async () => {
  let event: unknown;
  const upstream = lambda((given: unknown) => {
    event = given;
    return { statusCode: 200, body: "" };
  });
  const lines: string[] = [];
  const ports = { logs: { open: () => (_unixMs: number, line: string) => void lines.push(line) } };
  const route = restRoute(
    "GET /pets",
    { integration: { type: "AWS_PROXY", httpMethod: "POST", uri: FUNCTION_URI } },
    {
      api: { endpointConfiguration: { types: ["PRIVATE"] } },
      account: { vpcEndpoints: { "vpce-1a": "vpc-1" } },
      stage: {
        accessLogSettings: { format: "$context.identity.vpceId $context.identity.vpcId $context.requestId" },
      },
    },
  );
  await callOf(route, { path: "/pets", network }, { upstream, ports });
  expect(event).toMatchObject({ requestContext: { identity: { vpceId: "vpce-1a", vpcId: "vpc-1" } } });
  expect(lines.at(-1)).toMatch(/^vpce-1a vpc-1 /);
});
