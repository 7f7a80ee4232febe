import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { startKafka } from "../kit/kafka.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";

const API = "keysapi001";
const SECRETS_KEY = Buffer.alloc(32, 7).toString("base64");
const VALUE = "the-key-that-two-nodes-know";

const scope = new AsyncDisposableStack();
let etcdUrl: string;
let cluster: Cluster;
beforeAll(async () => {
  etcdUrl = scope.use(await startEtcd()).url;
  const kafka = scope.use(await startKafka()).broker;
  cluster = scope.use(
    await Cluster.start({
      etcd: etcdUrl,
      kafka,
      nodes: 2,
      workers: 2,
      env: { TOLLGATE_SECRETS_KEY: SECRETS_KEY },
    }),
  );
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "keys" } },
    resourceOf(API, "r1", "/a", { GET: { ...mock("in"), apiKeyRequired: true } }),
  ]);
  await cluster.deploy(API, "prod");
});
afterAll(() => scope.disposeAsync());

const call = async (node: ClusterNode | undefined, value: string) =>
  (await fetch(`${stageUrl(node as ClusterNode, API, "prod")}/a`, { headers: { "x-api-key": value } }))
    .status;
/** The statuses that both nodes return, over all their workers. */
const statuses = async (value: string) =>
  new Set(await Promise.all(Array.from({ length: 16 }, (_, i) => call(cluster.nodes[i % 2], value))));
const put = async (id: string, value: string, enabled: boolean) => {
  const { revision } = await cluster.apply([
    { kind: "UsagePlan", id: "plan", spec: { name: "p", apiStages: [{ apiId: API, stage: "prod" }] } },
    { kind: "ApiKey", id, spec: { enabled, value, usagePlanIds: ["plan"] } },
  ]);
  await cluster.waitApplied(revision);
};

describe("API keys on a cluster over etcd", () => {
  it("a key is created, disabled or enabled on every node and worker once the write is applied", async () => {
    expect(await statuses(VALUE)).toEqual(new Set([403]));
    for (const enabled of [true, false, true]) {
      await put("one", VALUE, enabled);
      expect(await statuses(VALUE)).toEqual(new Set([enabled ? 200 : 403]));
    }
  });

  it("its value is sealed in etcd", async () => {
    const response = await fetch(`${etcdUrl}/v3/kv/range`, {
      method: "POST",
      body: JSON.stringify({
        key: Buffer.from("/").toString("base64"),
        range_end: Buffer.from("0").toString("base64"),
      }),
    });
    const { kvs } = (await response.json()) as { kvs: { key: string; value: string }[] };
    const decoded = kvs.map(({ key, value }) =>
      [key, value].map((text) => Buffer.from(text, "base64").toString()).join(" "),
    );
    expect(decoded.filter((text) => /^\/tollgate\/v1\/\S*apikeys\/one /.test(text)).length).toBe(1);
    expect(decoded.join("\n")).not.toContain(VALUE);
    expect(decoded.join("\n")).toContain("tollgate-sealed:v2:");
  });

  it("while the control plane is away keys that were met go on, and others get 503", async () => {
    await put("two", "a-key-that-nobody-has-shown", true);
    expect(await statuses(VALUE)).toEqual(new Set([200]));
    await cluster.controlPlane.kill("SIGKILL");
    expect(await statuses(VALUE)).toEqual(new Set([200]));
    expect(await statuses("a-key-that-nobody-has-shown")).toEqual(new Set([503]));
    await cluster.startControlPlane();
    await expect
      .poll(() => statuses("a-key-that-nobody-has-shown"), { timeout: 20_000 })
      .toEqual(new Set([200]));
    expect(await statuses(VALUE)).toEqual(new Set([200]));
  });

  it("a key that was disabled while a node could not hear of it is found out after the reconnect", async () => {
    await put("one", VALUE, false);
    expect(await statuses(VALUE)).toEqual(new Set([403]));
  });
});
