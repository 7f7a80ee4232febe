import { describe, expect, it } from "vitest";
import { mock } from "../../kit/rest-api.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway();

const answering = (text: string) =>
  mock(`${text} $stageVariables.x $stageVariables.new $context.isCanaryRequest`);

/** An API whose stage serves "one" and that has a second deployment that serves "two". */
async function twoDeployments(): Promise<{ api: string; first: string; second: string }> {
  const api = await gateway.deploy({ "GET /a": answering("one") }, { stage: { variables: { x: "main" } } });
  await gateway.apply([
    { kind: "Resource", apiId: api, id: "r0", spec: { path: "/a", methods: { GET: answering("two") } } },
  ]);
  const { deployment } = await gateway.deployments.createDeployment({ apiId: api });
  const { deployments } = await gateway.deployments.listDeployments({ apiId: api });
  const second = deployment?.id ?? "";
  return { api, second, first: deployments.find(({ id }) => id !== second)?.id ?? "" };
}

const putStage = async (api: string, spec: object) =>
  gateway.wait((await gateway.apply([{ kind: "Stage", apiId: api, id: "prod", spec }])).revision);

/** The share of calls that the canary served. A busy node may refuse calls, which says nothing of the canary. */
async function share(api: string, calls: number): Promise<number> {
  let [served, byCanary] = [0, 0];
  while (served < calls) {
    const replies = await Promise.all(Array.from({ length: 50 }, () => gateway.invoke(api, "/a")));
    served += replies.filter(({ body }) => /^(one|two) /.test(body)).length;
    byCanary += replies.filter(({ body }) => body.startsWith("two ")).length;
  }
  return byCanary / served;
}

describe("canary releases (rest §14)", () => {
  it("serve the other deployment with overridden variables; $context shows which", async () => {
    const { api, first, second } = await twoDeployments();
    expect((await gateway.invoke(api, "/a")).body).toBe("one main  ");
    const canarySettings = {
      deploymentId: second,
      percentTraffic: 100,
      stageVariableOverrides: { x: "canary", new: "n" },
    };
    await putStage(api, { deploymentId: first, variables: { x: "main" }, canarySettings });
    expect((await gateway.invoke(api, "/a")).body).toBe("two canary n true");
    await putStage(api, {
      deploymentId: first,
      variables: { x: "main" },
      canarySettings: { ...canarySettings, percentTraffic: 0 },
    });
    expect((await gateway.invoke(api, "/a")).body).toBe("one main  false");
  });

  it("each call decides for itself, by the percentage", async () => {
    const { api, first, second } = await twoDeployments();
    await putStage(api, {
      deploymentId: first,
      canarySettings: { deploymentId: second, percentTraffic: 25 },
    });
    // 4 standard deviations of 1,600 calls are 4.3 %.
    expect(Math.abs((await share(api, 1600)) - 0.25)).toBeLessThan(0.05);
  });

  it("promotion is the canary's deployment and variables in the stage, without the canary", async () => {
    const { api, first, second } = await twoDeployments();
    await putStage(api, {
      deploymentId: first,
      canarySettings: { deploymentId: second, percentTraffic: 10, stageVariableOverrides: { x: "c" } },
    });
    const { revision } = await gateway.deployments.promoteCanary({ apiId: api, stageName: "prod" });
    await gateway.wait(revision);
    expect((await gateway.invoke(api, "/a")).body).toBe("two c  ");
    await expect(gateway.deployments.promoteCanary({ apiId: api, stageName: "prod" })).rejects.toThrow(
      "Promotion not available. Canary does not exist.",
    );
  });

  it("a canary that does not exist is refused", async () => {
    const { api, first } = await twoDeployments();
    await expect(
      putStage(api, { deploymentId: first, canarySettings: { deploymentId: "nonesuch" } }),
    ).rejects.toThrow(/nonesuch/);
    await expect(
      putStage(api, { deploymentId: first, canarySettings: { deploymentId: first, percentTraffic: 101 } }),
    ).rejects.toThrow(/percentTraffic/);
  });

  it("counts its own metrics", async () => {
    const { api, first, second } = await twoDeployments();
    await putStage(api, {
      deploymentId: first,
      canarySettings: { deploymentId: second, percentTraffic: 100 },
    });
    await gateway.invoke(api, "/a");
    const metrics = await gateway.metrics();
    expect(metrics).toMatch(/Count\w*\{[^\n]*Stage="prod\/Canary"[^\n]* [1-9]/);
  });
});

describe("method settings", () => {
  it("metrics by method only if they are enabled; the method's own settings override those of all methods", async () => {
    const api = await gateway.deploy(
      { "GET /on": mock("x"), "GET /off": mock("x") },
      {
        stageName: "prod",
        stage: { methodSettings: { "*/*": { metricsEnabled: true }, "off/GET": { metricsEnabled: false } } },
        api: { name: "methodmetrics" },
      },
    );
    await gateway.invoke(api, "/on");
    await gateway.invoke(api, "/off");
    const metrics = await gateway.metrics();
    const lines = metrics.split("\n").filter((line) => line.includes('ApiName="methodmetrics"'));
    expect(lines.some((line) => line.includes('Resource="/on"') && line.includes('Method="GET"'))).toBe(true);
    expect(lines.some((line) => line.includes('Resource="/off"'))).toBe(false);
  });

  it.each([
    { settings: { "/a/GET": {}, pets: {} }, problem: /methodSettings/ },
    { settings: { "*/*": { throttlingRateLimit: -2 } }, problem: /throttlingRateLimit/ },
    { settings: { "*/*": { loggingLevel: "ALL" } }, problem: /loggingLevel/ },
  ])("$settings are refused", async ({ settings, problem }) => {
    await expect(
      gateway.deploy({ "GET /a": mock("x") }, { stage: { methodSettings: settings } }),
    ).rejects.toThrow(problem);
  });
});
