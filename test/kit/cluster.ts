import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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
import { baseEnv, freePort, type RunningProcess, startProcess, until } from "./process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The real processes run as in development: sources, by type stripping. */
const entry = (name: string) => join(ROOT, "packages", name, "src", "main.ts");

export interface Part extends RunningProcess {
  /** What the process printed of itself when it was ready. */
  readonly facts: Readonly<Record<string, number>>;
}

async function startPart(name: string, env: Record<string, string>, timeoutMs = 20_000): Promise<Part> {
  const child = startProcess(process.execPath, ["--disable-warning=TimeoutNegativeWarning", entry(name)], {
    env: { ...baseEnv(), TOLLGATE_LOG_LEVEL: process.env.TOLLGATE_TEST_LOG ?? "warn", ...env },
    cwd: ROOT,
  });
  const facts = await until(
    () => `${name} is ready: ${child.output()}`,
    () => {
      if (child.child.exitCode !== null) throw new Error(`${name} ended: ${child.output()}`);
      const line = /^ready (\{.*\})$/m.exec(child.output())?.[1];
      return line ? (JSON.parse(line) as Record<string, number>) : undefined;
    },
    timeoutMs,
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
  readonly workers?: number;
  readonly env?: Record<string, string>;
}

/** Node is one data-plane process of a cluster. */
export interface ClusterNode {
  readonly id: string;
  readonly httpPort: number;
  readonly adminPort: number;
  readonly part: Part;
}

const TOKEN = "test-token";

/** Cluster is Tollgate as separate processes on loopback, with the means to end and start each. */
export class Cluster implements AsyncDisposable {
  readonly home = mkdtempSync(join(tmpdir(), "tollgate-cluster-"));
  readonly grpcPort: number;
  readonly meteringPort: number;
  readonly nodes: ClusterNode[] = [];
  readonly config;
  readonly deployments;
  readonly rollout;
  readonly nodeService;
  readonly usage;
  readonly #options: ClusterOptions;
  readonly controlPort: number;
  #controlPlane: Part | undefined;
  #metering: Part | undefined;
  #rootKeyText = "";

  private constructor(options: ClusterOptions, [grpcPort, controlPort, meteringPort]: readonly number[]) {
    this.#options = options;
    this.grpcPort = grpcPort as number;
    this.controlPort = controlPort as number;
    this.meteringPort = meteringPort as number;
    const token = options.env?.TOLLGATE_TOKEN ?? TOKEN;
    const control = { address: `127.0.0.1:${grpcPort}`, token };
    this.config = createClient(ConfigService, control);
    this.deployments = createClient(DeploymentService, control);
    this.rollout = createClient(RolloutService, control);
    this.nodeService = createClient(NodeService, control);
    this.usage = createClient(UsageService, { address: `127.0.0.1:${meteringPort}`, token });
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const ports = [await freePort(), await freePort(), await freePort()];
    const cluster = new Cluster(options, ports);
    try {
      await Promise.all([cluster.startControlPlane(), options.kafka ? cluster.startMetering() : undefined]);
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
      TOLLGATE_ETCD: etcd,
      TOLLGATE_KAFKA: kafka,
      TOLLGATE_DATABASE_URL: postgres,
      ...(otlp ? { OTEL_EXPORTER_OTLP_ENDPOINT: otlp } : {}),
      TOLLGATE_CONTROL_PLANE: `127.0.0.1:${this.grpcPort}`,
      TOLLGATE_GRPC_PORT: String(this.grpcPort),
      TOLLGATE_CONTROL_PORT: String(this.controlPort),
      TOLLGATE_METERING_PORT: String(this.meteringPort),
      TOLLGATE_METERING: `127.0.0.1:${this.meteringPort}`,
      ...env,
    };
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
    this.#controlPlane = await startPart("control-plane", this.#env("control-plane"));
    this.#rootKeyText ||= /AWS_ACCESS_KEY_ID/.test(this.#controlPlane.output())
      ? this.#controlPlane.output()
      : "";
  }

  async startMetering(): Promise<void> {
    this.#metering = await startPart("metering", this.#env("metering"));
  }

  /** A node that was there before comes back on its ports. Nodes without config become ready only when one is deployed: not waited for. */
  async startNode(id: string): Promise<ClusterNode> {
    const before = this.nodes.find((node) => node.id === id);
    const httpPort = before?.httpPort ?? (await freePort());
    const adminPort = before?.adminPort ?? (await freePort());
    const env = {
      ...this.#env("nodes"),
      TOLLGATE_NODE_ID: id,
      TOLLGATE_WORKERS: String(this.#options.workers ?? 1),
      TOLLGATE_HTTP_PORT: String(httpPort),
      TOLLGATE_ADMIN_PORT: String(adminPort),
    };
    const node = { id, httpPort, adminPort, part: await startPart("data-plane", env) };
    if (before) this.nodes.splice(this.nodes.indexOf(before), 1, node);
    else this.nodes.push(node);
    return node;
  }

  /** Waits until a revision is applied on so many nodes, and throws when one refused it. */
  async waitApplied(revision: bigint | number, minNodes = this.nodes.length): Promise<void> {
    const stream = this.rollout.waitApplied({ revision: BigInt(revision), minNodes, timeoutMs: 60_000 });
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
    for (const client of [this.config, this.deployments, this.rollout, this.nodeService, this.usage])
      client.close();
    await Promise.all(this.nodes.map((node) => node.part.kill("SIGTERM")));
    await Promise.all([this.#controlPlane?.kill("SIGTERM"), this.#metering?.kill("SIGTERM")]);
    if (!process.env.TOLLGATE_TEST_KEEP) rmSync(this.home, { recursive: true, force: true });
  }
}

/** Path-style base of a stage on a node. */
export const stageUrl = (node: ClusterNode, apiId: string, stage: string): string =>
  `http://127.0.0.1:${node.httpPort}/_aws/execute-api/${apiId}/${stage}`;
