import { beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../kit/process.ts";
import { mock, proxy } from "../../kit/rest-api.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway();
let nowhere: string;
beforeAll(async () => {
  nowhere = `http://127.0.0.1:${await freePort()}`;
});

const response = (id: string, spec: object) => ({ kind: "GatewayResponse", id, spec });
const deploy = (definitions: readonly ReturnType<typeof response>[], stage: object = {}) =>
  gateway.deploy(
    { "GET /ok": mock("ok"), "GET /down/{id}": proxy(`${nowhere}/{id}`) },
    { definitions, stage },
  );

describe("gateway responses (rest §3)", () => {
  it("a customised type has its own status, headers and body", async () => {
    const api = await deploy(
      [
        response("MISSING_AUTHENTICATION_TOKEN", {
          statusCode: "404",
          responseParameters: {
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            "gatewayresponse.header.Stage": "context.stage",
            "gatewayresponse.header.Variable": "stageVariables.x",
            "gatewayresponse.header.Sent": "method.request.header.X-Sent",
            "gatewayresponse.header.Query": "method.request.querystring.q",
            "gatewayresponse.header.Absent": "method.request.header.X-Absent",
          },
          responseTemplates: {
            "application/json":
              '{"m":$context.error.messageString,"t":"$context.error.responseType","p":"$context.path","v":"${stageVariables.x}","q":"$method.request.querystring.q","none":"$context.none"}',
          },
        }),
      ],
      { variables: { x: "blue" } },
    );
    const reply = await gateway.invoke(api, "/none?q=1", { headers: { "X-Sent": "s" } });
    expect(reply.status).toBe(404);
    expect(JSON.parse(reply.body)).toEqual({
      m: "Missing Authentication Token",
      t: "MISSING_AUTHENTICATION_TOKEN",
      p: "/prod/none",
      v: "blue",
      q: "1",
      none: "",
    });
    expect(reply.headers).toMatchObject({
      "access-control-allow-origin": "*",
      stage: "prod",
      variable: "blue",
      sent: "s",
      query: "1",
      "content-type": "application/json",
      "x-amzn-errortype": "MissingAuthenticationTokenException",
    });
    expect(reply.headers.absent).toBeUndefined();
  });

  it("templates are not Velocity", async () => {
    const api = await deploy([
      response("DEFAULT_4XX", {
        responseTemplates: { "text/plain": "#set($x = 1)$x $util.urlEncode('a') $context.stage." },
      }),
    ]);
    const reply = await gateway.invoke(api, "/none");
    expect([reply.body, reply.headers["content-type"]]).toEqual([
      "#set($x = 1)$x $util.urlEncode('a') prod.",
      "text/plain",
    ]);
  });

  it("the template follows Accept, else application/json", async () => {
    const api = await deploy([
      response("DEFAULT_4XX", { responseTemplates: { "text/a": "a", "application/json": "json" } }),
    ]);
    const body = async (accept?: string) =>
      (await gateway.invoke(api, "/none", { headers: accept ? { Accept: accept } : {} })).body;
    expect([await body("text/a"), await body("text/b"), await body()]).toEqual(["a", "json", "json"]);
  });

  it("DEFAULT_4XX and DEFAULT_5XX are for the types of their class that are not customised; without a status each keeps its own", async () => {
    const api = await deploy([
      response("DEFAULT_4XX", { statusCode: "418" }),
      response("DEFAULT_5XX", { responseParameters: { "gatewayresponse.header.Class": "'5'" } }),
    ]);
    const missing = await gateway.invoke(api, "/none");
    expect([missing.status, missing.body]).toEqual([418, '{"message":"Missing Authentication Token"}']);
    const down = await gateway.invoke(api, "/down/1");
    expect([down.status, down.headers.class]).toEqual([500, "5"]);
  });

  it("a type that is customised inherits nothing from them", async () => {
    const api = await deploy([
      response("DEFAULT_4XX", {
        statusCode: "418",
        responseTemplates: { "application/json": "default" },
        responseParameters: { "gatewayresponse.header.D": "'d'" },
      }),
      response("MISSING_AUTHENTICATION_TOKEN", { responseParameters: { "gatewayresponse.header.M": "'m'" } }),
    ]);
    const reply = await gateway.invoke(api, "/none");
    expect([reply.status, reply.body, reply.headers.m, reply.headers.d]).toEqual([
      403,
      '{"message":"Missing Authentication Token"}',
      "m",
      undefined,
    ]);
  });

  it("413 is AWS's own whatever the API says", async () => {
    const api = await gateway.deploy(
      { "POST /a": mock("ok") },
      {
        definitions: [
          response("REQUEST_TOO_LARGE", { statusCode: "400" }),
          response("DEFAULT_4XX", { statusCode: "400" }),
        ],
      },
    );
    const reply = await gateway.invoke(api, "/a", {
      method: "POST",
      headers: { "Content-Length": String(11 * 1024 * 1024) },
      body: Buffer.alloc(11 * 1024 * 1024),
    });
    expect([reply.status, reply.body]).toEqual([413, '{"message":"Request Too Long"}']);
  });

  it("they are part of the deployment: an edit serves after the next one", async () => {
    const api = await deploy([response("DEFAULT_4XX", { statusCode: "418" })]);
    await gateway.apply([{ ...response("DEFAULT_4XX", { statusCode: "419" }), apiId: api }]);
    expect((await gateway.invoke(api, "/none")).status).toBe(418);
    const { revision } = await gateway.deployments.createDeployment({ apiId: api, stageName: "prod" });
    await gateway.wait(revision);
    expect((await gateway.invoke(api, "/none")).status).toBe(419);
  });

  it.each([
    { id: "NO_TYPE", spec: {}, problem: /must be one of ACCESS_DENIED/ },
    { id: "DEFAULT_4XX", spec: { statusCode: "999" }, problem: /statusCode: must be a status code/ },
    {
      id: "DEFAULT_4XX",
      spec: { responseParameters: { "header.X": "'a'" } },
      problem: /gatewayresponse\.header\.\{name\}/,
    },
    {
      id: "DEFAULT_4XX",
      spec: { responseParameters: { "gatewayresponse.header.X": "input.body" } },
      problem: /must be method\.request/,
    },
  ])("$id $spec is refused", async ({ id, spec, problem }) => {
    const api = await deploy([]);
    await expect(gateway.apply([{ kind: "GatewayResponse", apiId: api, id, spec }])).rejects.toThrow(problem);
  });
});
