import { etcdBinary, startEtcd } from "../../kit/etcd.ts";
import { kafkaLibraries, startKafka } from "../../kit/kafka.ts";
import { postgresBinaries, startPostgres } from "../../kit/postgres.ts";
import { redisServer, startRedis } from "../../kit/redis.ts";
import { startHttpUpstream } from "../../kit/upstream.ts";
import { MACHINE, type Network } from "../machine/network.ts";
import { listenAt } from "../machine/services.ts";

/** Where pods reach what is outside of the cluster, as values name it. */
export const EXTERNAL = {
  etcd: "http://etcd:2379",
  kafka: "kafka:9092",
  postgres: "postgres://tollgate@postgres:5432/postgres",
  redis: "redis://redis:6379",
};
const KAFKA_PORT = 9_092;

/** Fetches what needs the network. */
export async function prepareServers(): Promise<void> {
  await Promise.all([etcdBinary(), kafkaLibraries(), postgresBinaries(), redisServer()]);
}

export interface Servers extends AsyncDisposable {
  /** An upstream for integrations, which replies with the path that it was asked for. */
  readonly upstream: string;
}

/** startServers runs etcd, Kafka, PostgreSQL and Redis on this machine, under the names and at the ports by which values call them. */
export async function startServers(network: Network): Promise<Servers> {
  const scope = new AsyncDisposableStack();
  const [etcd, kafka, postgres, redis] = await Promise.all([
    startEtcd(),
    startKafka({ host: MACHINE, port: KAFKA_PORT }),
    startPostgres(),
    startRedis(),
  ]);
  for (const server of [etcd, kafka, postgres, redis]) scope.use(server);
  const local = { etcd: etcd.url, postgres: postgres.url, redis: redis.url };
  for (const [name, url] of Object.entries(local)) {
    const target = { host: "127.0.0.1", port: Number(new URL(url).port) };
    const port = Number(new URL(EXTERNAL[name as keyof typeof local]).port);
    const server = await listenAt(MACHINE, port, () => target);
    scope.defer(() => void server.close());
  }
  network.setNames(["etcd", "kafka", "postgres", "redis"], MACHINE);
  const upstream = scope.use(await startHttpUpstream(({ url }, response) => response.end(url), MACHINE));
  return { upstream: upstream.origin, [Symbol.asyncDispose]: () => scope.disposeAsync() };
}
