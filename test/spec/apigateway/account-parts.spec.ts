import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { functionUri, startFunctions } from "../../kit/functions.ts";
import { createMockApi, patchOf } from "../../kit/mock-api.ts";
import { useBoto, useGateway, useScope } from "../../kit/use.ts";

const gateway = useGateway();
const boto = useBoto(gateway);
const scope = useScope();

describe("client certificates", () => {
  it("are created with their own key, which is never shown", async () => {
    const made = await boto.call("generate_client_certificate", {
      description: "to upstreams",
      tags: { a: "1" },
    });
    expect(made).toMatchObject({
      clientCertificateId: expect.stringMatching(/^[a-z0-9]{6}$/),
      description: "to upstreams",
      tags: { a: "1" },
    });
    const certificate = new X509Certificate(made.pemEncodedCertificate);
    expect(certificate.subject).toBe("CN=ApiGateway");
    expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    const days = (Date.parse(made.expirationDate) - Date.parse(made.createdDate)) / 86_400_000;
    expect(days).toBe(365);
    expect(new Date(certificate.validTo).getTime()).toBe(Date.parse(made.expirationDate));

    const id = { clientCertificateId: made.clientCertificateId };
    expect(await boto.call("get_client_certificate", id)).toEqual({
      ...made,
      ResponseMetadata: expect.anything(),
    });
    const { entity } = await gateway.config.get({ kind: "ClientCertificate", id: made.clientCertificateId });
    expect(entity?.specJson).not.toContain("PRIVATE KEY");
    const secret = await gateway.config.get({
      kind: "ClientCertificate",
      id: made.clientCertificateId,
      includeSecrets: true,
    });
    const { privateKey } = JSON.parse(secret.entity?.specJson ?? "{}") as { privateKey: string };
    expect(certificate.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);

    const patchOperations = [patchOf("replace", "/description", "renamed")];
    expect(await boto.call("update_client_certificate", { ...id, patchOperations })).toMatchObject({
      description: "renamed",
    });
    const { restApiId } = await createMockApi(boto);
    await boto.call("create_deployment", { restApiId, stageName: "prod" });
    const point = (value: string) =>
      boto.call("update_stage", {
        restApiId,
        stageName: "prod",
        patchOperations: [patchOf("replace", "/clientCertificateId", value)],
      });
    expect(await point(made.clientCertificateId)).toMatchObject(id);
    expect((await boto.refused("delete_client_certificate", id)).message).toContain("refers to it");
    expect(await point("")).not.toHaveProperty("clientCertificateId");
    await boto.call("delete_client_certificate", id);
    expect(await boto.refused("get_client_certificate", id)).toMatchObject({
      code: "NotFoundException",
      message: "Invalid Client Certificate identifier specified",
    });
    expect((await boto.call("get_client_certificates")).items ?? []).toEqual([]);
  });
});

describe("a file of API keys", () => {
  const VALUE = "k".repeat(40);
  const importKeys = (body: string, more: object = {}) =>
    boto.call("import_api_keys", { format: "csv", body, ...more });

  it("makes keys and puts them into plans", async () => {
    const plan = await boto.call("create_usage_plan", { name: "gold" });
    const { ids, warnings } = await importKeys(
      `Name,key,description,Enabled,usageplanIds\nfirst,${VALUE},"one, of two",TRUE,"${plan.id}"\nsecond,${VALUE}2,,false,"${plan.id},nothere"\n`,
    );
    expect(ids).toHaveLength(2);
    expect(warnings).toEqual(["line 3: Invalid Usage Plan ID specified: nothere"]);
    expect(await boto.call("get_api_key", { apiKey: ids[0], includeValue: true })).toMatchObject({
      name: "first",
      value: VALUE,
      description: "one, of two",
      enabled: true,
    });
    const { items } = await boto.call("get_usage_plan_keys", { usagePlanId: plan.id });
    expect(items.map(({ name }: { name: string }) => name).sort()).toEqual(["first", "second"]);
    const again = await importKeys(`name,key\nfirst,${VALUE}\n`);
    expect(again.warnings).toEqual(["line 2: API Key already exists"]);
    expect(
      (
        await boto.refused("import_api_keys", {
          format: "csv",
          failOnWarnings: true,
          body: `name,key\nx,${VALUE}\n`,
        })
      ).message,
    ).toBe("Unable to import the API keys: line 2: API Key already exists");
  });

  it.each([
    ["name,value\na,b\n", "'value' is not a column; the first line must name the columns name, key"],
    ["name\na\n", "the column 'key' is missing"],
    ["name,key\na,short\n", "API Key value should be at least 20 characters"],
    ['name,key\na,"b\n', "Invalid API key file: Quote Not Closed"],
  ])("%j is refused whole", async (body, message) => {
    const before = (await boto.call("get_api_keys", { limit: 500 })).items.length;
    expect(await boto.refused("import_api_keys", { format: "csv", body })).toMatchObject({
      code: "BadRequestException",
      message: expect.stringContaining(message),
    });
    expect((await boto.call("get_api_keys", { limit: 500 })).items).toHaveLength(before);
  });
});

describe("access associations of private domains", () => {
  it("are stored, listed and deleted by either side", async () => {
    const domainName = "inner.example.com";
    await boto.call("create_domain_name", { domainName, endpointConfiguration: { types: ["PRIVATE"] } });
    const domainNameArn = `arn:aws:apigateway:us-east-1:000000000000:/domainnames/${domainName}`;
    const asked = {
      domainNameArn,
      accessAssociationSourceType: "VPCE",
      accessAssociationSource: "vpce-0a1b2c3d",
    };
    const made = await boto.call("create_domain_name_access_association", asked);
    expect(made).toMatchObject(asked);
    const { domainNameAccessAssociationArn } = made;
    expect((await boto.call("get_domain_name_access_associations")).items).toEqual([
      expect.objectContaining({ domainNameAccessAssociationArn }),
    ]);
    expect((await boto.refused("delete_domain_name", { domainName })).message).toContain("refers to it");
    await boto.call("reject_domain_name_access_association", {
      domainNameAccessAssociationArn,
      domainNameArn,
    });
    expect((await boto.call("get_domain_name_access_associations")).items ?? []).toEqual([]);
    const other = await boto.call("create_domain_name_access_association", asked);
    await boto.call("delete_domain_name_access_association", {
      domainNameAccessAssociationArn: other.domainNameAccessAssociationArn,
    });
    expect(
      await boto.refused("delete_domain_name_access_association", {
        domainNameAccessAssociationArn: other.domainNameAccessAssociationArn,
      }),
    ).toMatchObject({ code: "NotFoundException" });
    await boto.call("create_domain_name", { domainName: "outer.example.com" });
    for (const [params, message] of [
      [{ ...asked, domainNameArn: "x" }, "ARN is not well formed x"],
      [
        { ...asked, domainNameArn: domainNameArn.replace("inner", "none") },
        "Invalid domain name identifier specified",
      ],
      [{ ...asked, domainNameArn: domainNameArn.replace("inner", "outer") }, "is not private"],
      [{ ...asked, accessAssociationSource: "eni-1" }, "must be the id of a VPC endpoint"],
    ] as const)
      expect((await boto.refused("create_domain_name_access_association", params)).message).toContain(
        message,
      );
  });
});

describe("TestInvokeAuthorizer", () => {
  it("returns the decision of a Lambda authorizer", async () => {
    const functions = scope.use(await startFunctions("authorizer"));
    await gateway.apply([{ kind: "ServiceEndpoint", id: "lambda.us-east-1", spec: { url: functions.url } }]);
    const { restApiId } = await createMockApi(boto);
    const { id: authorizerId } = await boto.call("create_authorizer", {
      restApiId,
      name: "token",
      type: "TOKEN",
      authorizerUri: functionUri("authorizer"),
      identitySource: "method.request.header.Authorization",
    });
    const test = (headers: Record<string, string>) =>
      boto.call("test_invoke_authorizer", { restApiId, authorizerId, headers });
    const allowed = await test({ Authorization: "allow" });
    expect(allowed).toMatchObject({
      clientStatus: 0,
      principalId: "caller",
      authorization: { flag: ["true"] },
      latency: expect.any(Number),
    });
    expect(JSON.parse(allowed.policy).Statement).toEqual([
      { Action: "execute-api:Invoke", Effect: "Allow", Resource: "*" },
    ]);
    expect(allowed.log).toContain("Execution log for request");
    const denied = await test({ Authorization: "deny" });
    expect([denied.clientStatus, JSON.parse(denied.policy).Statement[0].Effect]).toEqual([0, "Deny"]);
    expect(await test({ Authorization: "unauthorized" })).toMatchObject({ clientStatus: 401 });
    expect(await test({ Authorization: "throw" })).toMatchObject({ clientStatus: 500 });
    expect((await test({})).clientStatus).toBe(401);
    expect(
      await boto.refused("test_invoke_authorizer", { restApiId, authorizerId: "nothere" }),
    ).toMatchObject({ code: "NotFoundException", message: "Invalid Authorizer identifier specified" });
  });
});
