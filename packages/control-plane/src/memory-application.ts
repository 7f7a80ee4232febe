import { awsPublicUrl } from "@tollgate/config";
import { createLogger } from "@tollgate/telemetry";
import { openUpstreams, type UpstreamSettings } from "@tollgate/transport";
import { connectAlarms } from "./alarm/alarm-records.ts";
import { type Application, startApplication } from "./application.ts";
import { AuditLog } from "./audit/audit-log.ts";
import { openEmbeddedAuditStore } from "./audit/embedded-audit-store.ts";
import { connectBilling } from "./billing/billing-records.ts";
import { connectLogs } from "./logs/log-reader.ts";
import { connectMetrics } from "./metrics/metric-reader.ts";
import { openEmbeddedNodeStore } from "./node/embedded-node-store.ts";
import { sealStore } from "./secret/sealed-store.ts";
import { newSealingKey, readSealingKeys, Sealer } from "./secret/sealer.ts";
import { openEmbeddedStore } from "./store/embedded-store.ts";
import { TestProcesses, type TestProcessesLimits } from "./test-invoke/test-processes.ts";

const UPSTREAMS: UpstreamSettings = {
  egress: { rules: "", ownPorts: [], ownHosts: [] },
  region: "us-east-1",
  serviceEndpoints: {},
  credentials: undefined,
  credentialsFile: undefined,
  clientCertificates: undefined,
  connections: 1,
  httpClient: "own",
  offersHttp2: false,
};

/** startMemoryApplication starts an application for specs: it writes no files and opens no sockets. */
export async function startMemoryApplication(
  testLimits: TestProcessesLimits = {},
  sealingKey = newSealingKey(),
  { ordersCertificates = false } = {},
): Promise<Application & AsyncDisposable> {
  const logger = createLogger("spec", "silent");
  const keys = readSealingKeys([sealingKey]);
  const sealer = new Sealer(typeof keys === "string" ? [] : keys);
  const auditStore = openEmbeddedAuditStore({ file: ":memory:" });
  const plainStore = openEmbeddedStore({ file: ":memory:" });
  const store = sealStore(plainStore, sealer);
  const nodeStore = openEmbeddedNodeStore({ file: ":memory:" });
  // Nobody listens there: without metering, there are no logs, metrics and states of alarms.
  const nowhere = { address: "127.0.0.1:9", token: undefined, tls: undefined };
  const logs = connectLogs(nowhere);
  const metrics = connectMetrics(nowhere);
  const alarmRecords = connectAlarms(nowhere);
  const billingRecords = connectBilling(nowhere);
  const tests = new TestProcesses({ upstreams: UPSTREAMS, logLevel: "silent" }, testLimits);
  const application = await startApplication({
    store,
    plainStore,
    nodeStore,
    plane: "memory",
    region: "us-east-1",
    ordersCertificates,
    nodeRetentionMs: 60_000,
    audit: (accounts) =>
      new AuditLog({ store: auditStore, retentionDays: 1, isPublished: false, accounts, logger }),
    sealer,
    upstreams: openUpstreams(UPSTREAMS, logger),
    tests,
    samples: { list: async () => ({ samples: [], population: 0 }) },
    redis: undefined,
    publicUrl: () => awsPublicUrl("us-east-1"),
    usage: {
      keyUsage: async () => [],
      reportSources: async () => undefined,
      countLeasedCalls: async () => undefined,
      [Symbol.dispose]: () => undefined,
    },
    logs,
    metrics,
    alarmRecords,
    billingRecords,
    logger,
  });
  return {
    ...application,
    async [Symbol.asyncDispose]() {
      await application[Symbol.asyncDispose]();
      logs[Symbol.dispose]();
      metrics[Symbol.dispose]();
      alarmRecords[Symbol.dispose]();
      billingRecords[Symbol.dispose]();
      await tests[Symbol.asyncDispose]();
      await nodeStore[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await auditStore[Symbol.asyncDispose]();
    },
  };
}
