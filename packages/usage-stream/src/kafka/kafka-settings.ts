import {
  givenSecret,
  type Read,
  readSecret,
  type Secret,
  type Setting,
  type SettingsProblem,
  setting,
  type TlsFiles,
} from "@tollgate/telemetry";
import type { Topic } from "./topic.ts";

/** SASL mechanisms, as Kafka names them. */
const MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;

/** KafkaLogin is how a process authenticates to Kafka. */
export interface KafkaLogin {
  readonly mechanism: (typeof MECHANISMS)[number];
  readonly username: string;
  readonly password: Secret;
}

/** KafkaSettings is how a process reaches Kafka. */
export interface KafkaSettings {
  /** host:port. Empty: there is no Kafka. */
  readonly brokers: readonly string[];
  /** undefined: plaintext. */
  readonly tls: TlsFiles | undefined;
  /** undefined: no SASL. */
  readonly login: KafkaLogin | undefined;
}

type Kept = { readonly settings: KafkaSettings; readonly problems: readonly SettingsProblem[] };

function readLogin(read: Read): {
  readonly login: KafkaLogin | undefined;
  readonly problems: SettingsProblem[];
} {
  const mechanism = read("TOLLGATE_KAFKA_SASL", setting.oneOf(["off", ...MECHANISMS], "off"));
  const username = read("TOLLGATE_KAFKA_USERNAME", setting.optionalText());
  const { secret: password, problems: passwordProblems } = readSecret(read, "TOLLGATE_KAFKA_PASSWORD");
  if (mechanism === "off") {
    const isUseless = (username ?? password) !== undefined;
    const message = `is off, but a user name or password for Kafka is set: it must be one of ${MECHANISMS.join(", ")}`;
    return { login: undefined, problems: isUseless ? [{ name: "TOLLGATE_KAFKA_SASL", message }] : [] };
  }
  const problems: SettingsProblem[] = [...passwordProblems];
  if (username === undefined)
    problems.push({ name: "TOLLGATE_KAFKA_USERNAME", message: "is not set, but TOLLGATE_KAFKA_SASL is" });
  if (password === undefined)
    problems.push({
      name: "TOLLGATE_KAFKA_PASSWORD",
      message: "or TOLLGATE_KAFKA_PASSWORD_FILE must be set with TOLLGATE_KAFKA_SASL",
    });
  return { login: { mechanism, username: username ?? "", password: password ?? givenSecret("") }, problems };
}

/** host:port; an IPv6 address is in brackets. */
const BROKER = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?):(\d{1,5})$/;

const isBroker = (text: string): boolean => {
  const [, , port] = BROKER.exec(text) ?? [];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
};

/** The brokers of TOLLGATE_KAFKA. kafkajs takes what is no address for a broker that is away, and tries for ever. */
const brokerList: Setting<readonly string[]> = (raw) => {
  const { value } = setting.list()(raw);
  const wrong = value.filter((text) => !isBroker(text));
  return wrong.length === 0
    ? { value }
    : {
        value: [],
        problem: `has ${wrong.map((text) => `'${text}'`).join(", ")}: each broker must be HOST:PORT, such as kafka-1:9092, with commas between them`,
      };
};

/** readKafka reads the settings of the connection to Kafka, the same way for every process. */
export function readKafka(read: Read): Kept {
  const isTls = read("TOLLGATE_KAFKA_TLS", setting.oneOf(["off", "on"], "off")) === "on";
  const authorities = read("TOLLGATE_KAFKA_TLS_CA", setting.optionalText());
  const certificate = read("TOLLGATE_KAFKA_TLS_CERT", setting.optionalText());
  const key = read("TOLLGATE_KAFKA_TLS_KEY", setting.optionalText());
  const { login, problems } = readLogin(read);
  if ((certificate === undefined) !== (key === undefined))
    problems.push({
      name: "TOLLGATE_KAFKA_TLS_CERT",
      message: "and TOLLGATE_KAFKA_TLS_KEY must be set together",
    });
  if (!isTls && (authorities ?? certificate) !== undefined)
    problems.push({ name: "TOLLGATE_KAFKA_TLS", message: "is off, but files for TLS to Kafka are set" });
  const tls = isTls ? { certificate, key, authorities } : undefined;
  return { settings: { brokers: read("TOLLGATE_KAFKA", brokerList), tls, login }, problems };
}

/** Names that Kafka accepts. */
const TOPIC_NAME = /^[a-zA-Z0-9._-]{1,249}$/;
const HOUR_MS = 60 * 60_000;

/**
 * readTopic reads the settings of one topic: its name, and with what it is created if it does not exist. `prefix` is the beginning of their
 * names, such as TOLLGATE_USAGE_TOPIC.
 */
export function readTopic(
  read: Read,
  prefix: string,
  { name: defaultName, partitions, ...more }: Topic,
): { readonly topic: Topic; readonly problems: readonly SettingsProblem[] } {
  const name = read(prefix, setting.text(defaultName));
  const replicas = read(`${prefix}_REPLICATION`, setting.integer(0, 0, 32_767));
  const hours = read(`${prefix}_RETENTION_HOURS`, setting.integer(0, 0, 24 * 3_650));
  const topic: Topic = {
    ...more,
    name,
    partitions: read(`${prefix}_PARTITIONS`, setting.integer(partitions, 1, 10_000)),
    ...(replicas === 0 ? {} : { replicas }),
    ...(hours === 0 ? {} : { retentionMs: hours * HOUR_MS }),
  };
  const problems = TOPIC_NAME.test(name)
    ? []
    : [{ name: prefix, message: `'${name}' must be 1 to 249 characters of a-z, A-Z, 0-9 and ._-` }];
  return { topic, problems };
}

/** readOptionalTopic reads the settings of a topic that may be switched off by the name `off`: then it is undefined. */
export function readOptionalTopic(
  read: Read,
  prefix: string,
  defaults: Topic,
): { readonly topic: Topic | undefined; readonly problems: readonly SettingsProblem[] } {
  const { topic, problems } = readTopic(read, prefix, defaults);
  return { topic: topic.name === "off" ? undefined : topic, problems };
}
