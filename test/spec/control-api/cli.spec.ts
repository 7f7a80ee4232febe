import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { startHttpUpstream } from "../../kit/upstream.ts";
import { useFolder, useGateway } from "../../kit/use.ts";

const gateway = useGateway();
const folder = useFolder();
const cli = (...args: string[]) => tollgate(args, gateway.cliEnv);
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const PETS = `
kind: RestApi
id: petsapi001
labels: {app: pets}
spec: {name: Pets}
---
kind: Resource
restApiId: petsapi001
id: pets01
labels: {app: pets}
spec:
  path: /pets
  methods:
    GET:
      integration:
        type: MOCK
        requestTemplates: {application/json: '{"statusCode": 200}'}
        integrationResponses: {"200": {responseTemplates: {application/json: "[]"}}}
`;

describe("tollgate", () => {
  it("checks an installation by an API of its own, and leaves nothing of it", async () => {
    const { exitCode, stdout, stderr } = await cli(
      "check",
      "--gateway",
      `http://127.0.0.1:${gateway.httpPorts[0]}`,
      "-o",
      "json",
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect((JSON.parse(stdout) as { step: string }[]).map(({ step }) => step)).toEqual([
      "an API is applied",
      "it is deployed",
      "a call is served",
      "the call is in the usage",
    ]);
    expect((await cli("get", "restapi", "-o", "json")).stdout).not.toContain("tollgate check");
  });

  it("takes an API from file to traffic and back", async () => {
    const pets = file("pets.yaml", PETS);
    const diff = await cli("diff", "-f", pets);
    expect([diff.exitCode, diff.stdout]).toEqual([
      3,
      "+ RestApi/petsapi001 created\n+ Resource/petsapi001/pets01 created\n2 created, 0 updated, 0 deleted, 0 unchanged\n",
    ]);
    expect((await cli("apply", "-f", pets, "--wait")).stdout).toMatch(
      /2 created[\s\S]*(local|node-\d) +applied/,
    );
    expect((await cli("diff", "-f", pets)).exitCode).toBe(0);
    const deployed = await cli("deploy", "petsapi001", "--stage", "prod", "--wait");
    expect(deployed.stdout).toMatch(/deployment \w{6} of API petsapi001: 1 methods, live at prod/);
    expect((await gateway.invoke("petsapi001", "/pets")).body).toBe("[]");

    const changed = file("changed.yaml", PETS.replace('"[]"', '"[1]"'));
    const difference = await cli("diff", "-f", changed);
    expect(difference.stdout).toContain(
      'methods.GET.integration.integrationResponses.200.responseTemplates.application/json: "[]" -> "[1]"',
    );
    await cli("apply", "-f", changed);
    await cli("deploy", "petsapi001", "--stage", "prod", "--wait");
    expect((await gateway.invoke("petsapi001", "/pets")).body).toBe("[1]");
    await cli("rollback", "petsapi001", "--stage", "prod", "--wait");
    expect((await gateway.invoke("petsapi001", "/pets")).body).toBe("[]");
    expect((await cli("deployments", "petsapi001")).stdout.split("\n")).toHaveLength(4);
  });

  it("prints entities that can be applied again unchanged", async () => {
    const { stdout } = await cli("get", "all", "-o", "yaml");
    const again = await cli("apply", "-f", file("all.yaml", stdout));
    expect(again.stdout).toMatch(/^0 created, 0 updated, 0 deleted, \d+ unchanged/);
    expect(
      (JSON.parse((await cli("get", "restapis", "-o", "json")).stdout) as { id: string }[]).map(
        ({ id }) => id,
      ),
    ).toContain("petsapi001");
    expect((await cli("get", "resources", "--api", "petsapi001")).stdout).toMatch(
      /KIND +API +ID +SUMMARY +REVISION\nResource +petsapi001 +pets01 +\/pets GET/,
    );
  });

  it("reports what is wrong, where, and with which exit code", async () => {
    const bad = await cli(
      "apply",
      "-f",
      file("bad.yaml", "kind: RestApi\nid: petsapi001\nspec: {nome: x}\n"),
    );
    expect(bad.exitCode).toBe(1);
    expect(bad.stderr).toMatch(
      /nothing was changed: 2 problems\n {2}RestApi\/petsapi001\.name: expected string, received undefined\n {2}RestApi\/petsapi001: unknown member 'nome'/,
    );
    expect(await cli("apply", "-f", join(folder, "missing.yaml"))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("cannot read") as string,
    });
    expect(await cli("apply", "-f", file("typo.yaml", "kind: RestApi\nspce: {}\n"))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("unknown member 'spce'") as string,
    });
    expect(await cli("get", "gadgets")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("'gadgets' is not a kind; use Account") as string,
    });
    expect(await cli("get", "restapis", "nosuchapi1")).toMatchObject({
      exitCode: 1,
      stderr: "error: RestApi 'nosuchapi1' does not exist\n",
    });
    expect(await cli("frobnicate")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("unknown command 'frobnicate'") as string,
    });
    expect(await cli("usage", "--by", "color")).toMatchObject({
      exitCode: 2,
      stderr: "error: --by 'color' must be one of api, stage, method\n",
    });
    expect(await cli("wait", "999999999", "--timeout", "0.2")).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(/after 200 ms: (local|node-\d) is at revision \d+/) as string,
    });
    const away = await tollgate(["node"], { TOLLGATE_ENDPOINT: "127.0.0.1:1" });
    expect(away).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("cannot reach Tollgate") as string,
    });
  });

  it("imports AWS's own sample of an OpenAPI definition, which then serves", async () => {
    await using upstream = await startHttpUpstream((request, response) =>
      response.end(`pets say ${request.url}`),
    );
    const sample = readFileSync(
      fileURLToPath(new URL("../../fixtures/petstore-proxy.openapi.json", import.meta.url)),
      "utf8",
    );
    const definition = file(
      "petstore.json",
      sample.replace("http://petstore-demo-endpoint.execute-api.com", upstream.origin),
    );
    const imported = await cli("import", definition, "--api", "petstore01");
    expect(imported.stdout).toBe("API petstore01: 1 resources imported\n");
    await cli("deploy", "petstore01", "--stage", "prod", "--wait");
    expect((await gateway.invoke("petstore01", "/pets/1")).body).toBe("pets say /petstore/pets/1");
  });

  it("points to the line of what cannot be imported, and writes nothing", async () => {
    const definition = file(
      "broken.yaml",
      "openapi: 3.0.1\ninfo: {title: x, version: '1'}\npaths:\n  /ok:\n    get: {responses: {}}\n  /a{b}:\n    get: {responses: {}}\n",
    );
    const broken = await cli("import", definition, "--api", "brokenapi1");
    expect(broken.exitCode).toBe(1);
    expect(broken.stderr).toMatch(
      /warning: .*broken\.yaml:5 \/paths\/~1ok\/get: has no x-amazon-apigateway-integration/,
    );
    expect(broken.stderr).toMatch(
      /error: .*broken\.yaml:6 \/paths\/~1a\{b\}: segment 'a\{b\}' must be characters of/,
    );
    expect((await cli("get", "restapis", "brokenapi1")).exitCode).toBe(1);
    expect((await cli("import", file("old.json", '{"swagger":"1.2","paths":{}}'))).stderr).toMatch(
      /the member 'openapi' is missing; supported are OpenAPI 3\.0\.x.* and Swagger 2\.0/,
    );
    expect((await cli("import", file("torn.yaml", "a: [1\nb: 2\n"))).stderr).toMatch(/torn\.yaml: .*line 2/);
  });

  it("takes a folder of files, in the order of their names", async () => {
    const shop = join(folder, "shop");
    mkdirSync(join(shop, "notes"), { recursive: true });
    const key = (id: string) => `kind: ApiKey\nid: ${id}\nspec: {name: ${id}}\n`;
    file("shop/b.yaml", key("shopkeyb01"));
    file("shop/a.json", JSON.stringify({ kind: "ApiKey", id: "shopkeya01", spec: { name: "a" } }));
    file("shop/README.md", "not a manifest");
    expect((await cli("lint", "-f", shop)).exitCode).toBe(0);
    expect((await cli("apply", "-f", shop)).stdout).toMatch(
      /^\+ ApiKey\/shopkeya01 created\n\+ ApiKey\/shopkeyb01 created\n/,
    );
    const keys = JSON.parse((await cli("-o", "json", "get", "apikeys", "shopkeyb01")).stdout) as unknown;
    expect(keys).toMatchObject([{ spec: { enabled: true } }]);
    const empty = await cli("apply", "-f", join(shop, "notes"));
    expect([empty.exitCode, empty.stderr]).toEqual([
      2,
      `error: ${join(shop, "notes")} is a folder without .yaml, .yml or .json files\n`,
    ]);
  });

  it("ends without an error if its output is not read to the end", async () => {
    const { exitCode, stderr } = await tollgate(["get", "all", "-o", "yaml"], gateway.cliEnv, "", "unread");
    expect([exitCode, stderr]).toEqual([0, ""]);
  });

  it("shows nodes and usage", async () => {
    expect((await cli("node")).stdout).toMatch(
      /^NODE +STATE +SINCE +SEEN +VERSION +WORKERS +APPLIED +PUBLISHED +PROBLEMS +PROCESS +CONTROL-PLANE +LABELS\n(local|node-\d) +connected +\S+ +\S+ +0\.1\.0 +1 /,
    );
    const { stdout } = await cli("usage", "--by", "api,method", "--period", "hour", "--api", "petsapi001");
    expect(stdout).toMatch(
      /PERIOD +API +METHOD +CALLS +2XX +3XX +4XX +5XX +BYTES IN +BYTES OUT +AVG MS\n\d{4}-\d\d-\d\dT\d\d:00 +petsapi001 +GET \/pets +3 +3 +0 +0 +0 +0 +7 /,
    );
  });
});
