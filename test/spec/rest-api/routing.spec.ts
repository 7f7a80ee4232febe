import { beforeAll, describe, expect, it } from "vitest";
import { mock } from "../../kit/rest-api.ts";
import { useGateway } from "../../kit/use.ts";

let api: string;
const gateway = useGateway();
beforeAll(async () => {
  api = await gateway.deploy({
    "GET /": mock("root"),
    "GET /pets": mock("pets"),
    "GET /pets/{petId}": mock("pet"),
    "POST /pets/special": mock("special"),
    "ANY /files/{path+}": mock("file"),
    "GET /both": mock("exact"),
    "ANY /both": mock("any"),
    "PATCH /deep/only": mock("deep"),
    "PATCH /{rest+}": mock("rest"),
  });
});

describe("addresses of a stage", () => {
  it("serves {apiId}.execute-api.{anything} with the stage as first segment", async () => {
    expect(
      (await gateway.call("/prod/pets", { host: `${api}.execute-api.us-east-1.example.com` })).body,
    ).toBe("pets");
  });

  it.each([
    ["localhost", 200],
    ["127.0.0.1", 200],
    ["execute-api.us-east-1.example.com", 200],
    ["anything.example", 403],
  ])(
    "serves /_aws/execute-api/{apiId}/{stage} on hosts that are nobody's domain: %s %i",
    async (host, status) => {
      expect((await gateway.call(`/_aws/execute-api/${api}/prod/pets`, { host })).status).toBe(status);
    },
  );

  it("serves a custom domain: the longest base path wins and is stripped, (none) matches the rest, Host is case-insensitive", async () => {
    const { revision } = await gateway.apply([
      {
        kind: "DomainName",
        id: "api.example.com",
        spec: {
          basePathMappings: {
            "(none)": { restApiId: api, stage: "prod" },
            shop: { restApiId: api, stage: "prod" },
            "shop/all": { restApiId: api },
          },
        },
      },
    ]);
    await gateway.wait(revision);
    const host = "API.example.com:8080";
    expect((await gateway.call("/pets", { host })).body).toBe("pets");
    expect((await gateway.call("/shop/pets/7", { host })).body).toBe("pet");
    expect((await gateway.call("/shop", { host })).body).toBe("root");
    expect((await gateway.call("/shop/all/prod/pets", { host })).body).toBe("pets");
    expect((await gateway.call("/shopping/pets", { host })).status).toBe(403);
  });

  it("/ping and /sping of a custom domain are served by the gateway itself", async () => {
    for (const path of ["/ping", "/sping?x"]) {
      const reply = await gateway.call(path, { host: "api.example.com" });
      expect([reply.status, reply.body]).toEqual([200, "Healthy Connection"]);
    }
    expect((await gateway.invoke(api, "/ping")).status).toBe(403);
  });

  it("the hosts of a VPC endpoint lead to no API from a public port, nor do those of private APIs", async () => {
    const host = "vpce-0123456789abcdef0-abcd1234.execute-api.us-east-1.vpce.amazonaws.com";
    const named = (id: string) => gateway.call("/prod/pets", { host, headers: ["x-apigw-api-id", id] });
    expect((await named(api)).status).toBe(403);
    const own = `${api}-vpce-0123456789abcdef0.execute-api.us-east-1.amazonaws.com`;
    expect((await gateway.call("/prod/pets", { host: own })).status).toBe(403);
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "*" }],
    });
    const inside = await gateway.deploy(
      { "GET /": mock("x") },
      { api: { endpointConfiguration: { types: ["PRIVATE"] }, policy } },
    );
    expect((await gateway.invoke(inside, "/")).status).toBe(403);
  });

  it("an edge API's responses have no CloudFront headers", async () => {
    const edge = await gateway.deploy(
      { "GET /": mock("x") },
      { api: { endpointConfiguration: { types: ["EDGE"] } } },
    );
    const { headers } = await gateway.invoke(edge, "/");
    expect(Object.keys(headers).filter((name) => /^(via|x-cache|x-amz-cf-.*)$/.test(name))).toEqual([]);
  });

  it("collapses slashes before the stage and between stage and path", async () => {
    expect((await gateway.call(`//prod///pets`, { host: `${api}.execute-api.local` })).body).toBe("pets");
  });

  it("returns 403 Forbidden for a stage or API that does not exist", async () => {
    for (const path of [
      `/_aws/execute-api/${api}/nope/pets`,
      "/_aws/execute-api/nosuchapi1/prod/pets",
      "/whatever",
    ]) {
      const reply = await gateway.call(path);
      expect([reply.status, reply.body, reply.headers["x-amzn-errortype"]]).toEqual([
        403,
        '{"message":"Forbidden"}',
        "ForbiddenException",
      ]);
    }
  });

  it("returns 403 Forbidden at the default address when disableExecuteApiEndpoint is set", async () => {
    const closed = await gateway.deploy({ "GET /": mock("x") }, { api: { disableExecuteApiEndpoint: true } });
    expect((await gateway.invoke(closed, "/")).status).toBe(403);
  });
});

describe("routing", () => {
  it.each([
    { title: "a literal beats a parameter", method: "POST", path: "/pets/special", body: "special" },
    {
      title: "a literal without the method falls back to the parameter that has it",
      method: "GET",
      path: "/pets/special",
      body: "pet",
    },
    { title: "a trailing slash does not count", method: "GET", path: "/pets/", body: "pets" },
    { title: "greedy takes the rest", method: "DELETE", path: "/files/a/b//c", body: "file" },
    { title: "an exact verb beats ANY", method: "GET", path: "/both", body: "exact" },
    { title: "ANY takes the other verbs", method: "PUT", path: "/both", body: "any" },
    {
      title: "a literal without a deeper match falls back to the root's greedy one",
      method: "PATCH",
      path: "/deep/x/y",
      body: "rest",
    },
    { title: "the root of the stage is /", method: "GET", path: "", body: "root" },
  ])("$title", async ({ method, path, body }) => {
    expect((await gateway.invoke(api, path, { method })).body).toBe(body);
  });

  it.each(["GET /nope", "GET /files", "PUT /pets", "HEAD /pets"])(
    "%s returns 403 Missing Authentication Token, never 404 or 405",
    async (text) => {
      const [method = "", path = ""] = text.split(" ");
      const reply = await gateway.invoke(api, path, { method });
      expect(reply.status).toBe(403);
      expect(reply.headers["x-amzn-errortype"]).toBe("MissingAuthenticationTokenException");
      if (method !== "HEAD") expect(reply.body).toBe('{"message":"Missing Authentication Token"}');
    },
  );

  it("X-HTTP-Method-Override changes the method before routing", async () => {
    expect(
      (await gateway.invoke(api, "/pets/special", { headers: { "X-HTTP-Method-Override": "POST" } })).body,
    ).toBe("special");
  });

  it("gives every response a request id and an extended request id, and keeps the client's id if it is a UUID", async () => {
    const reply = await gateway.invoke(api, "/pets");
    expect(reply.headers["x-amzn-requestid"]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(reply.headers["x-amz-apigw-id"]).toMatch(/^[\w-]{15}=$/);
    const id = "0a1b2c3d-0000-4000-8000-00000000000f";
    expect(
      (await gateway.invoke(api, "/pets", { headers: { "x-amzn-RequestId": id } })).headers[
        "x-amzn-requestid"
      ],
    ).toBe(id);
    expect(
      (await gateway.invoke(api, "/pets", { headers: { "x-amzn-RequestId": "mine" } })).headers[
        "x-amzn-requestid"
      ],
    ).not.toBe("mine");
  });
});

describe("metrics", () => {
  it("count the calls of a stage by CloudWatch's names", async () => {
    const counted = await gateway.deploy({ "GET /ok": mock("x") }, { api: { name: "counted" } });
    for (const path of ["/ok", "/ok", "/nope"]) await gateway.invoke(counted, path);
    const text = await gateway.metrics();
    const value = (name: string) =>
      Number(
        new RegExp(`^${name}\\{[^}]*ApiName="counted"[^}]*Stage="prod"[^}]*\\} (\\S+)`, "m").exec(text)?.[1],
      );
    expect([value("Count_total"), value("_4XXError_total"), value("_5XXError_total")]).toEqual([3, 1, 0]);
    expect(value("Latency_milliseconds_sum")).toBeGreaterThan(0);
    expect(value("Latency_milliseconds_count")).toBe(3);
  });
});

describe("deployments", () => {
  it("do not serve an edit before it is deployed, and serve the old version again after a rollback", async () => {
    const id = await gateway.deploy({ "GET /v": mock("one") });
    await gateway.apply([
      { kind: "Resource", apiId: id, id: "r0", spec: { path: "/v", methods: { GET: mock("two") } } },
    ]);
    expect((await gateway.invoke(id, "/v")).body).toBe("one");
    const { revision } = await gateway.deployments.createDeployment({ apiId: id, stageName: "prod" });
    await gateway.wait(revision);
    expect((await gateway.invoke(id, "/v")).body).toBe("two");
    const back = await gateway.deployments.rollbackStage({ apiId: id, stageName: "prod" });
    await gateway.wait(back.revision);
    expect((await gateway.invoke(id, "/v")).body).toBe("one");
  });
});
