import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Boto, startBoto } from "../kit/boto.ts";
import { tollgate } from "../kit/cli.ts";
import { Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { startEtcd } from "../kit/etcd.ts";
import { kafkaClient, startKafka } from "../kit/kafka.ts";
import { createMockApi } from "../kit/mock-api.ts";

const scope = new AsyncDisposableStack();
let cluster: Cluster;
let broker: string;
let root: Boto;
beforeAll(async () => {
  const etcd = scope.use(await startEtcd());
  broker = scope.use(await startKafka()).broker;
  cluster = scope.use(
    await Cluster.start({
      etcd: etcd.url,
      kafka: broker,
      nodes: 2,
      env: { TOLLGATE_SECRETS_KEY: Buffer.alloc(32, 7).toString("base64") },
    }),
  );
  root = scope.use(await startBoto(cluster.controlUrl, cluster.rootKey));
});
afterAll(() => scope.disposeAsync());

const applied = async () => cluster.waitApplied((await cluster.config.list({ kind: "RestApi" })).revision);

describe("the control API of a cluster over etcd", () => {
  it("the key of the first start is shown once, and is good after a restart", async () => {
    expect(cluster.rootKey.accessKeyId).toMatch(/^AKIA/);
    await root.call("get_account");
    await cluster.controlPlane.kill("SIGTERM");
    await cluster.startControlPlane();
    expect(cluster.controlPlane.output()).not.toContain("AWS_SECRET_ACCESS_KEY");
    await root.call("get_account");
  });

  it("boto3 makes an API, deploys it, and both nodes serve it; a user with a role's session calls it", async () => {
    const { restApiId, method } = await createMockApi(root, "over etcd");
    await root.call("create_deployment", { restApiId, stageName: "prod" });
    await applied();
    const on = (node: ClusterNode | undefined) =>
      fetch(`${stageUrl(node as ClusterNode, restApiId, "prod")}/hello`);
    const answers = await Promise.all(cluster.nodes.map(async (node) => (await on(node)).text()));
    expect(answers).toEqual(["over etcd", "over etcd"]);
    await root.call("update_method", {
      ...method,
      patchOperations: [{ op: "replace", path: "/authorizationType", value: "AWS_IAM" }],
    });
    await root.call("create_deployment", { restApiId, stageName: "prod" });
    await applied();
    expect((await on(cluster.nodes[0])).status).toBe(403);
  });

  it("every call is in the audit topic, once it is over, and in the log", async () => {
    const { id } = await root.call("create_rest_api", { name: "audited" });
    const consumer = kafkaClient(broker).consumer({ groupId: "audit-spec", maxWaitTimeInMs: 100 });
    await consumer.connect();
    scope.defer(() => consumer.disconnect());
    await consumer.subscribe({ topic: "tollgate.audit.v1", fromBeginning: true });
    const found = Promise.withResolvers<{ key: string; record: Record<string, unknown> }>();
    await consumer.run({
      eachMessage: async ({ message }) => {
        const record = JSON.parse(message.value?.toString() ?? "") as Record<string, unknown>;
        if ((record.requestParameters as { name?: string } | null)?.name === "audited")
          found.resolve({ key: message.key?.toString() ?? "", record });
      },
    });
    const { key, record } = await found.promise;
    expect(key).toBe("000000000000");
    expect(record).toMatchObject({
      eventName: "CreateRestApi",
      userIdentity: { type: "Root", accessKeyId: cluster.rootKey.accessKeyId },
    });
    expect(record).not.toHaveProperty("errorCode");
    const { stdout } = await tollgate(["audit", "--entity", `restapis/${id}`, "-o", "json"], cluster.cliEnv);
    expect(JSON.parse(stdout)).toEqual([record]);
  });

  it("records are there after the control plane was killed, and what waited is published by the next one", async () => {
    const { id } = await root.call("create_rest_api", { name: "before the end" });
    await cluster.controlPlane.kill("SIGKILL");
    await cluster.startControlPlane();
    const { stdout } = await tollgate(["audit", "--entity", `restapis/${id}`, "-o", "json"], cluster.cliEnv);
    expect(JSON.parse(stdout)).toMatchObject([{ eventName: "CreateRestApi" }]);
  });
});
