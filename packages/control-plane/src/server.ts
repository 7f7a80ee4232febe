import { randomBytes } from "node:crypto";
import type { RequestListener } from "node:http";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { awsPublicUrl } from "@tollgate/config";
import { startGrpcServer } from "@tollgate/proto/grpc-server";
import { openRedis } from "@tollgate/redis";
import { type Logger, lockFolder, openStateFolder, startHttpServer } from "@tollgate/telemetry";
import { openUpstreams } from "@tollgate/transport";
import { createTopicSender } from "@tollgate/usage-stream/kafka";
import { connectAlarms } from "./alarm/alarm-records.ts";
import { startAlarms } from "./alarm/start-alarms.ts";
import { type Application, startApplication } from "./application.ts";
import { AuditLog } from "./audit/audit-log.ts";
import { startAuditPublisher } from "./audit/audit-publisher.ts";
import { AuditSpool } from "./audit/audit-spool.ts";
import type { AuditStore } from "./audit/audit-store.ts";
import { openEmbeddedAuditStore } from "./audit/embedded-audit-store.ts";
import { openEtcdAuditStore } from "./audit/etcd-audit-store.ts";
import { spoolAudit } from "./audit/spooled-audit-store.ts";
import { createApplicationPort } from "./aws/application-port.ts";
import { createAwsHttp } from "./aws/listener.ts";
import { connectBilling } from "./billing/billing-records.ts";
import { startBilling } from "./billing/start-billing.ts";
import { issuerIn } from "./certificate/issue-certificate.ts";
import { startCertificates } from "./certificate/start-certificates.ts";
import { denialRecorder } from "./grpc/audited.ts";
import { registerServices, SERVICES } from "./grpc/services.ts";
import { createDocumentationPages } from "./http/documentation-page.ts";
import { createHomePage } from "./http/home-page.ts";
import { createControlPlaneMetrics } from "./http/metrics.ts";
import { type ServedState, serveWithProbes } from "./http/probes.ts";
import { createRootKey, type RootKey } from "./identity/root-key.ts";
import { startController } from "./kubernetes/start-controller.ts";
import { connectLogs } from "./logs/log-reader.ts";
import { connectMetrics } from "./metrics/metric-reader.ts";
import { PackedSnapshots } from "./mirror/packed-snapshot.ts";
import { openEmbeddedNodeStore } from "./node/embedded-node-store.ts";
import { openEtcdNodeStore } from "./node/etcd-node-store.ts";
import { NodeSamples } from "./node/node-samples.ts";
import { openTopics } from "./notification/topics.ts";
import { resealSecrets, sealStore } from "./secret/sealed-store.ts";
import { Sealer } from "./secret/sealer.ts";
import { sealingKeysOf } from "./secret/sealing-keys.ts";
import {
  auditFile,
  auditSpoolFile,
  type ControlPlaneSettings,
  nodesFile,
  snapshotFolder,
  storeFile,
} from "./settings.ts";
import { outageOf } from "./status.ts";
import { openEmbeddedStore } from "./store/embedded-store.ts";
import { openEtcdStore } from "./store/etcd-store.ts";
import type { Store } from "./store/store.ts";
import { TestProcesses } from "./test-invoke/test-processes.ts";
import { connectMetering } from "./usage/usage-reader.ts";

export interface ControlPlane extends AsyncDisposable {
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Created at this start. It must be shown now, because it cannot be shown later. */
  readonly rootKey: RootKey | undefined;
}

/** Records that are written to a file on this machine need no spool. */
const openSpool = ({ etcd, home, auditSpoolBytes: maxBytes }: ControlPlaneSettings) =>
  etcd.hosts.length > 0 ? new AuditSpool({ file: auditSpoolFile(home), maxBytes }) : undefined;

const openAuditStore = (
  { etcd, home }: ControlPlaneSettings,
  spool: AuditSpool | undefined,
  store: Store,
  logger: Logger,
): AuditStore =>
  spool
    ? spoolAudit({ store: openEtcdAuditStore(etcd), spool, outage: () => store.outage, logger })
    : openEmbeddedAuditStore({ file: auditFile(home) });

/** Only one control plane sees what is written to an embedded store: a second one would publish an old config. */
const lockEmbeddedStore = (home: string) =>
  lockFolder(dirname(storeFile(home)), {
    process: "control-plane",
    remedy: "TOLLGATE_HOME to another directory, or TOLLGATE_ETCD for control planes that share their config",
  });

const openStore = ({ etcd, home }: ControlPlaneSettings, logger: Logger): Store =>
  etcd.hosts.length > 0 ? openEtcdStore(etcd, logger) : openEmbeddedStore({ file: storeFile(home) });

const openNodeStore = ({ etcd, home }: ControlPlaneSettings, logger: Logger) =>
  etcd.hosts.length > 0 ? openEtcdNodeStore(etcd, logger) : openEmbeddedNodeStore({ file: nodesFile(home) });

/** What is in this machine's file is read as fast from there. What is not sealed is not kept elsewhere. */
const openSnapshots = ({ etcd, home }: ControlPlaneSettings, sealer: Sealer) =>
  etcd.hosts.length > 0 && sealer.canSeal ? new PackedSnapshots(snapshotFolder(home), sealer) : undefined;

/** Names this process in the list of nodes: readable, and not the name of the process before it in the same place. */
const planeId = ({ grpcPort }: ControlPlaneSettings): string =>
  `${hostname()}-${grpcPort}-${randomBytes(3).toString("hex")}`;

/** Opens what the application needs besides its store, and starts it. All of it is disposed with the scope. */
async function openApplication(
  scope: AsyncDisposableStack,
  { plainStore, spool }: { readonly plainStore: Store; readonly spool: AuditSpool | undefined },
  settings: ControlPlaneSettings,
  logger: Logger,
): Promise<Application> {
  const { kafka, auditRetentionDays: retentionDays, access } = settings;
  const isPublished = kafka.brokers.length > 0;
  const sealer = new Sealer(sealingKeysOf(settings));
  const store = scope.use(sealStore(plainStore, sealer));
  const upstreams = scope.use(openUpstreams(settings.upstreams, logger));
  const auditStore = scope.use(openAuditStore(settings, spool, store, logger));
  const nodeStore = scope.use(openNodeStore(settings, logger));
  const application = scope.use(
    await startApplication({
      store,
      plainStore,
      snapshots: openSnapshots(settings, sealer),
      nodeStore,
      plane: planeId(settings),
      region: settings.upstreams.region,
      ordersCertificates: settings.acme !== undefined,
      nodeRetentionMs: settings.nodeRetentionMs,
      waves: settings.waves,
      audit: (accounts) => new AuditLog({ store: auditStore, retentionDays, isPublished, accounts, logger }),
      sealer,
      upstreams,
      truststores: settings.truststores,
      tests: scope.use(new TestProcesses({ upstreams: settings.upstreams, logLevel: logger.level })),
      usage: scope.use(connectMetering({ address: settings.metering, token: access.token, tls: access.tls })),
      logs: scope.use(connectLogs({ address: settings.metering, token: access.token, tls: access.tls })),
      metrics: scope.use(
        connectMetrics({ address: settings.metering, token: access.token, tls: access.tls }),
      ),
      alarmRecords: scope.use(
        connectAlarms({ address: settings.metering, token: access.token, tls: access.tls }),
      ),
      billingRecords: scope.use(
        connectBilling({ address: settings.metering, token: access.token, tls: access.tls }),
      ),
      samples: scope.use(new NodeSamples({ access, serverName: settings.peerName, logger })),
      redis: settings.redis && scope.use(await openRedis(settings.redis, logger)),
      publicUrl: () => settings.publicUrl() ?? awsPublicUrl(settings.upstreams.region),
      logger,
    }),
  );
  return application;
}

/** Reads the whole store again if anything in it needs that, so it begins when everything else is there. */
function startResealing({ mirror, plainStore, sealer, logger }: Application): void {
  if (![...mirror.accounts.values()].some(({ isStale }) => isStale)) return;
  resealSecrets(plainStore, sealer).then(
    (count) => count > 0 && logger.info({ count }, "secrets were sealed again with the first key"),
    (error: unknown) => logger.error({ err: error }, "secrets could not be sealed again with the first key"),
  );
}

/** Deletes old audit records, and publishes new ones if Kafka is configured. */
function startAudit(
  scope: AsyncDisposableStack,
  { audit }: Application,
  { kafka, auditTopic: topic }: ControlPlaneSettings,
  logger: Logger,
): void {
  void audit.sweep();
  if (kafka.brokers.length === 0) return;
  const sender = createTopicSender({ kafka, clientId: "control-plane", topic, logger });
  scope.use(startAuditPublisher(audit, sender, { logger }));
}

/** Evaluates alarms and watches billing, and sends what they have to say. */
function startNotifying(
  scope: AsyncDisposableStack,
  application: Application,
  { kafka, mail, ownTopics }: ControlPlaneSettings,
  logger: Logger,
): void {
  const { alarmRecords: records, ...parts } = application;
  const topics = kafka.brokers.length > 0 ? scope.use(openTopics(kafka, logger)) : undefined;
  const target = { mail, sendToTopic: topics?.send, ownTopics: new Set(ownTopics) };
  scope.use(startAlarms({ ...parts, ...target, records, nowMs: Date.now }));
  scope.use(startBilling(application, target));
}

/** Serves documentation pages and AWS's APIs on the HTTP port, besides probes. */
function createHttp(
  application: Application,
  { isSigned, access, home, acme, upstreams: { region } }: ControlPlaneSettings,
): RequestListener {
  const serveAws = createAwsHttp({
    application,
    port: createApplicationPort(application, issuerIn(home), {
      validationZone: acme?.dns?.zone,
    }),
    isSigned,
    region,
  });
  const showDocumentation = createDocumentationPages({
    application,
    region,
    tokens: isSigned ? access.tokens : undefined,
  });
  const showHome = createHomePage({ application, isOpen: !isSigned });
  return (request, response) => {
    if (!showDocumentation(request, response) && !showHome(request, response)) serveAws(request, response);
  };
}

/** startControlPlane runs a control plane until it is disposed. It waits until its store can be reached. */
export async function startControlPlane(
  settings: ControlPlaneSettings,
  logger: Logger,
): Promise<ControlPlane> {
  const scope = new AsyncDisposableStack();
  try {
    openStateFolder(settings.home, "control-plane");
    const state: ServedState = { serve: undefined, outage: () => undefined, metrics: undefined };
    const { host, httpPort, httpTls } = settings;
    const http = scope.use(await startHttpServer(host, httpPort, serveWithProbes(state), httpTls));
    if (settings.etcd.hosts.length === 0) scope.use(lockEmbeddedStore(settings.home));
    const plainStore = openStore(settings, logger);
    state.outage = () => plainStore.outage;
    const spool = openSpool(settings);
    const application = await openApplication(scope, { plainStore, spool }, settings, logger);
    state.outage = () => outageOf({ store: plainStore, audit: application.audit });
    const metrics = scope.use(
      createControlPlaneMetrics({
        application,
        store: plainStore,
        spool,
        exporting: settings.metricExport,
      }),
    );
    state.metrics = metrics.serve;
    startAudit(scope, application, settings, logger);
    startNotifying(scope, application, settings, logger);
    scope.use(await startCertificates(application, settings, logger));
    const { region } = settings.upstreams;
    const grpc = scope.use(
      await startGrpcServer({
        host: settings.host,
        port: settings.grpcPort,
        tokens: settings.access.tokens,
        tls: settings.access.tls,
        services: SERVICES,
        onDenied: denialRecorder(application, region),
        register: (server) => registerServices(server, { application, region }),
      }),
    );
    if (settings.kubernetes) scope.use(startController(application, settings.kubernetes, logger));
    const rootKey = settings.isSigned ? await createRootKey(application) : undefined;
    state.serve = createHttp(application, settings);
    startResealing(application);
    logger.info(
      {
        grpcPort: grpc.port,
        httpPort: http.port,
        store: settings.etcd.hosts.length > 0 ? "etcd" : "embedded",
      },
      "control plane is ready",
    );
    return {
      grpcPort: grpc.port,
      httpPort: http.port,
      rootKey,
      [Symbol.asyncDispose]: () => scope.disposeAsync(),
    };
  } catch (error) {
    await scope.disposeAsync();
    throw error;
  }
}
