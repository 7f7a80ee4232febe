import { join } from "node:path";
import {
  type Access,
  type MetricExportSettings,
  parseSettings,
  readAccess,
  readMetricExport,
  readSecret,
  type Secret,
  setting,
} from "@tollgate/telemetry";
import {
  invoicesTopic,
  type KafkaSettings,
  logsTopic,
  METERING_GROUP,
  readKafka,
  readOptionalTopic,
  readTopic,
  recordsTopic,
  type Topic,
  usageTopic,
} from "@tollgate/usage-stream/kafka";
import { type MetricsBackendSettings, readMetricsBackend } from "./metrics-backend/backend-settings.ts";

export interface MeteringSettings {
  readonly home: string;
  readonly host: string;
  readonly port: number;
  /** undefined: metrics are not served. */
  readonly metricsPort: number | undefined;
  /** Without brokers, batches arrive within the process. */
  readonly kafka: KafkaSettings;
  readonly usageTopic: Topic;
  readonly logsTopic: Topic;
  /** What is counted and invoiced is published there; undefined: it is not. */
  readonly recordsTopic: Topic | undefined;
  readonly invoicesTopic: Topic | undefined;
  /** Space for log events. */
  readonly logStoreBytes: number;
  /** Space for the points of metrics. */
  readonly metricStoreBytes: number;
  /** Has the metrics of calls; undefined: the database does. */
  readonly metricsBackend: MetricsBackendSettings | undefined;
  /** Dimension sets of metrics that an account may have. */
  readonly metricSetsMax: number;
  /** The consumer group of all meterings with one database. */
  readonly group: string;
  /** When a metering that says nothing has left the group. */
  readonly sessionMs: number;
  /** undefined: the embedded database. */
  readonly databaseUrl: Secret | undefined;
  /** How callers are authenticated, and who may call. */
  readonly access: Access;
  /** A source that has not ended, and that nothing was heard of for this long, counts as silent. */
  readonly silentMs: number;
  /** What is known of a source is kept for this long after it was heard of last. */
  readonly sourceRetentionMs: number;
  /** undefined: metrics are scraped only. */
  readonly metricExport: MetricExportSettings | undefined;
  /** Whole months of usage that are kept besides the present one; 0: all. */
  readonly retentionMonths: number;
  readonly logLevel: string;
}

const DAY_MS = 86_400_000;
const RETENTION_MONTHS_MIN = 4;

/** The URL may contain a password, so it is not part of the message. */
const databaseUrlProblem = (text: string): string | undefined =>
  /^postgres(ql)?:\/\//.test(text) && URL.canParse(text)
    ? undefined
    : "it must be a URL, such as postgres://user:password@127.0.0.1:5432/tollgate";

/** readSettings reads metering's settings from an environment and reports all invalid ones together. */
export function readSettings(env: NodeJS.ProcessEnv): MeteringSettings {
  return parseSettings(env, (read) => {
    const host = read("TOLLGATE_BIND", setting.text("127.0.0.1"));
    const access = readAccess(read, host);
    const kafka = readKafka(read);
    const topic = readTopic(read, "TOLLGATE_USAGE_TOPIC", usageTopic);
    const logs = readTopic(read, "TOLLGATE_LOGS_TOPIC", logsTopic);
    const records = readOptionalTopic(read, "TOLLGATE_RECORDS_TOPIC", recordsTopic);
    const invoices = readOptionalTopic(read, "TOLLGATE_INVOICES_TOPIC", invoicesTopic);
    const database = readSecret(read, "TOLLGATE_DATABASE_URL", databaseUrlProblem);
    const retentionDays = read("TOLLGATE_SOURCE_RETENTION_DAYS", setting.integer(90, 7, 36_500));
    const metrics = readMetricExport(read);
    const metricsBackend = readMetricsBackend(read);
    const topicMs = topic.topic.retentionMs ?? 0;
    const retentionProblems =
      topicMs < retentionDays * DAY_MS
        ? []
        : [
            {
              name: "TOLLGATE_SOURCE_RETENTION_DAYS",
              message: `is ${retentionDays}, but the topic keeps usage for ${topicMs / DAY_MS} days (TOLLGATE_USAGE_TOPIC_RETENTION_HOURS): it must be longer, or usage could be counted twice`,
            },
          ];
    const retentionMonths = read("TOLLGATE_USAGE_RETENTION_MONTHS", setting.integer(0, 0, 1_200));
    const monthsProblems =
      retentionMonths === 0 || retentionMonths >= RETENTION_MONTHS_MIN
        ? []
        : [
            {
              name: "TOLLGATE_USAGE_RETENTION_MONTHS",
              message: `is ${retentionMonths}: it must be 0, which keeps all usage, or at least ${RETENTION_MONTHS_MIN}, because countings of three months are compared`,
            },
          ];
    return {
      value: {
        retentionMonths,
        home: read("TOLLGATE_HOME", setting.text(".tollgate")),
        host,
        port: read("TOLLGATE_METERING_PORT", setting.port(7090)),
        metricsPort: read("TOLLGATE_METERING_METRICS_PORT", setting.port(7091)),
        kafka: kafka.settings,
        usageTopic: topic.topic,
        sessionMs: read("TOLLGATE_KAFKA_SESSION_SECONDS", setting.integer(10, 1, 1_800)) * 1_000,
        logsTopic: logs.topic,
        recordsTopic: records.topic,
        invoicesTopic: invoices.topic,
        logStoreBytes: read("TOLLGATE_LOG_STORE_MB", setting.integer(4_096, 16, 16_777_216)) * 1024 * 1024,
        metricStoreBytes:
          read("TOLLGATE_METRIC_STORE_MB", setting.integer(4_096, 16, 16_777_216)) * 1024 * 1024,
        metricsBackend: metricsBackend.backend,
        metricSetsMax: read("TOLLGATE_METRIC_SETS", setting.integer(20_000, 100, 10_000_000)),
        group: read("TOLLGATE_KAFKA_GROUP", setting.text(METERING_GROUP)),
        databaseUrl: database.secret,
        access,
        sourceRetentionMs: retentionDays * DAY_MS,
        silentMs: read("TOLLGATE_SILENT_SECONDS", setting.integer(60, 1, 86_400)) * 1_000,
        metricExport: metrics.exporting,
        logLevel: read("TOLLGATE_LOG_LEVEL", setting.text("info")),
      },
      problems: [
        ...access.problems,
        ...kafka.problems,
        ...topic.problems,
        ...logs.problems,
        ...records.problems,
        ...invoices.problems,
        ...database.problems,
        ...retentionProblems,
        ...metrics.problems,
        ...metricsBackend.problems,
        ...monthsProblems,
      ],
    };
  });
}

export const stateFolder = (home: string): string => join(home, "metering");
export const logFolder = (home: string): string => join(stateFolder(home), "logs");
export const databaseFile = (home: string): string => join(stateFolder(home), "usage.db");
