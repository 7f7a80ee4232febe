import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Entity } from "@tollgate/config";
import { createRootKey } from "../identity/root-key.ts";
import {
  ADMIN,
  account,
  all,
  applied,
  brokenHttpApi,
  byAws,
  committed,
  DEPLOYER,
  type Draft,
  deleted,
  deployed,
  deployedByAws,
  deploymentsOf,
  flushed,
  HTTP,
  httpApi,
  httpResources,
  imported,
  one,
  pets,
  promoted,
  REST,
  restApi,
  restResources,
  rolledBack,
  stackDeleted,
  stacked,
  stage,
  stageOf,
  state,
  storedByAnotherVersion,
  unfinished,
  useApplication,
  type Way,
} from "./ways-in.contract.ts";

/* The invariants of changes, for each way to write. */

const application = useApplication();

describe("quotas are enforced", () => {
  const ways: readonly Way[] = [
    { way: "by Apply", attempt: () => applied([stage(REST, { deploymentId: deploymentId() }, "second")]) },
    { way: "by AWS's APIs", attempt: () => byAws([stage(REST, { deploymentId: deploymentId() }, "second")]) },
    { way: "by CreateDeployment of a REST API", attempt: () => deployed(REST, "second") },
    { way: "by CreateDeployment of an HTTP API", attempt: () => deployed(HTTP, "second") },
    { way: "by CreateDeployment of AWS's APIs", attempt: () => deployedByAws(REST, "second") },
    { way: "by ApplyStack", attempt: () => stacked(restResources()) },
    { way: "by ImportRestApi", attempt: () => imported({ paths: {} }) },
  ];
  const deploymentId = () => all("Deployment")[0]?.id;
  it.each(ways)("$way", async ({ attempt }) => {
    await applied([restApi(), pets("a"), httpApi("a")]);
    await deployed(REST, "first");
    await deployed(HTTP, "first");
    await applied([account({ stages: 1, restApis: 1 })]);
    const before = state().revision;
    await expect(attempt()).rejects.toMatchObject({ reason: "limit" });
    expect(state().revision).toBe(before);
  });
});

describe("references must refer to existing entities", () => {
  const nowhere = { clientCertificateId: "nowhere" };
  const ways: readonly Way[] = [
    {
      way: "by Apply",
      attempt: () => applied([stage(REST, { deploymentId: stageOf(REST).spec.deploymentId, ...nowhere })]),
    },
    {
      way: "by AWS's APIs",
      attempt: () => byAws([stage(REST, { deploymentId: stageOf(REST).spec.deploymentId, ...nowhere })]),
    },
    { way: "by CreateDeployment of AWS's APIs", attempt: () => deployedByAws(REST, "live", nowhere) },
    {
      way: "by Delete, of an entity to which others refer",
      attempt: () => deleted({ kind: "Deployment", apiId: REST, id: stageOf(REST).spec.deploymentId ?? "" }),
    },
    {
      way: "by AWS's APIs, of an entity to which others refer",
      attempt: () =>
        byAws([], [{ kind: "Deployment", apiId: REST, id: stageOf(REST).spec.deploymentId ?? "" }]),
    },
  ];
  it.each(ways)("$way", async ({ attempt }) => {
    await applied([restApi(), pets("a")]);
    await deployed(REST, "live");
    const before = state().revision;
    await expect(attempt()).rejects.toMatchObject({ problems: [expect.anything()] });
    expect(state().revision).toBe(before);
  });
});

describe("deployments must compile", () => {
  const ways: readonly Way[] = [
    { way: "by CreateDeployment of a REST API", attempt: () => deployed(REST, "live") },
    { way: "by CreateDeployment of a REST API without a stage", attempt: () => deployed(REST) },
    { way: "by CreateDeployment of AWS's APIs", attempt: () => deployedByAws(REST, "live") },
    { way: "by CreateDeployment of AWS's APIs without a stage", attempt: () => deployedByAws(REST) },
    { way: "by CreateDeployment of an HTTP API", attempt: () => deployed(HTTP, "live") },
    { way: "by CreateDeployment of an HTTP API without a stage", attempt: () => deployed(HTTP) },
    {
      way: "by Apply, of a stage of an HTTP API with autoDeploy",
      attempt: () => applied([stage(HTTP, { autoDeploy: true }, "auto")]),
    },
    {
      way: "by AWS's APIs, of a stage of an HTTP API with autoDeploy",
      attempt: () => byAws([stage(HTTP, { autoDeploy: true }, "auto")]),
    },
    { way: "by ApplyStack", attempt: () => stacked(httpResources("http://127.0.0.1:9/{other}")) },
  ];
  it.each(ways)("$way", async ({ attempt }) => {
    await applied([restApi(), pets("a"), unfinished]);
    await storedByAnotherVersion(brokenHttpApi);
    const before = state().revision;
    await expect(attempt()).rejects.toMatchObject({ problems: [expect.anything()] });
    expect(state().revision).toBe(before);
  });

  it.each([
    { way: "by RollbackStage", attempt: (id: string) => rolledBack(REST, "live", id) },
    {
      way: "by PromoteCanary",
      attempt: async (deploymentId: string) => {
        await storedByAnotherVersion(
          stage(REST, { ...stageOf(REST).spec, canarySettings: { deploymentId, percentTraffic: 1 } }),
        );
        return promoted();
      },
    },
    {
      way: "by Apply of a stage",
      attempt: (deploymentId: string) => applied([stage(REST, { deploymentId })]),
    },
    {
      way: "by AWS's APIs of a stage",
      attempt: (deploymentId: string) => byAws([stage(REST, { deploymentId })]),
    },
  ])("$way, also if it was deployed before", async ({ attempt }) => {
    await applied([restApi(), pets("a")]);
    const { deployment } = await deployed(REST);
    await applied([pets("b")]);
    const served = (await deployed(REST, "live")).deployment.id;
    const [digest] = one("Deployment", deployment.id).spec.chunks;
    await committed(`chunks/${REST}/${digest}`, JSON.stringify([unfinished]));
    await expect(attempt(deployment.id)).rejects.toMatchObject({ problems: [expect.anything()] });
    expect(stageOf(REST).spec.deploymentId).toBe(served);
  });
});

describe("the parts of an API are deleted with it", () => {
  const ways: readonly Way[] = [
    { way: "by Delete", attempt: () => deleted(restApi()).then(() => deleted(httpApi("a"))) },
    { way: "by AWS's APIs", attempt: () => byAws([], [restApi(), httpApi("a")]) },
    {
      way: "by Apply with prune",
      attempt: () => applied([], ADMIN, { prune: { labels: { app: "shop" } } }),
    },
  ];
  it.each(ways)("$way", async ({ attempt }) => {
    const labels = { app: "shop" };
    await applied([{ ...restApi(), labels }, pets("a"), { ...httpApi("a"), labels }]);
    await deployed(REST, "live");
    await deployed(HTTP, "live");
    await attempt();
    expect([...state().entities.keys()]).toEqual([]);
    expect([...state().chunks.keys()]).toEqual([]);
  });

  it("by DeleteStack", async () => {
    await stacked(httpResources("http://127.0.0.1:9/"));
    await stackDeleted();
    expect([...state().entities.keys()]).toEqual([]);
  });
});

describe("an omitted secret is generated", () => {
  const key: Draft = { kind: "ApiKey", id: "key1", spec: { name: "k" } };
  const ways: readonly Way[] = [
    { way: "by Apply", attempt: () => applied([key]) },
    { way: "by AWS's APIs", attempt: () => byAws([key]) },
  ];
  it.each(ways)("$way", async ({ attempt }) => {
    await attempt();
    const { value } = one("ApiKey", "key1").spec;
    expect(value).toMatch(/^\w{20,}$/);
    await attempt();
    expect(one("ApiKey", "key1").spec.value).toBe(value);
  });

  it("by ApplyStack", async () => {
    await stacked({ Key: { Type: "AWS::ApiGateway::ApiKey", Properties: { Name: "k", Enabled: true } } });
    expect(all("ApiKey")[0]?.spec.value).toMatch(/^\w{20,}$/);
  });
});

describe("only admins write identities", () => {
  const user: Draft = { kind: "User", id: "eve" };
  const ways: readonly Way[] = [
    { way: "by Apply", attempt: () => applied([user], DEPLOYER) },
    { way: "by Delete", attempt: () => deleted(user, DEPLOYER) },
    {
      way: "by Apply with prune",
      attempt: () => applied([], DEPLOYER, { prune: { labels: { app: "shop" } } }),
    },
  ];
  it.each(ways)("$way", async ({ attempt }) => {
    await applied([{ ...user, labels: { app: "shop" } }]);
    await expect(attempt()).rejects.toMatchObject({ reason: "permission-denied" });
    expect(all("User")).toHaveLength(1);
  });

  it("except by AWS's APIs, which check policies", async () => {
    await byAws([user]);
    expect(all("User")).toHaveLength(1);
  });
});

it("what control planes write of a request for a certificate is not taken from operators", async () => {
  const challenge = { type: "http-01", name: "others.example.com", token: "t", keyAuthorization: "t.mine" };
  const request = (progress?: object): Draft => ({
    kind: "CertificateRequest",
    id: "shop",
    spec: { names: ["shop.example.com"], ...(progress && { progress }) },
  });
  const forged = { subject: "EC_prime256v1 shop.example.com", end: "FAILED", challenges: [challenge] };
  await applied([request(forged)]);
  expect(one("CertificateRequest", "shop").spec).not.toHaveProperty("progress");
  const stored = { subject: "EC_prime256v1 shop.example.com", issuer: "ACME", failedAttempts: 2 };
  await byAws([request(stored)]);
  await applied([request(forged)]);
  expect(one("CertificateRequest", "shop").spec.progress).toEqual(stored);
});

describe("deployments are immutable", () => {
  const cases = [REST, HTTP].flatMap((apiId) => {
    const changed = (): Draft => {
      const { kind, id, spec } = deploymentsOf(apiId)[0] as Entity<"Deployment">;
      const other = kind === "Deployment" ? { restApi: { name: "other" } } : { api: httpApi("other").spec };
      return { kind, apiId, id, spec: { ...spec, ...other } };
    };
    const described = (): Draft => ({
      ...changed(),
      spec: { ...deploymentsOf(apiId)[0]?.spec, description: "described" },
    });
    return [
      { way: `by Apply, of ${apiId}`, apiId, write: applied, changed, described },
      { way: `by AWS's APIs, of ${apiId}`, apiId, write: byAws, changed, described },
    ];
  });
  it.each(cases)("$way", async ({ apiId, write, changed, described }) => {
    await applied([restApi(), pets("a"), httpApi("a")]);
    await deployed(apiId, "live");
    await expect(write([changed()])).rejects.toMatchObject({
      problems: [{ message: expect.stringContaining("immutable snapshot") }],
    });
    await write([described()]);
    expect(deploymentsOf(apiId)[0]?.spec.description).toBe("described");
  });
});

describe("the record of a call names the written entities", () => {
  const ways: readonly (Way & { readonly names: readonly string[] })[] = [
    { way: "by Apply", attempt: () => applied([pets("b")]), names: [`restapis/${REST}/resources/pets`] },
    { way: "by AWS's APIs", attempt: () => byAws([pets("b")]), names: [`restapis/${REST}/resources/pets`] },
    {
      way: "by Delete",
      attempt: () => deleted({ kind: "Resource", apiId: REST, id: "pets" }),
      names: [`restapis/${REST}/resources/pets`],
    },
    {
      way: "by FlushStageCache",
      attempt: () => flushed(REST, "live"),
      names: [`restapis/${REST}/stages/live`],
    },
    { way: "by PromoteCanary", attempt: () => promoted(), names: [`restapis/${REST}/stages/live`] },
    {
      way: "by RollbackStage",
      attempt: () => rolledBack(REST, "live", one("Stage", "live").spec.canarySettings?.deploymentId),
      names: [`restapis/${REST}/stages/live`],
    },
    { way: "by CreateDeployment", attempt: () => deployed(REST), names: ["deployments/"] },
    { way: "by ImportRestApi", attempt: () => imported({ paths: {} }), names: ["restapis/"] },
    { way: "by ApplyStack", attempt: () => stacked(restResources()), names: ["stacks/shop", "restapis/"] },
    { way: "by the first start", attempt: () => createRootKey(application()), names: ["rootaccesskeys/"] },
  ];
  it.each(ways)("$way", async ({ attempt, names }) => {
    await applied([restApi(), pets("a")]);
    await deployed(REST, "live");
    const canary = await deployed(REST);
    const { spec } = stageOf(REST);
    await applied([
      stage(REST, { ...spec, canarySettings: { deploymentId: canary.deployment.id, percentTraffic: 1 } }),
    ]);
    const event = application().audit.open();
    const noted: string[] = [];
    event.note = (_revision, changes) => void noted.push(...changes.map(({ entity }) => entity));
    await application().audit.within(event, attempt);
    for (const name of names) expect(noted.join()).toContain(name);
  });
});

describe("a change is applied only to the expected revision", () => {
  it("if it sets one", async () => {
    const { revision } = await applied([restApi()]);
    await applied([pets("a")]);
    await expect(applied([pets("b")], ADMIN, { expectedRevision: revision })).rejects.toMatchObject({
      reason: "conflict",
    });
  });
});

describe("the single way to write", () => {
  const SOURCES = new URL("..", import.meta.url);
  it("is used everywhere: no other module commits to the store", () => {
    const others = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter(
      (file) =>
        file.endsWith(".ts") && !/\.(spec|contract)\.ts$/.test(file) && !/^(change|store)\//.test(file),
    );
    expect(others.length).toBeGreaterThan(50);
    const writing = others.filter((file) =>
      /\bwriter\.run\b|[sS]tore\.commit\(/.test(readFileSync(new URL(file, SOURCES), "utf8")),
    );
    // A restore writes a whole store as it was, and sealing again with another key changes no entity.
    expect(writing.sort()).toEqual(["backup/restore-backup.ts", "secret/sealed-store.ts"]);
  });
});
