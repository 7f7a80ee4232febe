import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RootKey } from "@tollgate/control-plane";
import { startStandalone } from "@tollgate/standalone";
import { callsTo } from "./calls.ts";
import { openControl } from "./control.ts";
import { deployRestApi, type MethodSpec, type RestApiParts } from "./rest-api.ts";

/** GatewayPlace is where the parts of a running Tollgate listen, on loopback. */
export interface GatewayPlace extends AsyncDisposable {
  /** Of the nodes, at least one. */
  readonly httpPorts: readonly number[];
  readonly adminPorts: readonly number[];
  /** With TLS, of the first node, and the certificate of the authority that signed its own; undefined: not known. */
  readonly httpsPort?: number;
  readonly authorityFile?: string | undefined;
  /** With TLS, of private networks; undefined: they reach no port. */
  readonly privateHttpsPort?: number;
  /** Where edge nodes reach the first node; undefined: nowhere. */
  readonly edgePort?: number;
  readonly grpcPort: number;
  readonly controlPort: number;
  readonly meteringPort: number;
  /** Of the account itself, where it was made at this start. */
  readonly rootKey: RootKey | undefined;
  /** What operators show. */
  readonly token: string | undefined;
}

/** startGateway starts a whole Tollgate on embedded parts, with free ports and a separate home. */
export async function startGateway(env: Record<string, string> = {}): Promise<Gateway> {
  const scope = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "tollgate-gateway-"));
  scope.defer(() => rmSync(home, { recursive: true, force: true }));
  const ports = ["HTTP", "HTTPS", "GRPC", "CONTROL", "METERING", "ADMIN"].map((name) => [
    `TOLLGATE_${name}_PORT`,
    "0",
  ]);
  const standalone = scope.use(
    await startStandalone({
      ...Object.fromEntries(ports),
      TOLLGATE_HOME: home,
      TOLLGATE_WORKERS: "1",
      TOLLGATE_LOG_LEVEL: "error",
      ...env,
    }),
  );
  return openGateway({
    ...standalone,
    httpPorts: [standalone.httpPort],
    adminPorts: [standalone.adminPort],
    token: env.TOLLGATE_TOKEN,
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  });
}

export type Gateway = ReturnType<typeof openGateway>;

/** openGateway gives clients of a running Tollgate. What they do with it is the same wherever its parts run. */
export function openGateway(place: GatewayPlace) {
  const scope = new AsyncDisposableStack();
  scope.use(place);
  const { close, ...control } = openControl({ ...place, nodes: place.httpPorts.length });
  scope.defer(close);
  const calls = callsTo(place.httpPorts);
  let apis = 0;
  return {
    ...place,
    ...control,
    call: calls.call,
    invoke: calls.invoke,
    /** Of the node that was called last. */
    get httpPort() {
      return calls.httpPort;
    },
    /** deploy makes a REST API that nodes serve, and returns its id. */
    deploy: async (methods: Readonly<Record<string, MethodSpec>>, parts?: RestApiParts): Promise<string> => {
      const apiId = `specapi${String(++apis).padStart(3, "0")}`;
      await deployRestApi(control, apiId, methods, parts);
      return apiId;
    },
    /** Where AWS's clients call. */
    controlUrl: `http://127.0.0.1:${place.controlPort}`,
    /** What the nodes count, together. */
    metrics: () => metricsOf(place.adminPorts),
    cliEnv: {
      TOLLGATE_ENDPOINT: `127.0.0.1:${place.grpcPort}`,
      TOLLGATE_METERING_ENDPOINT: `127.0.0.1:${place.meteringPort}`,
    },
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}

/** metricsOf are the metrics of nodes in Prometheus' format, the samples of one name added up. */
async function metricsOf(adminPorts: readonly number[]): Promise<string> {
  const texts = await Promise.all(
    adminPorts.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
  );
  const lines = texts.join("\n").split("\n");
  const help = new Set(lines.filter((line) => line.startsWith("# HELP ")));
  const samples = new Map<string, number>();
  for (const line of lines) {
    const [, name, value] = /^([^#\s].*) (\S+)$/.exec(line) ?? [];
    if (name !== undefined) samples.set(name, (samples.get(name) ?? 0) + Number(value));
  }
  return [...help, ...[...samples].map(([name, value]) => `${name} ${value}`), ""].join("\n");
}
