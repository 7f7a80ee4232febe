import { statSync } from "node:fs";
import { join } from "node:path";
import { type RedisSettings, readRedisSettings } from "@tollgate/redis";
import {
  type Access,
  type MetricExportSettings,
  parseSettings,
  type Read,
  readAccess,
  readMetricExport,
  readServerTls,
  type ServerTls,
  type SettingsProblem,
  setting,
} from "@tollgate/telemetry";
import { readUpstreamSettings, type UpstreamSettings } from "@tollgate/transport";
import {
  type KafkaSettings,
  logsTopic,
  readKafka,
  readTopic,
  type Topic,
  usageTopic,
} from "@tollgate/usage-stream/kafka";
import { auditTopic } from "./audit/audit-publisher.ts";
import { type AcmeSettings, readAcme } from "./certificate/acme/acme-settings.ts";
import { type KubernetesSettings, readKubernetes } from "./kubernetes/kubernetes-settings.ts";
import { type MailSettings, readMail } from "./notification/mail-settings.ts";
import { readSealingKeys } from "./secret/sealer.ts";
import { type EtcdSettings, readEtcd } from "./store/etcd-settings.ts";

export interface ControlPlaneSettings {
  readonly home: string;
  readonly host: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  /** undefined: AWS's control API, documentation pages and probes are served in plaintext. */
  readonly httpTls: ServerTls | undefined;
  /** Without hosts, the embedded store. */
  readonly etcd: EtcdSettings;
  /** Who may call gRPC, and how. */
  readonly access: Access;
  /** Whether callers of the AWS-compatible API must sign their calls. */
  readonly isSigned: boolean;
  /** TOLLGATE_SECRETS_KEY: keys that seal secrets in the store. The first key seals; every key can open. */
  readonly secretsKeys: readonly Buffer[];
  /** TOLLGATE_PEER_NAME: the name in the certificates of nodes; undefined: the host of each one's address. */
  readonly peerName: string | undefined;
  /** host:port of metering's gRPC. */
  readonly metering: string;
  /** What nodes share their limits by; undefined: each node counts on its own. */
  readonly redis: RedisSettings | undefined;
  /** Without brokers, audit records are not published. */
  readonly kafka: KafkaSettings;
  readonly auditTopic: Topic;
  /** Names of the topics of all parts of the product, as far as they are set here. */
  readonly ownTopics: readonly string[];
  readonly auditRetentionDays: number;
  /** Space on this machine's disk for records while etcd cannot be reached. */
  readonly auditSpoolBytes: number;
  /** How long a node that is missing is still listed and waited for. */
  readonly nodeRetentionMs: number;
  /** How config goes out in waves; undefined: to all nodes at once. */
  readonly waves: { readonly bakeMs: number; readonly errorRateMax: number } | undefined;
  /** How alarms are mailed. */
  readonly mail: MailSettings;
  /** TOLLGATE_ACME_*: what certificates are ordered from; undefined: the internal authority issues them. */
  readonly acme: AcmeSettings | undefined;
  /** undefined: metrics are scraped only. */
  readonly metricExport: MetricExportSettings | undefined;
  readonly logLevel: string;
  readonly upstreams: UpstreamSettings;
  /** TOLLGATE_TRUSTSTORES: folder with {bucket}/{key} of truststores whose URI is s3://{bucket}/{key}. */
  readonly truststores: string | undefined;
  /** TOLLGATE_CERTIFICATES: folder with certificates that are imported, and again when they change. */
  readonly certificates: string | undefined;
  /** TOLLGATE_KUBERNETES*: what objects of Kubernetes are applied with; undefined: they are not. */
  readonly kubernetes: KubernetesSettings | undefined;
  /** TOLLGATE_PUBLIC_URL: where clients call APIs; undefined: as on AWS. */
  readonly publicUrl: () => string | undefined;
}

/** A folder that is set but not there would be missed when what is in it is needed. */
function readFolder(
  read: Read,
  name: string,
  content: string,
): { readonly folder: string | undefined; readonly problems: readonly SettingsProblem[] } {
  const folder = read(name, setting.optionalText());
  const isThere = folder === undefined || statSync(folder, { throwIfNoEntry: false })?.isDirectory();
  const message = `'${folder}' must be a folder, with ${content}`;
  return { folder, problems: isThere ? [] : [{ name, message }] };
}

function readFolders(read: Read): Pick<ControlPlaneSettings, "truststores" | "certificates"> & {
  readonly problems: readonly SettingsProblem[];
} {
  const truststores = readFolder(read, "TOLLGATE_TRUSTSTORES", "a folder for each bucket: {bucket}/{key}");
  const certificates = readFolder(
    read,
    "TOLLGATE_CERTIFICATES",
    "{id}/tls.crt and {id}/tls.key, or {id}.pem, of each certificate",
  );
  return {
    truststores: truststores.folder,
    certificates: certificates.folder,
    problems: [...truststores.problems, ...certificates.problems],
  };
}

const publicUrlProblems = (url: string | undefined): readonly SettingsProblem[] =>
  url === undefined || /^https?:\/\/[^\s?#]+$/.test(url)
    ? []
    : [
        {
          name: "TOLLGATE_PUBLIC_URL",
          message:
            "must be an http or https URL, such as http://127.0.0.1:8080 or https://{api}.execute-api.us-east-1.example.com",
        },
      ];

/** readSettings reads the control plane's settings from an environment and reports every invalid one. */
export function readSettings(env: NodeJS.ProcessEnv): ControlPlaneSettings {
  return parseSettings(env, (read) => {
    const home = read("TOLLGATE_HOME", setting.text(".tollgate"));
    const host = read("TOLLGATE_BIND", setting.text("127.0.0.1"));
    const metering = read("TOLLGATE_METERING", setting.text("127.0.0.1:7090"));
    const access = readAccess(read, host, [["TOLLGATE_METERING", metering.replace(/:\d+$/, "")]]);
    const upstreams = readUpstreamSettings(env, read);
    const etcd = readEtcd(read);
    const kafka = readKafka(read);
    const topic = readTopic(read, "TOLLGATE_AUDIT_TOPIC", auditTopic);
    const usage = readTopic(read, "TOLLGATE_USAGE_TOPIC", usageTopic);
    const logs = readTopic(read, "TOLLGATE_LOGS_TOPIC", logsTopic);
    const httpTls = readServerTls(read, "TOLLGATE_CONTROL_TLS");
    const { redis, problems: redisProblems } = readRedisSettings(read);
    const keys = readSealingKeys(read("TOLLGATE_SECRETS_KEY", setting.list()));
    const keyProblems = typeof keys === "string" ? [{ name: "TOLLGATE_SECRETS_KEY", message: keys }] : [];
    const waves = {
      bakeMs: read("TOLLGATE_ROLLOUT_BAKE_SECONDS", setting.integer(30, 0, 3_600)) * 1_000,
      errorRateMax: read("TOLLGATE_ROLLOUT_ERROR_RATE", setting.ratio(0.05)),
    };
    const mail = readMail(read);
    const metrics = readMetricExport(read);
    const acme = readAcme(read);
    const kubernetes = readKubernetes(env, read);
    const publicUrl = read("TOLLGATE_PUBLIC_URL", setting.optionalText());
    const { truststores, certificates, problems: folderProblems } = readFolders(read);
    const isStaged = read("TOLLGATE_ROLLOUT", setting.oneOf(["at-once", "waves"], "at-once")) === "waves";
    return {
      value: {
        home,
        host,
        grpcPort: read("TOLLGATE_GRPC_PORT", setting.port(7070)),
        httpPort: read("TOLLGATE_CONTROL_PORT", setting.port(7080)),
        httpTls: httpTls.tls,
        etcd: etcd.settings,
        access,
        isSigned: access.tokens !== undefined,
        secretsKeys: typeof keys === "string" ? [] : keys,
        peerName: read("TOLLGATE_PEER_NAME", setting.optionalText()),
        metering,
        redis,
        kafka: kafka.settings,
        auditTopic: topic.topic,
        ownTopics: [topic, usage, logs].map(({ topic: { name } }) => name),
        auditRetentionDays: read("TOLLGATE_AUDIT_RETENTION_DAYS", setting.integer(90, 1, 3650)),
        auditSpoolBytes: read("TOLLGATE_AUDIT_SPOOL_MB", setting.integer(64, 1, 65_536)) * 1024 * 1024,
        waves: isStaged ? waves : undefined,
        nodeRetentionMs: read("TOLLGATE_NODE_RETENTION_MINUTES", setting.integer(10, 0, 10_080)) * 60_000,
        mail: mail.settings,
        acme: acme.settings,
        metricExport: metrics.exporting,
        logLevel: read("TOLLGATE_LOG_LEVEL", setting.text("info")),
        upstreams: upstreams.settings,
        truststores,
        certificates,
        kubernetes: kubernetes.settings,
        publicUrl: () => publicUrl,
      },
      problems: [
        ...publicUrlProblems(publicUrl),
        ...access.problems,
        ...keyProblems,
        ...upstreams.problems,
        ...folderProblems,
        ...etcd.problems,
        ...kafka.problems,
        ...topic.problems,
        ...redisProblems,
        ...mail.problems,
        ...metrics.problems,
        ...acme.problems,
        ...httpTls.problems,
        ...kubernetes.problems,
      ],
    };
  });
}

export const auditFile = (home: string): string => join(home, "control-plane", "audit.db");
export const auditSpoolFile = (home: string): string => join(home, "control-plane", "audit-spool.db");
export const storeFile = (home: string): string => join(home, "control-plane", "config.db");
export const snapshotFolder = (home: string): string => join(home, "control-plane", "snapshot");
export const nodesFile = (home: string): string => join(home, "control-plane", "nodes.db");
