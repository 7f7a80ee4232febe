import { availableParallelism } from "node:os";
import type { ThrottleSettings } from "@tollgate/config";
import type { AddressRules } from "@tollgate/pipeline";
import { HOST_PATTERN } from "@tollgate/pipeline/node";
import { type RedisSettings, readRedisSettings } from "@tollgate/redis";
import {
  clearTokenProblems,
  type MetricExportSettings,
  openAccessProblems,
  parseSettings,
  type Read,
  readMetricExport,
  readTls,
  readToken,
  readTracing,
  type SettingsProblem,
  setting,
  type TlsFiles,
  type TracingSettings,
} from "@tollgate/telemetry";
import { readUpstreamSettings, type UpstreamSettings } from "@tollgate/transport/upstream-settings";
import {
  type KafkaSettings,
  readKafka,
  readTopic,
  type Topic,
  usageTopic,
} from "@tollgate/usage-stream/kafka";
import { type CacheSettings, readCaching } from "./cache/cache-settings.ts";
import { type EntranceSettings, readEntrances } from "./entrance-settings.ts";
import { HOST_AND_PORT, type NodeIdentity, readIdentity } from "./identity-settings.ts";
import type { WithoutRedis } from "./limits/shared/node-shares.ts";
import { type ClientLimits, clientLimitProblems, readClientLimits } from "./listener/client-limits.ts";
import { HTTP1_READERS, type Http1ReaderName } from "./listener/http1/http1-readers.ts";
import { SHARES_PORTS } from "./listener/shares-ports.ts";
import { type LogSettings, readLogSettings } from "./logs/log-settings.ts";
import { sealingKey } from "./sealing-key.ts";
import { readSpool, type SpoolSettings } from "./usage/spool-settings.ts";

export interface DataPlaneSettings extends EntranceSettings, NodeIdentity, CacheSettings {
  readonly home: string;
  /** Where probes and metrics are served. */
  readonly adminHost: string;
  readonly adminPort: number;
  /** host:port of each control plane's gRPC. */
  readonly controlPlanes: readonly string[];
  readonly token: (() => string) | undefined;
  /** Each makes whoever shows it a node: that one, and another while it is replaced. */
  readonly nodeTokens: (() => readonly string[]) | undefined;
  /** Credentials of the connection to the control plane; undefined: plaintext. */
  readonly tls: TlsFiles | undefined;
  readonly workers: number;
  /** Without brokers, usage is sent to the sink in this process. */
  readonly kafka: KafkaSettings;
  readonly usageTopic: Topic;
  /** undefined: no traces are exported. */
  readonly tracing: TracingSettings | undefined;
  /** undefined: metrics are scraped only. */
  readonly metricExport: MetricExportSettings | undefined;
  /** How long a stopping node still accepts new calls, until load balancers have noticed that it is stopping. */
  readonly drainDelayMs: number;
  /** How long calls in flight may take after that. */
  readonly drainTimeoutMs: number;
  readonly upstreams: UpstreamSettings;
  /** Limit of all calls of this node; undefined: no limit. */
  readonly regionThrottle: ThrottleSettings | undefined;
  readonly addresses: AddressRules;
  /** By what nodes share their limits; undefined: each node has its own. */
  readonly redis: RedisSettings | undefined;
  /** What becomes of calls with limits while Redis cannot be reached. */
  readonly withoutRedis: WithoutRedis;
  /** Limits are counted and reported, and refuse nothing. */
  readonly isShadowed: boolean;
  readonly clients: ClientLimits;
  /** TOLLGATE_LISTENER: what reads HTTP/1.1. */
  readonly http1Reader: Http1ReaderName;
  /** TOLLGATE_SNAPSHOT_KEY: 32 bytes that seal the last good config on disk; undefined: its secrets can be read there by its owner. */
  readonly snapshotKey: Uint8Array | undefined;
  readonly spool: SpoolSettings;
  readonly logs: LogSettings;
  /** A worker whose event loop is blocked for so long is replaced; 0: none is. */
  readonly watchdogMs: number;
  readonly logLevel: string;
}

function readPathStyleHosts(read: Read, problems: SettingsProblem[]): readonly string[] {
  const hosts = read("TOLLGATE_PATH_STYLE_HOSTS", setting.list());
  for (const host of hosts)
    if (!HOST_PATTERN.test(host))
      problems.push({
        name: "TOLLGATE_PATH_STYLE_HOSTS",
        message: `'${host}' must be a host name without a port, *.name, or *; several are separated by commas`,
      });
  return hosts;
}

function readTraces(read: Read, problems: SettingsProblem[]): TracingSettings | undefined {
  const { tracing, problems: more } = readTracing(read);
  problems.push(...more);
  return tracing;
}

function readMetrics(read: Read, problems: SettingsProblem[]): MetricExportSettings | undefined {
  const { exporting, problems: more } = readMetricExport(read);
  problems.push(...more);
  return exporting;
}

const readLimits = (read: Read): Pick<DataPlaneSettings, "withoutRedis" | "isShadowed"> => ({
  withoutRedis: read("TOLLGATE_LIMITS_WITHOUT_REDIS", setting.oneOf(["fair", "open", "closed"], "fair")),
  isShadowed: read("TOLLGATE_LIMITS", setting.oneOf(["enforce", "shadow"], "enforce")) === "shadow",
});

/** readSettings reads a node's settings from an environment and reports all invalid ones together. */
export function readSettings(env: NodeJS.ProcessEnv): DataPlaneSettings {
  return parseSettings(env, (read) => {
    const upstreams = readUpstreamSettings(env, read);
    const { tls, problems: tlsProblems } = readTls(read);
    const { redis, problems: redisProblems } = readRedisSettings(read);
    const kafka = readKafka(read);
    const topic = readTopic(read, "TOLLGATE_USAGE_TOPIC", usageTopic);
    const problems = [
      ...upstreams.problems,
      ...tlsProblems,
      ...redisProblems,
      ...kafka.problems,
      ...topic.problems,
    ];
    const rate = read("TOLLGATE_THROTTLE_RATE", setting.integer(0, 0, 10_000_000));
    const burst = read("TOLLGATE_THROTTLE_BURST", setting.integer(0, 0, 10_000_000));
    const identity = readIdentity(read, problems);
    const token = readToken(read, problems);
    const controlPlanes = read("TOLLGATE_CONTROL_PLANE", setting.list());
    const peer = ["TOLLGATE_PEER_BIND", identity.peer.host] as const;
    const reached = [
      ...controlPlanes.map((address) => ["TOLLGATE_CONTROL_PLANE", address.replace(/:\d+$/, "")] as const),
      peer,
    ];
    problems.push(...openAccessProblems(token, tls, peer));
    problems.push(...clearTokenProblems(read, { hasTokens: token !== undefined, tls, reached }));
    for (const address of controlPlanes)
      if (!HOST_AND_PORT.test(address))
        problems.push({
          name: "TOLLGATE_CONTROL_PLANE",
          message: `'${address}' must be host:port; several are separated by commas`,
        });
    const workers = read(
      "TOLLGATE_WORKERS",
      setting.integer(SHARES_PORTS ? availableParallelism() : 1, 1, SHARES_PORTS ? 256 : 1),
    );
    const { spool, problems: spoolProblems } = readSpool(read, workers);
    const { logs, problems: logProblems } = readLogSettings(read, identity.nodeId);
    const clients = readClientLimits(read);
    problems.push(...spoolProblems, ...logProblems, ...clientLimitProblems(clients));
    return {
      value: {
        home: read("TOLLGATE_HOME", setting.text(".tollgate")),
        ...readEntrances(read, { tls, hasToken: token !== undefined }, problems),
        adminHost: read("TOLLGATE_ADMIN_BIND", setting.text("127.0.0.1")),
        adminPort: read("TOLLGATE_ADMIN_PORT", setting.port(9101)),
        controlPlanes: controlPlanes.length > 0 ? controlPlanes : ["127.0.0.1:7070"],
        token: token && (() => token.sent()),
        nodeTokens: token && (() => token.accepted()),
        tls,
        ...identity,
        workers,
        kafka: kafka.settings,
        usageTopic: topic.topic,
        tracing: readTraces(read, problems),
        metricExport: readMetrics(read, problems),
        drainDelayMs: read("TOLLGATE_DRAIN_DELAY_MS", setting.integer(0, 0, 600_000)),
        drainTimeoutMs: read("TOLLGATE_DRAIN_TIMEOUT_MS", setting.integer(30_000, 0, 600_000)),
        http1Reader: read("TOLLGATE_LISTENER", setting.oneOf(HTTP1_READERS, "own")),
        upstreams: upstreams.settings,
        regionThrottle: rate === 0 ? undefined : { rateLimit: rate, burstLimit: burst || rate },
        addresses: {
          ambiguousPaths: read("TOLLGATE_AMBIGUOUS_PATHS", setting.oneOf(["refuse", "normalize"], "refuse")),
          pathStyle: read("TOLLGATE_PATH_STYLE", setting.oneOf(["on", "off"], "on")) === "on",
          pathStyleHosts: readPathStyleHosts(read, problems),
        },
        redis,
        ...readLimits(read),
        clients,
        snapshotKey: read("TOLLGATE_SNAPSHOT_KEY", sealingKey),
        ...readCaching(read, redis !== undefined, problems),
        spool,
        logs,
        watchdogMs: read("TOLLGATE_WATCHDOG_MS", setting.integer(2_000, 0, 600_000)),
        logLevel: read("TOLLGATE_LOG_LEVEL", setting.text("info")),
      },
      problems,
    };
  });
}
