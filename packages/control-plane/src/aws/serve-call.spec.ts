import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { signRequest } from "@tollgate/iam";
import type { Application } from "../application.ts";
import { createAccounts } from "../change/accounts.ts";
import { createIdentities } from "../identity/identities.ts";
import { Sessions } from "../identity/sessions.ts";
import { startMemoryApplication } from "../memory-application.ts";
import type { AdapterContext } from "./adapter-context.ts";
import { createApplicationPort } from "./application-port.ts";
import { CallRate } from "./call-rate.ts";
import type { HttpCall } from "./http-call.ts";
import { serveCall } from "./serve-call.ts";

const ACCOUNT = "000000000000";
let application: Application & AsyncDisposable;
let context: AdapterContext;
beforeEach(async () => {
  application = await startMemoryApplication();
  const port = createApplicationPort(application);
  context = {
    application,
    port,
    identities: createIdentities(createAccounts(application)),
    sessions: new Sessions(application),
    isSigned: false,
    region: "us-east-1",
    rate: new CallRate(),
  };
});
afterEach(() => application[Symbol.asyncDispose]());

const requestOf = (method: string, path: string, body = "", headers: readonly string[] = []): HttpCall => ({
  requestId: "request-1",
  method,
  path,
  query: "",
  headers: ["Host", "localhost", ...headers],
  body: Buffer.from(body),
  sourceIp: "127.0.0.1",
  userAgent: "spec",
});

async function serve(request: HttpCall, in_ = context) {
  const { response, ...outcome } = await serveCall(in_, request);
  return { status: response.status, text: response.body.toString(), ...outcome };
}

async function records(): Promise<Record<string, unknown>[]> {
  const all = await application.audit.store.range({
    from: "log/",
    to: "log/~",
    limit: 100,
    newestFirst: false,
  });
  return all.map(({ value }) => JSON.parse(value) as Record<string, unknown>);
}

describe("the record of a call", () => {
  it("contains the caller, the operation, its parameters and its changes", async () => {
    const { status } = await serve(requestOf("POST", "/restapis", '{"name":"pets"}'));
    expect(status).toBe(201);
    const [record] = await records();
    expect(record).toMatchObject({
      eventSource: "apigateway.amazonaws.com",
      eventName: "CreateRestApi",
      userIdentity: { type: "Root", accountId: ACCOUNT },
      requestParameters: { name: "pets" },
      readOnly: false,
      requestID: "request-1",
      sourceIPAddress: "127.0.0.1",
      userAgent: "spec",
    });
    expect(record).not.toHaveProperty("errorCode");
    // The API, its root and two models.
    expect(record?.additionalEventData).toMatchObject({ changeCount: 4 });
  });

  it("is also written for calls that only read", async () => {
    await serve(requestOf("GET", "/restapis"));
    await serve(requestOf("POST", "/", "Action=ListUsers&Version=2010-05-08&PathPrefix=%2F"));
    expect(await records()).toEqual([
      expect.objectContaining({ eventName: "GetRestApis", readOnly: true }),
      expect.objectContaining({
        eventSource: "iam.amazonaws.com",
        eventName: "ListUsers",
        readOnly: true,
        requestParameters: { PathPrefix: "/" },
      }),
    ]);
  });

  it.each([
    ["POST", "/restapis", "{", "CreateRestApi", "SerializationException"],
    ["POST", "/restapis", "{}", "CreateRestApi", "ValidationException"],
    ["POST", "/restapis", '{"name":""}', "CreateRestApi", "BadRequestException"],
    ["DELETE", "/restapis/none", "", "DeleteRestApi", "NotFoundException"],
    ["POST", "/", "Action=GetUser&Version=2010-05-08&UserName=none", "GetUser", "NoSuchEntity"],
    ["POST", "/", "Action=DeleteUser&Version=2010-05-08", "DeleteUser", "ValidationError"],
  ])("of %s %s %s contains the error of the response", async (method, path, body, eventName, errorCode) => {
    const { error } = await serve(requestOf(method, path, body));
    expect(error?.code).toBe(errorCode);
    expect(await records()).toEqual([
      expect.objectContaining({ eventName, errorCode, errorMessage: error?.message }),
    ]);
  });

  it.each([
    ["GET", "/nothing", ""],
    ["POST", "/", "Action=Fly&Version=2010-05-08"],
    ["POST", "/", "Action=GetUser&Version=1999"],
  ])("is not written if no operation is called: %s %s %s", async (method, path, body) => {
    const { status } = await serve(requestOf(method, path, body));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(await records()).toEqual([]);
  });
});

describe("what Terraform reads before it deletes an identity", () => {
  const ask = (action: string) => serve(requestOf("POST", "/", `Action=${action}&Version=2010-05-08`));
  const trust = encodeURIComponent(
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" }],
    }),
  );
  beforeEach(async () => {
    await ask("CreateUser&UserName=ada");
    await ask(`CreateRole&RoleName=runs&AssumeRolePolicyDocument=${trust}`);
  });

  it.each([
    ["ListInstanceProfilesForRole&RoleName=runs", 200, "<InstanceProfiles></InstanceProfiles>"],
    ["ListInstanceProfilesForRole&RoleName=none", 404, "NoSuchEntity"],
    ["ListMFADevices&UserName=ada", 200, "<MFADevices></MFADevices>"],
    ["ListSSHPublicKeys&UserName=ada", 200, "<SSHPublicKeys></SSHPublicKeys>"],
    ["ListSigningCertificates&UserName=ada", 200, "<Certificates></Certificates>"],
    [
      "ListServiceSpecificCredentials&UserName=ada",
      200,
      "<ServiceSpecificCredentials></ServiceSpecificCredentials>",
    ],
    ["ListVirtualMFADevices", 200, "<VirtualMFADevices></VirtualMFADevices>"],
    ["DeleteLoginProfile&UserName=ada", 404, "Login Profile for User ada cannot be found."],
    ["GetUser", 200, `<Arn>arn:aws:iam::${ACCOUNT}:root</Arn>`],
    [
      "AttachRolePolicy&RoleName=runs&PolicyArn=arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
      200,
      "",
    ],
  ])("%s", async (action, status, text) => {
    const response = await ask(action);
    expect(response.text).toContain(text);
    expect(response.status).toBe(status);
  });
});

describe("if callers must sign", () => {
  const signed = (
    key: { id: string; secretAccessKey: string },
    service: string,
    request: HttpCall,
  ): HttpCall => ({
    ...request,
    headers: [
      ...request.headers,
      ...signRequest(request, {
        credentials: {
          accessKeyId: key.id,
          secretAccessKey: key.secretAccessKey,
          sessionToken: undefined,
        },
        region: "us-east-1",
        service,
        unixMs: Date.now(),
      }),
    ],
  });
  const user = async (...actions: string[]) => {
    const { identities } = context;
    const holder = { kind: "User", name: "ada" } as const;
    await identities.createHolder(ACCOUNT, holder, { path: undefined });
    const document = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
    };
    await identities.putPolicy(ACCOUNT, holder, "own", JSON.stringify(document));
    const key = await identities.createAccessKey(ACCOUNT, "ada");
    return { id: key.id, secretAccessKey: key.secretAccessKey };
  };
  const serveSigned = (request: HttpCall) => serve(request, { ...context, isSigned: true });

  it("unsigned calls are refused in the format of each protocol, and not recorded", async () => {
    expect(await serveSigned(requestOf("GET", "/restapis"))).toMatchObject({
      status: 403,
      error: { code: "MissingAuthenticationTokenException" },
    });
    expect(await serveSigned(requestOf("POST", "/", "Action=ListUsers&Version=2010-05-08"))).toMatchObject({
      status: 403,
      error: { code: "MissingAuthenticationToken" },
    });
    expect(await records()).toEqual([]);
  });

  it("they may do what their policies allow, and denied calls are recorded", async () => {
    const key = await user("apigateway:GET");
    expect(await serveSigned(signed(key, "apigateway", requestOf("GET", "/restapis")))).toMatchObject({
      status: 200,
    });
    const denied = await serveSigned(
      signed(key, "apigateway", requestOf("POST", "/restapis", '{"name":"pets"}')),
    );
    expect(denied).toMatchObject({
      status: 403,
      error: {
        code: "AccessDeniedException",
        message: `User: arn:aws:iam::${ACCOUNT}:user/ada is not authorized to perform: apigateway:POST on resource: arn:aws:apigateway:us-east-1::/restapis`,
      },
    });
    expect(await records()).toEqual([
      expect.objectContaining({ eventName: "GetRestApis" }),
      expect.objectContaining({
        eventName: "CreateRestApi",
        errorCode: "AccessDeniedException",
        userIdentity: expect.objectContaining({ type: "IAMUser", accessKeyId: key.id }) as unknown,
      }),
    ]);
  });

  it("policies name the paths of apigatewayv2 without its version", async () => {
    const key = await user("apigateway:GET");
    expect(await serveSigned(signed(key, "apigateway", requestOf("GET", "/v2/apis")))).toMatchObject({
      status: 200,
    });
    const denied = await serveSigned(signed(key, "apigateway", requestOf("DELETE", "/v2/apis/abcdefghij")));
    expect(denied).toMatchObject({
      status: 403,
      error: {
        code: "AccessDeniedException",
        message: `User: arn:aws:iam::${ACCOUNT}:user/ada is not authorized to perform: apigateway:DELETE on resource: arn:aws:apigateway:us-east-1::/apis/abcdefghij`,
      },
    });
    expect(await records()).toEqual([
      expect.objectContaining({ eventSource: "apigateway.amazonaws.com", eventName: "GetApis" }),
      expect.objectContaining({
        eventSource: "apigateway.amazonaws.com",
        eventName: "DeleteApi",
        requestParameters: { apiId: "abcdefghij" },
        errorCode: "AccessDeniedException",
      }),
    ]);
  });

  it("the web ACL of a stage is given and taken by those who may change the stage", async () => {
    const key = await user("wafv2:*");
    const ResourceArn = "arn:aws:apigateway:us-east-1::/restapis/abcdefghij/stages/prod";
    const body = JSON.stringify({ WebACLArn: "arn:aws:wafv2:us-east-1:0:regional/webacl/a/b", ResourceArn });
    for (const operation of ["AssociateWebACL", "DisassociateWebACL"]) {
      const target = ["X-Amz-Target", `AWSWAF_20190729.${operation}`];
      const { error } = await serveSigned(signed(key, "wafv2", requestOf("POST", "/", body, target)));
      expect(error).toEqual({
        code: "AccessDeniedException",
        message: `User: arn:aws:iam::${ACCOUNT}:user/ada is not authorized to perform: apigateway:SetWebACL on resource: ${ResourceArn}`,
      });
    }
  });

  it("a signature for another service is refused", async () => {
    const key = await user("apigateway:*");
    const { error } = await serveSigned(signed(key, "iam", requestOf("GET", "/restapis")));
    expect(error).toEqual({
      code: "InvalidSignatureException",
      message: "Credential should be scoped to correct service: 'apigateway'.",
    });
  });
});
