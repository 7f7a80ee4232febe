import { gzipSync } from "node:zlib";
import { once } from "node:events";
import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { lambda, mock, proxy } from "../../kit/rest-api.ts";
import { freePort } from "../../kit/process.ts";
import { readBody, startSilentUpstream } from "../../kit/upstream.ts";
import { use, useGateway, useUpstream } from "../../kit/use.ts";

const upstream = useUpstream(async (request, response) => {
  const url = request.url ?? "";
  if (url.startsWith("/hang")) return;
  if (url.startsWith("/reset")) return void request.socket.destroy();
  if (url.startsWith("/stall")) {
    response.writeHead(200, { "content-length": 100 });
    return void response.write("and then nothing");
  }
  if (url.startsWith("/half")) {
    response.writeHead(200, { "content-length": 100 });
    response.write("only this");
    setImmediate(() => request.socket.destroy());
    return;
  }
  if (url.startsWith("/headers")) {
    response.writeHead(201, "Made", {
      "content-type": "text/plain",
      "www-authenticate": "Basic",
      server: "up",
      "x-amzn-requestid": "theirs",
      "x-twice": ["a", "b"],
      via: "1.1 up",
    });
    return void response.end("body");
  }
  if (url.startsWith("/gzip")) {
    response.writeHead(200, { "content-encoding": "gzip", "content-type": "text/plain" });
    return void response.end(gzipSync("plain text"));
  }
  if (url.startsWith("/status/")) {
    response.writeHead(Number(url.slice(8)), { "x-detail": "told" });
    return void response.end(`status ${url.slice(8)}`);
  }
  if (url.startsWith("/large")) {
    response.writeHead(200);
    for (let i = 0; i < 64; i++) response.write(Buffer.alloc(64 * 1024, "x"));
    return void response.end();
  }
  const { method, headers, rawHeaders: raw } = request;
  response.end(JSON.stringify({ method, url, headers, raw, body: String(await readBody(request)) }));
});
const silent = use(startSilentUpstream);
const gateway = useGateway({ functions: [{ name: "shapes", timeoutMs: 10_000 }] });

const json = (text: string) =>
  JSON.parse(text) as {
    method: string;
    url: string;
    headers: Record<string, string>;
    raw: string[];
    body: string;
  };

describe("MOCK", () => {
  it("returns the integration response that its status selects, with mapped headers and the template for Accept", async () => {
    const api = await gateway.deploy({
      "GET /m": {
        integration: {
          type: "MOCK",
          requestTemplates: { "application/json": "{statusCode: 418,}" },
          integrationResponses: {
            "200": {},
            "404": {
              selectionPattern: "4\\d\\d",
              responseParameters: {
                "method.response.header.X-Fixed": "'fixed'",
                "method.response.header.X-Api": "context.apiId",
                "method.response.header.Date": "'never'",
              },
              responseTemplates: { "text/plain": "as text", "application/json": "as json" },
            },
          },
        },
      },
    });
    const reply = await gateway.invoke(api, "/m");
    expect([reply.status, reply.body]).toEqual([404, "as json"]);
    expect(reply.headers).toMatchObject({
      "x-fixed": "fixed",
      "x-api": api,
      "x-amzn-remapped-date": "never",
      "content-type": "application/json",
    });
    expect((await gateway.invoke(api, "/m", { headers: { accept: "text/plain" } })).body).toBe("as text");
    expect(reply.headers["x-amzn-trace-id"]).toBeUndefined();
  });

  it.each([
    { title: "no template", requestTemplates: {}, status: 500 },
    {
      title: "a status that is a text",
      requestTemplates: { "application/json": '{"statusCode": "200"}' },
      status: 500,
    },
    { title: "no braces", requestTemplates: { "application/json": "statusCode: 200" }, status: 500 },
    {
      title: "no response for the status",
      requestTemplates: { "application/json": '{"statusCode": 500}' },
      status: 500,
    },
  ])("returns 500 Internal server error for $title", async ({ requestTemplates, status }) => {
    const api = await gateway.deploy({
      "GET /m": {
        integration: {
          type: "MOCK",
          requestTemplates,
          integrationResponses: { "200": { selectionPattern: "2\\d\\d" } },
        },
      },
    });
    const reply = await gateway.invoke(api, "/m");
    expect([reply.status, reply.body, reply.headers["x-amzn-errortype"]]).toEqual([
      status,
      '{"message":"Internal server error"}',
      "InternalServerErrorException",
    ]);
  });

  it("returns 415 if passthroughBehavior is NEVER and the media type has no template", async () => {
    const api = await gateway.deploy({
      "POST /m": { integration: { ...(mock("x").integration as object), passthroughBehavior: "NEVER" } },
    });
    expect(
      (
        await gateway.invoke(api, "/m", {
          method: "POST",
          headers: { "content-type": "text/csv" },
          body: "a",
        })
      ).status,
    ).toBe(415);
  });
});

describe("HTTP_PROXY", () => {
  it("passes method, path, query, headers and body on, and adds what AWS adds", async () => {
    const api = await gateway.deploy({ "ANY /p/{proxy+}": proxy(`${upstream.origin}/base/{proxy}`) });
    const reply = await gateway.invoke(api, "/p/a%2Fb/c+d?q=1&q=2%20x", {
      method: "PUT",
      headers: [
        "X-Custom",
        "one",
        "X-Custom",
        "two",
        "Content-Type",
        "text/plain",
        "Content-Length",
        "5",
        "X-Forwarded-For",
        "6.6.6.6",
        "Connection",
        "keep-alive, X-Secret",
        "X-Secret",
        "1",
      ],
      body: "hello",
    });
    const sent = json(reply.body);
    expect(sent).toMatchObject({ method: "PUT", url: "/base/a%2Fb/c+d?q=1&q=2%20x", body: "hello" });
    expect(sent.headers).toMatchObject({
      "x-custom": "one, two",
      "content-type": "text/plain",
      "content-length": "5",
      "x-amzn-apigateway-api-id": api,
      "x-forwarded-for": "127.0.0.1",
      host: new URL(upstream.origin).host,
    });
    expect(sent.headers["x-amzn-trace-id"]).toMatch(
      /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
    );
    expect(sent.headers["x-secret"]).toBeUndefined();
  });

  it("keeps Root and Parent of an incoming trace header", async () => {
    const api = await gateway.deploy({ "GET /p": proxy(`${upstream.origin}/p`) });
    const header = "Root=1-67a0b1c2-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0";
    expect(
      json((await gateway.invoke(api, "/p", { headers: { "X-Amzn-Trace-Id": header } })).body).headers[
        "x-amzn-trace-id"
      ],
    ).toBe(header);
  });

  it("maps headers and query parameters besides what passes through, and resolves stage variables", async () => {
    const api = await gateway.deploy(
      {
        "GET /p/{id}": proxy("http://${stageVariables.host}/x/{id}?fixed=1", {
          requestParameters: {
            "integration.request.path.id": "method.request.path.id",
            "integration.request.header.X-Stage": "context.stage",
            "integration.request.header.X-From-Query": "method.request.querystring.q",
            "integration.request.querystring.all": "method.request.multivaluequerystring.q",
            "integration.request.header.X-Missing": "method.request.header.Nope",
          },
        }),
      },
      { stage: { variables: { host: new URL(upstream.origin).host } } },
    );
    const sent = json((await gateway.invoke(api, "/p/7?q=a&q=b")).body);
    expect(sent.url).toBe("/x/7?fixed=1&q=a&q=b&all=a&all=b");
    expect(sent.headers).toMatchObject({ "x-stage": "prod", "x-from-query": "b" });
    expect(sent.headers["x-missing"]).toBeUndefined();
  });

  it("renames and drops response headers as AWS does and keeps status, status text and repeated headers", async () => {
    const api = await gateway.deploy({ "GET /p": proxy(`${upstream.origin}/headers`) });
    const reply = await gateway.invoke(api, "/p");
    expect([reply.status, reply.body]).toEqual([201, "body"]);
    expect(reply.headers).toMatchObject({
      "x-amzn-remapped-www-authenticate": "Basic",
      "x-amzn-remapped-server": "up",
      "x-amzn-remapped-x-amzn-requestid": "theirs",
      "x-twice": "a, b",
    });
    expect(reply.headers.via).toBeUndefined();
    expect(reply.headers["x-amzn-requestid"]).not.toBe("theirs");
  });

  it("decodes what the upstream compressed, since Content-Encoding does not pass", async () => {
    const api = await gateway.deploy({ "GET /p": proxy(`${upstream.origin}/gzip`) });
    const reply = await gateway.invoke(api, "/p", { headers: { "accept-encoding": "gzip" } });
    expect([reply.body, reply.headers["content-encoding"]]).toEqual(["plain text", undefined]);
  });

  it("streams large bodies both ways, also of unknown length", async () => {
    const api = await gateway.deploy({
      "GET /down": proxy(`${upstream.origin}/large`),
      "POST /up": proxy(`${upstream.origin}/up`),
    });
    expect((await gateway.invoke(api, "/down")).bytes.length).toBe(4 * 1024 * 1024);
    const body = "y".repeat(3 * 1024 * 1024);
    expect(json((await gateway.invoke(api, "/up", { method: "POST", body })).body).body.length).toBe(
      body.length,
    );
    expect(
      json(
        (
          await gateway.invoke(api, "/up", {
            method: "POST",
            headers: { "transfer-encoding": "chunked" },
            body: "in chunks",
          })
        ).body,
      ).body,
    ).toBe("in chunks");
  });

  it("passes unknown statuses and responses without a body", async () => {
    const api = await gateway.deploy({ "ANY /s/{code}": proxy(`${upstream.origin}/status/{code}`) });
    expect((await gateway.invoke(api, "/s/599")).status).toBe(599);
    expect((await gateway.invoke(api, "/s/204")).body).toBe("");
    expect((await gateway.invoke(api, "/s/304")).status).toBe(304);
    expect((await gateway.invoke(api, "/s/200", { method: "HEAD" })).body).toBe("");
  });

  it("keeps the connection usable after X-HTTP-Method-Override made a HEAD of a GET", async () => {
    const api = await gateway.deploy({ "ANY /p": proxy(`${upstream.origin}/headers`) });
    const reply = await gateway.invoke(api, "/p", { headers: { "X-HTTP-Method-Override": "HEAD" } });
    expect([reply.status, reply.body, reply.headers["content-length"]]).toEqual([201, "", "0"]);
  });

  it("returns 413 Request Too Long above 10 MB and accepts 10 MB", async () => {
    const api = await gateway.deploy({ "POST /up": proxy(`${upstream.origin}/up`) });
    const limit = 10 * 1024 * 1024;
    expect(
      json((await gateway.invoke(api, "/up", { method: "POST", body: Buffer.alloc(limit, "z") })).body).body
        .length,
    ).toBe(limit);
    // Announced by Content-Length: the response comes before any of the body is sent.
    const path = `POST /_aws/execute-api/${api}/prod/up HTTP/1.1\r\nHost: x\r\n`;
    const announced = await rawUntilClosed(`${path}Content-Length: ${limit + 1}\r\n\r\n`);
    expect(announced).toMatch(/^HTTP\/1\.1 413 [\s\S]*\{"message":"Request Too Long"\}$/);
    // Not announced: counted while it is read.
    const chunk = `100000\r\n${"z".repeat(0x100000)}\r\n`;
    expect(
      await rawUntilClosed(`${path}Transfer-Encoding: chunked\r\n\r\n`, ...Array<string>(11).fill(chunk)),
    ).toMatch(/^HTTP\/1\.1 413 /);
  });

  /** Sends pieces, each when the one before is with the kernel, and returns what came until the gateway ended the connection. */
  async function rawUntilClosed(...pieces: string[]): Promise<string> {
    const socket = connect(gateway.httpPort, "127.0.0.1");
    let received = "";
    socket.on("data", (data: Buffer) => (received += data.toString()));
    socket.on("error", () => undefined); // what is still sent after the answer may be refused
    const closed = once(socket, "close");
    for (const piece of pieces)
      if (received === "" && !socket.destroyed) await new Promise((resolve) => socket.write(piece, resolve));
    await closed;
    return received;
  }
});

describe("upstreams that do not respond", () => {
  it.each([
    {
      title: "504 Endpoint request timed out after timeoutInMillis",
      path: "/hang",
      status: 504,
      message: "Endpoint request timed out",
    },
    {
      title: "500 Network error when the connection is reset",
      path: "/reset",
      status: 500,
      message: "Network error communicating with endpoint",
    },
  ])("returns $title", async ({ path, status, message }) => {
    const api = await gateway.deploy({
      "POST /p": proxy(`${upstream.origin}${path}`, { timeoutInMillis: 200 }),
    });
    const reply = await gateway.invoke(api, "/p", { method: "POST", body: "x" });
    expect([reply.status, reply.body]).toEqual([status, JSON.stringify({ message })]);
  });

  it("returns 500 Internal server error when the connection is refused or the URI is invalid after stage variables", async () => {
    const refused = await gateway.deploy({ "GET /p": proxy(`http://127.0.0.1:${await freePort()}/`) });
    expect((await gateway.invoke(refused, "/p")).body).toBe('{"message":"Internal server error"}');
    const invalid = await gateway.deploy({ "GET /p": proxy("http://${stageVariables.missing}/") });
    expect((await gateway.invoke(invalid, "/p")).status).toBe(500);
  });

  it("cuts the response off when the upstream stalls midway for timeoutInMillis", async () => {
    const api = await gateway.deploy({
      "GET /p": proxy(`${upstream.origin}/stall`, { timeoutInMillis: 100 }),
    });
    await expect(gateway.invoke(api, "/p")).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });

  it("cuts the response off when the upstream fails midway", async () => {
    const api = await gateway.deploy({ "GET /p": proxy(`${upstream.origin}/half`) });
    await expect(gateway.invoke(api, "/p")).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });
});

describe("HTTP", () => {
  it("sends and returns only what is mapped", async () => {
    const api = await gateway.deploy({
      "POST /h/{id}": {
        integration: {
          type: "HTTP",
          httpMethod: "POST",
          uri: `${upstream.origin}/h/{id}`,
          requestParameters: {
            "integration.request.path.id": "method.request.path.id",
            "integration.request.header.X-Mapped": "method.request.header.X-Client",
          },
          integrationResponses: {
            "200": { responseParameters: { "method.response.header.X-Literal": "'yes'" } },
          },
        },
      },
    });
    const reply = await gateway.invoke(api, "/h/7?dropped=1", {
      method: "POST",
      headers: { "X-Client": "c", "X-Other": "o", "Content-Type": "text/plain" },
      body: "text",
    });
    const sent = json(reply.body);
    expect(sent).toMatchObject({ url: "/h/7", body: "text" });
    expect(sent.headers).toMatchObject({
      "x-mapped": "c",
      "user-agent": `AmazonAPIGateway_${api}`,
      accept: "application/json",
      "content-type": "text/plain",
    });
    expect(sent.headers["x-other"]).toBeUndefined();
    expect(reply.headers).toMatchObject({ "x-literal": "yes", "content-type": "application/json" });
    expect(reply.headers["x-amzn-trace-id"]).toMatch(/^Root=/);
  });

  it("selects the response by the upstream's status against the whole pattern, else the default, else 500", async () => {
    const respond = (integrationResponses: object) => ({
      "GET /s/{code}": {
        integration: {
          type: "HTTP",
          uri: `${upstream.origin}/status/{code}`,
          requestParameters: { "integration.request.path.code": "method.request.path.code" },
          integrationResponses,
        },
      },
    });
    const api = await gateway.deploy(
      respond({
        "400": {
          selectionPattern: "4\\d{2}",
          responseParameters: { "method.response.header.X-D": "integration.response.header.x-detail" },
        },
        "200": {},
      }),
    );
    const mapped = await gateway.invoke(api, "/s/404");
    expect([mapped.status, mapped.body, mapped.headers["x-d"]]).toEqual([400, "status 404", "told"]);
    expect((await gateway.invoke(api, "/s/503")).status).toBe(200);
    const strict = await gateway.deploy(respond({ "200": { selectionPattern: "2" } }));
    expect((await gateway.invoke(strict, "/s/200")).body).toBe('{"message":"Internal server error"}');
  });
});

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
      path: `/_aws/execute-api/${api}/prod/f/a%20b/c/d/`,
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
    async ({ value, status, body = '{"message":"Internal server error"}' }) => {
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
