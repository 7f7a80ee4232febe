import { join } from "node:path";
import { type RootKey, readSettings as readControlPlane, startControlPlane } from "@tollgate/control-plane";
import { type DataPlaneSettings, readSettings as readDataPlane, startDataPlane } from "@tollgate/data-plane";
import { readSettings as readMetering, startMetering } from "@tollgate/metering";
import { createLogger } from "@tollgate/telemetry";
import { checkPorts } from "./ports.ts";
import { installSample, SAMPLE_API, SAMPLE_STAGE } from "./sample/sample-api.ts";
import { startSampleFunctions } from "./sample/sample-functions.ts";
import { startUpstream } from "./sample/upstream.ts";

/** Whoever tries Tollgate has upstreams on this machine. */
export const LOCAL_EGRESS = "allow loopback";
const DEFAULTS = {
  TOLLGATE_AUTH: "none",
  TOLLGATE_EGRESS: LOCAL_EGRESS,
  TOLLGATE_LOG_LEVEL: "warn",
  TOLLGATE_NODE_ID: "local",
};

export interface Standalone extends AsyncDisposable {
  /** 0: nothing listens there. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Of private networks; absent: they reach no port. */
  readonly privateHttpPort?: number;
  readonly privateHttpsPort?: number;
  /** The certificate of the internal authority, which clients of HTTPS are given; undefined: it issued none. */
  readonly authorityFile: string | undefined;
  readonly grpcPort: number;
  readonly controlPort: number;
  readonly meteringPort: number;
  readonly adminPort: number;
  readonly home: string;
  /** Where integrations may go. */
  readonly egress: string;
  /** The key of the account itself, if this start created it. */
  readonly rootKey: RootKey | undefined;
  /** Base URL of the sample API's stage. */
  readonly sampleUrl: string;
}

type UpstreamSettings = DataPlaneSettings["upstreams"];

/** Ports that were selected at the start are Tollgate's own as well: no integration may go there. */
const denying = (upstreams: UpstreamSettings, ...ports: readonly number[]): UpstreamSettings => ({
  ...upstreams,
  egress: { ...upstreams.egress, ownPorts: [...upstreams.egress.ownPorts, ...ports] },
});

const portsOf = (
  node: DataPlaneSettings,
  control: ReturnType<typeof readControlPlane>,
  metering: ReturnType<typeof readMetering>,
) => [
  ...(node.isHttpServed ? [{ port: node.httpPort, what: "the APIs", setting: "TOLLGATE_HTTP_PORT" }] : []),
  ...(node.https
    ? [{ port: node.https.port, what: "the APIs with HTTPS", setting: "TOLLGATE_HTTPS_PORT" }]
    : []),
  ...(["http", "https"] as const).map((scheme) => ({
    port: node.privateEntrance?.[`${scheme}Port`] ?? 0,
    what: "private APIs",
    setting: `TOLLGATE_PRIVATE_${scheme.toUpperCase()}_PORT`,
  })),
  { port: control.grpcPort, what: "gRPC of the control plane", setting: "TOLLGATE_GRPC_PORT" },
  { port: control.httpPort, what: "HTTP of the control plane", setting: "TOLLGATE_CONTROL_PORT" },
  { port: metering.port, what: "metering", setting: "TOLLGATE_METERING_PORT" },
  { port: node.adminPort, what: "probes and metrics", setting: "TOLLGATE_ADMIN_PORT" },
];

/** A sink that passes what it is sent on. */
const withinProcess = (ingest: (values: readonly Uint8Array[]) => Promise<void>) => ({
  send: (messages: readonly { value: Buffer }[]) => ingest(messages.map(({ value }) => value)),
  [Symbol.asyncDispose]: async () => undefined,
});

/** startStandalone runs control plane, data plane, metering and a functions host in one process tree, on embedded parts where the settings name no external ones. */
export async function startStandalone(env: NodeJS.ProcessEnv): Promise<Standalone> {
  const settings = { ...DEFAULTS, ...env };
  const control = readControlPlane(settings);
  const meteringSettings = readMetering(settings);
  const node = readDataPlane(settings);
  if (node.edge)
    throw new Error(
      "TOLLGATE_EDGE is set: an edge node serves no calls, and is a process of its own (the data plane), besides this one",
    );
  const { host } = node;
  const logger = createLogger("tollgate", control.logLevel);
  await checkPorts(host, portsOf(node, control, meteringSettings));
  const scope = new AsyncDisposableStack();
  try {
    const upstream = scope.use(await startUpstream("127.0.0.1"));
    const functions = scope.use(await startSampleFunctions(logger));
    const metering = scope.use(await startMetering({ ...meteringSettings, metricsPort: undefined }, logger));
    const upstreams = {
      ...node.upstreams,
      serviceEndpoints: { lambda: `http://127.0.0.1:${functions.port}`, ...node.upstreams.serviceEndpoints },
    };
    // Known when the node listens: its port may be selected then.
    let ownUrl: string | undefined;
    const controlPlane = scope.use(
      await startControlPlane(
        {
          ...control,
          upstreams: denying(upstreams, metering.port),
          metering: `127.0.0.1:${metering.port}`,
          publicUrl: () => control.publicUrl() ?? ownUrl,
        },
        logger,
      ),
    );
    const address = `127.0.0.1:${controlPlane.grpcPort}`;
    // Without Kafka the spools go to the same code of metering within the process.
    const sinks = { sink: withinProcess(metering.ingest), logSink: withinProcess(metering.ingestLogs) };
    const dataPlane = scope.use(
      await startDataPlane(
        {
          ...node,
          controlPlanes: [address],
          token: control.access.token,
          upstreams: denying(upstreams, metering.port, controlPlane.grpcPort, controlPlane.httpPort),
        },
        logger,
        ...(node.kafka.brokers.length > 0 ? [] : [sinks]),
      ),
    );
    const { chatKey } = await installSample({
      control: { address, token: control.access.token, tls: control.access.tls },
      upstream: `127.0.0.1:${upstream.port}`,
    });
    const served = await dataPlane.serving;
    const { httpPort, httpsPort } = served;
    ownUrl =
      node.isHttpServed && node.https?.redirectPort === undefined
        ? `http://${host}:${httpPort}`
        : `https://${host}:${httpsPort}`;
    const apisUrl = `${ownUrl}/_aws/execute-api`;
    functions.openChat({ region: upstreams.region, apisUrl, home: control.home, key: chatKey });
    return {
      ...served,
      authorityFile:
        node.https && !node.https.certificate ? join(control.home, "certificates", "ca.pem") : undefined,
      grpcPort: controlPlane.grpcPort,
      controlPort: controlPlane.httpPort,
      meteringPort: metering.port,
      adminPort: dataPlane.adminPort,
      home: control.home,
      egress: node.upstreams.egress.rules,
      rootKey: controlPlane.rootKey,
      sampleUrl: `${apisUrl}/${SAMPLE_API}/${SAMPLE_STAGE}`,
      [Symbol.asyncDispose]: () => scope.disposeAsync(),
    };
  } catch (error) {
    await scope.disposeAsync();
    throw error;
  }
}
