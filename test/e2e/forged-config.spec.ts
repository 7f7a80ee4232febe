import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Artifact, createArtifact, type NodeStream } from "@tollgate/config-stream";
import { Publisher } from "@tollgate/config-stream/publisher";
import { type DataPlane, readSettings, startDataPlane } from "@tollgate/data-plane";
import { DiscoveryService } from "@tollgate/proto/discovery";
import { addService } from "@tollgate/proto/grpc";
import { startGrpcServer } from "@tollgate/proto/grpc-server";
import { createLogger } from "@tollgate/telemetry";
import { until } from "../kit/process.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const mock = (text: string) => ({
  type: "MOCK",
  requestParameters: {},
  requestTemplates: { "application/json": '{"statusCode": 200}' },
  passthroughBehavior: "WHEN_NO_MATCH",
  timeoutInMillis: 29000,
  integrationResponses: {
    "200": { responseParameters: {}, responseTemplates: { "application/json": text } },
  },
});

/** stage makes the artifacts of a deployed stage as a control plane would, or would not, send them. */
function stage(apiId: string, integration: unknown): Artifact[] {
  const json = JSON.stringify([
    { kind: "Resource", id: "r", spec: { path: "/x", methods: { GET: { integration } } } },
  ]);
  const digest = sha256(json);
  const manifest = {
    accountId: "000000000000",
    apiId,
    stageName: "prod",
    deploymentId: "d",
    restApi: { name: apiId, binaryMediaTypes: [], endpointConfiguration: { types: ["REGIONAL"] } },
    stage: { deploymentId: "d", variables: {}, methodSettings: {} },
    chunks: [digest],
    definitions: [],
  };
  return [
    createArtifact(`chunk/${digest}`, Buffer.from(json)),
    createArtifact(`stage/${apiId}/prod`, Buffer.from(JSON.stringify(manifest))),
  ];
}

describe("config that no honest control plane would send", () => {
  const scope = new AsyncDisposableStack();
  const publisher = new Publisher();
  let node: DataPlane;
  let httpPort: number;
  let version = 0;
  const publish = async (artifacts: readonly Artifact[], removals: readonly string[] = []) => {
    publisher.publish(++version, artifacts, removals);
    await until("the node answers the update", () => publisher.nodes()[0]?.appliedVersion === version);
    return publisher.nodes()[0]?.refused ?? [];
  };
  const get = async (api: string) => {
    const response = await fetch(`http://127.0.0.1:${httpPort}/_aws/execute-api/${api}/prod/x`);
    return `${response.status} ${await response.text()}`;
  };

  beforeAll(async () => {
    const server = scope.use(
      await startGrpcServer({
        host: "127.0.0.1",
        port: 0,
        services: [DiscoveryService],
        tokens: undefined,
        tls: undefined,
        register: (grpc) =>
          addService(grpc, DiscoveryService, {
            resolve: (_call, reply) => reply(null, {}),
            streamConfig: (call) => publisher.accept(call as unknown as NodeStream),
          }),
      }),
    );
    publisher.publish(
      ++version,
      [...stage("goodapi001", mock("good")), ...stage("otherapi01", mock("other"))],
      [],
    );
    const home = mkdtempSync(join(tmpdir(), "tollgate-forged-"));
    scope.defer(() => rmSync(home, { recursive: true, force: true }));
    const settings = readSettings({
      TOLLGATE_HOME: home,
      TOLLGATE_NODE_ID: "forged",
      TOLLGATE_WORKERS: "1",
      TOLLGATE_HTTP_PORT: "0",
      TOLLGATE_HTTPS_PORT: "0",
      TOLLGATE_ADMIN_PORT: "0",
      TOLLGATE_CONTROL_PLANE: `127.0.0.1:${server.port}`,
    });
    const sink = { send: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
    node = scope.use(await startDataPlane(settings, createLogger("node", "silent"), { sink }));
    ({ httpPort } = await node.serving);
  });
  afterAll(async () => {
    publisher.close();
    await scope.disposeAsync();
  });

  it.each([
    {
      title: "an integration type that there is not",
      artifacts: stage("goodapi001", { ...mock("bad"), type: "FTP" }),
      says: /cannot be compiled/,
    },
    {
      title: "a pattern that cannot be used",
      artifacts: stage("goodapi001", {
        ...mock("good"),
        integrationResponses: {
          "200": { selectionPattern: "(?=x)", responseParameters: {}, responseTemplates: {} },
        },
      }),
      says: /selectionPattern: .*look-around cannot be matched in linear time/,
    },
    {
      title: "null where an integration should be",
      artifacts: stage("goodapi001", null),
      says: /No integration defined/,
    },
    {
      title: "a manifest that is no JSON",
      artifacts: [createArtifact("stage/goodapi001/prod", Buffer.from("{"))],
      says: /cannot be read/,
    },
    {
      title: "a manifest of blank members",
      artifacts: [createArtifact("stage/goodapi001/prod", Buffer.from("{}"))],
      says: /cannot be compiled/,
    },
    {
      title: "a manifest that names a chunk that never came",
      artifacts: stage("goodapi001", mock("incomplete")).slice(1),
      says: /chunk \w+ of deployment 'd' is missing/,
    },
  ])(
    "$title is refused with its reason, the last good version stays live, and other stages go on",
    async ({ artifacts, says }) => {
      const refused = await publish([...artifacts, ...stage("otherapi01", mock(`other ${version}`))]);
      expect(refused.map(({ path, message }) => `${path}: ${message}`).join("\n")).toMatch(says);
      expect(await get("goodapi001")).toBe("200 good");
      expect(await get("otherapi01")).toBe(`200 other ${version - 1}`);
      // A good version heals it.
      expect(await publish([...stage("goodapi001", mock("good"))])).toEqual([]);
      expect(await get("goodapi001")).toBe("200 good");
    },
  );

  it("counts what it refused", async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${node.adminPort}/metrics`)).text();
    expect(metrics).toMatch(/tollgate_config_nacks_total\{[^}]*\} 6/);
  });

  it("keeps what is of a type that it does not know, and ignores it", async () => {
    const future = createArtifact("gadget/1", Buffer.from("{}"));
    expect(await publish([future, ...stage("goodapi001", mock("with a gadget"))])).toEqual([]);
    expect(await get("goodapi001")).toBe("200 with a gadget");
    expect(await publish(stage("goodapi001", mock("good")), ["gadget/1"])).toEqual([]);
    expect(await get("goodapi001")).toBe("200 good");
  });

  it("does not share its port with another gateway without a word", async () => {
    const settings = readSettings({
      TOLLGATE_HOME: tmpdir(),
      TOLLGATE_HTTP_PORT: String(httpPort),
      TOLLGATE_HTTPS_PORT: "0",
      TOLLGATE_ADMIN_PORT: "0",
    });
    const sink = { send: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
    await expect(startDataPlane(settings, createLogger("node", "silent"), { sink })).rejects.toThrow(
      `port ${httpPort} on 127.0.0.1 is already in use: stop the process that listens there, or set TOLLGATE_HTTP_PORT to another port`,
    );
  });

  it("is live and ready, and says so", async () => {
    const probe = async (path: string) => (await fetch(`http://127.0.0.1:${node.adminPort}${path}`)).status;
    expect([await probe("/livez"), await probe("/readyz"), await probe("/nope")]).toEqual([200, 200, 404]);
  });
});
