import { randomUUID } from "node:crypto";
import pg from "pg";
import { Cluster } from "./cluster.ts";
import { type Gateway, openGateway } from "./gateway.ts";
import { kafkaClient } from "./kafka.ts";
import { until } from "./process.ts";
import type { Services } from "./services.ts";

/** startClusterGateway is startGateway with each part as a separate process: a control plane, metering and two nodes, on emptied services. */
export async function startClusterGateway(
  services: Services,
  env: Readonly<Record<string, string>>,
): Promise<Gateway> {
  const scope = new AsyncDisposableStack();
  try {
    const [database] = await Promise.all([
      startDatabase(services.postgres),
      emptyEtcd(services.etcd),
      emptyKafka(services.kafka),
    ]);
    scope.use(database);
    const cluster = scope.use(
      await Cluster.start({
        etcd: services.etcd,
        kafka: services.kafka,
        postgres: database.url,
        nodes: 2,
        env: {
          TOLLGATE_AUTH: "none",
          TOLLGATE_LOG_LEVEL: "error",
          TOLLGATE_SECRETS_KEY: Buffer.alloc(32, 7).toString("base64"),
          ...env,
        },
      }),
    );
    return openGateway({
      httpPorts: cluster.nodes.map(({ httpPort }) => httpPort),
      adminPorts: cluster.nodes.map(({ adminPort }) => adminPort),
      grpcPort: cluster.grpcPort,
      controlPort: cluster.controlPort,
      meteringPort: cluster.meteringPort,
      rootKey: cluster.rootKey.accessKeyId ? cluster.rootKey : undefined,
      token: env.TOLLGATE_TOKEN,
      [Symbol.asyncDispose]: () => scope.disposeAsync(),
    });
  } catch (error) {
    await scope.disposeAsync();
    throw error;
  }
}

/** A separate database, on a shared server. */
async function startDatabase(server: string): Promise<AsyncDisposable & { readonly url: string }> {
  const name = `spec_${randomUUID().replaceAll("-", "")}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  const run = async (sql: string) => {
    const client = new pg.Client(server);
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await run(`CREATE DATABASE ${name}`);
  return { url: url.href, [Symbol.asyncDispose]: () => run(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/** The prefix of what is stored is fixed: what an earlier file stored goes. */
async function emptyEtcd(url: string): Promise<void> {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const body = JSON.stringify({ key: base64("/tollgate/"), range_end: base64("/tollgate0") });
  const response = await fetch(`${url}/v3/kv/deleterange`, { method: "POST", body });
  if (!response.ok) throw new Error(`etcd: ${response.status} ${await response.text()}`);
}

/** The names of topics are fixed as well. */
async function emptyKafka(broker: string): Promise<void> {
  const admin = kafkaClient(broker).admin();
  await admin.connect();
  try {
    const own = async () => (await admin.listTopics()).filter((topic) => topic.startsWith("tollgate."));
    const topics = await own();
    if (topics.length === 0) return;
    await admin.deleteTopics({ topics });
    await until("Kafka's topics are deleted", async () => (await own()).length === 0);
  } finally {
    await admin.disconnect();
  }
}
