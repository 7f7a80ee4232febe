import { describe, expect, it } from "vitest";
import { startBoto } from "../../kit/boto.ts";
import { httpApiSpec } from "../../kit/http-api.ts";
import { patchOf } from "../../kit/mock-api.ts";
import { mock } from "../../kit/rest-api.ts";
import { useGateway, useScope } from "../../kit/use.ts";

const gateway = useGateway();
const scope = useScope();

const resource = (apiId: string, methods: object, id = "r0", path = "/pets") => ({
  kind: "Resource",
  apiId,
  id,
  spec: { path, methods },
});
const answers = async (apiId: string, path = "/pets") => {
  const { status, body } = await gateway.invoke(apiId, path);
  return `${status} ${body}`;
};
const deploymentsOf = async (apiId: string) =>
  (await gateway.deployments.listDeployments({ apiId, pageSize: 500 })).deployments;

describe("a stage with autoDeploy", () => {
  it("serves what is written, as soon as the write is applied", async () => {
    const apiId = await gateway.deploy({ "GET /pets": mock("first") }, { stage: { autoDeploy: true } });
    const { revision } = await gateway.apply([resource(apiId, { GET: mock("second") })]);
    await gateway.wait(revision);
    expect(await answers(apiId)).toBe("200 second");
  });

  it("by AWS's clients too, and other stages keep what they serve", async () => {
    const apiId = await gateway.deploy({ "GET /pets": mock("first") }, { stage: { autoDeploy: true } });
    const [present] = await deploymentsOf(apiId);
    await gateway.apply([{ kind: "Stage", apiId, id: "stable", spec: { deploymentId: present?.id } }]);
    const boto = scope.use(await startBoto(gateway.controlUrl));
    await boto.call("update_integration_response", {
      restApiId: apiId,
      resourceId: "r0",
      httpMethod: "GET",
      statusCode: "200",
      patchOperations: [patchOf("replace", "/responseTemplates/application~1json", "third")],
    });
    const { revision } = await gateway.config.list({ kind: "Stage" });
    await gateway.wait(revision);
    expect(await answers(apiId)).toBe("200 third");
    const stable = await gateway.call(`/_aws/execute-api/${apiId}/stable/pets`);
    expect(stable.body).toBe("first");
  });

  it("is brought up to date when autoDeploy is switched on, and left alone by what no deployment shows", async () => {
    const apiId = await gateway.deploy({ "GET /pets": mock("first") });
    await gateway.apply([resource(apiId, { GET: mock("edited") })]);
    const [present] = await deploymentsOf(apiId);
    const stage = {
      kind: "Stage",
      apiId,
      id: "prod",
      spec: { deploymentId: present?.id, autoDeploy: true },
    };
    const { revision } = await gateway.apply([stage]);
    await gateway.wait(revision);
    expect(await answers(apiId)).toBe("200 edited");
    const before = (await deploymentsOf(apiId)).length;
    await gateway.apply([resource(apiId, { GET: mock("edited") })]);
    await gateway.apply([{ kind: "UsagePlan", id: "auto", spec: { name: "x" } }]);
    expect(await deploymentsOf(apiId)).toHaveLength(before);
  });

  it("keeps serving its deployment when the API does not compile, and reports why", async () => {
    const apiId = await gateway.deploy({ "GET /pets": mock("sound") }, { stage: { autoDeploy: true } });
    const unfinished = resource(apiId, { POST: {} }, "r1", "/unfinished");
    const { autoDeployProblems, revision } = await gateway.apply([unfinished]);
    expect(autoDeployProblems).toEqual([
      expect.objectContaining({ message: expect.stringContaining("No integration defined for method") }),
    ]);
    await gateway.wait(revision);
    expect(await answers(apiId)).toBe("200 sound");
    const { revision: mended } = await gateway.apply([
      resource(apiId, { POST: mock("x"), GET: mock("done") }, "r1", "/unfinished"),
    ]);
    await gateway.wait(mended);
    expect(await answers(apiId, "/unfinished")).toBe("200 done");
  });

  it("does not pile deployments up", async () => {
    const apiId = await gateway.deploy({ "GET /pets": mock("0") }, { stage: { autoDeploy: true } });
    let last = 0n;
    for (let i = 1; i <= 25; i++)
      last = (await gateway.apply([resource(apiId, { GET: mock(String(i)) })])).revision;
    await gateway.wait(last);
    expect(await answers(apiId)).toBe("200 25");
    // The one made by hand, the one that is served, and twenty to go back to.
    expect((await deploymentsOf(apiId)).length).toBeLessThanOrEqual(23);
    await gateway.deployments.rollbackStage({ apiId, stageName: "prod" });
  });

  describe("retires automatic deployments only, whatever others are described as", () => {
    const description = "Automatic deployment";
    const changeOften = async (write: (text: string) => Promise<unknown>) => {
      for (let i = 1; i <= 24; i++) await write(`text${i}`);
    };
    const ids = async (apiId: string) => (await deploymentsOf(apiId)).map(({ id }) => id);

    it("of a REST API, by gRPC", async () => {
      const apiId = await gateway.deploy({ "GET /pets": mock("0") }, { stage: { autoDeploy: true } });
      const { deployment } = await gateway.deployments.createDeployment({ apiId, description });
      await changeOften((text) => gateway.apply([resource(apiId, { GET: mock(text) })]));
      expect(await ids(apiId)).toContain(deployment?.id);
      expect((await ids(apiId)).length).toBeLessThan(25);
    });

    it("of a REST API, by boto3", async () => {
      const apiId = await gateway.deploy({ "GET /pets": mock("0") }, { stage: { autoDeploy: true } });
      const boto = scope.use(await startBoto(`http://127.0.0.1:${gateway.controlPort}`));
      const { id } = (await boto.call("create_deployment", { restApiId: apiId, description })) as {
        id: string;
      };
      await changeOften((text) =>
        boto.call("update_integration_response", {
          restApiId: apiId,
          resourceId: "r0",
          httpMethod: "GET",
          statusCode: "200",
          patchOperations: [patchOf("replace", "/responseTemplates/application~1json", text)],
        }),
      );
      expect(await ids(apiId)).toContain(id);
      expect((await ids(apiId)).length).toBeLessThan(25);
    });

    it("of an HTTP API, by gRPC", async () => {
      const apiOf = (text: string) => ({
        kind: "Api",
        id: "autohttp01",
        spec: httpApiSpec({
          routes: {
            "GET /pets": {
              integration: {
                integrationType: "HTTP_PROXY",
                integrationMethod: "GET",
                integrationUri: `http://127.0.0.1:9/${text}`,
                payloadFormatVersion: "1.0",
              },
            },
          },
        }),
      });
      const apiId = "autohttp01";
      await gateway.apply([
        apiOf("0"),
        { kind: "ApiStage", apiId, id: "$default", spec: { autoDeploy: true } },
      ]);
      const { deployment } = await gateway.deployments.createDeployment({ apiId, description });
      await changeOften((text) => gateway.apply([apiOf(text)]));
      expect(await ids(apiId)).toContain(deployment?.id);
      expect((await ids(apiId)).length).toBeLessThan(25);
    });
  });
});
