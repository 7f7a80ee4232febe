import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { keepIdleConnectionsQuiet } from "@tollgate/usage-stream/kafka";
import { aptInstall, CACHE, onceAtATime, onPath, run } from "./cache.ts";
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

const LOOPBACK = "127.0.0.1";

keepIdleConnectionsQuiet();

/** kafkaClient is a client of a broker, with which a test looks at what processes write, or writes itself. */
export const kafkaClient = (broker: string, { retries }: { readonly retries?: number } = {}): Kafka =>
  new Kafka({
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    ...(retries === undefined ? {} : { retry: { retries } }),
  });

/** kafkaLibraries fetches Kafka's jars from Maven Central, once. */
export const kafkaLibraries = (): Promise<string> => onceAtATime(`kafka-${VERSION}`, fetchLibraries);

async function fetchLibraries(): Promise<string> {
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

/** When a consumer that was killed has left its group: brokers that were not started here allow no less than 6 s. */
export const SESSION_SECONDS = process.env.TOLLGATE_TEST_KAFKA ? 6 : 3;

export interface KafkaBroker extends StoppableServer {
  readonly broker: string;
  /** The listener with TLS, client certificates and SCRAM-SHA-512, if there is one. */
  readonly secureBroker: string;
}

/** SecureListener is what a listener with TLS and SASL needs: the broker's certificate, the authority of its clients, and a user. */
export interface SecureListener {
  readonly certificate: string;
  readonly key: string;
  readonly authorities: string;
  readonly username: string;
  readonly password: string;
}

const SCRAM = "SCRAM-SHA-512";

/** A PEM keystore is one file with the key and the certificate. */
function secureProperties(
  folder: string,
  { certificate, key, authorities }: SecureListener,
): Record<string, string> {
  const keystore = join(folder, "keystore.pem");
  writeFileSync(keystore, readFileSync(key, "utf8") + readFileSync(certificate, "utf8"));
  return {
    "sasl.enabled.mechanisms": SCRAM,
    "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config":
      "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": keystore,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": authorities,
    "ssl.client.auth": "required",
  };
}

const JAVA = ["-Xmx384m", "-Xms128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

interface BrokerPorts {
  /** Where clients connect, and are sent to. */
  readonly host: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly securePort: number;
}

/** Writes the settings of a broker with its data in a folder, and returns their file. */
function writeProperties(
  folder: string,
  { host, port, controllerPort, securePort }: BrokerPorts,
  secure: SecureListener | undefined,
): string {
  const secureListener = secure ? `,SASL_SSL://127.0.0.1:${securePort}` : "";
  const properties = join(folder, "server.properties");
  writeFileSync(
    properties,
    Object.entries({
      "process.roles": "broker,controller",
      "node.id": 1,
      "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
      listeners: `PLAINTEXT://${host}:${port},CONTROLLER://127.0.0.1:${controllerPort}${secureListener}`,
      "advertised.listeners": `PLAINTEXT://${host}:${port}${secureListener}`,
      "inter.broker.listener.name": "PLAINTEXT",
      "controller.listener.names": "CONTROLLER",
      "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL",
      "log.dirs": join(folder, "data"),
      "offsets.topic.replication.factor": 1,
      "transaction.state.log.replication.factor": 1,
      "transaction.state.log.min.isr": 1,
      "transaction.state.log.num.partitions": 1,
      "group.initial.rebalance.delay.ms": 0,
      "group.min.session.timeout.ms": 1_000,
      "offsets.topic.num.partitions": 1,
      ...(secure ? secureProperties(folder, secure) : {}),
    })
      .map(([key, value]) => `${key}=${value}`)
      .join("\n"),
  );
  return properties;
}

/** Makes the folder of data that a broker needs before its first start. */
async function format(java: readonly string[], properties: string, secure?: SecureListener): Promise<void> {
  const user = secure
    ? ["--add-scram", `${SCRAM}=[name=${secure.username},password=${secure.password}]`]
    : [];
  await run("java", [
    ...java,
    "kafka.tools.StorageTool",
    "format",
    "-t",
    CLUSTER_ID,
    "-c",
    properties,
    ...user,
  ]);
}

/** startBroker resolves when the broker takes requests. */
async function startBroker(
  java: readonly string[],
  properties: string,
  { host, port }: BrokerPorts,
): Promise<RunningProcess> {
  const server = startProcess("java", [...java, "kafka.Kafka", properties]);
  const kafka = kafkaClient(`${host}:${port}`, { retries: 0 });
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
  return server;
}

const newPorts = async (host = LOOPBACK, port?: number): Promise<BrokerPorts> => ({
  host,
  port: port ?? (await freePort()),
  controllerPort: await freePort(),
  securePort: await freePort(),
});

/** What is the same at each start, made once: the data of a new broker, and Java's classes as they are in memory (application class data sharing). */
async function prepared(
  classPath: readonly string[],
): Promise<{ readonly data: string; readonly classes: string }> {
  const folder = join(CACHE, `kafka-${VERSION}-prepared`);
  const parts = { data: join(folder, "data"), classes: join(folder, "classes.jsa") };
  if (existsSync(folder)) return parts;
  const made = mkdtempSync(join(CACHE, "kafka-"));
  try {
    const ports = await newPorts();
    const properties = writeProperties(made, ports, undefined);
    await format([...JAVA, ...classPath], properties);
    cpSync(join(made, "data"), join(made, "new"), { recursive: true });
    const dump = `-XX:ArchiveClassesAtExit=${join(made, "classes.jsa")}`;
    const server = await startBroker([...JAVA, dump, ...classPath], properties, ports);
    await server.kill("SIGTERM");
    rmSync(join(made, "data"), { recursive: true });
    renameSync(join(made, "new"), join(made, "data"));
    try {
      renameSync(made, folder);
    } catch (error) {
      // Another process was sooner.
      if (!existsSync(folder)) throw error;
    }
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return parts;
}

/** startKafka runs one broker in KRaft mode on loopback, or uses TOLLGATE_TEST_KAFKA if no secure listener is needed. */
export async function startKafka({
  secure,
  host,
  port,
}: {
  readonly secure?: SecureListener;
  /** Where it listens, if not on a free port of loopback. */
  readonly host?: string;
  readonly port?: number;
} = {}): Promise<KafkaBroker> {
  const given = process.env.TOLLGATE_TEST_KAFKA;
  if (given && !secure && !host)
    return { broker: given, secureBroker: "", ...notStoppable("TOLLGATE_TEST_KAFKA") };
  if (!(await onPath("java"))) await aptInstall("default-jre-headless");
  const classPath = ["-cp", `${await kafkaLibraries()}/*`];
  const { data, classes } = await prepared(classPath);
  const java = [...JAVA, `-XX:SharedArchiveFile=${classes}`, ...classPath];
  const folder = mkdtempSync(join(tmpdir(), "tollgate-kafka-"));
  const ports = await newPorts(host, port);
  const properties = writeProperties(folder, ports, secure);
  if (secure) await format(java, properties, secure);
  else cpSync(data, join(folder, "data"), { recursive: true });
  let server: RunningProcess;
  const start = async () => {
    server = await startBroker(java, properties, ports);
  };
  await start();
  return {
    broker: `${ports.host}:${ports.port}`,
    secureBroker: secure ? `127.0.0.1:${ports.securePort}` : "",
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
