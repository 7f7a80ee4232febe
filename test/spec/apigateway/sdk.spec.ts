import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { beforeAll, describe, expect, it } from "vitest";
import { readBody } from "../../kit/upstream.ts";
import { IAM, useBoto, useGateway, useScope, useUpstream } from "../../kit/use.ts";

const upstream = useUpstream(async (request, response) => {
  const { method, url, headers } = request;
  const body = String(await readBody(request));
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify({
      method,
      url,
      trace: headers["x-trace"] ?? null,
      type: headers["content-type"] ?? null,
      body,
    }),
  );
});
const gateway = useGateway({ env: IAM });
const boto = useBoto(gateway);
const scope = useScope();
let restApiId: string;

interface Answer {
  readonly status: number;
  readonly data: unknown;
}
type Call = (params?: object, body?: unknown, more?: object) => Promise<Answer>;
interface Sdk {
  newClient(config: object): Readonly<Record<string, Call>>;
}

beforeAll(async () => {
  const proxied = (path: string, names: readonly string[] = []) => ({
    integration: {
      type: "HTTP_PROXY",
      httpMethod: "ANY",
      uri: `${upstream.origin}${path}`,
      requestParameters: Object.fromEntries(
        names.map((name) => [`integration.request.path.${name}`, `method.request.path.${name}`]),
      ),
    },
  });
  restApiId = await gateway.deploy({
    "GET /": proxied("/"),
    "GET /pets/{id}": {
      ...proxied("/pets/{id}", ["id"]),
      requestParameters: {
        "method.request.path.id": true,
        "method.request.querystring.kind": false,
        "method.request.header.x-trace": false,
      },
    },
    "ANY /files/{name+}": {
      ...proxied("/files/{name}", ["name"]),
      requestParameters: { "method.request.path.name": true },
    },
    "POST /signed": { ...proxied("/signed"), authorizationType: "AWS_IAM" },
  });
});

/** The SDK of the API as a program loads it. */
async function load(): Promise<{ sdk: Sdk; files: readonly string[]; readme: string }> {
  const { body, contentType, contentDisposition } = await boto.call("get_sdk", {
    restApiId,
    stageName: "prod",
    sdkType: "javascript",
  });
  expect(contentType).toBe("application/octet-stream");
  expect(contentDisposition).toMatch(/^attachment; filename="javascript_\d{4}-\d\d-\d\dT.*\.zip"$/);
  const folder = mkdtempSync(join(tmpdir(), "tollgate-sdk-"));
  scope.defer(() => rmSync(folder, { recursive: true, force: true }));
  const files = unzipSync(Buffer.from(body as string, "base64"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const sdk = createRequire(import.meta.url)(join(folder, "apiGateway-js-sdk/apigClient.js")) as Sdk;
  return {
    sdk,
    files: Object.keys(files).sort(),
    readme: Buffer.from(files["apiGateway-js-sdk/README.md"] ?? []).toString(),
  };
}

const endpoint = () => `http://127.0.0.1:${gateway.httpPort}/_aws/execute-api/${restApiId}/prod`;

describe("SDK types", () => {
  it("are those that are generated", async () => {
    const { items } = await boto.call("get_sdk_types");
    expect(items.map(({ id }: { id: string }) => id)).toEqual(["javascript"]);
    expect(await boto.call("get_sdk_type", { id: "javascript" })).toMatchObject({
      friendlyName: "JavaScript",
      configurationProperties: [],
    });
    expect(await boto.refused("get_sdk_type", { id: "cobol" })).toMatchObject({
      code: "NotFoundException",
      message: "Invalid SDK type identifier specified",
    });
    const asked = { restApiId, stageName: "prod", sdkType: "cobol" };
    expect((await boto.refused("get_sdk", asked)).message).toBe(
      "Invalid SDK type 'cobol' specified: must be one of javascript",
    );
  });
});

describe("the JavaScript SDK", () => {
  it("has a function for each method, and a page that lists them", async () => {
    const { sdk, files, readme } = await load();
    expect(files).toEqual(
      ["README.md", "apigClient.js", "package.json"].map((file) => `apiGateway-js-sdk/${file}`),
    );
    const functions = Object.keys(sdk.newClient({}));
    expect(functions).toEqual([
      "rootGet",
      ...["Delete", "Get", "Head", "Options", "Patch", "Post", "Put"].map((verb) => `filesName${verb}`),
      "petsIdGet",
      "signedPost",
    ]);
    expect(readme).toContain("| `petsIdGet` | GET /pets/{id} | id, kind, x-trace |");
  });

  it("calls the API: parameters are sent where they belong, responses from 400 on are thrown", async () => {
    const client = (await load()).sdk.newClient({ endpoint: endpoint() });
    const got = await client.petsIdGet?.({ id: "a/b c", kind: "cat & dog", "x-trace": "t" });
    expect(got).toMatchObject({
      status: 200,
      data: { method: "GET", url: "/pets/a%2Fb%20c?kind=cat%20%26%20dog", trace: "t" },
    });
    const put = await client.filesNamePut?.({ name: "a/b.txt" }, { x: 1 }, { queryParams: { v: [1, 2] } });
    expect(put?.data).toMatchObject({
      method: "PUT",
      url: "/files/a/b.txt?v=1&v=2",
      type: "application/json",
      body: '{"x":1}',
    });
    await expect(client.signedPost?.()).rejects.toMatchObject({ status: 403 });
    await expect(client.petsIdGet?.()).rejects.toThrow("petsIdGet needs the parameter 'id'");
  });

  it("signs methods with authorization AWS_IAM", async () => {
    const key = gateway.rootKey;
    const config = { endpoint: endpoint(), accessKey: key?.accessKeyId, secretKey: key?.secretAccessKey };
    const client = (await load()).sdk.newClient(config);
    const answer = await client.signedPost?.({}, { text: "ü" }, { queryParams: { b: "2 3", a: "*" } });
    expect(answer).toMatchObject({ status: 200, data: { method: "POST", body: '{"text":"ü"}' } });
    const { Credentials } = await boto.as("sts").call("get_session_token");
    const session = (await load()).sdk.newClient({
      endpoint: endpoint(),
      accessKey: Credentials.AccessKeyId,
      secretKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    });
    expect(await session.signedPost?.()).toMatchObject({ status: 200 });
    const wrong = (await load()).sdk.newClient({ ...config, secretKey: "wrong" });
    await expect(wrong.signedPost?.()).rejects.toMatchObject({ status: 403 });
  });
});
