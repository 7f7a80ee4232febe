import { beforeAll, describe, expect, it } from "vitest";
import { openRawClient } from "../../kit/raw-client.ts";
import { lambda } from "../../kit/rest-api.ts";
import { startSilentUpstream } from "../../kit/upstream.ts";
import { use, useGateway } from "../../kit/use.ts";

const silent = use(startSilentUpstream);
const gateway = useGateway({ functions: [{ name: "shapes", timeoutMs: 10_000 }] });

describe("AWS_PROXY", () => {
  let api: string;
  beforeAll(async () => {
    api = await gateway.deploy(
      { "ANY /f/{id}/{rest+}": lambda("shapes") },
      { api: { binaryMediaTypes: ["image/*"] }, stage: { variables: { color: "blue" } } },
    );
  });
  const returning = (value: unknown, headers: Record<string, string> = {}) =>
    gateway.invoke(api, "/f/1/2", {
      headers: { "x-return": typeof value === "string" ? value : JSON.stringify(value), ...headers },
    });

  it("hands over the whole request as the event of payload version 1.0", async () => {
    const reply = await gateway.invoke(api, "/f/a%20b/c/d/?x=1&x=2&y=%2B+z", {
      method: "POST",
      headers: [
        "Accept",
        "a",
        "accept",
        "b",
        "authorization",
        "Bearer t",
        "user-agent",
        "spec",
        "Content-Type",
        "application/json",
      ],
      body: '{"a":1}',
    });
    const event = JSON.parse(reply.body) as Record<string, any>; // eslint-disable-line typescript/no-explicit-any
    expect(event).toMatchObject({
      resource: "/f/{id}/{rest+}",
      path: "/f/a%20b/c/d/",
      httpMethod: "POST",
      queryStringParameters: { x: "2", y: "+ z" },
      multiValueQueryStringParameters: { x: ["1", "2"], y: ["+ z"] },
      pathParameters: { id: "a%20b", rest: "c/d" },
      stageVariables: { color: "blue" },
      body: '{"a":1}',
      isBase64Encoded: false,
    });
    expect(event.headers).toMatchObject({
      Authorization: "Bearer t",
      "User-Agent": "spec",
      "X-Forwarded-For": "127.0.0.1",
      "X-Forwarded-Proto": "http",
    });
    expect(event.requestContext).toMatchObject({
      accountId: "000000000000",
      apiId: api,
      httpMethod: "POST",
      path: "/prod/f/a%20b/c/d/",
      protocol: "HTTP/1.1",
      resourcePath: "/f/{id}/{rest+}",
      stage: "prod",
      requestId: reply.headers["x-amzn-requestid"],
      identity: { sourceIp: "127.0.0.1", userAgent: "spec", accessKey: null, user: null },
    });
    expect(event.requestContext.requestTime).toMatch(
      /^\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2} \+0000$/,
    );
    expect(Object.keys(event.requestContext as object).sort()).toEqual([
      "accountId",
      "apiId",
      "deploymentId",
      "domainName",
      "domainPrefix",
      "extendedRequestId",
      "httpMethod",
      "identity",
      "path",
      "protocol",
      "requestId",
      "requestTime",
      "requestTimeEpoch",
      "resourceId",
      "resourcePath",
      "stage",
    ]);
  });

  it("has the paths that AWS's events have, however the API is addressed", async () => {
    const { revision } = await gateway.apply([
      {
        kind: "DomainName",
        id: "functions.example.com",
        spec: { basePathMappings: { unique: { restApiId: api, stage: "prod" } } },
      },
    ]);
    await gateway.wait(revision);
    const own = `${api}.execute-api.local`;
    const paths = async (path: string, host: string) => {
      const event = JSON.parse((await gateway.call(path, { host })).body) as {
        path: string;
        requestContext: { path: string };
      };
      return [event.path, event.requestContext.path];
    };
    const below = ["/f/1/2", "/prod/f/1/2"];
    expect(await paths("/prod/f/1/2", own)).toEqual(below);
    expect(await paths("//prod/f/1/2", own)).toEqual(below);
    expect(await paths(`/_aws/execute-api/${api}/prod/f/1/2`, "localhost")).toEqual(below);
    // aws-powertools/powertools-lambda-python #576, #773
    const behind = "/unique/f/status/7";
    expect(await paths(behind, "functions.example.com")).toEqual([behind, behind]);
  });

  it("an error of the function has AWS's bytes on the wire (aws/aws-lambda-dotnet's captures)", async () => {
    using client = await openRawClient(gateway.httpPort);
    await client.send(
      `GET /prod/f/1/2 HTTP/1.1\r\nHost: ${api}.execute-api.local\r\nx-return: throw\r\nConnection: close\r\n\r\n`,
    );
    const [head = "", body] = (await client.closed()).split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 502 /);
    expect(head).toMatch(/\r\ncontent-length: 36(\r\n|$)/i);
    expect(head).not.toMatch(/x-amzn-trace-id/i);
    expect(body).toBe('{"message": "Internal server error"}');
  });

  it("gives null, never {}, for what is empty", async () => {
    const bare = await gateway.deploy({ "GET /bare": lambda("shapes") });
    expect(JSON.parse((await gateway.invoke(bare, "/bare")).body)).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
      body: null,
    });
  });

  it("encodes a body in base64 when its type is binary or it is not UTF-8", async () => {
    const post = async (type: string, body: Buffer) =>
      JSON.parse(
        (await gateway.invoke(api, "/f/1/2", { method: "POST", headers: { "content-type": type }, body }))
          .body,
      ) as { body: string; isBase64Encoded: boolean };
    expect(await post("image/png", Buffer.from("abc"))).toMatchObject({
      isBase64Encoded: true,
      body: "YWJj",
    });
    expect(await post("text/plain", Buffer.from([0xff, 0xfe]))).toMatchObject({
      isBase64Encoded: true,
      body: "//4=",
    });
    expect(await post("text/plain", Buffer.from("abc"))).toMatchObject({
      isBase64Encoded: false,
      body: "abc",
    });
  });

  it("hands over a large body whole, whatever is in it", async () => {
    const body = '"\\\n\u{1F600}\u0001'.repeat(150_000);
    const reply = await gateway.invoke(api, "/f/1/2", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect((JSON.parse(reply.body) as { body: string }).body).toBe(body);
  });

  it.each([
    { title: "{}", value: {}, status: 200, body: "" },
    { title: "statusCode null", value: { statusCode: null, body: "b" }, status: 200, body: "b" },
    { title: "a numeric text as statusCode", value: { statusCode: "201" }, status: 201, body: "" },
    { title: "headers null", value: { statusCode: 200, headers: null }, status: 200, body: "" },
    {
      title: "a boolean header",
      value: { statusCode: 200, headers: { "x-b": true } },
      status: 200,
      body: "",
    },
    { title: "a non-numeric statusCode", value: { statusCode: "two hundred" }, status: 502 },
    { title: "a header that is an object", value: { headers: { a: {} } }, status: 502 },
    { title: "multiValueHeaders that are no lists", value: { multiValueHeaders: { a: "b" } }, status: 502 },
    { title: "a body that is no text", value: { body: { a: 1 } }, status: 502 },
    { title: "an unknown member", value: { statusCode: 200, extra: 1 }, status: 502 },
    { title: "an errorMessage", value: { errorMessage: "x" }, status: 502 },
    { title: "no object", value: "3", status: 502 },
    { title: "a header that would split the answer", value: { headers: { a: "b\r\nc: d" } }, status: 502 },
    { title: "an exception", value: "throw", status: 502 },
  ])(
    "returns $status for $title",
    async ({ value, status, body = '{"message": "Internal server error"}' }) => {
      const reply = await returning(value);
      expect([reply.status, reply.body]).toEqual([status, body]);
      if (status === 502) expect(reply.headers["x-amzn-errortype"]).toBe("InternalServerErrorException");
    },
  );

  it("joins both header maps: multi values first, then the single one", async () => {
    const reply = await returning({ headers: { "x-a": "3" }, multiValueHeaders: { "X-A": ["1", "2"] } });
    expect(reply.rawHeaders.filter((_v, i) => i % 2 === 1 && reply.rawHeaders[i - 1] === "X-A")).toEqual([
      "1",
      "2",
      "3",
    ]);
    expect(reply.headers["content-type"]).toBe("application/json");
    expect(reply.headers["x-amzn-trace-id"]).toMatch(/^Root=/);
  });

  it("decodes base64 only when it is said to be and the Accept is binary", async () => {
    const value = { body: "aGk=", isBase64Encoded: true };
    expect((await returning(value, { accept: "image/png" })).body).toBe("hi");
    expect((await returning(value, { accept: "text/plain" })).body).toBe("aGk=");
    expect((await returning({ body: "%%%", isBase64Encoded: true }, { accept: "image/png" })).status).toBe(
      500,
    );
  });

  it("returns 504 when the function exceeds the integration timeout", async () => {
    const slow = await gateway.deploy({ "GET /slow": lambda("shapes", { timeoutInMillis: 150 }) });
    expect((await gateway.invoke(slow, "/slow", { headers: { "x-return": "slow" } })).status).toBe(504);
  });

  it("returns 500 for a function that does not exist, and finds functions by the account's ServiceEndpoint", async () => {
    const missing = await gateway.deploy({ "GET /x": lambda("nosuch") });
    expect((await gateway.invoke(missing, "/x")).status).toBe(500);
    const { revision } = await gateway.apply([
      {
        kind: "ServiceEndpoint",
        id: "lambda.us-east-1",
        spec: { url: silent.origin },
      },
    ]);
    await gateway.wait(revision);
    const quick = await gateway.deploy({ "GET /x": lambda("shapes", { timeoutInMillis: 100 }) });
    expect((await gateway.invoke(quick, "/x")).status).toBe(504);
    await gateway.config.delete({ kind: "ServiceEndpoint", id: "lambda.us-east-1" });
  });
});
