import { readFileSync } from "node:fs";
import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from "kafkajs";
import type { Logger, TlsFiles } from "@tollgate/telemetry";
import { keepIdleConnectionsQuiet } from "./idle-connections.ts";
import type { KafkaLogin, KafkaSettings } from "./kafka-settings.ts";
import { sendInPlace } from "./produce-request.ts";

keepIdleConnectionsQuiet();
sendInPlace();

const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file));

const sslOf = ({ authorities, certificate, key }: TlsFiles) => ({
  ...(authorities === undefined ? {} : { ca: read(authorities) as Buffer }),
  ...(certificate === undefined ? {} : { cert: read(certificate) as Buffer, key: read(key) as Buffer }),
});

/** kafkajs reads the password for each connection, and again when a session has to be renewed. */
const saslOf = ({ mechanism, username, password }: KafkaLogin): SASLOptions => ({
  mechanism: mechanism as "plain",
  username,
  get password() {
    return password.current();
  },
});

/**
 * connectKafka creates a client of Kafka, which connects when it is used. Files with certificates are read now: their owner creates the
 * client again after a failure, so that replaced files are used then. A password in a file is read for each connection.
 */
export function connectKafka(
  { brokers, tls, login }: KafkaSettings,
  { logger, ...options }: Omit<KafkaConfig, "brokers" | "ssl" | "sasl"> & { readonly logger: Logger },
): Kafka {
  return new Kafka({
    ...options,
    brokers: [...brokers],
    ...(tls ? { ssl: sslOf(tls) } : {}),
    ...(login ? { sasl: saslOf(login) } : {}),
    connectionTimeout: 3_000,
    logLevel: logLevel.ERROR,
    logCreator: () => (entry) => logger.debug({ kafka: entry.log }, "kafka client"),
  });
}
