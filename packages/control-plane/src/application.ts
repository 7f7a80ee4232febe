import { Publisher } from "@tollgate/config-stream/publisher";
import type { Redis } from "@tollgate/redis";
import type { Logger } from "@tollgate/telemetry";
import type { Upstreams } from "@tollgate/transport";
import type { AlarmRecords } from "./alarm/alarm-records.ts";
import { type Alarms, createAlarms } from "./alarm/alarms.ts";
import type { AuditLog } from "./audit/audit-log.ts";
import type { BillingRecords } from "./billing/billing-records.ts";
import { Writer } from "./change/commit.ts";
import { accountOf } from "./config/wire.ts";
import { DeploymentMemory } from "./deployment/deployment-memory.ts";
import type { LogReader } from "./logs/log-reader.ts";
import type { MetricReader } from "./metrics/metric-reader.ts";
import { Mirror } from "./mirror/mirror.ts";
import type { PackedSnapshots } from "./mirror/packed-snapshot.ts";
import { NodeAdmission } from "./node/node-admission.ts";
import { NodeDirectory } from "./node/node-directory.ts";
import type { SampleReader } from "./node/node-samples.ts";
import type { NodeStore } from "./node/node-store.ts";
import { CustomerIndex } from "./resolve/customer-index.ts";
import { KeyIndex } from "./resolve/key-index.ts";
import { Publishing } from "./rollout/publishing.ts";
import { ReleaseArchive } from "./rollout/release-archive.ts";
import { RolloutWaves, type RolloutWavesOptions } from "./rollout/rollout-waves.ts";
import type { Sealer } from "./secret/sealer.ts";
import type { Store } from "./store/store.ts";
import type { TestProcesses } from "./test-invoke/test-processes.ts";
import { QuotaSeeding } from "./usage/quota-seeding.ts";
import { sharedUsage } from "./usage/shared-usage.ts";
import type { UsageReader } from "./usage/usage-reader.ts";

/** Application holds what the use cases work with. */
export interface Application {
  readonly store: Store;
  /** The same without sealing: secrets are read and written as they are stored. Used only by backup/. */
  readonly plainStore: Store;
  readonly mirror: Mirror;
  /** Used only by change/. */
  readonly writer: Writer;
  readonly deploymentMemory: DeploymentMemory;
  readonly publisher: Publisher;
  /** The nodes of all control planes. */
  readonly nodes: NodeDirectory;
  readonly nodeStore: NodeStore;
  /** Whether config goes out in waves. */
  readonly isStaged: boolean;
  /** Finds the owners of API keys and access keys. */
  readonly keys: KeyIndex;
  /** Finds the customers of API keys. */
  readonly customers: CustomerIndex;
  /** Seals what only control planes can read. */
  readonly sealer: Sealer;
  /** Reaches identity providers. */
  readonly upstreams: Upstreams;
  /** A folder that stands for buckets with truststores; absent: there is none. */
  readonly truststores?: string | undefined;
  /** Runs test invocations. */
  readonly tests: TestProcesses;
  /** Reads the usage of keys: what nodes count together, where they do, and what metering has counted. */
  readonly usage: UsageReader;
  /** The log groups that metering's process keeps. */
  readonly logs: LogReader;
  /** The metrics that metering keeps. */
  readonly metrics: MetricReader;
  /** States of alarms, and what happened to them. */
  readonly alarms: Alarms;
  /** What metering keeps of alarms. Used only by alarm/. */
  readonly alarmRecords: AlarmRecords;
  /** What metering keeps of events of billing. Used only by billing/. */
  readonly billingRecords: BillingRecords;
  /** Reads what web ACLs of nodes inspected. */
  readonly samples: SampleReader;
  readonly redis: Redis | undefined;
  readonly audit: AuditLog;
  /** Names this control plane among those of the cluster. */
  readonly plane: string;
  /** The region that ARNs of this gateway name. */
  readonly region: string;
  /** Certificates are ordered from a public authority, unless a request says otherwise. */
  readonly ordersCertificates: boolean;
  /** Where clients call APIs, as apiUrl reads it. A function, because a node's port may be selected when it starts. */
  readonly publicUrl: () => string;
  readonly logger: Logger;
}

export interface ApplicationOptions {
  readonly store: Store;
  readonly plainStore: Store;
  /** Where this process keeps what takes long to read from the store; undefined: nowhere. */
  readonly snapshots?: PackedSnapshots | undefined;
  readonly nodeStore: NodeStore;
  /** Names this control plane among those of the cluster. */
  readonly plane: string;
  /** The region that ARNs of this gateway name. */
  readonly region: string;
  /** Certificates are ordered from a public authority, unless a request says otherwise. */
  readonly ordersCertificates: boolean;
  readonly nodeRetentionMs: number;
  /** undefined: each version goes to all nodes at once. */
  readonly waves?: Pick<RolloutWavesOptions, "bakeMs" | "errorRateMax"> | undefined;
  readonly audit: (accounts: () => Iterable<string>) => AuditLog;
  readonly sealer: Sealer;
  readonly upstreams: Upstreams;
  readonly truststores?: string | undefined;
  readonly tests: TestProcesses;
  readonly usage: UsageReader;
  readonly logs: LogReader;
  readonly metrics: MetricReader;
  readonly alarmRecords: AlarmRecords;
  readonly billingRecords: BillingRecords;
  readonly samples: SampleReader;
  /** What nodes share their limits by; undefined: each node counts on its own. */
  readonly redis: Redis | undefined;
  readonly publicUrl: () => string;
  readonly logger: Logger;
}

/** Without waves, nothing of earlier ones stays: if they are turned on again, nodes must not go back to what was stable then. */
async function startRollouts(
  {
    nodeStore: store,
    sealer,
    plane,
    waves,
    logger,
  }: Pick<ApplicationOptions, "nodeStore" | "sealer" | "plane" | "waves" | "logger">,
  parts: Pick<RolloutWavesOptions, "publisher" | "nodes">,
): Promise<RolloutWaves | undefined> {
  if (waves) {
    const archive = new ReleaseArchive({ store, sealer, logger });
    return new RolloutWaves({ store, archive, plane, logger, ...parts, ...waves });
  }
  await store.removeRollout();
  await store.dropReleases(() => false);
  return undefined;
}

/** startApplication reads the store and starts to publish. Disposing it stops both; the store stays open. */
export async function startApplication({
  nodeRetentionMs: retentionMs,
  waves,
  audit,
  usage: metering,
  snapshots,
  ...given
}: ApplicationOptions): Promise<Application & AsyncDisposable> {
  const { store, nodeStore, plane, region, sealer, alarmRecords, redis, logger } = given;
  const mirror = new Mirror(store, logger, { snapshots });
  const admission: NodeAdmission = new NodeAdmission({
    store: nodeStore,
    plane,
    version: () => publisher.version,
    reached: (version, timeoutMs) => mirror.reached(version, timeoutMs),
    storeRevision: async () => (await store.list("~nothing")).revision,
    retentionMs,
    nowUnixMs: Date.now,
  });
  const publisher = new Publisher({
    isStaged: waves !== undefined,
    admit: (node) => admission.admit(node),
    gone: (node, leaves) => admission.gone(node, leaves),
  });
  const keys = new KeyIndex(() => mirror.accounts);
  const customers = new CustomerIndex(() => mirror.accounts);
  // Before publishing, so that a node that is notified of a changed key finds the new one.
  mirror.listen(keys);
  mirror.listen(customers);
  mirror.listen(new Publishing(mirror, publisher));
  await mirror.start();
  const nodes = new NodeDirectory({
    store: nodeStore,
    publisher,
    admission,
    plane,
    logger,
    nowUnixMs: Date.now,
  });
  const rollouts = await startRollouts({ nodeStore, sealer, plane, waves, logger }, { publisher, nodes });
  const seeding = redis && new QuotaSeeding({ redis, mirror, metering, logger });
  const log = audit(() => new Set([accountOf(""), ...mirror.accounts.keys()]));
  return {
    ...given,
    alarms: createAlarms({ mirror, records: alarmRecords, region, nowMs: Date.now }),
    mirror,
    writer: new Writer(store, mirror),
    deploymentMemory: new DeploymentMemory(),
    publisher,
    nodes,
    isStaged: waves !== undefined,
    keys,
    customers,
    usage: redis ? sharedUsage(metering, redis, mirror) : metering,
    audit: log,
    async [Symbol.asyncDispose]() {
      rollouts?.[Symbol.dispose]();
      seeding?.[Symbol.dispose]();
      publisher.close();
      await nodes[Symbol.asyncDispose]();
      await log[Symbol.asyncDispose]();
      await mirror[Symbol.asyncDispose]();
    },
  };
}
