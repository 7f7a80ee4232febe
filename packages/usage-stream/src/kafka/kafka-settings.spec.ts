import { describe, expect, it } from "vitest";
import { parseSettings } from "@tollgate/telemetry";
import { readKafka, readTopic } from "./kafka-settings.ts";
import { usageTopic } from "./topic.ts";

const kafkaOf = (env: Record<string, string>) =>
  parseSettings(env, (read) => {
    const { settings: value, problems } = readKafka(read);
    return { value, problems };
  });
const topicOf = (env: Record<string, string>) =>
  parseSettings(env, (read) => {
    const { topic: value, problems } = readTopic(read, "TOLLGATE_USAGE_TOPIC", usageTopic);
    return { value, problems };
  });

describe("the connection to Kafka", () => {
  it("is plaintext without a login unless something is set", () => {
    expect(kafkaOf({ TOLLGATE_KAFKA: "a:1, b:2" })).toEqual({
      brokers: ["a:1", "b:2"],
      tls: undefined,
      login: undefined,
    });
  });

  it.each([
    "kafka",
    "kafka:",
    ":9092",
    "kafka:0",
    "kafka:70000",
    "kafka://kafka:9092",
    "a:1;b:2",
    "a:1 b:2",
    "a b:1",
  ])("is not '%s'", (text) => {
    expect(() => kafkaOf({ TOLLGATE_KAFKA: `ok:9092,${text}` })).toThrow(
      `TOLLGATE_KAFKA has '${text}': each broker must be HOST:PORT`,
    );
  });

  it("names hosts and addresses", () => {
    const brokers = ["kafka-1.example.com:9092", "10.0.0.1:65535", "[::1]:9092"];
    expect(kafkaOf({ TOLLGATE_KAFKA: `${brokers.join(" , ")},` })).toMatchObject({ brokers });
  });

  it("can have TLS with a client certificate, and SASL", () => {
    expect(
      kafkaOf({
        TOLLGATE_KAFKA: "a:1",
        TOLLGATE_KAFKA_TLS: "on",
        TOLLGATE_KAFKA_TLS_CA: "ca.pem",
        TOLLGATE_KAFKA_TLS_CERT: "tls.crt",
        TOLLGATE_KAFKA_TLS_KEY: "tls.key",
        TOLLGATE_KAFKA_SASL: "scram-sha-512",
        TOLLGATE_KAFKA_USERNAME: "tollgate",
        TOLLGATE_KAFKA_PASSWORD: "secret",
      }),
    ).toEqual({
      brokers: ["a:1"],
      tls: { authorities: "ca.pem", certificate: "tls.crt", key: "tls.key" },
      login: {
        mechanism: "scram-sha-512",
        username: "tollgate",
        password: expect.objectContaining({ file: undefined }) as object,
      },
    });
  });

  it.each([
    [{ TOLLGATE_KAFKA_SASL: "gssapi" }, /'gssapi' must be one of off, plain, scram-sha-256, scram-sha-512/],
    [{ TOLLGATE_KAFKA_SASL: "plain", TOLLGATE_KAFKA_PASSWORD: "p" }, /TOLLGATE_KAFKA_USERNAME is not set/],
    [{ TOLLGATE_KAFKA_SASL: "plain", TOLLGATE_KAFKA_USERNAME: "u" }, /TOLLGATE_KAFKA_PASSWORD_FILE must be/],
    [
      {
        TOLLGATE_KAFKA_SASL: "plain",
        TOLLGATE_KAFKA_USERNAME: "u",
        TOLLGATE_KAFKA_PASSWORD: "p",
        TOLLGATE_KAFKA_PASSWORD_FILE: "f",
      },
      /TOLLGATE_KAFKA_PASSWORD_FILE is set, but TOLLGATE_KAFKA_PASSWORD is, too/,
    ],
    [{ TOLLGATE_KAFKA_USERNAME: "u" }, /TOLLGATE_KAFKA_SASL is off, but a user name or password/],
    [{ TOLLGATE_KAFKA_TLS_CA: "ca.pem" }, /TOLLGATE_KAFKA_TLS is off, but files for TLS/],
    [{ TOLLGATE_KAFKA_TLS: "on", TOLLGATE_KAFKA_TLS_KEY: "k" }, /must be set together/],
  ])("refuses %j", (env, message) => {
    expect(() => kafkaOf(env)).toThrow(message);
  });
});

describe("a topic", () => {
  it("has its known name and the broker's replication and retention unless something is set", () => {
    expect(topicOf({})).toEqual({ name: "tollgate.usage.v1", partitions: 12 });
  });

  it("can be named, and be created with partitions, replicas and a retention", () => {
    expect(
      topicOf({
        TOLLGATE_USAGE_TOPIC: "acme.usage",
        TOLLGATE_USAGE_TOPIC_PARTITIONS: "24",
        TOLLGATE_USAGE_TOPIC_REPLICATION: "3",
        TOLLGATE_USAGE_TOPIC_RETENTION_HOURS: "48",
      }),
    ).toEqual({ name: "acme.usage", partitions: 24, replicas: 3, retentionMs: 172_800_000 });
  });

  it("cannot have a name that Kafka does not accept", () => {
    expect(() => topicOf({ TOLLGATE_USAGE_TOPIC: "usage/acme" })).toThrow(
      /TOLLGATE_USAGE_TOPIC 'usage\/acme'/,
    );
  });
});
