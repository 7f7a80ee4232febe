import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { aptInstall, CACHE, onPath, run } from "./cache.ts";
import {
  freePort,
  notStoppable,
  type RunningProcess,
  type StoppableServer,
  startProcess,
  until,
} from "./process.ts";

const VERSION = "4.1.0";
const CLUSTER_ID = "4L6g3nShT-eMCtK--X86sw";

/** kafkaLibraries fetches Kafka's jars from Maven Central, once. */
async function kafkaLibraries(): Promise<string> {
  const folder = join(CACHE, `kafka-${VERSION}`);
  if (existsSync(folder) && readdirSync(folder).some((name) => name.startsWith("kafka_2.13"))) return folder;
  if (!(await onPath("mvn"))) await aptInstall("maven");
  const source = join(CACHE, "src", "kafka");
  mkdirSync(source, { recursive: true });
  writeFileSync(
    join(source, "pom.xml"),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>t</groupId><artifactId>t</artifactId><version>1</version>
<dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency></dependencies></project>\n`,
  );
  await run("mvn", ["-q", "-B", "dependency:copy-dependencies", `-DoutputDirectory=${folder}`], {
    cwd: source,
  });
  return folder;
}

export interface KafkaBroker extends StoppableServer {
  readonly broker: string;
}

/** startKafka runs one broker in KRaft mode on loopback, or uses TOLLGATE_TEST_KAFKA. */
export async function startKafka(): Promise<KafkaBroker> {
  const given = process.env.TOLLGATE_TEST_KAFKA;
  if (given) return { broker: given, ...notStoppable("TOLLGATE_TEST_KAFKA") };
  if (!(await onPath("java"))) await aptInstall("default-jre-headless");
  const libraries = await kafkaLibraries();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-kafka-"));
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(folder, "server.properties");
  writeFileSync(
    properties,
    Object.entries({
      "process.roles": "broker,controller",
      "node.id": 1,
      "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
      "controller.listener.names": "CONTROLLER",
      "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
      "log.dirs": join(folder, "data"),
      "offsets.topic.replication.factor": 1,
      "transaction.state.log.replication.factor": 1,
      "transaction.state.log.min.isr": 1,
      "group.initial.rebalance.delay.ms": 0,
      "offsets.topic.num.partitions": 1,
    })
      .map(([key, value]) => `${key}=${value}`)
      .join("\n"),
  );
  const java = ["-Xmx384m", "-Xms128m", "-XX:TieredStopAtLevel=1", "-cp", `${libraries}/*`];
  await run("java", [...java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties]);
  let server: RunningProcess;
  const start = async () => {
    server = startProcess("java", [...java, "kafka.Kafka", properties]);
    const kafka = new Kafka({
      brokers: [`127.0.0.1:${port}`],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    });
    await until(
      () => `Kafka on ${port}: ${server.output().slice(-2000)}`,
      async () => {
        const admin = kafka.admin();
        try {
          await admin.connect();
          return (await admin.describeCluster()).brokers.length > 0;
        } catch {
          return false;
        } finally {
          await admin.disconnect().catch(() => undefined);
        }
      },
      60_000,
    );
  };
  await start();
  return {
    broker: `127.0.0.1:${port}`,
    kill: (signal = "SIGKILL") => server.kill(signal),
    restart: start,
    pause: () => server.pause(),
    resume: () => server.resume(),
    async [Symbol.asyncDispose]() {
      await server.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
