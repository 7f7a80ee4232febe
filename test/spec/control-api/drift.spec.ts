import { describe, expect, it } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { mock } from "../../kit/rest-api.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway();

const diff = (api: string, ...more: string[]) =>
  tollgate(["diff", "--deployed", api, "--stage", "prod", ...more], gateway.cliEnv);

describe("what is edited and not deployed", () => {
  it("is nothing after a deployment, and everything that was created, changed or deleted since", async () => {
    const api = await gateway.deploy(
      { "GET /a": mock("a"), "GET /b": mock("b") },
      { definitions: [{ kind: "Model", id: "Pet", spec: { schema: "{}" } }] },
    );
    expect(await diff(api)).toMatchObject({
      exitCode: 0,
      stdout: "0 created, 0 updated, 0 deleted, 0 unchanged\n",
    });
    await gateway.apply([
      { kind: "RestApi", id: api, spec: { name: "renamed" } },
      { kind: "Resource", apiId: api, id: "r0", spec: { path: "/a", methods: { GET: mock("changed") } } },
      { kind: "GatewayResponse", apiId: api, id: "DEFAULT_4XX", spec: { statusCode: "418" } },
    ]);
    await gateway.config.delete({ kind: "Resource", apiId: api, id: "r1" });
    await gateway.config.delete({ kind: "Model", apiId: api, id: "Pet" });
    const { exitCode, stdout } = await diff(api);
    expect(exitCode).toBe(3);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        `~ RestApi/${api} updated`,
        '    name: "spec" -> "renamed"',
        `~ Resource/${api}/r0 updated`,
        `+ GatewayResponse/${api}/DEFAULT_4XX created`,
        `- Resource/${api}/r1 deleted`,
        `- Model/${api}/Pet deleted`,
        "1 created, 2 updated, 2 deleted, 0 unchanged",
      ]),
    );
    const { revision } = await gateway.deployments.createDeployment({ apiId: api, stageName: "prod" });
    await gateway.wait(revision);
    expect((await diff(api)).exitCode).toBe(0);
  });

  it("edits of a stage are live at once and no drift", async () => {
    const api = await gateway.deploy({ "GET /a": mock("a") });
    const { entity } = await gateway.config.get({ kind: "Stage", apiId: api, id: "prod" });
    const spec = { ...(JSON.parse(entity?.specJson ?? "{}") as object), variables: { x: "1" } };
    await gateway.apply([{ kind: "Stage", apiId: api, id: "prod", spec }]);
    expect((await gateway.deployments.diffDeployed({ apiId: api, stageName: "prod" })).changes).toEqual([]);
  });

  it("says what it needs", async () => {
    const api = await gateway.deploy({ "GET /a": mock("a") });
    expect(await tollgate(["diff"], gateway.cliEnv)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("use either --filename, or --deployed API with --stage NAME"),
    });
    expect(await tollgate(["diff", "--deployed", api], gateway.cliEnv)).toMatchObject({ exitCode: 2 });
    expect(await tollgate(["diff", "--deployed", api, "--stage", "none"], gateway.cliEnv)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("Invalid stage identifier specified"),
    });
    expect(await diff("nonesuch00")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("Invalid API identifier specified"),
    });
  });
});

describe("tollgate lint", () => {
  it("checks files without a control plane", async () => {
    const nowhere = { TOLLGATE_ENDPOINT: "127.0.0.1:1" };
    expect(
      await tollgate(
        ["lint", "-f", "packages/docs/examples/pets.yaml", "-f", "packages/docs/examples/greeting.yaml"],
        nowhere,
      ),
    ).toMatchObject({ exitCode: 0, stdout: "" });
    const wrong = await tollgate(
      ["lint", "-f", "-"],
      nowhere,
      "kind: RestApi\nid: petstore01\nspec: {nome: Pets}\n",
    );
    expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("unknown member 'nome'") });
  });

  it("checks definitions, with output for people and for code scanners, and fails at the given level", async () => {
    const definition = JSON.stringify({
      openapi: "3.1.0",
      info: { title: "t" },
      paths: { "/a": { get: {} } },
    });
    const lint = (...more: string[]) => tollgate(["lint", "-f", "-", ...more], {}, definition);
    const text = await lint();
    expect(text).toMatchObject({ exitCode: 0, stdout: "" });
    expect(text.stderr).toContain(
      "warning: -:1 /paths/~1a/get: anybody may call GET /a: it has no authorization and no API key [open-method]\n",
    );
    expect((await lint("--fail-on", "warning")).exitCode).toBe(1);
    const sarif = JSON.parse((await lint("--format", "sarif")).stdout) as { runs: { results: object[] }[] };
    expect(sarif.runs[0]?.results).toContainEqual(
      expect.objectContaining({ ruleId: "open-method", level: "warning" }),
    );
    expect((await lint("--fail-on", "never")).exitCode).toBe(2);
  });
});
