import { mkdtempDisposable, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway();

/** Runs the CLI with a template in a separate file. */
async function cli(template: string, args: readonly string[], command = "apply") {
  await using folder = await mkdtempDisposable(join(tmpdir(), "tollgate-template-"));
  const file = join(folder.path, "template.yaml");
  await writeFile(file, template);
  return await tollgate([command, "-f", file, ...args], gateway.cliEnv);
}

const template = (says: string, deployment: string) => `
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  StageName: { Type: String, Default: prod, AllowedPattern: "[a-z]+" }
  Secret: { Type: String, NoEcho: true, Default: unseen-secret }
Conditions:
  IsProd: !Equals [!Ref StageName, prod]
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: { Name: !Sub "\${AWS::StackName}-api" }
  Pets:
    Type: AWS::ApiGateway::Resource
    Properties: { RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: pets }
  GetPets:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Pets
      HttpMethod: GET
      AuthorizationType: NONE
      ApiKeyRequired: !If [IsProd, true, false]
      MethodResponses: [{ StatusCode: 200 }]
      Integration:
        Type: MOCK
        RequestTemplates: { application/json: '{"statusCode": 200}' }
        IntegrationResponses: [{ StatusCode: 200, ResponseTemplates: { application/json: ${says} } }]
  ${deployment}:
    Type: AWS::ApiGateway::Deployment
    DependsOn: GetPets
    Properties: { RestApiId: !Ref Api }
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties: { RestApiId: !Ref Api, StageName: !Ref StageName, DeploymentId: !Ref ${deployment} }
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties: { ApiStages: [{ ApiId: !Ref Api, Stage: !Ref Stage }] }
  Key:
    Type: AWS::ApiGateway::ApiKey
    Properties: { Enabled: true, Value: !Sub "\${AWS::StackName}-0123456789-0123456789" }
  PlanKey:
    Type: AWS::ApiGateway::UsagePlanKey
    Properties: { KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan }
Outputs:
  ApiId: { Value: !Ref Api, Export: { Name: !Sub "\${AWS::StackName}-id" } }
`;

const call = async (apiId: string, headers: Record<string, string> = {}) => {
  const { status, body } = await gateway.invoke(apiId, "/pets", { headers });
  return `${status} ${body}`;
};
const KEY = { "x-api-key": "life-0123456789-0123456789" };

interface Applied {
  readonly revision: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly changes: readonly { readonly action: string; readonly kind: string; readonly id: string }[];
}
const appliedBy = ({ stdout, stderr, exitCode }: Awaited<ReturnType<typeof cli>>) => {
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return JSON.parse(stdout) as Applied;
};
const realChanges = ({ changes }: Applied) =>
  changes.filter(({ action }) => action !== "unchanged").map(({ action, kind }) => `${action} ${kind}`);
const kindsOf = async (apiId: string) =>
  (await gateway.config.list({ apiId })).entities.map(({ kind }) => kind).sort();

describe("a stack of a CloudFormation template", () => {
  it("is created, served, changed, rolled back and deleted", async () => {
    const first = appliedBy(await cli(template("one", "First"), ["--stack", "life", "-o", "json"]));
    const apiId = first.outputs.ApiId ?? "";
    expect(realChanges(first).sort()).toEqual([
      "created ApiKey",
      "created Deployment",
      "created Resource",
      "created RestApi",
      "created Stack",
      "created Stage",
      "created UsagePlan",
    ]);
    await gateway.wait(BigInt(first.revision));
    expect(await call(apiId)).toMatch(/^403 /);
    expect(await call(apiId, KEY)).toBe("200 one");

    const again = appliedBy(await cli(template("one", "First"), ["--stack", "life", "-o", "json"]));
    expect(realChanges(again)).toEqual([]);

    const edited = appliedBy(await cli(template("two", "First"), ["--stack", "life", "-o", "json"]));
    expect(realChanges(edited)).toEqual(["updated Resource"]);
    await gateway.wait(BigInt(edited.revision));
    expect(await call(apiId, KEY)).toBe("200 one");

    const preview = await cli(template("two", "Second"), ["--stack", "life"], "diff");
    expect(preview.exitCode).toBe(3);
    expect(preview.stdout).toMatch(/~ Stage\/\w+\/prod updated\n {4}deploymentId: /);
    const second = appliedBy(await cli(template("two", "Second"), ["--stack", "life", "-o", "json"]));
    expect(realChanges(second).sort()).toEqual([
      "created Deployment",
      "deleted Deployment",
      "updated Stack",
      "updated Stage",
    ]);
    await gateway.wait(BigInt(second.revision));
    expect(await call(apiId, KEY)).toBe("200 two");

    const back = appliedBy(await cli(template("one", "First"), ["--stack", "life", "-o", "json"]));
    await gateway.wait(BigInt(back.revision));
    expect(await call(apiId, KEY)).toBe("200 one");

    const gone = await tollgate(["delete", "stack", "life"], gateway.cliEnv);
    expect({ ...gone, stdout: "" }).toEqual({ exitCode: 0, stderr: "", stdout: "" });
    expect(await kindsOf(apiId)).toEqual([]);
    expect((await gateway.config.list({ kind: "ApiKey" })).entities).toEqual([]);
  });

  it("changes by its parameters, which it remembers", async () => {
    const first = appliedBy(
      await cli(template("one", "First"), [
        "--stack",
        "params",
        "--parameter",
        "StageName=dev",
        "-o",
        "json",
      ]),
    );
    const apiId = first.outputs.ApiId ?? "";
    const again = appliedBy(await cli(template("one", "First"), ["--stack", "params", "-o", "json"]));
    expect(realChanges(again)).toEqual([]);
    expect((await gateway.config.list({ kind: "Stage", apiId })).entities.map(({ id }) => id)).toEqual([
      "dev",
    ]);
    const { entity } = await gateway.config.get({ kind: "Stack", id: "params" });
    expect(JSON.parse(entity?.specJson ?? "{}")).toMatchObject({
      parameters: { StageName: "dev", Secret: "****" },
      resources: { Api: { type: "AWS::ApiGateway::RestApi", physicalId: apiId } },
      outputs: { ApiId: { value: apiId, exportName: "params-id" } },
    });
  });

  it("writes nothing if any part cannot be created, and reports where", async () => {
    await cli(template("one", "First"), ["--stack", "failing"]);
    const { revision } = await gateway.config.list({ kind: "RestApi" });
    const wrong = template("two", "Second").replace(
      "AuthorizationType: NONE",
      "AuthorizationType: SOMETIMES",
    );
    const refused = await cli(wrong.replace("Type: MOCK", "Type: MOCK\n        Url: x"), [
      "--stack",
      "failing",
    ]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(
      /line 26, \/Resources\/GetPets\/Properties\/Integration\/Url: 'Url' is not a known property; did you mean 'Uri'\?/,
    );
    const kind = await cli(wrong, ["--stack", "failing"]);
    expect(kind.stderr).toMatch(/line \d+, \/Resources\/Pets\/Properties: .*authorizationType/);
    // What only the compiler finds takes the whole change back too.
    const broken = await cli(
      template("two", "Second").replace(
        "[{ StatusCode: 200, ",
        `[{ StatusCode: 200, SelectionPattern: "(?=x)", `,
      ),
      ["--stack", "failing"],
    );
    expect(broken.stderr).toMatch(/Resource\/\w+\.methods\.GET\.integration\.integrationResponses/);
    expect((await gateway.config.list({ kind: "RestApi" })).revision).toBe(revision);
  });

  it("may have an API without methods, which is reported", async () => {
    const empty = await cli(
      `Resources:\n  Api: {Type: "AWS::ApiGateway::RestApi", Properties: {Name: x}}\n  D: {Type: "AWS::ApiGateway::Deployment", Properties: {RestApiId: !Ref Api, StageName: s}}`,
      ["--stack", "empty"],
    );
    expect(empty).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/warning: .*:3 \/Resources\/D: the API has no methods/) as string,
    });
  });

  it("may have identical APIs, each served separately", async () => {
    const body = `{ openapi: 3.0.1, info: { title: twin }, paths: { /pets: { get: { x-amazon-apigateway-integration: { type: mock, requestTemplates: { application/json: '{"statusCode": 200}' }, responses: { default: { statusCode: 200, responseTemplates: { application/json: twin } } } } } } } }`;
    const one = (name: string) =>
      `  ${name}: { Type: "AWS::ApiGateway::RestApi", Properties: { Body: ${body} } }\n  ${name}D: { Type: "AWS::ApiGateway::Deployment", Properties: { RestApiId: !Ref ${name}, StageName: prod } }\n`;
    const twins = `Resources:\n${one("A")}${one("B")}Outputs: { A: { Value: !Ref A }, B: { Value: !Ref B } }`;
    const { outputs, revision } = appliedBy(await cli(twins, ["--stack", "twins", "-o", "json"]));
    await gateway.wait(BigInt(revision));
    expect([await call(outputs.A ?? ""), await call(outputs.B ?? "")]).toEqual(["200 twin", "200 twin"]);
  });

  it("imports what others export, which then can neither go nor change", async () => {
    await cli(template("one", "First"), ["--stack", "exporting"]);
    const importing = `
Resources:
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties: { UsagePlanName: imported, ApiStages: [{ ApiId: !ImportValue exporting-id, Stage: prod }] }
`;
    expect((await cli(importing, ["--stack", "importing"])).exitCode).toBe(0);
    const gone = await tollgate(["delete", "stack", "exporting"], gateway.cliEnv);
    expect(gone.stderr).toMatch(
      /the export 'exporting-id' cannot be removed: the stack 'importing' imports it/,
    );
    await tollgate(["delete", "stack", "importing"], gateway.cliEnv);
    expect((await tollgate(["delete", "stack", "exporting"], gateway.cliEnv)).exitCode).toBe(0);
    expect((await cli(importing, ["--stack", "importing"])).stderr).toMatch(
      /no other stack exports 'exporting-id'/,
    );
  });

  it("keeps what is retained, and changes nothing that belongs to others", async () => {
    const api = (policy: string) => `
Resources:
  Key: { Type: "AWS::ApiGateway::ApiKey"${policy}, Properties: { Name: kept } }
  Plan: { Type: "AWS::ApiGateway::UsagePlan", Properties: { UsagePlanName: p } }
`;
    await cli(api(", DeletionPolicy: Retain"), ["--stack", "keeping"]);
    const { entities } = await gateway.config.list({ kind: "ApiKey" });
    const kept = entities.find(({ specJson }) => specJson.includes('"kept"'));
    await tollgate(["delete", "stack", "keeping"], gateway.cliEnv);
    const { entity } = await gateway.config.get({ kind: "ApiKey", id: kept?.id ?? "" });
    expect(entity?.labels).toEqual({});
    const taken = await cli(api(""), ["--stack", "keeping"]);
    expect(taken.stderr).toMatch(/ApiKey\/\w+: already exists and belongs to no stack/);
    const insisted = await cli(api(""), ["--stack", "keeping", "--keep-going"]);
    expect(insisted.stderr).toMatch(/ApiKey\/\w+: already exists and belongs to no stack/);
  });

  it("its parameters and template are not in the audit, but for their names and digest", async () => {
    await cli(template("one", "First"), ["--stack", "audited", "--parameter", "Secret=do-not-tell"]);
    const { eventsJson } = await gateway.audit.lookupEvents({ pageSize: 1 });
    expect(JSON.parse(eventsJson[0] ?? "{}")).toMatchObject({
      eventSource: "stack.tollgate",
      eventName: "ApplyStack",
      requestParameters: {
        name: "audited",
        parameters: ["Secret"],
        template: { sha256: expect.any(String) as string },
      },
    });
    expect(eventsJson[0]).not.toContain("do-not-tell");
  });

  it("reads definitions, and parts of them, from files beside it", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "tollgate-template-"));
    const write = (name: string, text: string) => writeFile(join(folder.path, name), text);
    const mock = (says: string) =>
      `{ get: { x-amazon-apigateway-integration: { type: mock, requestTemplates: { application/json: '{"statusCode": 200}' }, responses: { default: { statusCode: 200, responseTemplates: { application/json: ${says} } } } } } }`;
    await write(
      "api.yaml",
      `openapi: 3.0.1\ninfo: { title: files }\npaths:\n  /pets: ${mock("from a file")}`,
    );
    await write("paths.yaml", `/pets: ${mock('!Sub "included-${AWS::StackName}"')}`);
    await write(
      "template.yaml",
      `
Resources:
  Sam: { Type: "AWS::Serverless::Api", Properties: { StageName: prod, DefinitionUri: api.yaml } }
  Plain: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: x, Body: { swagger: "2.0", info: { title: y }, paths: { "Fn::Transform": { Name: "AWS::Include", Parameters: { Location: ./paths.yaml } } } } } }
  Deployed: { Type: "AWS::ApiGateway::Deployment", Properties: { RestApiId: !Ref Plain, StageName: prod } }
Outputs: { Sam: { Value: !Ref Sam }, Plain: { Value: !Ref Plain } }
`,
    );
    const args = ["apply", "-f", join(folder.path, "template.yaml"), "--stack", "files", "-o", "json"];
    const applied = appliedBy(await tollgate(args, gateway.cliEnv));
    await gateway.wait(BigInt(applied.revision));
    expect(await call(applied.outputs.Sam ?? "")).toBe("200 from a file");
    expect(await call(applied.outputs.Plain ?? "")).toBe("200 included-files");
    await write("api.yaml", "openapi: 3.0.1\npaths: {");
    expect((await tollgate(args, gateway.cliEnv)).stderr).toMatch(
      /line 3, \/Resources\/Sam\/Properties\/DefinitionUri: api.yaml: .*line 2/,
    );
    await rm(join(folder.path, "api.yaml"));
    expect((await tollgate(args, gateway.cliEnv)).stderr).toMatch(/cannot read .*api.yaml: ENOENT/);
  });

  it.each([
    {
      what: "a parameter that is not there",
      args: ["--parameter", "Nope=1"],
      says: /there is no parameter 'Nope'/,
    },
    {
      what: "a value that is not allowed",
      args: ["--parameter", "StageName=A1"],
      says: /line 4, \/Parameters\/StageName: 'A1' does not match/,
    },
    { what: "a parameter without a value", args: ["--parameter", "StageName"], says: /must be NAME=VALUE/ },
    {
      what: "a stack's name that is none",
      args: ["--stack", "1"],
      says: /'1' is the stack's name and must be/,
    },
  ])("refuses $what", async ({ args, says }) => {
    const refused = await cli(template("one", "First"), ["--stack", "refused", ...args]);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toMatch(says);
  });
});
