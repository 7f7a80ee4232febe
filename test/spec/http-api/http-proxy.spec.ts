import { describe, expect, it } from "vitest";
import { deployHttpApi, toUrl } from "../../kit/http-api.ts";
import { startHttpUpstream } from "../../kit/upstream.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";

const upstream = useUpstream(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  const { method, url = "", headers } = request;
  if (url.startsWith("/cut")) {
    response.destroy();
    return;
  }
  if (url.startsWith("/slow")) return;
  const status = Number(/\/status\/(\d+)/.exec(url)?.[1] ?? 200);
  response.writeHead(status, {
    "content-type": "application/json",
    server: "upstream",
    "x-kept": "yes",
    "access-control-allow-origin": "https://upstream.example",
  });
  response.end(JSON.stringify({ method, url, headers, body, colour: "red" }));
});
const gateway = useGateway();

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const behind = (path: string, more: object = {}) => ({
  integration: toUrl(`${upstream.origin}${path}`, more),
});
const seen = (body: string) => JSON.parse(body) as Seen;

describe("HTTP_PROXY of an HTTP API (http-api §3)", () => {
  it("passes on the method, the query, the body and the client's headers, and adds who called", async () => {
    const { apiId, call } = await deployHttpApi(gateway, { routes: { "ANY /pets": behind("/base?x=1") } });
    const reply = await call("/pets?a=1&a=2&b=%20", {
      method: "PATCH",
      headers: { "Content-Type": "text/plain", "X-Own": "1", Connection: "x-hop", "X-Hop": "1" },
      body: "hello",
    });
    const { method, url, headers, body } = seen(reply.body);
    expect({ method, url, body }).toEqual({ method: "PATCH", url: "/base?x=1&a=1&a=2&b=%20", body: "hello" });
    expect(headers).toMatchObject({
      host: upstream.origin.replace("http://", ""),
      "content-type": "text/plain",
      "x-own": "1",
      forwarded: `by=_gateway;for=127.0.0.1;host=${apiId}.execute-api.local;proto=http`,
      via: "HTTP/1.1 AmazonAPIGateway",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-port": String(gateway.httpPort),
      "x-forwarded-proto": "http",
    });
    expect(headers["x-amzn-trace-id"]).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}/);
    expect(headers["x-hop"]).toBeUndefined();
  });

  it("gives back the upstream's head as it is", async () => {
    const { call } = await deployHttpApi(gateway, { routes: { "GET /{proxy+}": behind("/{proxy}") } });
    const reply = await call("/status/418");
    expect(reply.status).toBe(418);
    expect(reply.headers).toMatchObject({
      server: "upstream",
      "x-kept": "yes",
      "access-control-allow-origin": "https://upstream.example",
    });
    expect(reply.headers["apigw-requestid"]).toBeDefined();
  });

  it("fills path variables, decoded, and appends the path of the call for $default", async () => {
    const { call } = await deployHttpApi(gateway, {
      routes: {
        "GET /pets/{id}": behind("/animals/{id}", { integrationMethod: "POST" }),
        "GET /files/{proxy+}": behind("/store/{proxy}"),
        $default: behind("/rest"),
      },
    });
    expect(seen((await call("/pets/a%40b")).body)).toMatchObject({ url: "/animals/a@b", method: "POST" });
    expect(seen((await call("/pets/a%2Fb%3Fc%25")).body).url).toBe("/animals/a%2Fb%3Fc%25");
    expect(seen((await call("/files/a/b/c")).body).url).toBe("/store/a/b/c");
    expect(seen((await call("/files/a%2Fb%3Fc")).body).url).toBe("/store/a%2Fb%3Fc");
    expect(seen((await call("/other/x?y=1")).body).url).toBe("/rest/other/x?y=1");
  });

  it.each([
    {
      what: "a timeout",
      path: "/slow",
      more: { timeoutInMillis: 50 },
      status: 503,
      message: "Service Unavailable",
    },
    { what: "a broken connection", path: "/cut", more: {}, status: 502, message: "Bad Gateway" },
  ])("$what is $status", async ({ path, more, status, message }) => {
    const { call } = await deployHttpApi(gateway, { routes: { "GET /x": behind(path, more) } });
    const reply = await call("/x");
    expect([reply.status, reply.body]).toEqual([status, JSON.stringify({ message })]);
  });

  it("an unreachable upstream is 503", async () => {
    const gone = await startHttpUpstream(() => undefined);
    await gone[Symbol.asyncDispose]();
    const { call } = await deployHttpApi(gateway, {
      routes: { "GET /x": { integration: toUrl(gone.origin) } },
    });
    expect((await call("/x")).status).toBe(503);
  });

  it("a body over 10 MB is 413", async () => {
    const { call } = await deployHttpApi(gateway, { routes: { "POST /x": behind("/x") } });
    const reply = await call("/x", { method: "POST", body: Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect([reply.status, reply.body]).toEqual([413, '{"message":"Request Entity Too Large"}']);
  });

  it("a VPC link leads to its targets, with the path as it came, stage included, where a listener is named", async () => {
    await gateway.apply([
      { kind: "VpcLink", id: "link1", spec: { name: "link", targets: [upstream.origin] } },
    ]);
    const listener =
      "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/50dc6c495c0c9188/0467ef3c8400ae65";
    const { apiId } = await deployHttpApi(gateway, {
      stageName: "dev",
      routes: {
        "GET /plain": {
          integration: toUrl(listener, { connectionType: "VPC_LINK", connectionId: "link1" }),
        },
        "GET /own": {
          integration: toUrl(listener, {
            connectionType: "VPC_LINK",
            connectionId: "link1",
            requestParameters: { "overwrite:path": "$request.path" },
          }),
        },
      },
    });
    const url = async (path: string) =>
      seen((await gateway.call(`/_aws/execute-api/${apiId}/dev${path}`)).body).url;
    expect(await url("/plain?a=1")).toBe("/dev/plain?a=1");
    expect(await url("/own")).toBe("/own");
  });
});

describe("parameter mapping (http-api §4)", () => {
  it("appends, overwrites and removes headers and query parameters, and overwrites the path", async () => {
    const { call } = await deployHttpApi(gateway, {
      routes: {
        "POST /pets/{id}": behind("/x", {
          requestParameters: {
            "append:header.X-Seen": "$request.header.x-client",
            "overwrite:header.X-Id": "$request.path.id",
            "remove:header.x-secret": "''",
            "append:querystring.page": "2",
            "overwrite:querystring.who": "${request.querystring.who}-of-${context.stage}",
            "remove:querystring.gone": "''",
            "overwrite:path": "/new/$request.path.id".replace("$request.path.id", "${request.path.id}"),
            "append:header.x-colour": "$request.body.colour",
            "append:header.x-var": "$stageVariables.colour",
            "append:header.x-none": "$request.header.nobody",
            "append:header.x-key": "$context.routeKey",
            "append:header.x-taken-away": "",
            "overwrite:header.host": "pets.internal",
          },
        }),
      },
      stage: { stageVariables: { colour: "green" } },
    });
    const reply = await call("/pets/7?who=me&gone=1&page=1", {
      method: "POST",
      headers: {
        "x-client": "a",
        "X-Seen": "b",
        "x-id": "client",
        "X-Secret": "s",
        "content-type": "application/json",
      },
      body: '{"colour":"blue"}',
    });
    const { url, headers } = seen(reply.body);
    expect(url).toBe("/new/7?page=1&page=2&who=me-of-%24default");
    expect(headers).toMatchObject({
      host: "pets.internal",
      "x-seen": "b,a",
      "x-id": "7",
      "x-colour": "blue",
      "x-var": "green",
      "x-key": "POST /pets/{id}",
    });
    for (const name of ["x-secret", "x-none", "x-taken-away"]) expect(headers[name]).toBeUndefined();
  });

  it("a mapped path contains nothing that would end it", async () => {
    const { call } = await deployHttpApi(gateway, {
      routes: {
        "GET /x": behind("/x", {
          requestParameters: { "overwrite:path": "to/${request.querystring.where}" },
        }),
      },
    });
    expect(seen((await call("/x?where=a%3Fb%20%0D%0Ac%C3%A9")).body).url).toMatch(
      /^\/to\/a%3Fb%20%0D%0Ac%C3%A9\?/,
    );
  });

  it("changes responses by their status: headers, and the status itself", async () => {
    const { call } = await deployHttpApi(gateway, {
      routes: {
        "GET /{proxy+}": behind("/{proxy}", {
          responseParameters: {
            "200": { "append:header.x-kept": "too", "overwrite:header.x-id": "$context.requestId" },
            "404": { "overwrite:statuscode": "410", "remove:header.server": "''" },
          },
        }),
      },
    });
    const ok = await call("/status/200");
    expect(ok.headers["x-kept"]).toBe("yes,too");
    expect(ok.headers["x-id"]).toBe(ok.headers["apigw-requestid"]);
    const gone = await call("/status/404");
    expect(gone.status).toBe(410);
    expect(gone.headers.server).toBeUndefined();
    expect(seen(gone.body).url).toBe("/status/404");
  });

  it("reads the upstream's response", async () => {
    const { call } = await deployHttpApi(gateway, {
      routes: {
        "GET /x": behind("/x", {
          responseParameters: {
            "200": {
              "overwrite:header.x-colour": "$response.body.colour",
              "overwrite:header.x-of": "${response.header.Server}",
              "overwrite:statuscode": "201",
            },
          },
        }),
      },
    });
    const reply = await call("/x");
    expect(reply.status).toBe(201);
    expect(reply.headers).toMatchObject({ "x-colour": "red", "x-of": "upstream" });
    expect(seen(reply.body).url).toBe("/x");
  });
});

describe("CORS (http-api §7)", () => {
  const cors = (more: object = {}) => ({
    corsConfiguration: {
      allowOrigins: ["https://app.example", "http://*"],
      allowMethods: ["GET", "POST"],
      allowHeaders: ["x-own"],
      exposeHeaders: ["x-kept"],
      maxAge: 300,
      allowCredentials: true,
      ...more,
    },
  });
  const preflight = { Origin: "https://app.example", "Access-Control-Request-Method": "GET" };

  it("answers preflights itself, even if no route matches them", async () => {
    const { call } = await deployHttpApi(gateway, { routes: { "GET /x": behind("/x") }, api: cors() });
    const reply = await call("/x", { method: "OPTIONS", headers: preflight });
    expect(reply.status).toBe(204);
    expect(reply.headers).toMatchObject({
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "x-own",
      "access-control-max-age": "300",
      "access-control-allow-credentials": "true",
    });
    const plain = await call("/x", { method: "OPTIONS" });
    expect(plain.status).toBe(404);
  });

  it("replaces what the upstream says, and says nothing to other origins", async () => {
    const { call } = await deployHttpApi(gateway, { routes: { "GET /x": behind("/x") }, api: cors() });
    const ours = await call("/x", { headers: { Origin: "http://any.example" } });
    expect(ours.headers["access-control-allow-origin"]).toBe("http://any.example");
    expect(ours.headers["access-control-expose-headers"]).toBe("x-kept");
    const others = await call("/x", { headers: { Origin: "https://evil.example" } });
    expect(others.status).toBe(200);
    expect(others.headers["access-control-allow-origin"]).toBeUndefined();
    const refused = await call("/none", { headers: { Origin: "https://app.example" } });
    expect([refused.status, refused.headers["access-control-allow-origin"]]).toEqual([
      404,
      "https://app.example",
    ]);
  });

  it("a route with authorization takes precedence over the preflight", async () => {
    const { call } = await deployHttpApi(gateway, {
      routes: { $default: { ...behind("/x"), authorizationType: "AWS_IAM" } },
      api: cors(),
    });
    expect((await call("/x", { method: "OPTIONS", headers: preflight })).status).toBe(403);
  });

  it("* is said as it is", async () => {
    const { call } = await deployHttpApi(gateway, {
      routes: { "GET /x": behind("/x") },
      api: cors({ allowOrigins: ["*"], allowCredentials: false }),
    });
    const reply = await call("/x", { headers: { Origin: "https://any.example" } });
    expect(reply.headers["access-control-allow-origin"]).toBe("*");
    expect(reply.headers.vary).toBeUndefined();
  });
});
