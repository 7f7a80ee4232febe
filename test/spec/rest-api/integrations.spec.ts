import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { freePort } from "../../kit/process.ts";
import { mock, proxy } from "../../kit/rest-api.ts";
import { readBody } from "../../kit/upstream.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";

const upstream = useUpstream(async (request, response) => {
  const url = request.url ?? "";
  if (url.startsWith("/hang")) return;
  if (url.startsWith("/reset")) return void request.socket.destroy();
  if (url.startsWith("/stall")) {
    response.writeHead(200, { "content-length": url.slice("/stall/".length) });
    return void response.write("and then nothing");
  }
  if (url.startsWith("/half")) {
    response.writeHead(200, { "content-length": url.slice("/half/".length) });
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
const gateway = useGateway();

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
      '{"message": "Internal server error"}',
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
        "198.51.100.6",
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
      "x-forwarded-for": "198.51.100.6, 127.0.0.1",
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
    const path = `POST /_aws/execute-api/${api}/prod/up HTTP/1.1\r\nHost: localhost\r\n`;
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
      timeoutInMillis: 200,
      status: 504,
      message: "Endpoint request timed out",
    },
    {
      title: "500 Network error when the connection is reset",
      path: "/reset",
      timeoutInMillis: 29_000,
      status: 500,
      message: "Network error communicating with endpoint",
    },
  ])("returns $title", async ({ path, timeoutInMillis, status, message }) => {
    const api = await gateway.deploy({
      "POST /p": proxy(`${upstream.origin}${path}`, { timeoutInMillis }),
    });
    const reply = await gateway.invoke(api, "/p", { method: "POST", body: "x" });
    expect([reply.status, reply.body]).toEqual([status, JSON.stringify({ message })]);
  });

  it("returns 500 Internal server error when the connection is refused or the URI is invalid after stage variables", async () => {
    const refused = await gateway.deploy({ "GET /p": proxy(`http://127.0.0.1:${await freePort()}/`) });
    expect((await gateway.invoke(refused, "/p")).body).toBe('{"message": "Internal server error"}');
    const invalid = await gateway.deploy({ "GET /p": proxy("http://${stageVariables.missing}/") });
    expect((await gateway.invoke(invalid, "/p")).status).toBe(500);
  });

  it.each([
    { fails: "stalls for timeoutInMillis", path: "stall", timeoutInMillis: 100, status: 504 },
    { fails: "breaks off", path: "half", timeoutInMillis: 29_000, status: 500 },
  ])(
    "an upstream that $fails midway: $status, where the response is short",
    async ({ path, timeoutInMillis, status }) => {
      const api = await gateway.deploy({
        "GET /p": proxy(`${upstream.origin}/${path}/65535`, { timeoutInMillis }),
      });
      expect((await gateway.invoke(api, "/p")).status).toBe(status);
    },
  );

  it("cuts a longer response off when the upstream stalls midway", async () => {
    const api = await gateway.deploy({
      "GET /p": proxy(`${upstream.origin}/stall/65536`, { timeoutInMillis: 1_000 }),
    });
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
    expect((await gateway.invoke(strict, "/s/200")).body).toBe('{"message": "Internal server error"}');
  });
});
