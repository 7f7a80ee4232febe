import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditService } from "@tollgate/proto/control";
import { createClient } from "@tollgate/proto/grpc";
import { RpcCode } from "@tollgate/proto/rpc";
import { type Boto, startBoto } from "../kit/boto.ts";
import { Cluster } from "../kit/cluster.ts";
import { type Etcd, startEtcd } from "../kit/etcd.ts";
import { until } from "../kit/process.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";

const API = "etcdaway01";
const CAUSE = /etcd cannot be reached \(.+\)/;
const TOKEN = "test-token";

const scope = new AsyncDisposableStack();
let etcd: Etcd;
let cluster: Cluster;
let boto: Boto;
beforeAll(async () => {
  etcd = scope.use(await startEtcd());
  cluster = scope.use(
    await Cluster.start({
      etcd: etcd.url,
      nodes: 0,
      env: { TOLLGATE_SECRETS_KEY: Buffer.alloc(32, 7).toString("base64") },
    }),
  );
  boto = scope.use(await startBoto(cluster.controlUrl, cluster.rootKey));
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "read while etcd is away" } },
    resourceOf(API, "r1", "/a", { GET: mock("a") }),
  ]);
  await cluster.deploy(API, "prod");
  await boto.as("iam").call("create_user", { UserName: "ada" });
});
afterAll(() => scope.disposeAsync());

const readiness = async (query = "") => {
  const response = await fetch(`${cluster.controlUrl}/readyz${query}`);
  return `${response.status} ${(await response.text()).trim()}`;
};
const notReady = () =>
  until("the control plane is not ready", async () => (await readiness()).startsWith("503"));
const readyAgain = () => until("the control plane is ready", async () => (await readiness()) === "200 ok");

/** A metric of the control plane. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${cluster.controlUrl}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}

/** Records of the audit log, oldest first, as "{service} {event} {error code}". */
async function events(startTimeUnixMs: number): Promise<string[]> {
  const audit = createClient(AuditService, { address: `127.0.0.1:${cluster.grpcPort}`, token: TOKEN });
  try {
    const { eventsJson } = await audit.lookupEvents({
      startTimeUnixMs: BigInt(startTimeUnixMs),
      pageSize: 500,
    });
    return eventsJson
      .map((json) => JSON.parse(json) as { eventSource: string; eventName: string; errorCode?: string })
      .map(({ eventSource, eventName, errorCode }) =>
        `${eventSource.split(".")[0]} ${eventName} ${errorCode ?? ""}`.trim(),
      )
      .toReversed();
  } finally {
    audit.close();
  }
}

/** What is read through each adapter, while etcd is away as before. */
async function readAll(): Promise<void> {
  expect((await cluster.config.list({ kind: "RestApi" })).entities).toHaveLength(1);
  expect((await cluster.config.get({ kind: "RestApi", id: API })).entity?.id).toBe(API);
  expect((await boto.call("get_rest_api", { restApiId: API })).name).toBe("read while etcd is away");
  expect((await boto.as("iam").call("list_users")).Users).toMatchObject([{ UserName: "ada" }]);
  expect((await boto.as("sts").call("get_caller_identity")).Account).toBe("000000000000");
  const page = await fetch(`${cluster.controlUrl}/docs/${API}/prod`, {
    headers: { authorization: `Basic ${Buffer.from(`any:${TOKEN}`).toString("base64")}` },
  });
  expect([page.status, (await page.text()).includes("read while etcd is away")]).toEqual([200, true]);
}

const READS = [
  "config List",
  "config Get",
  "apigateway GetRestApi",
  "iam ListUsers",
  "sts GetCallerIdentity",
  "definition ShowDocumentation",
];

/** What is changed through each adapter, and refused as its protocol says that a server is away. */
async function changeAll(): Promise<void> {
  await expect(cluster.apply([{ kind: "RestApi", id: API, spec: { name: "x" } }])).rejects.toMatchObject({
    code: RpcCode.UNAVAILABLE,
    details: expect.stringMatching(CAUSE),
  });
  await expect(cluster.deploy(API, "prod")).rejects.toMatchObject({ code: RpcCode.UNAVAILABLE });
  expect(
    await boto.refused("update_rest_api", {
      restApiId: API,
      patchOperations: [{ op: "replace", path: "/name", value: "x" }],
    }),
  ).toMatchObject({
    class: "ServiceUnavailableException",
    status: 503,
    message: expect.stringMatching(CAUSE),
  });
  expect(await boto.as("iam").refused("create_user", { UserName: "bob" })).toMatchObject({
    code: "ServiceUnavailable",
    status: 503,
    message: expect.stringMatching(CAUSE),
  });
}

const CHANGES = [
  "config Apply UNAVAILABLE",
  "deployment CreateDeployment UNAVAILABLE",
  "apigateway UpdateRestApi ServiceUnavailableException",
  "iam CreateUser ServiceUnavailable",
];

describe.each([
  ["killed", () => etcd.kill(), () => etcd.restart()],
  ["paused", () => etcd.pause(), async () => etcd.resume()],
])("while etcd is %s", (_how, stop, back) => {
  it("reads go on, changes are refused with the cause, and all is recorded when it is back", async () => {
    await readyAgain();
    await cluster.config.get({ kind: "RestApi", id: API });
    const startUnixMs = Date.now() + 1; // later than the record of that call
    await until("that time has come", () => Date.now() >= startUnixMs);
    await stop();
    await notReady();
    expect(await readiness()).toMatch(
      /^503 etcd cannot be reached \(.+\): reads go on, changes are refused$/,
    );
    expect(await readiness("?exclude=store")).toBe("200 ok");
    await readAll();
    await changeAll();
    expect(await metric("tollgate_store_reachable")).toBe(0);
    expect(await metric("tollgate_audit_spool_bytes")).toBeGreaterThan(1_000);
    await expect(events(0)).rejects.toMatchObject({
      code: RpcCode.UNAVAILABLE,
      details: expect.stringMatching(CAUSE),
    });
    await back();
    await readyAgain();
    await cluster.apply([{ kind: "RestApi", id: API, spec: { name: "read while etcd is away" } }]);
    await until("all calls are recorded", async () => (await events(startUnixMs)).includes("config Apply"));
    expect(await metric("tollgate_store_reachable")).toBe(1);
    await until("the spool is empty", async () => (await metric("tollgate_audit_spool_bytes")) === 0);
    expect(await metric("tollgate_store_entities")).toBeGreaterThan(3);
    expect(await metric("tollgate_store_size_bytes")).toBeGreaterThan(10_000);
    expect(await metric("tollgate_store_quota_bytes")).toBe(2_147_483_648);
    await until("the mirror has caught up", async () => (await metric("tollgate_mirror_lag")) === 0);
    const recorded = (await events(startUnixMs)).filter((name) => name !== "audit LookupEvents");
    expect(recorded).toEqual([...READS, ...CHANGES, "audit LookupEvents UNAVAILABLE", "config Apply"]);
  });
});

it("records that wait on the disk of a control plane survive its SIGKILL", async () => {
  await readyAgain();
  const startUnixMs = Date.now();
  await etcd.kill();
  await notReady();
  await cluster.config.get({ kind: "RestApi", id: API });
  await cluster.controlPlane.kill("SIGKILL");
  await etcd.restart();
  await cluster.startControlPlane();
  await until("the call is recorded", async () => (await events(startUnixMs)).includes("config Get"));
});
