import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Boto, startBoto } from "../../kit/boto.ts";
import { type Gateway, startGateway } from "../../kit/gateway.ts";
import { httpApiSpec } from "../../kit/http-api.ts";
import { mock } from "../../kit/rest-api.ts";

const scope = new AsyncDisposableStack();
let gateway: Gateway;
let boto: Boto;
beforeAll(async () => {
  gateway = scope.use(await startGateway());
  boto = scope.use(await startBoto(`http://127.0.0.1:${gateway.controlPort}`));
});
afterAll(() => scope.disposeAsync());

const RESOURCE_EXHAUSTED = 8;

const allow = (quotas: object) => gateway.apply([{ kind: "Account", spec: { quotas } }]);

/** A refusal by a quota, and nothing else. */
const refused = (name: string, most: number, of = "API") => ({
  code: RESOURCE_EXHAUSTED,
  details: expect.stringContaining(
    `Maximum number of ${name} for this ${of} has been reached: ${most}.`,
  ) as string,
});

const http = httpApiSpec({ routes: { "GET /pets": {} } });
const api = (id: string) => ({ kind: "Api", id, spec: http });
const apiStage = (apiId: string, id: string) => ({ kind: "ApiStage", apiId, id, spec: { autoDeploy: true } });

beforeEach(() => allow({}));

describe("quotas of the account", () => {
  it("count HTTP and WebSocket APIs with REST APIs", async () => {
    const all = await Promise.all(["RestApi", "Api"].map((kind) => gateway.config.list({ kind })));
    const most = all.flatMap(({ entities }) => entities).length + 1;
    await allow({ restApis: most });
    await expect(
      gateway.apply(["one", "two", "three"].map((n) => api(`quota${n}`.padEnd(10, "x")))),
    ).rejects.toMatchObject(refused("restApis", most, "account"));
    await gateway.apply([api("quotahttp1")]);
    const socket = { protocolType: "WEBSOCKET", name: "chat" };
    for (const one of [
      api("quotahttp2"),
      { kind: "RestApi", id: "quotarest1", spec: { name: "x" } },
      { kind: "Api", id: "quotasock1", spec: socket },
    ])
      await expect(gateway.apply([one])).rejects.toMatchObject(refused("restApis", most, "account"));
    // One takes the place of another.
    await gateway.config.delete({ kind: "Api", id: "quotahttp1" });
    await gateway.apply([api("quotahttp2")]);
    await gateway.config.delete({ kind: "Api", id: "quotahttp2" });
  });

  it.each([
    ["users", "User", {}],
    ["groups", "Group", {}],
    ["serviceEndpoints", "ServiceEndpoint", { url: "http://127.0.0.1:1" }],
    ["vpcLinks", "VpcLink", { name: "l", targets: ["http://127.0.0.1:1"] }],
    ["usagePlans", "UsagePlan", { name: "p" }],
    ["domainNames", "DomainName", {}],
  ])("apply to %s", async (quota, kind, spec) => {
    const { entities } = await gateway.config.list({ kind });
    const ids = kind === "UsagePlan" || kind === "VpcLink" ? ["qa", "qb"] : ["qa.example", "qb.example"];
    const [first, second] = ids.map((id) => ({ kind, id, spec }));
    await allow({ [quota]: entities.length + 1 });
    await gateway.apply([first as NonNullable<typeof first>]);
    await expect(gateway.apply([second as NonNullable<typeof second>])).rejects.toMatchObject(
      refused(quota, entities.length + 1, "account"),
    );
    await gateway.config.delete({ kind, id: first?.id ?? "" });
  });
});

describe("quotas of an API", () => {
  it("count the stages of an HTTP API, however they are created", async () => {
    const apiId = "quotahttp3";
    await gateway.apply([api(apiId), apiStage(apiId, "one")]);
    await allow({ stages: 1 });
    await expect(gateway.apply([apiStage(apiId, "two")])).rejects.toMatchObject(refused("stages", 1));
    await expect(gateway.deployments.createDeployment({ apiId, stageName: "three" })).rejects.toMatchObject(
      refused("stages", 1),
    );
    await gateway.apply([apiStage(apiId, "one")]);
  });

  it("count the stages of a REST API, however they are created", async () => {
    const apiId = await gateway.deploy({ "GET /pets": mock("pets") });
    const [present] = (await gateway.deployments.listDeployments({ apiId })).deployments;
    const stage = { kind: "Stage", apiId, id: "two", spec: { deploymentId: present?.id } };
    await allow({ stages: 1 });
    await expect(gateway.apply([stage])).rejects.toMatchObject(refused("stages", 1));
    await expect(gateway.deployments.createDeployment({ apiId, stageName: "three" })).rejects.toMatchObject(
      refused("stages", 1),
    );
    const limit = { class: "LimitExceededException", status: 429 };
    expect(
      await boto.refused("create_stage", { restApiId: apiId, stageName: "four", deploymentId: present?.id }),
    ).toMatchObject(limit);
    expect(await boto.refused("create_deployment", { restApiId: apiId, stageName: "five" })).toMatchObject(
      limit,
    );
    await gateway.deployments.createDeployment({ apiId, stageName: "prod" });
  });

  it("count deployments of every protocol", async () => {
    const rest = await gateway.deploy({ "GET /pets": mock("pets") });
    await gateway.apply([api("quotahttp4")]);
    await allow({ deployments: 1 });
    await gateway.deployments.createDeployment({ apiId: "quotahttp4" });
    for (const apiId of [rest, "quotahttp4"])
      await expect(gateway.deployments.createDeployment({ apiId })).rejects.toMatchObject(
        refused("deployments", 1),
      );
  });

  it("count the routes of an HTTP API", async () => {
    const routes = (...paths: string[]) => ({
      kind: "Api",
      id: "quotahttp5",
      spec: httpApiSpec({ routes: Object.fromEntries(paths.map((path) => [`GET ${path}`, {}])) }),
    });
    await gateway.apply([routes("/a", "/b")]);
    await allow({ routes: 2 });
    await expect(gateway.apply([routes("/a", "/b", "/c")])).rejects.toMatchObject(refused("routes", 2));
    await gateway.apply([routes("/a", "/d")]);
  });

  it("apply to the entities of a template", async () => {
    await allow({ models: 0 });
    const template = JSON.stringify({
      Resources: {
        Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "stacked" } },
        Pet: {
          Type: "AWS::ApiGateway::Model",
          Properties: { RestApiId: { Ref: "Api" }, ContentType: "application/json", Schema: "{}" },
        },
      },
    });
    await expect(gateway.stacks.applyStack({ name: "quota", template })).rejects.toMatchObject(
      refused("models", 0),
    );
  });
});
