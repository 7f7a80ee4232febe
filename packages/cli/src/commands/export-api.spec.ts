import { describe, expect, it } from "vitest";
import type { Entity } from "@tollgate/proto/control";
import type { Session } from "../session.ts";
import { type ApiExportOptions, exportApi } from "./export-api.ts";

const entity = (kind: string, id: string, spec: object) =>
  ({ kind, id, specJson: JSON.stringify(spec) }) as Entity;
const deploymentOf = (protocolType: string) =>
  entity("ApiDeployment", "dep001", {
    createTimeUnixMs: 1_764_444_000_000,
    api: { protocolType, name: "pets", routes: {}, integrations: {}, authorizers: {} },
  });
const stages = [
  entity("ApiStage", "live", { deploymentId: "dep001", autoDeploy: true, authorizerCacheEpoch: 3 }),
  entity("ApiStage", "empty", {}),
];
const session = { status: { getStatus: async () => ({ region: "eu-west-1" }) } } as unknown as Session;

const exported = (protocolType: string, options: Partial<ApiExportOptions>) =>
  exportApi(session, [...stages, deploymentOf(protocolType)], "pets000001", {
    stage: "live",
    type: undefined,
    format: "yaml",
    extensions: [],
    ...options,
  });

describe("what a stage serves", () => {
  it("of an HTTP API is OpenAPI, with the region of the control plane", async () => {
    const text = await exported("HTTP", {});
    expect(text).toContain("url: https://pets000001.execute-api.eu-west-1.amazonaws.com/{basePath}");
    expect(text).not.toContain("x-amazon");
    expect(await exported("HTTP", { extensions: ["apigateway"] })).toContain(
      "x-amazon-apigateway-importexport",
    );
    expect(JSON.parse(await exported("HTTP", { format: "html" }))).toMatchObject({ openapi: "3.0.1" });
  });

  it("of a WebSocket API are manifests, without what a deployment makes", async () => {
    expect(JSON.parse(await exported("WEBSOCKET", { type: "manifest", format: "json" }))).toEqual([
      expect.objectContaining({ kind: "Api", id: "pets000001" }),
      { kind: "ApiStage", apiId: "pets000001", id: "live", spec: { autoDeploy: true } },
    ]);
  });

  it.each<[string, string, Partial<ApiExportOptions>, string]>([
    [
      "a WebSocket API as OpenAPI",
      "WEBSOCKET",
      {},
      "OpenAPI cannot describe 'pets000001', which is a WebSocket API: use --type manifest",
    ],
    [
      "an HTTP API as Swagger",
      "HTTP",
      { type: "swagger" },
      "which is exported as OpenAPI 3.0: use --type oas30",
    ],
    [
      "some extensions of an HTTP API",
      "HTTP",
      { extensions: ["integrations"] },
      "--extensions 'integrations'",
    ],
    [
      "a page of manifests",
      "HTTP",
      { type: "manifest", format: "html" },
      "--format html is for definitions only",
    ],
    [
      "an unknown stage",
      "HTTP",
      { stage: "prod" },
      "API 'pets000001' has no stage 'prod': its stages are live, empty",
    ],
    [
      "a stage without a deployment",
      "HTTP",
      { stage: "empty" },
      "serves nothing yet: run 'tollgate deploy pets000001 --stage empty'",
    ],
  ])("is not exported for %s", async (_what, protocolType, options, message) => {
    await expect(exported(protocolType, options)).rejects.toThrow(message);
  });
});
