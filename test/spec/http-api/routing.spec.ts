import { describe, expect, it } from "vitest";
import { UsageDimension as By } from "@tollgate/proto/usage";
import { tollgate } from "../../kit/cli.ts";
import { embeddedOnly } from "../../kit/embedded-only.ts";
import { deployHttpApi, httpApiSpec, toUrl } from "../../kit/http-api.ts";
import { until } from "../../kit/process.ts";
import { mock } from "../../kit/rest-api.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";

const upstream = useUpstream(({ url }, response) => response.end(url));
const gateway = useGateway();

/** A route whose response names it. */
const told = (name: string) => ({ integration: toUrl(`${upstream.origin}/${name}`) });

describe("routes (http-api §1)", () => {
  it.each([
    ["GET", "/pets/dog/1", "/literal-get"],
    ["POST", "/pets/dog/1", "/variable-any"],
    ["GET", "/pets/cat/2", "/variable-any"],
    ["GET", "/pets/dog", "/greedy-get"],
    ["GET", "/pets/dog/1/2", "/greedy-get"],
    ["GET", "/pets/a/b/c", "/greedy-get"],
    ["DELETE", "/pets", "/default/pets"],
    ["GET", "/", "/default/"],
    ["GET", "/slash", "/default/slash"],
    ["GET", "/slash/", "/slash"],
  ])("%s %s goes to %s", async (method, path, expected) => {
    const { call } = await deployHttpApi(gateway, {
      routes: {
        "GET /pets/dog/1": told("literal-get"),
        "ANY /pets/{kind}/{id}": told("variable-any"),
        "GET /pets/{proxy+}": told("greedy-get"),
        "GET /slash/": told("slash"),
        $default: { integration: toUrl(`${upstream.origin}/default`) },
      },
    });
    expect((await call(path, { method })).body).toBe(expected);
  });

  it("a full match takes precedence over a greedy one, even if that has a longer literal part", async () => {
    const { call } = await deployHttpApi(gateway, {
      routes: { "GET /a/{proxy+}": told("greedy"), "GET /{x}/b": told("whole") },
    });
    expect((await call("/a/b")).body).toBe("/whole");
    expect((await call("/a/c")).body).toBe("/greedy");
  });

  it("a call that no route matches is 404, with only the request id header", async () => {
    const { call } = await deployHttpApi(gateway, { routes: { "GET /pets": told("pets") } });
    const reply = await call("/nowhere");
    expect(reply.status).toBe(404);
    expect(reply.body).toBe('{"message":"Not Found"}');
    expect(reply.headers["content-type"]).toBe("application/json");
    expect(reply.headers["apigw-requestid"]).toMatch(/^[A-Za-z0-9+/_-]{15}=$/);
    expect(reply.headers["x-amzn-requestid"]).toBeUndefined();
    expect(reply.headers["x-amzn-errortype"]).toBeUndefined();
  });

  it("the method is the one that was sent, whatever X-HTTP-Method-Override says", async () => {
    const { call } = await deployHttpApi(gateway, {
      routes: { "GET /x": told("get"), "DELETE /x": told("delete") },
    });
    expect((await call("/x", { headers: { "X-HTTP-Method-Override": "DELETE" } })).body).toBe("/get");
  });

  it("a route without an integration returns 500", async () => {
    const { call } = await deployHttpApi(gateway, { routes: { "GET /pets": {} } });
    const reply = await call("/pets");
    expect([reply.status, reply.body]).toEqual([500, '{"message":"Internal Server Error"}']);
  });
});

describe("stages (http-api §1, §8)", () => {
  it("a first segment with a stage's name selects the stage, everything else goes to $default", async () => {
    const { apiId, call } = await deployHttpApi(gateway, {
      routes: { "GET /pets": { integration: toUrl(`${upstream.origin}/\${stageVariables.where}`) } },
      stage: { stageVariables: { where: "unnamed" } },
    });
    const { revision } = await gateway.apply([
      {
        kind: "ApiStage",
        apiId,
        id: "dev",
        spec: { autoDeploy: true, stageVariables: { where: "dev" } },
      },
    ]);
    await gateway.wait(revision);
    expect((await call("/pets")).body).toBe("/unnamed");
    expect((await call("/dev/pets")).body).toBe("/dev");
    expect((await gateway.call(`/_aws/execute-api/${apiId}/dev/pets`)).body).toBe("/dev");
    expect((await gateway.call(`/_aws/execute-api/${apiId}/pets`)).body).toBe("/unnamed");
  });

  it("without $default a path of no stage is 404", async () => {
    const { call } = await deployHttpApi(gateway, {
      routes: { "GET /pets": told("pets") },
      stageName: "dev",
    });
    expect((await call("/dev/pets")).body).toBe("/pets");
    const reply = await call("/pets");
    expect([reply.status, reply.body]).toEqual([404, '{"message":"Not Found"}']);
    expect(reply.headers["apigw-requestid"]).toBeDefined();
    expect(reply.headers["x-amzn-requestid"]).toBeUndefined();
  });

  it("a change of the API is live with its own revision where the stage deploys itself", async () => {
    const { apiId, call } = await deployHttpApi(gateway, { routes: { "GET /pets": told("one") } });
    expect((await call("/pets")).body).toBe("/one");
    const two = httpApiSpec({ routes: { "GET /pets": told("two") } });
    const { revision, changes } = await gateway.apply([{ kind: "Api", id: apiId, spec: two }]);
    await gateway.wait(revision);
    expect((await call("/pets")).body).toBe("/two");
    expect(changes.map(({ entity }) => entity?.kind)).toEqual(["Api", "ApiStage", "ApiDeployment"]);
    // The same again changes nothing.
    const again = await gateway.apply([{ kind: "Api", id: apiId, spec: two }]);
    expect(again.revision).toBe(revision);
  });

  it("a stage without autoDeploy keeps its deployment until another is created, and can be rolled back to it", async () => {
    const { apiId } = await deployHttpApi(gateway, { routes: { "GET /pets": told("one") } });
    const call = () => gateway.call(`/_aws/execute-api/${apiId}/prod/pets`);
    await gateway.deployments.createDeployment({ apiId, stageName: "prod" });
    const two = httpApiSpec({ routes: { "GET /pets": told("two") } });
    await gateway.wait((await gateway.apply([{ kind: "Api", id: apiId, spec: two }])).revision);
    expect((await call()).body).toBe("/one");
    const drift = () => gateway.deployments.diffDeployed({ apiId, stageName: "prod" });
    expect((await drift()).changes).toMatchObject([{ entity: { kind: "Api", id: apiId } }]);
    const made = await gateway.deployments.createDeployment({ apiId, stageName: "prod" });
    await gateway.wait(made.revision);
    expect((await call()).body).toBe("/two");
    expect((await drift()).changes).toEqual([]);
    const back = await gateway.deployments.rollbackStage({
      apiId,
      stageName: "prod",
      deploymentId: "",
    });
    await gateway.wait(back.revision);
    expect((await call()).body).toBe("/one");
    await expect(
      gateway.deployments.rollbackStage({ apiId, stageName: "$default", deploymentId: "" }),
    ).rejects.toThrow("autoDeploy");
  });

  it("of the deployments that came with changes and that nothing points at the newest 20 stay", async () => {
    const { apiId, call } = await deployHttpApi(gateway, { routes: { "GET /pets": told("0") } });
    for (let i = 1; i <= 24; i++)
      await gateway.apply([
        { kind: "Api", id: apiId, spec: httpApiSpec({ routes: { "GET /pets": told(String(i)) } }) },
      ]);
    const { entities, revision } = await gateway.config.list({
      kind: "ApiDeployment",
      apiId,
      pageSize: 100,
    });
    await gateway.wait(revision);
    expect((await call("/pets")).body).toBe("/24");
    const urls = entities.map(({ specJson }) => /\/(\d+)"/.exec(specJson)?.[1]);
    expect(urls.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 21 }, (_, i) => i + 4));
  });

  it("a change that does not compile changes nothing", async () => {
    const { apiId, call } = await deployHttpApi(gateway, { routes: { "GET /pets": told("one") } });
    const broken = httpApiSpec({
      routes: { "GET /pets/{id}": { integration: toUrl(`${upstream.origin}/{other}`) } },
    });
    await expect(gateway.apply([{ kind: "Api", id: apiId, spec: broken }])).rejects.toThrow(
      "'{other}' is not a variable of the route's path '/pets/{id}'",
    );
    expect((await call("/pets")).body).toBe("/one");
  });

  it("the default endpoint can be turned off; a custom domain still leads there", async () => {
    const { apiId, call } = await deployHttpApi(gateway, {
      routes: { "GET /pets": told("pets") },
      api: { disableExecuteApiEndpoint: true },
    });
    const { revision } = await gateway.apply([
      {
        kind: "DomainName",
        id: "http.example.com",
        spec: { basePathMappings: { "shop/v1": { apiId, stage: "$default" } } },
      },
    ]);
    await gateway.wait(revision);
    const refused = await call("/pets");
    expect([refused.status, refused.body]).toEqual([404, '{"message":"Not Found"}']);
    expect((await gateway.call("/shop/v1/pets", { host: "http.example.com" })).body).toBe("/pets");
  });

  it("routes are throttled by their settings", async () => {
    embeddedOnly("each node counts for itself");
    const { call } = await deployHttpApi(gateway, {
      routes: { "GET /pets": told("pets"), "GET /free": told("free") },
      stage: { routeSettings: { "GET /pets": { throttlingBurstLimit: 1, throttlingRateLimit: 0 } } },
    });
    expect((await call("/pets")).status).toBe(200);
    const reply = await call("/pets");
    expect([reply.status, reply.body]).toEqual([429, '{"message":"Too Many Requests"}']);
    expect((await call("/free")).status).toBe(200);
  });
});

describe("calls of an HTTP API", () => {
  it("are counted by stage and route, including those that no route matches", async () => {
    const { apiId, call } = await deployHttpApi(gateway, {
      routes: { "GET /pets/{id}": told("pets"), $default: told("rest") },
    });
    const plain = await deployHttpApi(gateway, { routes: { "GET /pets": told("pets") } });
    for (const path of ["/pets/1", "/pets/2", "/other"]) await call(path);
    await plain.call("/nowhere");
    const counted = async (apiId: string) => {
      const { rows } = await gateway.usage.queryUsage({ apiId, by: [By.STAGE, By.METHOD] });
      return rows.map(({ stage, method, callCount }) => `${stage} ${method} ${callCount}`).sort();
    };
    const wanted = {
      [apiId]: ["$default GET $default 1", "$default GET /pets/{id} 2"],
      [plain.apiId]: ["$default GET - 1"],
    };
    let last = "";
    for (const [id, rows] of Object.entries(wanted))
      await until(
        () => `the usage of ${id}: ${last}`,
        async () => (last = (await counted(id)).join()) === rows.join(),
      );
  });
});

describe("problems of an API are reported per member", () => {
  const apply = (spec: object) => gateway.apply([{ kind: "Api", id: "wrongapi01", spec }]);
  const routes = (routeKey: string, more: object = {}) =>
    httpApiSpec({ routes: { [routeKey]: { integration: toUrl("http://example.com"), ...more } } });
  it.each([
    [routes("FETCH /pets"), "must be '{METHOD} {path}' such as 'GET /pets'"],
    [routes("GET pets"), "the path must begin with /"],
    [routes("GET /a/{b}c"), "segment '{b}c' must be characters without braces"],
    [routes("GET /{a+}/b"), "the greedy segment '{a+}' must be the last segment"],
    [routes("GET /{a}/{a}"), "the parameter 'a' appears twice"],
    [routes("GET /a", { target: "integrations/none" }), "this API has no integration 'none'"],
    [routes("GET /a", { authorizationType: "JWT" }), "JWT requires one"],
    [
      httpApiSpec({ routes: { "GET /{a}": { integration: toUrl("http://a") }, "GET /{b}": {} } }),
      "the route 'r0' already matches the same calls",
    ],
    [httpApiSpec({ routes: {}, api: { protocolType: "FTP" } }), "must be HTTP or WEBSOCKET"],
    [
      httpApiSpec({
        routes: {},
        api: { corsConfiguration: { allowOrigins: ["*"], allowCredentials: true } },
      }),
      "must not be * if allowCredentials is true",
    ],
    [routes("GET /a", { integration: toUrl("arn:aws:a:b") }), "an ARN requires connectionType VPC_LINK"],
    [routes("GET /a", { integration: toUrl("ftp://a") }), "must begin with http://, https://"],
    [
      routes("GET /a", {
        integration: toUrl("http://a", { requestParameters: { "append:header.authorization": "x" } }),
      }),
      "the header authorization is reserved",
    ],
    [
      routes("GET /a", {
        integration: toUrl("http://a", { requestParameters: { "append:header.a": "$request.cookie.b" } }),
      }),
      "'$request.cookie.b' must be",
    ],
  ])("%#", async (spec, message) => {
    await expect(apply(spec)).rejects.toThrow(message);
  });

  it("what is done with REST APIs only says so", async () => {
    const { apiId } = await deployHttpApi(gateway, { routes: { "GET /pets": told("pets") } });
    const { exitCode, stderr } = await tollgate(["promote", apiId, "--stage", "$default"], gateway.cliEnv);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`'${apiId}' is an HTTP or WebSocket API: this operation is for REST APIs only`);
  });

  it("the id of a REST API cannot be used again", async () => {
    const restApi = await gateway.deploy({ "GET /": mock("rest") });
    await expect(
      gateway.apply([{ kind: "Api", id: restApi, spec: httpApiSpec({ routes: {} }) }]),
    ).rejects.toThrow("is already in use");
  });
});

describe("a definition becomes an HTTP API", () => {
  const definition = (path: string) =>
    JSON.stringify({
      openapi: "3.0.1",
      info: { title: "pets", version: "1" },
      paths: { [path]: { get: {} } },
    });
  const imported = (path: string, ...args: string[]) =>
    tollgate(["import", "-", "--http-api", "--api", "importedv2", ...args], gateway.cliEnv, definition(path));

  it("by tollgate import --http-api, and then what the file says", async () => {
    const first = await imported("/pets/{id}", "--proxy-to", upstream.origin);
    expect({ exitCode: first.exitCode, stdout: first.stdout }).toEqual({
      exitCode: 0,
      stdout: "HTTP API importedv2: 1 routes imported\n",
    });
    expect(first.stderr).toContain("next: tollgate deploy importedv2 --stage '$default' --wait");
    const made = await gateway.deployments.createDeployment({
      apiId: "importedv2",
      stageName: "$default",
    });
    await gateway.wait(made.revision);
    expect((await gateway.call("/_aws/execute-api/importedv2/pets/7")).body).toBe("/pets/7");
    const printed = await imported("/toys", "--proxy-to", upstream.origin, "--print");
    expect(printed.stdout).toContain("routeKey: GET /toys");
  });

  it("or is refused with the line", async () => {
    const { exitCode, stderr } = await imported("/a{b}", "--proxy-to", upstream.origin);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "error: -:1 /paths/~1a{b}/get: segment 'a{b}' must be characters without braces",
    );
    const open = await imported("/pets", "--fail-on-warnings");
    expect(open.stderr).toContain("has no x-amazon-apigateway-integration");
    expect(open.exitCode).toBe(1);
  });
});
