import { describe, expect, it } from "vitest";
import type { Call } from "../call/call.ts";
import { compileDomainPolicy, domainAccess, type PrivateDomain } from "./domain-access.ts";

const place = { domainName: "own.example.com", accountId: "123456789012", region: "eu-west-1" };
const ARN = "arn:aws:execute-api:eu-west-1:123456789012:/domainnames/own.example.com";

const statement = (more: object = {}, Effect = "Allow") => ({
  Effect,
  Principal: "*",
  Action: "execute-api:Invoke",
  Resource: "execute-api:/*",
  ...more,
});
const policyOf = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const OPEN = policyOf(statement());

const call = (vpcEndpointId: string | undefined, url = "/pets/7?x=/admin", more: object = {}) =>
  ({
    url,
    headers: ["Host", place.domainName],
    network: { vpcEndpointId },
    sourceIp: "10.1.2.3",
    startUnixMs: 0,
    scheme: "https",
    ...more,
  }) as unknown as Call;

const admits = (of: Partial<PrivateDomain>, one = call("vpce-1a")) =>
  domainAccess({
    ...place,
    policy: OPEN,
    vpcEndpointIds: ["vpce-1a"],
    vpcs: { "vpce-1a": "vpc-1" },
    ...of,
  }).admits(one);

describe("a private domain", () => {
  it("takes calls only through VPC endpoints with an access association, if its policy allows them", () => {
    const none = { policy: undefined };
    expect([admits({}), admits({ vpcEndpointIds: [] }), admits(none)]).toEqual([true, false, false]);
    for (const through of ["vpce-2b", undefined, "", "toString"])
      expect(admits({}, call(through))).toBe(false);
  });

  const only = (Condition: object) => policyOf(statement({ Condition }));
  const but = (Condition: object) => policyOf(statement(), statement({ Condition }, "Deny"));
  it.each<[string, string, boolean]>([
    ["the endpoint", only({ StringEquals: { "aws:SourceVpce": "vpce-1a" } }), true],
    ["another endpoint", only({ StringEquals: { "aws:SourceVpce": "vpce-2b" } }), false],
    ["all but the endpoint", but({ StringNotEquals: { "aws:SourceVpce": "vpce-1a" } }), true],
    ["all but another endpoint", but({ StringNotEquals: { "aws:SourceVpce": "vpce-2b" } }), false],
    ["the VPC", only({ StringEquals: { "aws:SourceVpc": "vpc-1" } }), true],
    ["another VPC", only({ StringEquals: { "aws:SourceVpc": "vpc-2" } }), false],
    ["all but the VPC", but({ StringNotEquals: { "aws:SourceVpc": "vpc-1" } }), true],
    ["the network", only({ IpAddress: { "aws:VpcSourceIp": "10.0.0.0/8" } }), true],
    ["another network", only({ IpAddress: { "aws:VpcSourceIp": "192.0.2.0/24" } }), false],
    ["an address of the Internet", only({ IpAddress: { "aws:SourceIp": "10.0.0.0/8" } }), false],
    ["the region", only({ StringEquals: { "aws:RequestedRegion": "eu-west-1" } }), true],
    ["TLS", only({ Bool: { "aws:SecureTransport": "true" } }), true],
  ])("that allows %s", (_what, policy, wanted) => {
    expect(admits({ policy })).toBe(wanted);
  });

  it("knows no VPC of an endpoint that its account does not have", () => {
    const policy = only({ StringEquals: { "aws:SourceVpc": "vpc-1" } });
    expect(admits({ policy, vpcs: {} })).toBe(false);
    expect(admits({ policy: but({ StringNotEquals: { "aws:SourceVpc": "vpc-1" } }), vpcs: {} })).toBe(false);
  });

  it.each<[string, string, boolean]>([
    ["execute-api:/*", "/pets/7", true],
    ["*", "/pets/7", true],
    [`${ARN}/*`, "/", true],
    [ARN, "/pets/7", true],
    [`${ARN}+abcd1234`, "/pets/7", true],
    [`${ARN}+abcd1234/*`, "/pets/7", true],
    [`${ARN.replace("own", "other")}/*`, "/pets/7", false],
    ["execute-api:/pets/*", "/pets/7", true],
    ["execute-api:/pets/*", "/pets", false],
    ["execute-api:/pets/*", "/%70ets/7", true],
    ["execute-api:/pets/*", "/shop?/pets/7", false],
  ])("with a policy for %s: %s is taken: %s", (Resource, url, wanted) => {
    expect(admits({ policy: policyOf(statement({ Resource })) }, call("vpce-1a", url))).toBe(wanted);
  });

  it("is not got past with another spelling of a path", () => {
    const policy = policyOf(statement(), statement({ Resource: "execute-api:/admin/*" }, "Deny"));
    for (const url of [
      "/admin/x",
      "//admin/x",
      "/%61dmin/x",
      "/admin//x",
      "/admin/x?y",
      "/admin;a=1/x",
      "/%61dmin%2Fx",
      "/admin%2Fx",
    ])
      expect(admits({ policy }, call("vpce-1a", url))).toBe(false);
    expect(admits({ policy }, call("vpce-1a", "/pets"))).toBe(true);
  });

  it.each<[string, string, string]>([
    ["text", "{", ""],
    ["no statements", "{}", ".Statement"],
    ["an account", policyOf(statement({ Principal: { AWS: "123456789012" } })), ".Statement[0].Principal"],
    [
      "anybody but an account",
      policyOf({ ...statement(), Principal: undefined, NotPrincipal: "*" }),
      ".Statement[0].Principal",
    ],
    [
      "a caller",
      policyOf(statement({ Condition: { StringEquals: { "AWS:principalArn": "arn:aws:iam::1:user/a" } } })),
      ".Statement[0].Condition.StringEquals.AWS:principalArn",
    ],
    [
      "the name of a caller in a path",
      policyOf(statement({ Resource: "execute-api:/\u0024{aws:username}/*" })),
      ".Statement[0]",
    ],
  ])("with a policy that asks for %s takes no calls, and the policy has a problem", (_what, policy, at) => {
    const { problems } = compileDomainPolicy(policy, place);
    expect(problems.map(({ path }) => path)).toContain(at);
    expect(admits({ policy })).toBe(false);
  });
});
