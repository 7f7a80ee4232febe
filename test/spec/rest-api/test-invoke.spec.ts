import { describe, expect, it } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { lambda, mock } from "../../kit/rest-api.ts";
import { useGateway, useUpstream } from "../../kit/use.ts";

const upstream = useUpstream((request, response) => {
  calls++;
  response.writeHead(200, { "Content-Type": "application/json", "X-Up": "1" });
  response.end(JSON.stringify({ url: request.url }));
});
const gateway = useGateway();
let calls = 0;

let made = 0;
/** An API that is configured and not deployed. */
async function configure(
  path: string,
  methods: object,
  definitions: readonly { kind: string; id: string; spec: unknown }[] = [],
): Promise<string> {
  const apiId = `testapi${String(++made).padStart(3, "0")}`;
  await gateway.apply([
    { kind: "RestApi", id: apiId, spec: { name: "undeployed" } },
    ...definitions.map((definition) => ({ ...definition, apiId })),
    { kind: "Resource", apiId, id: "r1", spec: { path, methods } },
  ]);
  return apiId;
}

const httpMethod = () => ({
  requestParameters: { "method.request.path.id": true },
  integration: {
    type: "HTTP",
    httpMethod: "GET",
    uri: `${upstream.origin}/up/{id}`,
    requestParameters: {
      "integration.request.path.id": "method.request.path.id",
      "integration.request.header.Authorization": "'Bearer secret-value'",
    },
    integrationResponses: {
      "200": {
        responseTemplates: {
          "application/json":
            "$stageVariables.x $input.path('$.url') $context.stage $context.identity.sourceIp",
        },
      },
    },
  },
});

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe("TestInvokeMethod (control-api §9)", () => {
  it("runs the current configuration, deployed or not, and logs each step", async () => {
    const apiId = await configure("/a/{id}", { GET: httpMethod() });
    const answer = await gateway.tests.testInvokeMethod({
      apiId,
      resourceId: "r1",
      httpMethod: "GET",
      pathWithQueryString: "/a/7?q=1",
      headers: [{ name: "X-Mine", value: "m" }],
      stageVariables: { x: "var" },
    });
    expect([answer.status, textOf(answer.body)]).toEqual([
      200,
      "var /up/7 test-invoke-stage test-invoke-source-ip",
    ]);
    const names = answer.headers.map(({ name }) => name);
    expect(names).toEqual(["Content-Type", "X-Amzn-Trace-Id"]);
    const [first, ...steps] = answer.log.split("\n");
    expect(first).toMatch(/^Execution log for request [0-9a-f-]{36}$/);
    expect(answer.log.endsWith("\n")).toBe(true);
    const texts = steps
      .slice(0, -1)
      .map(
        (step) => /^\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4} : (.*)$/s.exec(step)?.[1] ?? `no step: ${step}`,
      );
    const expected = [
      /^Starting execution for request: [0-9a-f-]{36}$/,
      /^HTTP Method: GET, Resource Path: \/a\/7$/,
      /^Method request path: \{id=7\}$/,
      /^Method request query string: \{q=1\}$/,
      /^Method request headers: \{.*X-Mine=m\}$/,
      /^Method request body before transformations: $/,
      /^Endpoint request URI: http.*\/up\/7$/,
      /^Endpoint request headers: \{.*Authorization=\*+-value/,
      /^Endpoint request body after transformations: $/,
      /^Sending request to http/,
      /^Received response. Status: 200, Integration latency: \d+ ms$/,
      /^Endpoint response headers: \{Content-Type=application\/json, X-Up=1/,
      /^Endpoint response body before transformations: \{"url"/,
      /^Method response body after transformations: var \/up\/7/,
      /^Method response headers: \{Content-Type=application\/json/,
      /^Successfully completed execution$/,
      /^Method completed with status: 200$/,
    ];
    for (const [i, pattern] of expected.entries()) expect(texts[i]).toMatch(pattern);
    expect(texts).toHaveLength(expected.length);
    expect(answer.log).not.toContain("secret");
  });

  it("a method that asks for authorization and a key is tested without them", async () => {
    const apiId = await configure("/a", {
      GET: { ...mock("tested"), authorizationType: "AWS_IAM", apiKeyRequired: true },
    });
    await gateway.apply([
      {
        kind: "RestApi",
        id: apiId,
        spec: {
          name: "closed",
          policy: { Statement: [{ Effect: "Deny", Principal: "*", Action: "*", Resource: "*" }] },
        },
      },
    ]);
    const answer = await gateway.tests.testInvokeMethod({ apiId, resourceId: "r1", httpMethod: "GET" });
    expect([answer.status, textOf(answer.body)]).toEqual([200, "tested"]);
  });

  it("a path that does not fit has no parameters; an absent one is the template itself", async () => {
    const apiId = await configure("/a/{id}", { ANY: mock("[$input.params('id')] $context.httpMethod") });
    const body = async (pathWithQueryString: string, verb = "GET") =>
      textOf(
        (
          await gateway.tests.testInvokeMethod({
            apiId,
            resourceId: "r1",
            httpMethod: verb,
            pathWithQueryString,
          })
        ).body,
      );
    expect(await body("/other/7")).toBe("[] GET");
    expect(await body("")).toBe("[{id}] GET");
    expect(await body("/a/9", "PUT")).toBe("[9] PUT");
  });

  it("errors of the call are its result, with their reason in the log", async () => {
    const pet = { kind: "Model", id: "Pet", spec: { schema: '{"type":"object","required":["name"]}' } };
    const validator = { kind: "RequestValidator", id: "v1", spec: { name: "v", validateRequestBody: true } };
    const apiId = await configure(
      "/a",
      {
        POST: { ...mock("ok"), requestValidatorId: "v1", requestModels: { "application/json": "Pet" } },
        GET: {
          integration: {
            type: "MOCK",
            requestTemplates: { "application/json": "no status" },
            integrationResponses: { "200": {} },
          },
        },
        PUT: { integration: { ...(lambda("none").integration as object) } },
      },
      [pet, validator],
    );
    const test = (verb: string, body = "") =>
      gateway.tests.testInvokeMethod({
        apiId,
        resourceId: "r1",
        httpMethod: verb,
        body: Buffer.from(body),
      });
    const invalid = await test("POST", "{}");
    expect([invalid.status, textOf(invalid.body)]).toEqual([400, '{"message":"Invalid request body"}']);
    expect(invalid.log).toContain(
      'Request body does not match model schema for content type application/json: [object has missing required properties (["name"])]',
    );
    expect(invalid.log).toMatch(/ : Method completed with status: 400\n$/);
    const broken = await test("GET");
    expect(broken.status).toBe(500);
    expect(broken.log).toContain(
      "Unable to parse statusCode. It should be an integer that is defined in the request template.",
    );
    expect((await test("PUT")).status).toBe(500);
  });

  it("gateway responses, models and settings of the account are those of now", async () => {
    const apiId = await configure(
      "/a",
      {
        GET: {
          integration: {
            type: "MOCK",
            requestTemplates: { "application/json": "" },
            integrationResponses: {},
          },
        },
      },
      [{ kind: "GatewayResponse", id: "DEFAULT_5XX", spec: { statusCode: "599" } }],
    );
    expect(
      (await gateway.tests.testInvokeMethod({ apiId, resourceId: "r1", httpMethod: "GET" })).status,
    ).toBe(599);
  });

  it("nothing of it is usage", async () => {
    const apiId = await configure("/a/{id}", { GET: httpMethod() });
    const before = calls;
    await gateway.tests.testInvokeMethod({ apiId, resourceId: "r1", httpMethod: "GET" });
    expect(calls).toBe(before + 1);
    const metrics = await gateway.metrics();
    expect(metrics).not.toContain("undeployed");
  });

  it.each([
    {
      request: { apiId: "nonesuch00", resourceId: "r1", httpMethod: "GET" },
      error: /Invalid API identifier/,
    },
    {
      request: { resourceId: "nonesuch", httpMethod: "GET" },
      error: /Invalid Resource identifier specified/,
    },
    { request: { resourceId: "r1", httpMethod: "POST" }, error: /Invalid Method identifier specified/ },
    {
      request: { resourceId: "r1", httpMethod: "PUT" },
      error: /does not compile[^]*No integration defined for method/,
    },
  ])("$request.resourceId $request.httpMethod: $error", async ({ request, error }) => {
    const apiId = await configure("/a", { GET: mock("x"), PUT: {} });
    await expect(gateway.tests.testInvokeMethod({ apiId, ...request })).rejects.toThrow(error);
  });

  it("tollgate test-invoke shows the response and the log", async () => {
    const apiId = await configure("/a/{id}", {
      POST: mock("$input.params('id') $input.params('X-A') $stageVariables.v"),
    });
    const { stdout, stderr, exitCode } = await tollgate(
      [
        "test-invoke",
        apiId,
        "post",
        "/a/{id}",
        "--path",
        "/a/7",
        "--header",
        "X-A: 1",
        "--variable",
        "v=2",
        "--body",
        "{}",
      ],
      gateway.cliEnv,
    );
    expect([exitCode, stdout]).toEqual([0, "7 1 2\n"]);
    expect(stderr).toContain("Method completed with status: 200");
    const wrong = await tollgate(["test-invoke", apiId, "GET", "/none"], gateway.cliEnv);
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      1,
      `error: API '${apiId}' has no resource with the path /none\n`,
    ]);
  });
});
