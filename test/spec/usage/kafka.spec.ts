import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { USAGE_REPORTED } from "@tollgate/config";
import { UsageRecordSchema } from "@tollgate/proto/usage";
import { createLogger, givenSecret, secretFile } from "@tollgate/telemetry";
import {
  createFencedSender,
  createTopicSender,
  type KafkaLogin,
  type KafkaSettings,
  METERING_GROUP,
  type ReceivedBatch,
  readMessages,
  startReceiver,
  type Topic,
} from "@tollgate/usage-stream/kafka";
import { auditUsage } from "../../../packages/metering/src/audit/audit-usage.ts";
import { listBillingEvents } from "../../../packages/metering/src/billing-events/events.ts";
import { reportUsage } from "../../../packages/metering/src/billing-events/report-usage.ts";
import { keepPublished } from "../../../packages/metering/src/publication/keep-published.ts";
import { publishedRecords } from "../../../packages/metering/src/publication/records.ts";
import {
  batchOf,
  HOUR,
  receivedAt,
  T0,
} from "../../../packages/metering/src/usage-store/batches.contract.ts";
import {
  advanceCountedUntil,
  readCountedUntil,
  type Seen,
} from "../../../packages/metering/src/usage-store/counted-until.ts";
import { missingEvents } from "../../../packages/metering/src/usage-store/missing.ts";
import { openSqlite } from "../../../packages/metering/src/usage-store/sqlite.ts";
import { UsageStore } from "../../../packages/metering/src/usage-store/usage-store.ts";
import { type Authority, startAuthority } from "../../kit/certificate.ts";
import { Cluster, stageUrl } from "../../kit/cluster.ts";
import { type KafkaBroker, kafkaClient, SESSION_SECONDS, startKafka } from "../../kit/kafka.ts";
import { until } from "../../kit/process.ts";
import { mock, resourceOf } from "../../kit/rest-api.ts";
import { useFolder } from "../../kit/use.ts";

const ACCOUNT = "000000000000";
const USERNAME = "tollgate";
const PASSWORD = "a-password-of-kafka";
const logger = createLogger("test", "silent");
const scope = new AsyncDisposableStack();
const folder = useFolder();
let authority: Authority;
let client: { readonly certificate: string; readonly key: string };
let kafka: KafkaBroker;
beforeAll(async () => {
  authority = scope.use(await startAuthority());
  client = await authority.issue("tollgate", "node");
  const secure = { ...(await authority.issue("kafka", "broker")), authorities: authority.file };
  kafka = scope.use(await startKafka({ secure: { ...secure, username: USERNAME, password: PASSWORD } }));
});
afterAll(() => scope.disposeAsync());

const settings = (login: Partial<KafkaLogin> = {}, authorities = authority.file): KafkaSettings => ({
  brokers: [kafka.secureBroker],
  tls: { ...client, authorities },
  login: {
    mechanism: "scram-sha-512",
    username: USERNAME,
    password: givenSecret(PASSWORD),
    ...login,
  },
});
const message = (text: string) => [{ key: "source", value: Buffer.from(text) }];

/** How a receiver passes texts on, from the beginning of a topic. */
const receiving = (received: string[]) => ({
  kafka: settings(),
  group: METERING_GROUP,
  sessionMs: SESSION_SECONDS * 1_000,
  counter: {
    count: async (batches: readonly ReceivedBatch[]) =>
      void received.push(...batches.map(({ value }) => Buffer.from(value).toString())),
    nextOffset: async () => 0,
    partitionsOf: async () => 0,
    restart: async () => undefined,
  },
  logger,
});

/** What the broker says about a topic. */
async function topicOf(name: string) {
  const admin = kafkaClient(kafka.broker).admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name, configNames: ["retention.ms", "cleanup.policy"] }],
    });
    const partitions = topics[0]?.partitions ?? [];
    const config = new Map(
      (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]),
    );
    return {
      partitions: partitions.length,
      replicas: partitions[0]?.replicas.length,
      retention: config.get("retention.ms"),
      policy: config.get("cleanup.policy"),
    };
  } finally {
    await admin.disconnect();
  }
}

describe("a Kafka with TLS, client certificates and SCRAM", () => {
  it("takes messages and gives them, on a topic that is created as the settings say", async () => {
    const topic: Topic = { name: "acme.usage", partitions: 3, replicas: 1, retentionMs: 86_400_000 };
    await using sender = createTopicSender({ kafka: settings(), clientId: "node", topic, logger });
    await sender.send(message("one"));
    const received: string[] = [];
    await using _receiver = await startReceiver({ ...receiving(received), topic });
    await until("the message is received", () => received.includes("one"));
    expect(await topicOf("acme.usage")).toMatchObject({ partitions: 3, replicas: 1, retention: "86400000" });
  });

  it("gives a receiver that is behind more than a megabyte of a partition at once", async () => {
    const topic: Topic = { name: "behind", partitions: 1, replicas: 1 };
    await using sender = createTopicSender({ kafka: settings(), clientId: "node", topic, logger });
    const value = Buffer.alloc(300 * 1024, "x");
    for (let i = 0; i < 10; i++) await sender.send([{ key: "source", value }]);
    const at = { ...receiving([]), topic };
    const counts: number[] = [];
    const count = async (batches: readonly ReceivedBatch[]) => void counts.push(batches.length);
    await using _receiver = await startReceiver({ ...at, counter: { ...at.counter, count } });
    await until("all are received", () => counts.reduce((sum, one) => sum + one, 0) === 10);
    expect(Math.max(...counts)).toBeGreaterThan(4);
  });

  it("is closed to a sender of a topic by the next one, also to what was on its way", async () => {
    const topic: Topic = { name: "fenced", partitions: 1, replicas: 1, isCompacted: true };
    const open = () => createFencedSender({ kafka: settings(), clientId: "metering", topic, logger });
    const sends = (text: string) => message(text).map(({ value }) => ({ key: "one", value }));
    await using first = await open();
    expect(await first.end()).toBe(0);
    await first.send(sends("first"));
    // The message, and the mark of its transaction.
    await until("the end has moved", async () => (await first.end()) >= 2);
    await using second = await open();
    await expect(first.send(sends("late"))).rejects.toThrow(/epoch|fenced/i);
    await second.send(sends("second"));
    const received: string[] = [];
    await using _receiver = await startReceiver({ ...receiving(received), topic });
    await until("the last message is received", () => received.includes("second"));
    expect(received).toEqual(["first", "second"]);
    expect(await topicOf("fenced")).toMatchObject({ partitions: 1, policy: "compact" });
  });

  it("gets all records again after their topic was deleted and created again", async () => {
    await using database = openSqlite(":memory:");
    const store = await UsageStore.open(database, { notesRecords: true });
    const plan = { usagePlanId: "gold" };
    const keys = ["ada", "ben", "cyd"];
    await store.ingest(
      receivedAt([
        batchOf(
          "n/0/a",
          1,
          keys.map((apiKeyId) => ({ ...plan, apiKeyId })),
        ),
      ]),
    );
    const topic: Topic = { name: "records", partitions: 2, replicas: 1, isCompacted: true };
    let aheadMs = 0;
    await using _publishing = keepPublished({
      database,
      publication: publishedRecords(topic.name),
      openSender: () => createFencedSender({ kafka: settings(), clientId: "metering", topic, logger }),
      nowMs: () => Date.now() + aheadMs,
      logger,
    });
    const stored = async () =>
      (await database.query("SELECT api_key_id, meter, units FROM usage_units")).map((row) =>
        Object.values(row).join(" "),
      );
    /** What a consumer that begins at the start has of the topic, once it has as much as is stored. */
    const consumed = async () => {
      const records = new Set<string>();
      const count = async (batches: readonly ReceivedBatch[]) => {
        for (const { value } of batches) {
          const { apiKeyId, meter, units } = fromBinary(UsageRecordSchema, value);
          records.add(`${apiKeyId} ${meter} ${units}`);
        }
      };
      const at = { ...receiving([]), topic };
      await using _receiver = await startReceiver({ ...at, counter: { ...at.counter, count } });
      await until("all records are in the topic", async () => records.size >= (await stored()).length);
      return [...records].sort();
    };
    expect(await consumed()).toEqual((await stored()).sort());
    const admin = kafkaClient(kafka.broker).admin();
    await admin.connect();
    try {
      await admin.deleteTopics({ topics: [topic.name] });
      // Its publisher may be the first to create it.
      await until("the topic is there again", async () => {
        await admin
          .createTopics({ topics: [{ topic: topic.name, numPartitions: 2 }], waitForLeaders: true })
          .catch(() => undefined);
        return (await admin.listTopics()).includes(topic.name);
      });
    } finally {
      await admin.disconnect();
    }
    // Its publisher looks at the topic when half of its lease has passed.
    aheadMs += 20_000;
    expect(await consumed()).toEqual((await stored()).sort());
  });

  it("refuses a wrong password, and a file with the right one is used without a restart", async () => {
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, "wrong\n");
    const topic: Topic = { name: "rotated", partitions: 1 };
    await using sender = createTopicSender({
      kafka: settings({ password: secretFile(passwordFile) }),
      clientId: "node",
      topic,
      logger,
    });
    await expect(sender.send(message("one"))).rejects.toThrow(/SASL SCRAM SHA512 authentication failed/);
    writeFileSync(passwordFile, `${PASSWORD}\n`);
    await sender.send(message("one"));
  });

  it("is refused if no authority of the settings has signed its certificate", async () => {
    await using other = await startAuthority();
    await using sender = createTopicSender({
      kafka: settings({}, other.file),
      clientId: "node",
      topic: { name: "unreachable", partitions: 1 },
      logger,
    });
    await expect(sender.send(message("one"))).rejects.toThrow(/certificate/);
  });

  it("loses nothing, and counts and reports nothing twice, when the topic gets more partitions", async () => {
    const topic: Topic = { name: "grown", partitions: 1 };
    const nowMs = Date.now();
    // Half of them are of a customer whose usage is reported to a sink.
    const events = Array.from({ length: 50 }, (_, i) => (i % 2 ? { customerId: "acme", atMs: nowMs } : {}));
    const sources = Array.from({ length: 8 }, (_, i) => `node/${i}/ab`);
    const send = async (first: number, last: number) => {
      await using sender = createTopicSender({ kafka: settings(), clientId: "node", topic, logger });
      for (let seq = first; seq < last; seq += 50)
        await sender.send(
          sources.map((key) => ({
            key,
            value: batchOf(key, seq, events),
          })),
        );
    };
    await send(1, 500);
    const admin = kafkaClient(kafka.broker).admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic: topic.name, count: 6 }] });
    await admin.disconnect();
    await send(501, 1_000);
    await using database = openSqlite(":memory:");
    const store = await UsageStore.open(database);
    const report = async (atMs: number, countedUntilMs = atMs) =>
      reportUsage(database, { accountId: ACCOUNT, meter: "rest.request", nowMs: atMs, countedUntilMs });
    await report(nowMs - 2 * HOUR);
    let counted = 0;
    await using receiver = await startReceiver({
      kafka: settings(),
      topic,
      group: "grown",
      sessionMs: SESSION_SECONDS * 1_000,
      counter: {
        count: async (batches, position) => {
          const report = await store.ingest(batches, position);
          counted += report.counted;
        },
        nextOffset: (name, partition) => store.nextOffset(name, partition),
        partitionsOf: (name) => store.partitionsOf(name),
        restart: (name, partition) => store.restart(name, partition),
      },
      logger,
    });
    await until("all is counted", () => counted >= 8_000);
    expect([counted, await missingEvents(database, 0)]).toEqual([8_000, 0]);
    expect(await store.partitionsOf(topic.name)).toBeGreaterThan(1);
    const laterMs = nowMs + 2 * HOUR;
    expect(await report(laterMs, await readCountedUntil(database, topic.name))).toBe(0);
    let waitedFor: Seen | undefined;
    const counting = { topic: topic.name, readEnds: () => receiver.ends(), nowMs: () => laterMs };
    await until("all partitions are known to be counted", async () => {
      waitedFor = await advanceCountedUntil(database, counting, waitedFor);
      return (await readCountedUntil(database, topic.name)) === laterMs;
    });
    for (let i = 0; i < 2; i++) await report(laterMs, await readCountedUntil(database, topic.name));
    const toSink = { accountId: ACCOUNT, typePrefix: USAGE_REPORTED, state: undefined, limit: 1_000 };
    const units = (await listBillingEvents(database, toSink)).map(
      ({ content }) => (JSON.parse(content) as { units: number }).units,
    );
    expect(units.reduce((sum, more) => sum + more, 0)).toBe(4_000);
    const audit = await auditUsage(
      {
        database,
        topic: topic.name,
        readRaw: (ends, take) =>
          readMessages({ kafka: settings(), topic: topic.name, group: "grown-audit", ends, take, logger }),
        file: join(folder, "audit.db"),
      },
      { accountId: "", startUnixMs: T0, endUnixMs: T0 + HOUR },
    );
    expect(audit).toMatchObject({ droppedMessageCount: 0, differenceCount: 0 });
    // What a sender repeats, because it has not heard that it arrived, is there twice.
    expect(audit.messageCount).toBeGreaterThanOrEqual(160);
    expect(audit.comparedCount).toBeGreaterThan(0);
  });

  it("is left by a receiver that is stopped while it starts", async () => {
    const [started, resumed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const receiver = await startReceiver({
      kafka: settings(),
      topic: { name: "stopped", partitions: 1 },
      group: METERING_GROUP,
      sessionMs: SESSION_SECONDS * 1_000,
      counter: {
        count: async () => undefined,
        nextOffset: async () => 0,
        partitionsOf: async () => {
          started.resolve();
          await resumed.promise;
          return 0;
        },
        restart: async () => undefined,
      },
      logger,
    });
    await started.promise;
    const stopped = receiver[Symbol.asyncDispose]();
    resumed.resolve();
    await stopped;
  });

  it("is used by every process, by its settings", async () => {
    await using cluster = await Cluster.start({
      kafka: kafka.secureBroker,
      nodes: 1,
      env: {
        TOLLGATE_KAFKA_TLS: "on",
        TOLLGATE_KAFKA_TLS_CA: authority.file,
        TOLLGATE_KAFKA_TLS_CERT: client.certificate,
        TOLLGATE_KAFKA_TLS_KEY: client.key,
        TOLLGATE_KAFKA_SASL: "scram-sha-512",
        TOLLGATE_KAFKA_USERNAME: USERNAME,
        TOLLGATE_KAFKA_PASSWORD: PASSWORD,
        TOLLGATE_KAFKA_GROUP: "acme-metering",
        TOLLGATE_USAGE_TOPIC: "acme.usage.2",
        TOLLGATE_USAGE_TOPIC_PARTITIONS: "2",
        TOLLGATE_AUDIT_TOPIC: "acme.audit",
        TOLLGATE_AUDIT_TOPIC_PARTITIONS: "4",
      },
    });
    await cluster.apply([
      { kind: "RestApi", id: "kafkaapi01", spec: { name: "kafka" } },
      resourceOf("kafkaapi01", "r1", "/a", { GET: mock("a") }),
    ]);
    await cluster.waitApplied(await cluster.deploy("kafkaapi01", "prod"));
    const [node] = cluster.nodes;
    if (!node) throw new Error("there is no node");
    expect((await fetch(`${stageUrl(node, "kafkaapi01", "prod")}/a`)).status).toBe(200);
    await until("the call is counted", async () => {
      const { rows } = await cluster.usage.queryUsage({ apiId: "kafkaapi01" });
      return rows.length > 0;
    });
    expect(await topicOf("acme.usage.2")).toMatchObject({ partitions: 2 });
    await until("the audit topic exists", () =>
      topicOf("acme.audit")
        .then(({ partitions }) => partitions === 4)
        .catch(() => false),
    );
  });
});
