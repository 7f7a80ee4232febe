import { request as httpRequest } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { type Boto, startBoto } from "../../kit/boto.ts";
import { type Signer, signed } from "../../kit/signed.ts";
import { IAM, useGateway, useScope } from "../../kit/use.ts";
import { signerOf, userOf } from "../../kit/user.ts";

const gateway = useGateway({ env: IAM });
const scope = useScope();

const ACCOUNT = "000000000000";
const OTHER_ACCOUNT = "999999999999";
const ADMIN = signerOf("admin");
const READER = signerOf("reader");
const NOBODY = signerOf("nobody");
const FOREIGN = signerOf("foreign");
const GUARDED = signerOf("guarded");
const LEFT = signerOf("left");

const allow = (...actions: string[]) => ({ Effect: "Allow", Action: actions, Resource: "*" });
const as = async (signer: Signer): Promise<Boto> => scope.use(await startBoto(gateway.controlUrl, signer));

beforeAll(async () => {
  await gateway.apply([
    userOf("admin", ADMIN, [allow("apigateway:*")]),
    userOf("reader", READER, [
      allow("apigateway:GET"),
      { Effect: "Deny", Action: "apigateway:GET", Resource: "arn:aws:apigateway:us-east-1::/account" },
      { Effect: "Allow", Action: "wafv2:*", Resource: "arn:aws:wafv2:*:*:regional/ipset/mine-*" },
    ]),
    userOf("nobody", NOBODY, []),
    userOf("left", LEFT, [allow("apigateway:*")], { status: "Inactive" }),
  ]);
  await gateway.apply([userOf("foreign", FOREIGN, [allow("apigateway:*")])], OTHER_ACCOUNT);
});

describe("callers that sign (TOLLGATE_AUTH=iam)", () => {
  it("may do what their policies allow: the action is apigateway:{method}, the resource the path", async () => {
    const admin = await as(ADMIN);
    const { id: restApiId } = await admin.call("create_rest_api", { name: "signed" });
    const reader = await as(READER);
    expect(await reader.call("get_rest_api", { restApiId })).toMatchObject({ name: "signed" });
    expect(await reader.refused("delete_rest_api", { restApiId })).toMatchObject({
      code: "AccessDeniedException",
      status: 403,
      message: `User: arn:aws:iam::${ACCOUNT}:user/reader is not authorized to perform: apigateway:DELETE on resource: arn:aws:apigateway:us-east-1::/restapis/${restApiId}`,
    });
    expect((await reader.refused("get_account")).message).toMatch(/::\/account with an explicit deny$/);
    expect(await (await as(NOBODY)).refused("get_rest_apis")).toMatchObject({
      code: "AccessDeniedException",
    });
  });

  it("may do what their policies allow in wafv2: the action is wafv2:{operation}, the resource the ARN", async () => {
    const wafv2 = (await as(READER)).as("wafv2");
    const set = { Scope: "REGIONAL", IPAddressVersion: "IPV4", Addresses: [] };
    await wafv2.call("create_ip_set", { Name: "mine-1", ...set });
    expect(await wafv2.refused("create_ip_set", { Name: "yours", ...set })).toMatchObject({
      code: "AccessDeniedException",
      message: expect.stringContaining(
        "not authorized to perform: wafv2:CreateIPSet on resource: arn:aws:wafv2:us-east-1:000000000000:regional/ipset/yours/",
      ),
    });
    expect((await wafv2.refused("list_ip_sets", { Scope: "REGIONAL" })).code).toBe("AccessDeniedException");
  });

  it("see their own account only", async () => {
    const { id: restApiId } = await (await as(ADMIN)).call("create_rest_api", { name: "own" });
    const foreign = await as(FOREIGN);
    expect((await foreign.call("get_rest_apis")).items ?? []).toEqual([]);
    expect(await foreign.refused("get_rest_api", { restApiId })).toMatchObject({
      code: "NotFoundException",
      message: `Invalid API identifier specified ${OTHER_ACCOUNT}:${restApiId}`,
    });
    await (await as(ADMIN)).call("create_domain_name", { domainName: "own.example.com" });
    expect(await foreign.refused("create_domain_name", { domainName: "own.example.com" })).toMatchObject({
      code: "BadRequestException",
      message: expect.stringContaining("belongs to another account"),
    });
    expect(await foreign.refused("delete_rest_api", { restApiId })).toMatchObject({ status: 404 });
  });

  it("tags are requested with the ARN escaped in the path", async () => {
    const admin = await as(ADMIN);
    const { id } = await admin.call("create_rest_api", { name: "tagged" });
    const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${id}`;
    await admin.call("tag_resource", { resourceArn, tags: { a: "b c/ü" } });
    expect((await admin.call("get_tags", { resourceArn })).tags).toEqual({ a: "b c/ü" });
  });

  it.each([
    [
      "a secret that is not the key's",
      { ...ADMIN, secretAccessKey: "x".repeat(40) },
      "InvalidSignatureException",
    ],
    ["a key that nobody has", signerOf("unknown"), "UnrecognizedClientException"],
    ["a key that is not active", LEFT, "UnrecognizedClientException"],
  ])("%s is refused", async (_name, signer, code) => {
    expect(await (await as(signer)).refused("get_rest_apis")).toMatchObject({ code, status: 403 });
  });

  it.each([
    ["no signature", {}, "MissingAuthenticationTokenException"],
    ["half a signature", { authorization: "AWS4-HMAC-SHA256 Credential=x" }, "IncompleteSignatureException"],
    [
      "the operators' bearer token",
      { authorization: "Bearer operators-token" },
      "IncompleteSignatureException",
    ],
  ])("%s is refused", async (_name, headers, type) => {
    const response = await fetch(`${gateway.controlUrl}/restapis`, { headers });
    expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([403, type]);
  });

  const signedGet = (
    path: string,
    signer: Signer,
    { service = "apigateway", unixMs = Date.now() }: { service?: string; unixMs?: number } = {},
  ) => {
    const { headers } = signed(signer, path, { service, unixMs });
    return new Promise<unknown[]>((resolve, reject) => {
      const call = httpRequest(
        `${gateway.controlUrl}${path}`,
        { headers: headers as string[] },
        (response) => {
          response.resume();
          resolve([response.statusCode, response.headers["x-amzn-errortype"]]);
        },
      );
      call.on("error", reject);
      call.end();
    });
  };

  it("a signature for another service, or from long ago, is refused", async () => {
    expect(await signedGet("/restapis", ADMIN)).toEqual([200, undefined]);
    const invalid = [403, "InvalidSignatureException"];
    expect(await signedGet("/restapis", ADMIN, { service: "iam" })).toEqual(invalid);
    const unserved = [404, "UnknownOperationException"];
    expect(await signedGet("/restapis", ADMIN, { service: "execute-api" })).toEqual(unserved);
    expect(await signedGet("/restapis", ADMIN, { unixMs: Date.now() - 3_600_000 })).toEqual(invalid);
  });

  it("another spelling of a path does not bypass a policy", async () => {
    const admin = await as(ADMIN);
    const { id, rootResourceId } = await admin.call("create_rest_api", { name: "guarded" });
    await admin.call("put_method", {
      restApiId: id,
      resourceId: rootResourceId,
      httpMethod: "GET",
      authorizationType: "NONE",
    });
    const guarded = `arn:aws:apigateway:us-east-1::/restapis/${id}/resources/*/methods/GET`;
    await gateway.apply([
      userOf("guarded", GUARDED, [
        allow("apigateway:GET"),
        {
          Effect: "Deny",
          Action: "apigateway:GET",
          Resource: ["arn:aws:apigateway:us-east-1::/account", guarded],
        },
      ]),
    ]);
    const method = (api: string, verb: string) =>
      `/restapis/${api}/resources/${rootResourceId}/methods/${verb}`;
    expect(await signedGet(method(id, "PUT"), GUARDED)).toEqual([404, "NotFoundException"]);
    const denied = [403, "AccessDeniedException"];
    for (const path of [
      "/account",
      "/account/",
      method(id, "GET"),
      method(id, "get"),
      method(id, "%47ET"),
      method(`%${id.charCodeAt(0).toString(16)}${id.slice(1)}`, "GET"),
    ])
      expect([path, ...(await signedGet(path, GUARDED))]).toEqual([path, ...denied]);
    const unknown = [404, "UnknownOperationException"];
    expect(await signedGet(`/restapis//stages/${id}%2Fprod`, GUARDED)).toEqual(unknown);
    expect(await signedGet(`/restapis/${id}%2Fx`, GUARDED)).toEqual(unknown);
  });

  it("probes are not signed", async () => {
    expect((await fetch(`${gateway.controlUrl}/readyz`)).status).toBe(200);
  });
});
