import { availableParallelism, hostname } from "node:os";
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
  type Setting,
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
import { type EdgeSettings, readEdge } from "./edge-settings.ts";
import { type HttpsSettings, readHttps } from "./https-settings.ts";
import type { WithoutRedis } from "./limits/shared/node-shares.ts";
import { type ClientLimits, clientLimitProblems, readClientLimits } from "./listener/client-limits.ts";
import { HTTP1_READERS, type Http1ReaderName } from "./listener/http1/http1-readers.ts";
import type { PrivateEntrance } from "./listener/private-entrance.ts";
import { SHARES_PORTS } from "./listener/shares-ports.ts";
import { readProxyNetworks, readTrustedProxies, type TrustedProxies } from "./listener/trusted-proxies.ts";
import { type LogSettings, readLogSettings } from "./logs/log-settings.ts";
import { readPrivate } from "./private-settings.ts";
import type { SyncPolicy } from "./usage/spool.ts";

/** A name of DNS (RFC 1123, 2.1), the last label of which is not a number: that would be an address. */
const HOST_NAME =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*(?!\d+$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const HOST_AND_PORT = /^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/;

/** 32 bytes in base64. */
const sealingKey: Setting<Uint8Array | undefined> = (raw) => {
  if (!raw) return { value: undefined };
  const bytes = Buffer.from(raw, "base64");
  return bytes.length === 32 && bytes.toString("base64") === raw
    ? { value: bytes }
    : { value: undefined, problem: "must be 32 bytes in base64: openssl rand -base64 32" };
};

export interface DataPlaneSettings {
  readonly home: string;
  readonly host: string;
  readonly httpPort: number;
  /** Something listens without TLS: calls are served there, or sent to the port with TLS. */
  readonly isHttpServed: boolean;
  /** undefined: nothing listens with TLS. */
  readonly https: HttpsSettings | undefined;
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
  readonly nodeId: string;
  /** What operators tell nodes apart by, such as their zone. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where other nodes reach this one. */
  readonly peer: PeerSettings;
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
  /** Who in front of the node may say who called; undefined: nobody. */
  readonly trustedProxies: TrustedProxies | undefined;
  /** Networks of proxies that begin each connection with a header of the PROXY protocol; undefined: there are none. */
  readonly proxyProtocol: readonly string[] | undefined;
  /** It relays calls to these origins, and serves none itself; undefined: it serves calls. */
  readonly edge: EdgeSettings | undefined;
  /** Where edge nodes reach it; undefined: nowhere. */
  readonly edgePort: number | undefined;
  /** Where private networks reach it; undefined: nowhere. */
  readonly privateEntrance: PrivateEntrance | undefined;
  /** TOLLGATE_SNAPSHOT_KEY: 32 bytes that seal the last good config on disk; undefined: its secrets can be read there by its owner. */
  readonly snapshotKey: Uint8Array | undefined;
  /** Seals what nodes cache in Redis: the same 32 bytes on all of them; undefined: each node caches for itself. */
  readonly cacheKey: Uint8Array | undefined;
  /** How long a call waits for what Redis has of an entry. */
  readonly cacheLookupMs: number;
  /** Memory of each worker for cached responses. */
  readonly responseCacheBytes: number;
  readonly spool: SpoolSettings;
  readonly logs: LogSettings;
  /** A worker whose event loop is blocked for so long is replaced; 0: none is. */
  readonly watchdogMs: number;
  readonly logLevel: string;
}

/** PeerSettings are where a node listens for other nodes. */
export interface PeerSettings {
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  /** host:port that others are told; undefined: the host, or the name of the machine, with the port. */
  readonly address: string | undefined;
  /** The name that the certificates of all nodes are valid for; undefined: each for the host of its address. */
  readonly serverName: string | undefined;
}

/** SpoolSettings bound the usage events that wait for Kafka on this node's disk. */
export interface SpoolSettings {
  readonly limitBytes: number;
  readonly sync: SyncPolicy;
  /** How much of damaged files is kept. */
  readonly damagedMaxBytes: number;
}

function readSpool(
  read: Read,
  workers: number,
): { readonly spool: SpoolSettings; readonly problems: SettingsProblem[] } {
  const limitMb = read("TOLLGATE_SPOOL_MB", setting.integer(4_096, 1, 16_777_216));
  const sync = read("TOLLGATE_SPOOL_FSYNC", setting.oneOf(["never", "interval", "always"], "never"));
  const damagedMb = read("TOLLGATE_SPOOL_DAMAGED_MB", setting.integer(64, 0, 1_048_576));
  const message = `'${limitMb}' must be at least 1 for each of the ${workers} workers`;
  return {
    spool: { limitBytes: limitMb * 1024 * 1024, sync, damagedMaxBytes: damagedMb * 1024 * 1024 },
    problems: limitMb < workers ? [{ name: "TOLLGATE_SPOOL_MB", message }] : [],
  };
}

function readPeer(read: Read, problems: SettingsProblem[]): PeerSettings {
  const address = read("TOLLGATE_PEER_ADDRESS", setting.optionalText());
  if (address !== undefined && !HOST_AND_PORT.test(address))
    problems.push({ name: "TOLLGATE_PEER_ADDRESS", message: `'${address}' must be host:port` });
  const serverName = read("TOLLGATE_PEER_NAME", setting.optionalText());
  if (serverName !== undefined && !HOST_NAME.test(serverName))
    problems.push({
      name: "TOLLGATE_PEER_NAME",
      message: `'${serverName}' must be a host name, without a port, that the certificates of all nodes contain`,
    });
  return {
    host: read("TOLLGATE_PEER_BIND", setting.text("127.0.0.1")),
    port: read("TOLLGATE_PEER_PORT", setting.port(0)),
    address,
    serverName,
  };
}

/** What a node is called, and by what it can be found. */
function readIdentity(
  read: Read,
  problems: SettingsProblem[],
): Pick<DataPlaneSettings, "nodeId" | "labels" | "peer"> {
  const nodeId = read("TOLLGATE_NODE_ID", setting.text(hostname()));
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(nodeId))
    problems.push({
      name: "TOLLGATE_NODE_ID",
      message: `'${nodeId}' must be 1 to 128 characters of a-z, A-Z, 0-9 and ._-`,
    });
  const labels = read("TOLLGATE_NODE_LABELS", setting.list());
  for (const label of labels)
    if (!/^[A-Za-z0-9._/-]{1,63}=[^=\s]{0,128}$/.test(label))
      problems.push({
        name: "TOLLGATE_NODE_LABELS",
        message: `'${label}' must be name=value; several are separated by commas`,
      });
  return {
    nodeId,
    labels: Object.fromEntries(labels.map((label) => label.split("=", 2) as [string, string])),
    peer: readPeer(read, problems),
  };
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

function readCaching(
  read: Read,
  hasRedis: boolean,
  problems: SettingsProblem[],
): Pick<DataPlaneSettings, "cacheKey" | "cacheLookupMs" | "responseCacheBytes"> {
  const cacheKey = read("TOLLGATE_CACHE_KEY", sealingKey);
  if (cacheKey && !hasRedis)
    problems.push({
      name: "TOLLGATE_CACHE_KEY",
      message: "is set without TOLLGATE_REDIS, by which nodes share what they cache",
    });
  return {
    cacheKey,
    cacheLookupMs: read("TOLLGATE_CACHE_LOOKUP_MS", setting.integer(5, 1, 1_000)),
    responseCacheBytes: read("TOLLGATE_CACHE_MB", setting.integer(64, 2, 65_536)) * 1024 * 1024,
  };
}

const readLimits = (read: Read): Pick<DataPlaneSettings, "withoutRedis" | "isShadowed"> => ({
  withoutRedis: read("TOLLGATE_LIMITS_WITHOUT_REDIS", setting.oneOf(["fair", "open", "closed"], "fair")),
  isShadowed: read("TOLLGATE_LIMITS", setting.oneOf(["enforce", "shadow"], "enforce")) === "shadow",
});

/**
 * Listeners of several processes share a port, so two of one node would share it as well, each with a part of the connections: some calls of the public
 * would come from a private network.
 */
function sharedPorts(ports: Readonly<Record<string, number | undefined>>): readonly SettingsProblem[] {
  const names = new Map<number, string>();
  return Object.entries(ports).flatMap(([name, port]) => {
    if (!port) return [];
    const other = names.get(port);
    names.set(port, name);
    return other === undefined
      ? []
      : [{ name, message: `'${port}' is the port of ${other} as well: each needs its own` }];
  });
}

/** Where a node listens for calls, and who in front of it may say whose they are. */
function readEntrances(
  read: Read,
  { tls, hasToken }: { readonly tls: TlsFiles | undefined; readonly hasToken: boolean },
  problems: SettingsProblem[],
): Pick<
  DataPlaneSettings,
  | "host"
  | "httpPort"
  | "isHttpServed"
  | "https"
  | "trustedProxies"
  | "proxyProtocol"
  | "privateEntrance"
  | "edge"
  | "edgePort"
> {
  const { problems: httpsProblems, ...https } = readHttps(read);
  const proxies = readTrustedProxies(read("TOLLGATE_TRUSTED_PROXIES", setting.optionalText()));
  const proxyProtocol = readProxyNetworks(
    "TOLLGATE_PROXY_PROTOCOL",
    read("TOLLGATE_PROXY_PROTOCOL", setting.list()),
  );
  const { privateEntrance, problems: privateProblems } = readPrivate(read, https.https !== undefined);
  const httpPort = read("TOLLGATE_HTTP_PORT", setting.port(8080));
  const host = read("TOLLGATE_BIND", setting.text("127.0.0.1"));
  const { problems: edgeProblems, ...edge } = readEdge(read, { host, tls, hasToken, privateEntrance });
  const portProblems = sharedPorts({
    TOLLGATE_HTTP_PORT: https.isHttpServed ? httpPort : undefined,
    TOLLGATE_HTTPS_PORT: https.https?.port,
    TOLLGATE_PRIVATE_HTTP_PORT: privateEntrance?.httpPort,
    TOLLGATE_PRIVATE_HTTPS_PORT: privateEntrance?.httpsPort,
    TOLLGATE_EDGE_PORT: edge.edgePort,
  });
  problems.push(
    ...edgeProblems,
    ...proxies.problems,
    ...proxyProtocol.problems,
    ...privateProblems,
    ...httpsProblems,
  );
  problems.push(...portProblems);
  return {
    host,
    httpPort,
    ...https,
    ...edge,
    trustedProxies: proxies.trusted,
    proxyProtocol: proxyProtocol.networks,
    privateEntrance,
  };
}

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
