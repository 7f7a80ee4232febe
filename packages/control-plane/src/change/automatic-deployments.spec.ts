import { describe, expect, it } from "vitest";
import type { Kind } from "@tollgate/config";
import {
  ADMIN,
  account,
  all,
  applied,
  brokenHttpApi,
  byAws,
  chunksAreExact,
  deleted,
  deployed,
  deploymentsOf,
  flushed,
  HTTP,
  httpApi,
  httpResources,
  imported,
  mock,
  one,
  pets,
  REST,
  restApi,
  rolledBack,
  servedBy,
  stacked,
  stage,
  state,
  unfinished,
  useApplication,
  type Way,
} from "./ways-in.contract.ts";

/* Automatic deployments of changes, for each way to write. */

useApplication();

describe("a stage with autoDeploy serves the changed API", () => {
  const setUp = async (apiId: string) => {
    await applied([restApi(), pets("first"), httpApi("first")]);
    await deployed(apiId);
    await applied([
      stage(apiId as typeof REST, { deploymentId: deploymentsOf(apiId)[0]?.id, autoDeploy: true }),
    ]);
    expect(servedBy(apiId)).toContain("first");
  };
  const definition = {
    paths: {
      "/pets": {
        get: {
          responses: { "200": { description: "" } },
          "x-amazon-apigateway-integration": {
            type: "mock",
            requestTemplates: { "application/json": '{"statusCode": 200}' },
            responses: {
              default: { statusCode: "200", responseTemplates: { "application/json": "second" } },
            },
          },
        },
      },
    },
  };
  const cases: readonly (Way & { apiId: string })[] = [
    { way: "by Apply, of a REST API", apiId: REST, attempt: () => applied([pets("second")]) },
    { way: "by AWS's APIs, of a REST API", apiId: REST, attempt: () => byAws([pets("second")]) },
    { way: "by ImportRestApi", apiId: REST, attempt: () => imported(definition, REST) },
    { way: "by Apply, of an HTTP API", apiId: HTTP, attempt: () => applied([httpApi("second")]) },
    { way: "by AWS's APIs, of an HTTP API", apiId: HTTP, attempt: () => byAws([httpApi("second")]) },
  ];
  it.each(cases)("$way", async ({ apiId, attempt }) => {
    await setUp(apiId);
    await attempt();
    expect(servedBy(apiId)).toContain("second");
    expect(deploymentsOf(apiId)).toHaveLength(2);
    expect(deploymentsOf(apiId).filter(({ spec }) => spec.autoDeployed)).toHaveLength(1);
    chunksAreExact();
  });

  it("by Delete", async () => {
    await setUp(REST);
    await applied([
      { ...pets("other"), id: "other", spec: { path: "/other", methods: { GET: mock("other") } } },
    ]);
    expect(servedBy(REST)).toContain("other");
    await deleted({ kind: "Resource", apiId: REST, id: "other" });
    expect(servedBy(REST)).not.toContain("other");
  });

  it("by ApplyStack", async () => {
    await stacked(httpResources("http://127.0.0.1:9/first"));
    await stacked(httpResources("http://127.0.0.1:9/second"));
    const [{ id, apiId, spec } = one("ApiStage", "live")] = all("ApiStage");
    expect(servedBy(apiId, id)).toContain("second");
    expect(deploymentsOf(apiId).map((deployment) => deployment.id)).toContain(spec.deploymentId);
  });

  it("in the same transaction, so that no revision shows one without the other", async () => {
    await setUp(REST);
    const { revision } = await applied([pets("second")]);
    const at = (kind: Kind, id: string) =>
      [...state().entities.values()].find((s) => s.entity.kind === kind && s.entity.id === id)?.modRevision;
    expect([at("Resource", "pets"), at("Stage", "live")]).toEqual([Number(revision), Number(revision)]);
  });

  it("of a REST API once the API compiles; until then the problems are reported", async () => {
    await setUp(REST);
    const { autoDeployProblems } = await applied([unfinished]);
    expect(autoDeployProblems).toEqual([
      expect.objectContaining({ message: expect.stringContaining("No integration defined for method") }),
    ]);
    expect(all("Resource")).toHaveLength(2);
    expect(deploymentsOf(REST)).toHaveLength(1);
    expect(
      (await applied([{ ...unfinished, spec: { path: "/open", methods: { GET: mock("done") } } }]))
        .autoDeployProblems,
    ).toEqual([]);
    expect(servedBy(REST)).toContain("done");
  });

  it("of a REST API while there is room for its deployment; where the quota leaves none that is reported", async () => {
    await setUp(REST);
    await applied([account({ deployments: 1 })]);
    const { autoDeployProblems } = await applied([pets("second")]);
    expect(autoDeployProblems).toEqual([
      expect.objectContaining({ code: "DEPLOYMENTS_FULL", path: "Stage/live.autoDeploy" }),
    ]);
    expect(servedBy(REST)).toContain("first");
    await applied([account({ deployments: 2 })]);
    await applied([pets("third")]);
    expect(servedBy(REST)).toContain("third");
  });

  it("of an HTTP API always, because a change that does not compile is refused", async () => {
    await setUp(HTTP);
    await expect(applied([brokenHttpApi])).rejects.toMatchObject({ reason: "invalid" });
    await expect(rolledBack(HTTP)).rejects.toThrow("autoDeploy");
    await expect(deployed(HTTP, "live")).rejects.toThrow("autoDeploy");
  });

  it("of a REST API until it is pointed at another deployment, and again from the next change", async () => {
    await setUp(REST);
    await applied([pets("second")]);
    await rolledBack(REST);
    expect(servedBy(REST)).toContain("first");
    await flushed(REST, "live");
    expect(servedBy(REST)).toContain("first");
    await applied([pets("third")]);
    expect(servedBy(REST)).toContain("third");
  });

  it("without a new deployment if one with the same content exists", async () => {
    await setUp(HTTP);
    await applied([httpApi("second")]);
    await applied([httpApi("first")]);
    await applied([stage(HTTP, { autoDeploy: true })]);
    expect(servedBy(HTTP)).toContain("first");
    expect(deploymentsOf(HTTP)).toHaveLength(3);
    await setUp(REST);
    await applied([stage(REST, { deploymentId: "gone00", autoDeploy: true })]);
    expect(deploymentsOf(REST)).toHaveLength(1);
  });

  it("and reports it in a dry run", async () => {
    await setUp(REST);
    const { autoDeployProblems } = await applied([unfinished], ADMIN, { dryRun: true });
    expect(autoDeployProblems).toHaveLength(1);
    expect(all("Resource")).toHaveLength(1);
  });
});

describe("the newest 20 automatic deployments without a stage are kept", () => {
  const write = (apiId: string, text: string) => (apiId === REST ? pets(text) : httpApi(text));
  const cases = [REST, HTTP].flatMap((apiId) => [
    { way: `by Apply, of ${apiId}`, apiId, by: applied },
    { way: `by AWS's APIs, of ${apiId}`, apiId, by: byAws },
  ]);
  it.each(cases)(
    "$way, and requested deployments are kept, whatever their description is",
    async ({ apiId, by }) => {
      await applied([restApi(), pets("0"), httpApi("0")]);
      const asked = await deployed(apiId, "", "Automatic deployment");
      await by([stage(apiId as typeof REST, { deploymentId: asked.deployment.id, autoDeploy: true })]);
      for (let i = 1; i <= 23; i++) await by([write(apiId, `text${i}`)]);
      const ids = deploymentsOf(apiId).map(({ id }) => id);
      expect(ids).toContain(asked.deployment.id);
      // The requested one, the served one and those for rollbacks.
      expect(ids).toHaveLength(22);
      chunksAreExact();
    },
  );

  it.each([REST, HTTP])("fewer if the quota of deployments requires it, of %s", async (apiId) => {
    await applied([account({ deployments: 5 }), restApi(), pets("0"), httpApi("0")]);
    const asked = await deployed(apiId);
    await applied([stage(apiId as typeof REST, { deploymentId: asked.deployment.id, autoDeploy: true })]);
    for (let i = 1; i <= 8; i++) await applied([write(apiId, `text${i}`)]);
    expect(servedBy(apiId)).toContain("text8");
    expect(deploymentsOf(apiId)).toHaveLength(5);
    expect(deploymentsOf(apiId).map(({ id }) => id)).toContain(asked.deployment.id);
  });

  it("also when their stages are deleted", async () => {
    await applied([httpApi("0"), stage(HTTP, { autoDeploy: true })]);
    for (let i = 1; i <= 20; i++) await applied([httpApi(`text${i}`)]);
    expect(deploymentsOf(HTTP)).toHaveLength(21);
    await deleted(stage(HTTP, {}));
    expect(deploymentsOf(HTTP)).toHaveLength(20);
  });
});
