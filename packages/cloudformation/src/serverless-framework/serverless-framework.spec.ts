import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { planStack } from "../index.ts";

/** What `serverless package` of version 3.40.0 writes for serverless.yml: events http, httpApi and websocket in one service. */
const template = readFileSync(new URL("template.fixture.json", import.meta.url), "utf8");

const { entities, findings } = planStack(template, {
  name: "shop-dev",
  accountId: "123456789012",
  region: "eu-west-1",
  parameters: {},
});
const specsOf = (wanted: string) =>
  entities.flatMap(({ manifest: { kind, spec } }) => (kind === wanted ? [spec as never] : []));

it("is taken, but for what the framework puts where CloudFormation ignores it", () => {
  expect(findings.filter(({ level }) => level !== "info").map(({ message }) => message)).toEqual([
    "'Version' is not an attribute of a resource, and is ignored",
  ]);
});

it("is all of the service's APIs", () => {
  const kinds = entities.map(({ manifest: { kind } }) => kind);
  expect(Object.fromEntries([...new Set(kinds)].map((kind) => [kind, specsOf(kind).length]))).toEqual({
    Api: 2,
    ApiKey: 2,
    ApiStage: 2,
    Authorizer: 2,
    Model: 2,
    RequestValidator: 1,
    Resource: 11,
    RestApi: 1,
    Stage: 1,
    UsagePlan: 1,
  });
});

it("has the settings of the provider", () => {
  expect(specsOf("RestApi")).toEqual([
    expect.objectContaining({
      binaryMediaTypes: ["*/*"],
      minimumCompressionSize: 1024,
      policy: expect.objectContaining({
        Statement: [expect.objectContaining({ Effect: "Allow" })],
      }) as unknown,
    }),
  ]);
  expect(specsOf("UsagePlan")).toEqual([
    expect.objectContaining({ quota: { limit: 5000, offset: 2, period: "MONTH" } }),
  ]);
  expect(specsOf("ApiStage")).toContainEqual(
    expect.objectContaining({ autoDeploy: true, defaultRouteSettings: { detailedMetricsEnabled: true } }),
  );
});

it("has a function that a template calls, and its responses by patterns", () => {
  expect(specsOf("Resource")).toContainEqual(
    expect.objectContaining({
      path: "/lambda",
      methods: {
        GET: expect.objectContaining({
          integration: expect.objectContaining({
            type: "AWS",
            passthroughBehavior: "NEVER",
            integrationResponses: {
              "200": expect.objectContaining({ selectionPattern: "" }) as unknown,
              "404": expect.objectContaining({ selectionPattern: '.*"statusCode":404,.*' }) as unknown,
            },
          }) as unknown,
        }) as unknown,
      },
    }),
  );
});
