import { setTimeout as delay } from "node:timers/promises";
import { ConfigService, DeploymentService } from "@tollgate/proto/control";
import { createClient } from "@tollgate/proto/grpc";
import { type Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { until } from "../kit/process.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";
import type { ConfigHistory, Read, Value, Write } from "./config-history.ts";

const API = "historyapi";
const STAGE = "prod";
const ROUTES = ["k0", "k1", "k2", "k3"];
/** Mean time between two edits. The last of them that a kill may take from a node's disk are those of half a second. */
const EDIT_MS = 700;
/** Between two reads of all routes at a node. */
const READ_MS = 25;

const resource = (route: string, value: string) => resourceOf(API, route, `/${route}`, { GET: mock(value) });

interface Plane {
  readonly config: Cluster["config"];
  readonly deployments: Cluster["deployments"];
}

/** ConfigRecorder edits routes of an API of its own and reads them at all nodes, whatever is done to the cluster meanwhile. */
export class ConfigRecorder {
  readonly #cluster: Cluster;
  /** One for each control plane. What fails at one is tried at the next, as a new write. */
  readonly #planes: readonly Plane[];
  #planeIndex = 0;
  readonly #random: () => number;
  readonly #readMs: number;
  readonly #stop = new AbortController();
  readonly #writes: Write[] = [];
  readonly #reads: Read[] = [];
  readonly #running: Promise<unknown>;
  #edits = 0;
  #lastRevision = 0n;

  private constructor(cluster: Cluster, random: () => number, readMs: number) {
    this.#cluster = cluster;
    this.#readMs = readMs;
    const token = cluster.cliEnv.TOLLGATE_TOKEN;
    this.#planes = [cluster, ...cluster.otherControlPlanes].map(({ grpcPort }) => {
      // Another setting makes it another connection: the edits that fail must not put the one of the scenarios into its backoff.
      const control = { address: `127.0.0.1:${grpcPort}`, token, keepaliveMs: 9_000 };
      return {
        config: createClient(ConfigService, control),
        deployments: createClient(DeploymentService, control),
      };
    });
    this.#random = random;
    this.#running = Promise.all([this.#edit(), ...cluster.nodes.map(({ id }) => this.#follow(id))]);
  }

  static async start(cluster: Cluster, random: () => number, readMs = READ_MS): Promise<ConfigRecorder> {
    for (const route of ROUTES)
      await cluster.config.delete({ kind: "Resource", apiId: API, id: route }).catch(() => undefined);
    // An API without methods cannot be deployed.
    await cluster.apply([{ kind: "RestApi", id: API, spec: { name: "history" } }, resource("kept", "kept")]);
    await cluster.waitApplied(await cluster.deploy(API, STAGE));
    return new ConfigRecorder(cluster, random, readMs);
  }

  /** How many edits were acknowledged. */
  get acknowledged(): number {
    return this.#writes.filter(({ ackMs }) => ackMs !== undefined).length;
  }

  /** The revision of the last one that was. */
  get lastRevision(): bigint {
    return this.#lastRevision;
  }

  get #plane(): Plane {
    return this.#planes[this.#planeIndex] as Plane;
  }

  async #edit(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const route = ROUTES[Math.floor(this.#random() * ROUTES.length)] as string;
      await this.#write(route, this.#random() < 0.3 ? null : `v${++this.#edits}`);
      await delay(EDIT_MS * (0.5 + this.#random()));
    }
  }

  async #write(route: string, value: Value): Promise<void> {
    const beginMs = performance.now();
    try {
      if (value === null) await this.#remove(route);
      else await this.#put(route, value);
      this.#lastRevision = await this.#deploy();
      this.#writes.push({ route, value, beginMs, ackMs: performance.now() });
    } catch {
      this.#writes.push({ route, value, beginMs, ackMs: undefined, failMs: performance.now() });
      this.#planeIndex = (this.#planeIndex + 1) % this.#planes.length;
    }
  }

  async #put(route: string, value: string): Promise<void> {
    const { spec, ...named } = resource(route, value);
    await this.#plane.config.apply({ entities: [{ ...named, specJson: JSON.stringify(spec) }] });
  }

  async #deploy(): Promise<bigint> {
    return (await this.#plane.deployments.createDeployment({ apiId: API, stageName: STAGE })).revision;
  }

  /** What is not there is removed already. */
  async #remove(route: string): Promise<void> {
    const NOT_FOUND = 5;
    await this.#plane.config
      .delete({ kind: "Resource", apiId: API, id: route })
      .catch((error: { code?: number }) => {
        if (error.code !== NOT_FOUND) throw error;
      });
  }

  async #follow(id: string): Promise<void> {
    let part: ClusterNode["part"] | undefined;
    let process = -1;
    while (!this.#stop.signal.aborted) {
      const node = this.#cluster.nodes.find((one) => one.id === id);
      if (node && node.part !== part) {
        part = node.part;
        process++;
      }
      if (node)
        for (const route of ROUTES) {
          const beginMs = performance.now();
          const value = await readRoute(node, route).catch(() => undefined);
          // A restart during the read, or one of which the cluster does not know yet: it is not known which process has responded.
          const { exitCode, signalCode } = node.part.child;
          const isRestarted = this.#cluster.nodes.find((one) => one.id === id)?.part !== part;
          if (value === undefined || isRestarted || exitCode !== null || signalCode !== null) break;
          this.#reads.push({ node: id, route, value, beginMs, endMs: performance.now(), process });
        }
      await delay(this.#readMs);
    }
  }

  /** Ends the edits with a deployment of what is stored, and reads everything once more. */
  async stop(): Promise<ConfigHistory> {
    this.#stop.abort();
    await this.#running;
    const { nodes } = this.#cluster;
    const revision = await until("the control plane deploys", () => this.#deploy().catch(() => undefined));
    await this.#cluster.waitApplied(revision);
    const stored: Record<string, Value> = {};
    const served: Record<string, Record<string, Value>> = {};
    for (const route of ROUTES) {
      stored[route] = await this.#storedValue(route);
      for (const node of nodes) (served[node.id] ??= {})[route] = (await readRoute(node, route)) ?? null;
    }
    for (const { config, deployments } of this.#planes) {
      config.close();
      deployments.close();
    }
    return { writes: this.#writes, reads: this.#reads, stored, served };
  }

  async #storedValue(route: string): Promise<Value> {
    const { entities } = await this.#plane.config.list({ kind: "Resource", apiId: API, pageSize: 100 });
    const found = entities.find(({ id }) => id === route);
    return found ? (/"application\/json":"(v\d+)"/.exec(found.specJson)?.[1] ?? found.specJson) : null;
  }
}

/** What a node serves at a route; undefined: it did not say. */
async function readRoute(node: ClusterNode, route: string): Promise<Value | undefined> {
  const response = await fetch(`${stageUrl(node, API, STAGE)}/${route}`);
  const text = await response.text();
  if (response.status === 200) return text;
  return response.status === 403 ? null : undefined;
}
