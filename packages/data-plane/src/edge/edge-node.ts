import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Subscriber } from "@tollgate/config-stream/subscriber";
import { createMetrics, type Logger, lockFolder, openStateFolder } from "@tollgate/telemetry";
import type { EdgeSettings } from "../edge-settings.ts";
import { Challenges } from "../listener/challenges.ts";
import { DomainContexts } from "../listener/domain-contexts.ts";
import { startAdmin } from "../node/admin.ts";
import { checkPorts } from "../node/check-ports.ts";
import { openEdgeAccess } from "../node/edge-access.ts";
import { openTls } from "../node/node-tls.ts";
import { ownFacts } from "../node/own-facts.ts";
import { configReadings } from "../node/readings.ts";
import type { DataPlaneSettings } from "../settings.ts";
import { type EdgeState, edgeConcerns, edgeProblem } from "./edge-condition.ts";
import { EdgeConfig } from "./edge-config.ts";
import { type EdgeListener, startEdgeListener } from "./edge-listener.ts";
import { Origins } from "./origins.ts";

/** How often the same reason for which an origin takes no viewer is logged. */
const REPORT_EVERY_MS = 1_000;

/** EdgeNode is a running edge node. */
export interface RunningEdgeNode extends AsyncDisposable {
  /** Where viewers reach it; 0: not. */
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly adminPort: number;
}

function pacedReport(logger: Logger): (reason: string) => void {
  let reportedMs = Number.NEGATIVE_INFINITY;
  return (reason) => {
    const nowMs = performance.now();
    if (nowMs - reportedMs < REPORT_EVERY_MS) return;
    reportedMs = nowMs;
    logger.warn({ reason }, "an origin took no viewer");
  };
}

function followConfig(
  settings: DataPlaneSettings,
  {
    folder,
    config,
    state,
    onApplied,
    logger,
  }: {
    readonly folder: string;
    readonly config: EdgeConfig;
    readonly state: () => EdgeState;
    readonly onApplied: () => void;
    readonly logger: Logger;
  },
): Subscriber {
  const { controlPlanes: addresses, token, tls } = settings;
  return new Subscriber({
    addresses,
    token,
    tls,
    facts: {
      ...ownFacts(settings),
      workerCount: 1,
      isEdge: true,
    },
    snapshotFile: join(folder, "snapshot.bin"),
    snapshotKey: settings.snapshotKey,
    condition: () => ({ notReady: edgeProblem(state()) ?? "", concerns: edgeConcerns(state()) }),
    apply: async (update) => {
      const refused = await config.apply(update);
      onApplied();
      return refused;
    },
    logger,
  });
}

/** The folder of the node, which no other process works on. */
async function takeFolder(scope: AsyncDisposableStack, settings: DataPlaneSettings): Promise<string> {
  openStateFolder(settings.home, "data-plane");
  const folder = join(settings.home, "data-plane", settings.nodeId);
  const remedy = "TOLLGATE_NODE_ID or TOLLGATE_HOME of one of the two to another value";
  scope.use(lockFolder(folder, { process: "edge node", remedy }));
  await checkPorts(settings);
  return folder;
}

/** startEdgeNode runs an edge node until it is disposed, which drains it. It resolves when viewers reach it, with a config from the control plane or from disk. */
export async function startEdgeNode(
  settings: DataPlaneSettings & { readonly edge: EdgeSettings },
  logger: Logger,
): Promise<RunningEdgeNode> {
  const { edge, home, host, nodeId, https, httpPort, isHttpServed, peer, token, nodeTokens, tls } = settings;
  const scope = new AsyncDisposableStack();
  try {
    const folder = await takeFolder(scope, settings);
    const contexts = new DomainContexts();
    const challenges = new Challenges();
    let listener: EdgeListener | undefined;
    const nodeTls = await openTls(scope, settings, (next) => listener?.useTls(next), logger);
    const access = scope.use(
      await openEdgeAccess({ token, nodeTokens, tls, home, onChange: () => undefined }),
    );
    const { origins: addresses, connections } = edge;
    const origins = scope.use(
      new Origins({
        addresses,
        connections,
        serverName: peer.serverName,
        access: () => access.current,
        logger,
      }),
    );
    let serving: EdgeState["serving"] = "waiting";
    const state = (): EdgeState => ({ serving, denied: subscriber.status.denied, origins: origins.states });
    const configured = Promise.withResolvers<void>();
    const subscriber = followConfig(settings, {
      folder,
      config: new EdgeConfig(contexts, challenges),
      state,
      onApplied: configured.resolve,
      logger,
    });
    const read = async () => [...(listener?.read() ?? []), ...configReadings(subscriber.status)];
    const metrics = scope.use(createMetrics({ read, exporting: settings.metricExport, instanceId: nodeId }));
    const probes = { notReady: () => edgeProblem(state()), notLive: () => undefined };
    const admin = scope.use(await startAdmin(settings, metrics, probes));
    scope.use(subscriber);
    await subscriber.start();
    await Promise.all([configured.promise, subscriber.decided]);
    listener = await startEdgeListener({
      nodeId,
      host,
      httpPort: isHttpServed ? httpPort : undefined,
      https: https &&
        nodeTls && { port: https.port, material: nodeTls.material, redirectPort: https.redirectPort },
      contexts,
      challenges,
      proxies: settings.proxyProtocol,
      limits: settings.clients,
      origins,
      report: pacedReport(logger),
    });
    const { ports, drain } = listener;
    scope.defer(async () => {
      serving = "draining";
      await delay(settings.drainDelayMs);
      await drain(settings.drainTimeoutMs);
    });
    serving = "serving";
    logger.info({ ...ports, origins: addresses, version: subscriber.status.version }, "edge node is serving");
    return {
      httpPort: ports.http,
      httpsPort: ports.https,
      adminPort: admin.port,
      [Symbol.asyncDispose]: () => scope.disposeAsync(),
    };
  } catch (error) {
    await scope.disposeAsync();
    throw error;
  }
}
