import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import {
  Change_Action as Action,
  ExportRestApiRequest_Format as Format,
  ImportMode,
  Finding_Level as Level,
} from "@tollgate/proto/control";
import { renderedPage } from "../../kit/browser.ts";
import { tollgate } from "../../kit/cli.ts";
import { embeddedOnly } from "../../kit/embedded-only.ts";
import { type Gateway, startGateway } from "../../kit/gateway.ts";
import { useGateway } from "../../kit/use.ts";

const gateway = useGateway();

const answering = (text: string) => ({
  description: `says ${text}`,
  responses: { 200: { description: "fine" } },
  "x-amazon-apigateway-integration": {
    type: "mock",
    requestTemplates: { "application/json": '{"statusCode": 200}' },
    responses: { default: { statusCode: "200", responseTemplates: { "application/json": text } } },
  },
});
const definition = (paths: object, more: object = {}) =>
  JSON.stringify({ openapi: "3.1.0", info: { title: "Pets", version: "1" }, paths, ...more }, null, 1);
const pathsOf = async (apiId: string) =>
  (await gateway.config.list({ kind: "Resource", apiId })).entities
    .map(({ specJson }) => JSON.parse(specJson) as { path: string; methods: object })
    .map(({ path, methods }) => `${path} ${Object.keys(methods).join(" ")}`)
    .sort();
describe("DefinitionService", () => {
  it("makes an API of a definition, brings it up to another one, and shows what it serves", async () => {
    const definitions = gateway.definitions;
    const first = definition({ "/cat": { get: answering("cat") }, "/dog": { get: answering("dog") } });
    const made = await definitions.importRestApi({ definition: first });
    expect(made.apiId).toMatch(/^[a-z0-9]{10}$/);
    expect(made.findings).toEqual([]);
    const { apiId } = made;
    expect(await pathsOf(apiId)).toEqual(["/cat GET", "/dog GET"]);

    const second = definition({ "/cat": { post: answering("new cat") } });
    await definitions.importRestApi({ definition: second, apiId });
    expect(await pathsOf(apiId)).toEqual(["/cat GET POST", "/dog GET"]);
    const again = await definitions.importRestApi({ definition: second, apiId });
    expect(
      again.changes.filter(({ entity }) => entity?.kind === "Resource").map(({ action }) => action),
    ).toEqual([Action.UNCHANGED]);
    await definitions.importRestApi({ definition: second, apiId, mode: ImportMode.OVERWRITE });
    expect(await pathsOf(apiId)).toEqual(["/cat POST"]);

    await gateway.deployments.createDeployment({ apiId, stageName: "prod" });
    const { definition: shown } = await definitions.exportRestApi({
      apiId,
      stageName: "prod",
      format: Format.YAML,
      extensions: ["integrations"],
    });
    expect(shown).toMatch(/^openapi: "?3\.0\.1"?\n[\s\S]*\/cat:\n {4}post:[\s\S]*new cat/);
  });

  it("reports differences by line", async () => {
    const { findings } = await gateway.definitions.importRestApi({
      definition: definition({ "/a": { get: {} } }),
      dryRun: true,
    });
    expect(findings).toMatchObject([
      {
        level: Level.WARNING,
        pointer: "/paths/~1a/get",
        line: 9,
        message: expect.stringContaining("has no x-amazon-apigateway-integration") as string,
      },
    ]);
  });

  it.each([
    {
      what: "what is no definition",
      request: { definition: "{" },
      says: /nothing was imported: 1 problem\n {2}definition: .*line 1/,
    },
    {
      what: "what cannot be served, with its line",
      request: { definition: definition({ "a b": {} }) },
      says: /\n {2}line 8, \/paths\/a b: the path must begin with \//,
    },
    {
      what: "warnings, where they are to",
      request: { definition: definition({ "/a": { get: {} } }), failOnWarnings: true },
      says: /\n {2}line 9, \/paths\/~1a\/get: has no x-amazon/,
    },
    {
      what: "an upstream that is no URL",
      request: { definition: definition({}), proxyBaseUrl: "nowhere" },
      says: /\n {2}proxy_base_url: 'nowhere' must be a URL/,
    },
  ])("refuses $what, and writes nothing", async ({ request, says }) => {
    const { revision } = await gateway.config.list({ kind: "RestApi" });
    await expect(gateway.definitions.importRestApi(request)).rejects.toThrow(says);
    expect((await gateway.config.list({ kind: "RestApi" })).revision).toBe(revision);
  });

  it("leaves out what cannot be served, where it is to, and writes nothing on a dry run", async () => {
    const request = { definition: definition({ "a b": {}, "/a": { get: answering("a") } }), keepGoing: true };
    const dry = await gateway.definitions.importRestApi({ ...request, dryRun: true });
    expect(await pathsOf(dry.apiId)).toEqual([]);
    const { apiId } = await gateway.definitions.importRestApi(request);
    expect(await pathsOf(apiId)).toEqual(["/a GET"]);
  });

  it.each([
    { request: { apiId: "abcdefghij", stageName: "prod" }, says: /Invalid API identifier/ },
    { request: { apiId: "exported01", stageName: "none" }, says: /Invalid stage identifier/ },
    {
      request: { apiId: "exported01", stageName: "prod", extensions: ["all"] },
      says: /extension 'all' must be one of integrations, /,
    },
  ])("refuses to show $request", async ({ request, says }) => {
    const definitions = gateway.definitions;
    await definitions.importRestApi({
      apiId: "exported01",
      definition: definition({ "/a": { get: answering("a") } }),
    });
    await gateway.deployments.createDeployment({ apiId: "exported01", stageName: "prod" });
    await expect(definitions.exportRestApi(request)).rejects.toThrow(says);
  });

  it("an import is in the audit log with the digest of its definition, not with the definition", async () => {
    const text = definition({ "/a": { get: answering("long ".repeat(1000)) } });
    await gateway.definitions.importRestApi({ definition: text });
    const { eventsJson } = await gateway.audit.lookupEvents({ pageSize: 1 });
    const event = JSON.parse(eventsJson[0] ?? "{}") as unknown;
    expect(event).toMatchObject({
      eventSource: "definition.tollgate",
      eventName: "ImportRestApi",
      requestParameters: {
        definition: { bytes: Buffer.byteLength(text), sha256: expect.any(String) as string },
      },
    });
  });

  it("the command line overwrites an API, and its export is imported again without a change", async () => {
    const cli = (args: readonly string[], input = "") => tollgate(args, gateway.cliEnv, input);
    await cli(
      ["import", "-", "--api", "roundtrip1", "--no-documentation"],
      definition({ "/a": { get: answering("a") }, "/b": { get: answering("b") } }),
    );
    const one = definition({ "/a": { get: answering("a") } });
    await cli(["import", "-", "--api", "roundtrip1", "--no-documentation", "--mode", "overwrite"], one);
    expect(await pathsOf("roundtrip1")).toEqual(["/a GET"]);
    await cli(["deploy", "roundtrip1", "--stage", "prod"]);
    const exported = await cli([
      "export",
      "roundtrip1",
      "--stage",
      "prod",
      "--extensions",
      "apigateway,integrations,authorizers,documentation",
    ]);
    expect(exported.stderr).toBe("");
    const again = await cli(
      ["import", "-", "--api", "roundtrip1", "--mode", "overwrite", "--dry-run", "-o", "json"],
      exported.stdout,
    );
    const { changes } = JSON.parse(again.stdout) as { changes: { action: string; kind: string }[] };
    expect(changes.filter(({ action }) => action !== "unchanged")).toEqual([]);
    expect((await cli(["export", "roundtrip1", "--stage", "prod", "--extensions", "all"])).exitCode).toBe(2);
  });

  describe("the documentation of a stage", () => {
    const summary = "Says cat </script><!-- <script>";
    const apiId = "documented";
    /** What a page says, as a browser shows it. */
    const shownBy = async (url: string) => {
      const page = await renderedPage(url);
      const shown = /<div id="documentation">[\s\S]*?<script/.exec(page)?.[0] ?? "";
      return shown.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");
    };
    const SAYS = / Pets .* GET \/cat .*Says cat &lt;\/script&gt;&lt;!-- &lt;script&gt;/;

    /** An API of which a version of its documentation goes with its stage. */
    async function document({ config, definitions, deployments }: Gateway): Promise<void> {
      await definitions.importRestApi({
        apiId,
        definition: definition({ "/cat": { get: answering("cat") } }),
      });
      const location = { type: "METHOD", path: "/cat", method: "GET" };
      const parts = [{ id: "part01", location, properties: JSON.stringify({ summary }) }];
      const { deployment } = await deployments.createDeployment({ apiId, stageName: "prod" });
      const stage = { deploymentId: deployment?.id, documentationVersion: "1" };
      await config.apply({
        entities: [
          { kind: "DocumentationVersion", apiId, id: "1", specJson: JSON.stringify({ parts }) },
          { kind: "Stage", apiId, id: "prod", specJson: JSON.stringify(stage) },
        ],
      });
    }

    it("is a self-contained page, whatever its content", async () => {
      await document(gateway);
      const { stdout, stderr } = await tollgate(
        ["export", apiId, "--stage", "prod", "--format", "html"],
        gateway.cliEnv,
      );
      expect(stderr).toBe("");
      expect(stdout).toContain("<title>Pets</title>");
      await using folder = await mkdtempDisposable(join(tmpdir(), "tollgate-page-"));
      const file = join(folder.path, "page.html");
      await writeFile(file, stdout);
      expect(await shownBy(pathToFileURL(file).href)).toMatch(SAYS);
    });

    it("is at the control plane's HTTP port, to programs and browsers of this machine", async () => {
      const at = `http://127.0.0.1:${gateway.controlPort}/docs`;
      expect(await shownBy(`${at}/${apiId}/prod`)).toMatch(SAYS);
      const answer = await fetch(`${at}/${apiId}/prod`);
      expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
      expect((await fetch(`${at}/${apiId}/none`)).status).toBe(404);
      expect((await fetch(`${at}/nosuchapi0/prod`)).status).toBe(404);
      // A name that somebody points at this machine does not belong to this machine.
      const { controlPort: port } = gateway;
      const elsewhere = request({
        port,
        path: `/docs/${apiId}/prod`,
        headers: { host: "attacker.example" },
      });
      const [refused] = (await once(elsewhere.end(), "response")) as [IncomingMessage];
      expect(refused.resume().statusCode).toBe(403);
      expect((await gateway.audit.lookupEvents({ pageSize: 1 })).eventsJson[0]).toContain(
        "ShowDocumentation",
      );
    });

    it.each([
      "//",
      "//docs//",
      "/docs/%",
      "/docs/documented/prod?account=%",
      "/docs/documented/prod?account=1",
    ])("a request for %s is refused, and has no other effect", async (path) => {
      const asked = request({ port: gateway.controlPort, path, headers: { host: "127.0.0.1" } });
      const [answer] = (await once(asked.end(), "response")) as [IncomingMessage];
      expect(answer.resume().statusCode).toBeGreaterThanOrEqual(400);
      expect((await fetch(`http://127.0.0.1:${gateway.controlPort}/readyz`)).status).toBe(200);
    });

    it("is shown to callers with a token, if callers are authenticated", async () => {
      embeddedOnly("it starts an embedded gateway of its own");
      const token = "a-token-of-this-test";
      await using guarded = await startGateway({
        TOLLGATE_AUTH: "iam",
        TOLLGATE_TOKEN: "the-token-of-everything",
        TOLLGATE_TOKENS: `viewer/reader:${token},node/one:a-token-of-a-node`,
      });
      await document(guarded);
      const at = `127.0.0.1:${guarded.controlPort}/docs/${apiId}/prod`;
      const asked = await fetch(`http://${at}`);
      expect([asked.status, asked.headers.get("www-authenticate")]).toEqual([
        401,
        'Basic realm="Tollgate", charset="UTF-8"',
      ]);
      const as = (password: string) =>
        fetch(`http://${at}`, { headers: { authorization: `Basic ${btoa(`me:${password}`)}` } });
      expect((await as("a-token-of-a-node")).status).toBe(401);
      expect((await as("nobody's")).status).toBe(401);
      expect((await as(token)).status).toBe(200);
      expect(await shownBy(`http://me:${token}@${at}`)).toMatch(SAYS);
    });
  });
});
