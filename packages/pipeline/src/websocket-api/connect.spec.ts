import { describe, expect, it } from "vitest";
import type { UsagePlanConfig } from "@tollgate/config";
import { signRequest } from "@tollgate/iam";
import { nullPorts } from "../engine/ports.ts";
import { FUNCTION_URI, lambda, WebSocketRunner, webSocketProblemsOf } from "../kit/index.ts";
import type { AccessKeyRecord, ApiKeyRecord } from "../runtime/directory.ts";

const toFunction = { integrationType: "AWS_PROXY", integrationUri: FUNCTION_URI };

describe("$connect", () => {
  it("by HTTP_PROXY shows the upstream the handshake, but not what is between client and gateway", async () => {
    const runner = new WebSocketRunner({
      routes: {
        $connect: {
          integration: {
            integrationType: "HTTP_PROXY",
            integrationUri: "http://chat.example/connect",
            integrationMethod: "POST",
          },
        },
      },
    });
    const { connected } = await runner.connect({
      path: "?room=blue",
      headers: {
        Authorization: "Bearer t",
        "Sec-WebSocket-Key": "k",
        "Sec-WebSocket-Protocol": "a, b",
        Cookie: "c=1",
      },
    });
    expect(connected.status).toBe(200);
    const { url, headers } = connected.sent[0] ?? { url: "", headers: {} };
    expect(url).toBe("http://chat.example/connect?room=blue");
    expect(headers).toMatchObject({
      authorization: "Bearer t",
      cookie: "c=1",
      "sec-websocket-protocol": "a, b",
      "x-forwarded-for": "192.0.2.1",
    });
    expect(headers).not.toHaveProperty("sec-websocket-key");
    expect(headers).not.toHaveProperty("upgrade");
  });

  it.each([
    [{}, 200],
    [{ integrationResponses: {}, requestTemplates: { $default: '{"statusCode":200}' } }, 500],
    [
      {
        templateSelectionExpression: "200",
        requestTemplates: { 200: '{"statusCode" : 200}' },
        integrationResponses: { all: { integrationResponseKey: "$default" } },
      },
      200,
    ],
    [
      {
        requestTemplates: { $default: '{"statusCode": 403}' },
        integrationResponses: { all: { integrationResponseKey: "$default" } },
      },
      403,
    ],
    ...[100, 101, -1, 600].map((status): [object, number] => [
      {
        requestTemplates: { $default: `{"statusCode": ${status}}` },
        integrationResponses: { all: { integrationResponseKey: "$default" } },
      },
      500,
    ]),
  ])("by MOCK with %j gives %i", async (more, status) => {
    const integration = { integrationType: "MOCK", ...more };
    const { connected } = await new WebSocketRunner({ routes: { $connect: { integration } } }).connect();
    expect(connected.status).toBe(status);
  });

  describe("by a non-proxy integration", () => {
    const integration = (responseParameters: object) => ({
      integrationType: "HTTP",
      integrationMethod: "POST",
      integrationUri: "http://chat.example/connect",
      integrationResponses: { all: { integrationResponseKey: "$default", responseParameters } },
    });
    const connect = async (responseParameters: object, status: number) => {
      const upstream = () => ({
        status,
        body: '{"realm":"chat"}',
        headers: { "X-Chosen": "v2", "X-Other": "x" },
      });
      const parts = { routes: { $connect: { integration: integration(responseParameters) } } };
      return (await new WebSocketRunner(parts, { upstream }).connect()).connected;
    };

    it.each(["route", "method"])(
      "has the sub-protocol that %s.response.header gives it, and no other header",
      async (what) => {
        const { status, headers } = await connect(
          {
            [`${what}.response.header.Sec-WebSocket-Protocol`]: "integration.response.header.X-Chosen",
            [`${what}.response.header.X-More`]: "'x'",
          },
          200,
        );
        expect(status).toBe(200);
        expect(headers["sec-websocket-protocol"]).toBe("v2");
        expect(headers).not.toHaveProperty("x-more");
        expect(headers).not.toHaveProperty("x-other");
      },
    );

    it("has all that is mapped where the client is refused, but nothing of what is the gateway's", async () => {
      const { status, headers } = await connect(
        {
          "route.response.header.WWW-Authenticate": "integration.response.body.realm",
          "route.response.header.X-Connection": "context.connectionId",
          "route.response.header.Transfer-Encoding": "'chunked'",
        },
        401,
      );
      expect(status).toBe(401);
      expect(headers).toMatchObject({ "www-authenticate": "chat", "x-connection": "L0SM9cOFvHcCIhw=" });
      expect(headers).not.toHaveProperty("transfer-encoding");
      expect(headers).not.toHaveProperty("x-other");
    });

    it.each([
      [{ "route.response.body": "'x'" }, "must be route.response.header.{name}"],
      [{ "route.response.header.A": "route.request.header.A" }, "must be integration.response"],
    ])("reports %j", (responseParameters, message) => {
      const problems = webSocketProblemsOf({
        routes: { $connect: { integration: integration(responseParameters) } },
      });
      expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
    });
  });

  it("of a function that cannot be called is 500, and one that takes too long 504", async () => {
    const parts = { routes: { $connect: { integration: toFunction } } };
    const statusOf = async (upstream: () => "timeout" | { status: number }) =>
      (await new WebSocketRunner(parts, { upstream }).connect()).connected.status;
    expect(await statusOf(() => ({ status: 404 }))).toBe(500);
    expect(await statusOf(() => "timeout")).toBe(504);
  });

  it.each([100, 101, 199, 600, "100"])(
    "of a function that responds with status %j is 502",
    async (statusCode) => {
      const upstream = () => ({ status: 200, body: JSON.stringify({ statusCode }) });
      const parts = { routes: { $connect: { integration: toFunction } } };
      expect((await new WebSocketRunner(parts, { upstream }).connect()).connected.status).toBe(502);
    },
  );

  it("is held to the account's limit of new connections a second", async () => {
    const taken: unknown[] = [];
    const take = (bucket: string, throttle: object) => {
      taken.push([bucket, throttle]);
      return taken.length === 1 ? 0 : 1_500;
    };
    const runner = new WebSocketRunner({ routes: {} }, { ports: { limiter: { take, use: () => true } } });
    expect((await runner.connect()).connected.status).toBe(200);
    const { status, headers } = (await runner.connect()).connected;
    expect([status, headers["retry-after"]]).toEqual([429, "2"]);
    expect(taken[0]).toEqual(["connects/000000000000", { rateLimit: 500, burstLimit: 500 }]);
  });

  it("writes the log of its route in AWS's words", async () => {
    const lines: string[] = [];
    const { connected, close } = await new WebSocketRunner(
      {
        routes: { $connect: { integration: toFunction }, $disconnect: {} },
        stage: { defaultRouteSettings: { loggingLevel: "INFO", dataTraceEnabled: true } },
      },
      {
        upstream: lambda(() => ({ statusCode: 200 })),
        ports: {
          logs: {
            open:
              ({ name }) =>
              (_unixMs, message) =>
                void lines.push(`${name} ${message}`),
          },
        },
      },
    ).connect({ headers: { "User-Agent": "spec" } });
    const { requestId } = connected.call;
    expect(lines[0]).toBe(`/aws/apigateway/api123/test (${requestId}) Extended Request Id: ${requestId}`);
    await close({ code: 1000, reason: "" });
    expect(lines.map((line) => line.replace(/^.*?\) /, ""))).toEqual(
      expect.arrayContaining([
        "WebSocket Request Route: [$connect]",
        "Client [UserAgent: spec, SourceIp: 192.0.2.1] is connecting to WebSocket API [api123].",
        "WebSocket Request Route: [$disconnect]",
        "Client [Connection Id: L0SM9cOFvHcCIhw=] disconnected from WebSocket API [api123].",
      ]),
    );
  });
});

describe("IAM on $connect", () => {
  const signer = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: undefined };
  const host = "api123.execute-api.example";
  const recordOf = (effect: string, resource: string): AccessKeyRecord => ({
    ...signer,
    accountId: "000000000000",
    userName: "ada",
    userId: "AIDAEXAMPLE",
    arn: "arn:aws:iam::000000000000:user/ada",
    principalArn: "arn:aws:iam::000000000000:user/ada",
    policies: [
      {
        Version: "2012-10-17",
        Statement: [{ Effect: effect, Action: "execute-api:Invoke", Resource: resource }],
      },
    ],
    sessionPolicies: [],
    expireTimeUnixMs: 0,
  });
  const connectAs = (record: AccessKeyRecord, isSigned = true) => {
    const accessKey = (id: string) => (id === record.accessKeyId ? record : undefined);
    const runner = new WebSocketRunner(
      {
        routes: {
          $connect: { authorizationType: "AWS_IAM" },
          $default: {
            integration: { integrationType: "AWS_PROXY", integrationUri: FUNCTION_URI },
            routeResponseSelectionExpression: "$default",
            routeResponses: { back: { routeResponseKey: "$default" } },
          },
        },
      },
      {
        ports: { directory: { ...nullPorts.directory, accessKey } },
        upstream: lambda((event: { requestContext: { identity: object } }) => ({
          statusCode: 200,
          body: JSON.stringify(event.requestContext.identity),
        })),
      },
    );
    const added = signRequest(
      { method: "GET", path: "/test", query: "", headers: ["Host", host], body: "" },
      { credentials: signer, region: "us-east-1", service: "execute-api", unixMs: Date.now() },
    );
    const headers: Record<string, string> = {};
    for (let i = 0; i < added.length; i += 2) headers[added[i] as string] = added[i + 1] as string;
    return runner.connect({ headers: isSigned ? headers : {} });
  };
  const ARN = "arn:aws:execute-api:us-east-1:000000000000:api123/test/$connect";

  it.each([
    ["allows the API's routes", recordOf("Allow", ARN.replace("$connect", "*")), true, 200],
    ["allows $connect", recordOf("Allow", ARN), true, 200],
    ["denies $connect", recordOf("Deny", ARN), true, 403],
    ["allows another route only", recordOf("Allow", ARN.replace("$connect", "join")), true, 403],
    ["allows it, but did not sign", recordOf("Allow", ARN), false, 403],
    ["allows it, with another secret", { ...recordOf("Allow", ARN), secretAccessKey: "x" }, true, 403],
    ["is not known", { ...recordOf("Allow", ARN), accessKeyId: "AKIDOTHER" }, true, 403],
  ])("whose policy %s", async (_what, record, isSigned, status) => {
    const { connected } = await connectAs(record, isSigned);
    expect(connected.status).toBe(status);
    if (status === 403) expect(connected.body).toContain("connectionId");
  });

  it("is who the messages of the connection are from", async () => {
    const { send } = await connectAs(recordOf("Allow", ARN));
    expect(JSON.parse((await send("x")).body)).toMatchObject({
      accountId: "000000000000",
      userArn: "arn:aws:iam::000000000000:user/ada",
      caller: "AIDAEXAMPLE",
      accessKey: "AKIDEXAMPLE",
    });
  });
});

describe("an API key on $connect", () => {
  const key: ApiKeyRecord = { id: "key1", enabled: true, usagePlanIds: ["plan1"], quotaGrants: {} };
  const plan: UsagePlanConfig = {
    accountId: "000000000000",
    id: "plan1",
    apiStages: [{ apiId: "api123", stage: "test", throttle: {} }],
    throttle: undefined,
    quota: undefined,
  };
  const ports = {
    directory: {
      ...nullPorts.directory,
      apiKey: (_account: string, value: string) => (value === "secret" ? key : undefined),
    },
    usagePlan: () => plan,
  };
  const authorizer = {
    name: "who",
    authorizerType: "REQUEST",
    authorizerUri: FUNCTION_URI,
    identitySource: ["route.request.header.Token"],
  };
  const allowing = (usageIdentifierKey: string | undefined) =>
    lambda(() => ({
      principalId: "ada",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: "*" }],
      },
      usageIdentifierKey,
    }));
  it.each([
    [{ "x-api-key": "secret" }, 200],
    [{ "X-API-Key": "secret" }, 200],
    [{ "x-api-key": "other" }, 403],
    [{}, 403],
  ])("comes in a header: %j is %i", async (headers, status) => {
    const runner = new WebSocketRunner({ routes: { $connect: { apiKeyRequired: true } } }, { ports });
    const { connected, connection } = await runner.connect({ headers: headers as Record<string, string> });
    expect([connected.status, connection.apiKey?.id]).toEqual([status, status === 200 ? "key1" : undefined]);
  });

  it.each([
    ["secret", 200],
    ["other", 403],
    [undefined, 403],
  ])("comes from the authorizer where the API says so: %s is %i", async (value, status) => {
    const apiKeySelectionExpression = "$context.authorizer.usageIdentifierKey";
    const runner = new WebSocketRunner(
      {
        routes: {
          $connect: { apiKeyRequired: true, authorizationType: "CUSTOM", authorizerId: "who" },
        },
        api: { apiKeySelectionExpression, authorizers: { who: authorizer } },
      },
      { ports, upstream: allowing(value) },
    );
    // The header does not count then.
    const { connected } = await runner.connect({ headers: { Token: "t", "x-api-key": "secret" } });
    expect(connected.status).toBe(status);
  });
});

describe("@connections over HTTP", () => {
  const runner = new WebSocketRunner({ routes: {} });
  it.each([
    ["GET", "/@connections/L0SM9cOFvHcCIhw=", 403, "Missing Authentication Token"],
    ["DELETE", "/%40connections/L0SM9cOFvHcCIhw%3D", 403, "Missing Authentication Token"],
    ["PUT", "/@connections/L0SM9cOFvHcCIhw=", 403, "Forbidden"],
    ["GET", "/@connections/", 403, "Forbidden"],
    ["GET", "/@connections", 403, "Missing Authentication Token"],
    ["POST", "/@connections", 403, "Forbidden"],
    // A policy that denies @connections/* must not be got past by another spelling.
    ["POST", "/@Connections/L0SM9cOFvHcCIhw=", 403, "Forbidden"],
    ["GET", "/other", 403, "Forbidden"],
    ["GET", "", 426, "Upgrade Required"],
  ])("%s %s is %i %s", async (method, path, status, message) => {
    const outcome = await runner.http({ method, path });
    expect([outcome.status, outcome.body]).toEqual([status, `{"message":"${message}"}`]);
  });
});
