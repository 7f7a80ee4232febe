import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BillingService } from "@tollgate/proto/billing";
import {
  ConfigService,
  DeploymentService,
  NodeService,
  NodeState,
  RolloutService,
  type WaitAppliedResponse,
} from "@tollgate/proto/control";
import { createClient } from "@tollgate/proto/grpc";
import { UsageService } from "@tollgate/proto/usage";
import { run } from "./cache.ts";
import { SESSION_SECONDS } from "./kafka.ts";
import { baseEnv, freePort, PATIENCE, type RunningProcess, startProcess, until } from "./process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The processes run as in development, sources by type stripping, or as in images. */
const entry = (name: string, isBundled: boolean) =>
  join(ROOT, "packages", name, ...(isBundled ? ["dist", "main.js"] : ["src", "main.ts"]));

/** Set to 1: the bundles are made already, and every cluster runs from them. */
const BUILT = "TOLLGATE_TEST_BUILT";

/** What tells a process that runs clusters that the bundles are made. */
export const builtEnv = { [BUILT]: "1" } as const;

/** Makes the bundles that images run. */
export const buildBundles = (): Promise<unknown> =>
  Promise.all(
    ["control-plane", "data-plane", "metering"].map((name) =>
      run(process.execPath, [join(ROOT, ".scripts", "build.mjs"), name]),
    ),
  );

export interface Part extends RunningProcess {
  /** What the process printed of itself when it was ready. */
  readonly facts: Readonly<Record<string, number>>;
}

const launchPart = (name: string, env: Record<string, string>, isBundled = false): RunningProcess =>
  startProcess(process.execPath, [entry(name, isBundled || process.env[BUILT] === "1")], {
    env: { ...baseEnv(), TOLLGATE_LOG_LEVEL: process.env.TOLLGATE_TEST_LOG ?? "warn", ...env },
    cwd: ROOT,
  });

/** startPart starts one process of a cluster, and returns when it is ready. */
export async function startPart(
  name: string,
  env: Record<string, string>,
  { isBundled = false, readyWithinMs = 60_000 }: Pick<ClusterOptions, "isBundled" | "readyWithinMs"> = {},
): Promise<Part> {
  const child = launchPart(name, env, isBundled);
  const facts = await until(
    () => `${name} is ready: ${child.output()}`,
    () => {
      if (child.child.exitCode !== null) throw new Error(`${name} ended: ${child.output()}`);
      const line = /^ready (\{.*\})$/m.exec(child.output())?.[1];
      return line ? (JSON.parse(line) as Record<string, number>) : undefined;
    },
    readyWithinMs,
  );
  return { ...child, facts };
}

export interface ClusterOptions {
  /** Empty: the control plane's embedded store. */
  readonly etcd?: string;
  readonly kafka?: string;
  readonly postgres?: string;
  readonly otlp?: string;
  readonly nodes: number;
  /** Those besides the first share its etcd. */
  readonly controlPlanes?: number;
  /** Those besides the first share its database. */
  readonly meterings?: number;
  readonly workers?: number;
  /** Whether the processes run from the bundles that images have, which are made first. */
  readonly isBundled?: boolean;
  /** How long a process may take to start: 60,000. */
  readonly readyWithinMs?: number;
  readonly env?: Record<string, string>;
}

/** Node is one data-plane process of a cluster. */
export interface ClusterNode {
  readonly id: string;
  readonly httpPort: number;
  readonly adminPort: number;
  readonly part: Part;
  /** When another kill is not taken for the second crash by the config that was new at the last one. */
  readonly provenMs: number;
}

/** Longer than the time in which a node takes a second end of its process for the fault of its config, and leaves that out. */
const CONFIG_PROVEN_MS = 11_000;

const TOKEN = "test-token";

/** OtherControlPlane is a control plane besides the first, with clients of its own. */
export interface OtherControlPlane {
  readonly grpcPort: number;
  readonly clients: ReturnType<typeof openClients>;
  part: Part;
}

/** OtherMetering is a metering besides the first. */
export interface OtherMetering {
  readonly port: number;
  part: Part;
}

function openClients(grpcPort: number, token: string) {
  const control = { address: `127.0.0.1:${grpcPort}`, token };
  return {
    config: createClient(ConfigService, control),
    deployments: createClient(DeploymentService, control),
    rollout: createClient(RolloutService, control),
    nodeService: createClient(NodeService, control),
  };
}

/** Cluster is Tollgate as separate processes on loopback, with the means to end and start each. */
export class Cluster implements AsyncDisposable {
  readonly home = mkdtempSync(join(tmpdir(), "tollgate-cluster-"));
  readonly grpcPort: number;
  readonly meteringPort: number;
  readonly nodes: ClusterNode[] = [];
  readonly otherControlPlanes: OtherControlPlane[] = [];
  readonly otherMeterings: OtherMetering[] = [];
  readonly config: ReturnType<typeof openClients>["config"];
  readonly deployments: ReturnType<typeof openClients>["deployments"];
  readonly rollout: ReturnType<typeof openClients>["rollout"];
  readonly nodeService: ReturnType<typeof openClients>["nodeService"];
  readonly usage;
  readonly billing;
  #options: ClusterOptions;
  readonly #clients;
  readonly controlPort: number;
  #controlPlane: Part | undefined;
  #metering: Part | undefined;
  #rootKeyText = "";

  private constructor(options: ClusterOptions, [grpcPort, controlPort, meteringPort]: readonly number[]) {
    this.#options = options;
    this.grpcPort = grpcPort as number;
    this.controlPort = controlPort as number;
    this.meteringPort = meteringPort as number;
    this.#clients = openClients(this.grpcPort, this.token);
    ({
      config: this.config,
      deployments: this.deployments,
      rollout: this.rollout,
      nodeService: this.nodeService,
    } = this.#clients);
    const metering = { address: `127.0.0.1:${meteringPort}`, token: this.token };
    this.usage = createClient(UsageService, metering);
    this.billing = createClient(BillingService, metering);
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    if (options.isBundled) await buildBundles();
    const ports = [await freePort(), await freePort(), await freePort()];
    const cluster = new Cluster(options, ports);
    try {
      for (let i = 1; i < (options.controlPlanes ?? 1); i++) await cluster.addControlPlane();
      await Promise.all([cluster.startControlPlane(), options.kafka ? cluster.startMetering() : undefined]);
      for (let i = 1; i < (options.meterings ?? 1); i++) await cluster.#addMetering();
      await Promise.all(Array.from({ length: options.nodes }, (_, i) => cluster.startNode(`node-${i}`)));
      cluster.nodes.sort((a, b) => a.id.localeCompare(b.id));
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  #env(name: string): Record<string, string> {
    const { etcd = "", kafka = "", postgres = "", otlp = "", env = {} } = this.#options;
    return {
      TOLLGATE_HOME: join(this.home, name),
      TOLLGATE_TOKEN: TOKEN,
      // The upstreams of tests are on this machine.
      TOLLGATE_EGRESS: "allow loopback",
      TOLLGATE_ETCD: etcd,
      TOLLGATE_KAFKA: kafka,
      TOLLGATE_DATABASE_URL: postgres,
      ...(otlp ? { OTEL_EXPORTER_OTLP_ENDPOINT: otlp } : {}),
      TOLLGATE_CONTROL_PLANE: [this, ...this.otherControlPlanes]
        .map((plane) => `127.0.0.1:${plane.grpcPort}`)
        .join(","),
      TOLLGATE_GRPC_PORT: String(this.grpcPort),
      TOLLGATE_CONTROL_PORT: String(this.controlPort),
      TOLLGATE_METERING_PORT: String(this.meteringPort),
      TOLLGATE_METERING_METRICS_PORT: "0",
      TOLLGATE_METERING: `127.0.0.1:${this.meteringPort}`,
      // The next metering need not wait longer for the end of one that was killed.
      TOLLGATE_KAFKA_SESSION_SECONDS: String(SESSION_SECONDS),
      ...env,
    };
  }

  /** Of clients that have all roles. */
  get token(): string {
    return this.#options.env?.TOLLGATE_TOKEN ?? TOKEN;
  }

  #startPart(name: string, env: Record<string, string>): Promise<Part> {
    return startPart(name, env, this.#options);
  }

  get controlPlane(): Part {
    return this.#controlPlane as Part;
  }

  get metering(): Part {
    return this.#metering as Part;
  }

  /** Where AWS's clients call. */
  get controlUrl(): string {
    return `http://127.0.0.1:${this.controlPort}`;
  }

  /** The access key of the account, as the control plane showed it when it started first. */
  get rootKey(): { readonly accessKeyId: string; readonly secretAccessKey: string } {
    const shown = (name: string) => new RegExp(`${name}=(\\S+)`).exec(this.#rootKeyText)?.[1] ?? "";
    return { accessKeyId: shown("AWS_ACCESS_KEY_ID"), secretAccessKey: shown("AWS_SECRET_ACCESS_KEY") };
  }

  /** Environment for the CLI. */
  get cliEnv(): Record<string, string> {
    return {
      TOLLGATE_ENDPOINT: `127.0.0.1:${this.grpcPort}`,
      TOLLGATE_METERING_ENDPOINT: `127.0.0.1:${this.meteringPort}`,
      TOLLGATE_TOKEN: TOKEN,
    };
  }

  async startControlPlane(): Promise<void> {
    this.#controlPlane = await this.#startPart("control-plane", this.#env("control-plane"));
    this.#rootKeyText ||= /AWS_ACCESS_KEY_ID/.test(this.#controlPlane.output())
      ? this.#controlPlane.output()
      : "";
  }

  /** Starts one more control plane on the same etcd. Nodes that start later know it too. */
  async addControlPlane(): Promise<void> {
    const grpcPort = await freePort();
    const clients = openClients(grpcPort, this.token);
    const part = await this.#startOther(grpcPort);
    this.otherControlPlanes.push({ grpcPort, clients, part });
  }

  /** Starts it again after its end. */
  async restartOther(plane: OtherControlPlane): Promise<void> {
    plane.part = await this.#startOther(plane.grpcPort);
  }

  /** Ends the control planes, and starts them again with other settings. */
  async restartControlPlanes(env: Record<string, string>): Promise<void> {
    this.#options = { ...this.#options, env: { ...this.#options.env, ...env } };
    const first = async () => {
      await this.controlPlane.kill("SIGTERM");
      await this.startControlPlane();
    };
    const others = this.otherControlPlanes.map(async (plane) => {
      await plane.part.kill("SIGTERM");
      await this.restartOther(plane);
    });
    await Promise.all([first(), ...others]);
  }

  #startOther(grpcPort: number): Promise<Part> {
    return this.#startPart("control-plane", {
      ...this.#env(`control-plane-${grpcPort}`),
      TOLLGATE_GRPC_PORT: String(grpcPort),
      TOLLGATE_CONTROL_PORT: "0",
    });
  }

  async startMetering(): Promise<void> {
    this.#metering = await this.#startPart("metering", this.#env("metering"));
  }

  async #addMetering(): Promise<void> {
    const port = await freePort();
    this.otherMeterings.push({ port, part: await this.#startOtherMetering(port) });
  }

  /** Starts it again after its end. */
  async restartOtherMetering(metering: OtherMetering): Promise<void> {
    metering.part = await this.#startOtherMetering(metering.port);
  }

  #startOtherMetering(port: number): Promise<Part> {
    const env = this.#env(`metering-${port}`);
    return this.#startPart("metering", { ...env, TOLLGATE_METERING_PORT: String(port) });
  }

  /** A node that was there before comes back on its ports. Nodes without config become ready only when one is deployed: not waited for. */
  async startNode(id: string): Promise<ClusterNode> {
    const before = this.nodes.find((node) => node.id === id);
    const httpPort = before?.httpPort ?? (await freePort());
    const adminPort = before?.adminPort ?? (await freePort());
    const env = this.#nodeEnv(id, "nodes", httpPort, adminPort);
    const part = await this.#startPart("data-plane", env);
    const isKilled = before?.part.child.signalCode === "SIGKILL";
    const provenMs = isKilled ? performance.now() + CONFIG_PROVEN_MS : 0;
    const node = { id, httpPort, adminPort, part, provenMs };
    if (before) this.nodes.splice(this.nodes.indexOf(before), 1, node);
    else this.nodes.push(node);
    return node;
  }

  /** Kills a node, as soon as it does not take its config for the cause. */
  async killNode(node: ClusterNode): Promise<void> {
    await delay(Math.max(0, node.provenMs - performance.now()));
    await node.part.kill("SIGKILL");
  }

  #nodeEnv(id: string, home: string, httpPort: number, adminPort: number): Record<string, string> {
    return {
      ...this.#env(home),
      TOLLGATE_NODE_ID: id,
      TOLLGATE_WORKERS: String(this.#options.workers ?? 1),
      TOLLGATE_HTTP_PORT: String(httpPort),
      TOLLGATE_HTTPS_PORT: "0",
      TOLLGATE_ADMIN_PORT: String(adminPort),
    };
  }

  /** Starts a process with the id of a node, by mistake: in a state directory of its own, or in that of the nodes. It is not waited for. */
  async startDouble(
    id: string,
    home: `double-of-${string}` | "nodes" = `double-of-${id}`,
  ): Promise<RunningProcess & { readonly adminPort: number }> {
    const adminPort = await freePort();
    const env = this.#nodeEnv(id, home, await freePort(), adminPort);
    return { ...launchPart("data-plane", env), adminPort };
  }

  /** Waits until a revision is applied on so many nodes, and throws when one refused it. */
  async waitApplied(revision: bigint | number, minNodes = this.nodes.length): Promise<void> {
    try {
      await this.#waitApplied(BigInt(revision), minNodes);
    } catch (error) {
      const UNAVAILABLE = 14;
      if ((error as { code?: number }).code !== UNAVAILABLE) throw error;
      // The call went over a connection to a control plane that was killed before, of whose end this process had not heard yet.
      await this.#waitApplied(BigInt(revision), minNodes);
    }
  }

  async #waitApplied(revision: bigint, minNodes: number): Promise<void> {
    const stream = this.rollout.waitApplied({ revision, minNodes, timeoutMs: 60_000 * PATIENCE });
    for await (const state of stream as AsyncIterable<WaitAppliedResponse>)
      if (state.state === NodeState.REFUSED)
        throw new Error(`${state.nodeId} refused: ${JSON.stringify(state.problems)}`);
  }

  /** Applies entities given as plain objects. */
  apply(entities: readonly { kind: string; apiId?: string; id: string; spec: unknown }[]) {
    return this.config.apply({
      entities: entities.map(({ kind, apiId = "", id, spec }) => ({
        kind,
        apiId,
        id,
        specJson: JSON.stringify(spec),
      })),
    });
  }

  async deploy(apiId: string, stageName: string): Promise<bigint> {
    return (await this.deployments.createDeployment({ apiId, stageName })).revision;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const clients = [this.#clients, ...this.otherControlPlanes.map((plane) => plane.clients)];
    for (const client of [...clients.flatMap((all) => Object.values(all)), this.usage, this.billing])
      client.close();
    await Promise.all(this.nodes.map((node) => node.part.kill("SIGTERM")));
    await Promise.all([
      this.#controlPlane?.kill("SIGTERM"),
      this.#metering?.kill("SIGTERM"),
      ...[...this.otherControlPlanes, ...this.otherMeterings].map(({ part }) => part.kill("SIGTERM")),
    ]);
    if (!process.env.TOLLGATE_TEST_KEEP) rmSync(this.home, { recursive: true, force: true });
  }
}

/** Path-style base of a stage on a node. */
export const stageUrl = (node: ClusterNode, apiId: string, stage: string): string =>
  `http://127.0.0.1:${node.httpPort}/_aws/execute-api/${apiId}/${stage}`;
