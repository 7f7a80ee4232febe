import { createClient } from "@tollgate/proto/grpc";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@tollgate/proto/health";
import { type Cluster, type ClusterNode, type Part, stageUrl } from "../kit/cluster.ts";
import { type StoppableServer, until } from "../kit/process.ts";
import { mock, resourceOf } from "../kit/rest-api.ts";
import { inRandomOrder } from "../kit/seeded.ts";

const API = "serversapi";
const STAGE = "prod";
const EDITED = "edited01";

/** Client is a process of Tollgate that talks to servers. */
export type Client = "control plane" | "node" | "metering";

/** ServerRow says what holds while a server is away. */
export interface ServerRow {
  readonly server: string;
  /** The processes that say that they are not ready meanwhile. All others are ready. */
  readonly notReady: readonly Client[];
  /** Whether the config can be changed meanwhile. */
  readonly isConfigStored: boolean;
}

/** SERVERS is one row for each server that processes of Tollgate are clients of. */
export const SERVERS: readonly ServerRow[] = [
  { server: "etcd", notReady: ["control plane"], isConfigStored: false },
  { server: "kafka", notReady: [], isConfigStored: true },
  { server: "postgres", notReady: ["metering"], isConfigStored: true },
  { server: "redis", notReady: [], isConfigStored: true },
];

/** STOPS are the ways to stop a server, with the way back of each. */
export const STOPS: Readonly<
  Record<string, (server: StoppableServer) => Promise<() => Promise<void> | void>>
> = {
  killed: async (server) => {
    await server.kill();
    return () => server.restart();
  },
  terminated: async (server) => {
    await server.kill("SIGINT");
    return () => server.restart();
  },
  paused: async (server) => {
    await server.pause();
    return () => server.resume();
  },
};

/** What is read of a process while a server is away. */
interface Watched {
  readonly client: Client;
  readonly name: string;
  readonly part: () => Part;
  /** Why it is not ready; undefined: it is. */
  readonly notReady: () => Promise<string | undefined>;
}

const overHttp = (port: number) => async () => {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  const text = await response.text();
  return response.ok ? undefined : text.trim();
};

const overGrpc = (port: number) => async () => {
  const health = createClient(Health, { address: `127.0.0.1:${port}` });
  try {
    const [{ status }, alive] = await Promise.all([health.check({}), health.check({ service: "liveness" })]);
    if (alive.status !== Status.SERVING) throw new Error("the process says that it does not live");
    return status === Status.SERVING ? undefined : "NOT_SERVING";
  } finally {
    health.close();
  }
};

const watchedOf = (cluster: Cluster): Watched[] => [
  {
    client: "control plane",
    name: "control plane",
    part: () => cluster.controlPlane,
    notReady: overHttp(cluster.controlPort),
  },
  {
    client: "metering",
    name: "metering",
    part: () => cluster.metering,
    notReady: overGrpc(cluster.meteringPort),
  },
  ...cluster.nodes.map(
    (node): Watched => ({
      client: "node",
      name: node.id,
      part: () => node.part,
      notReady: overHttp(node.adminPort),
    }),
  ),
];

/** ServersWorld is a cluster and the servers behind it. */
export interface ServersWorld {
  readonly cluster: Cluster;
  readonly servers: Readonly<Record<string, StoppableServer>>;
}

/** Servers stops the servers of a cluster one at a time, and checks its processes meanwhile and afterwards. */
export class Servers {
  readonly #world: ServersWorld;
  #edits = 0;
  #calls = 0;

  constructor(world: ServersWorld) {
    this.#world = world;
  }

  async setUp(): Promise<void> {
    const { cluster } = this.#world;
    await cluster.apply([{ kind: "RestApi", id: API, spec: { name: "servers" } }]);
    await this.#edit();
    await this.#served();
  }

  /** Stops a server, works on without it, lets it come back, and checks that everything has caught up. */
  async away({ server, notReady, isConfigStored }: ServerRow, how: string): Promise<void> {
    const { cluster, servers } = this.#world;
    const watched = watchedOf(cluster);
    const pids = watched.map(({ part }) => part().child.pid);
    const back = await (STOPS[how] as (typeof STOPS)[string])(servers[server] as StoppableServer);
    try {
      await this.#call(20);
      for (const { client, name, notReady: reason } of watched)
        if (notReady.includes(client))
          await until(`${name} says that it is not ready`, async () => (await reason()) !== undefined);
      for (const { client, name, notReady: reason } of watched) {
        const said = await reason();
        if ((said !== undefined) !== notReady.includes(client))
          throw new Error(`without ${server}, ${name} ${said === undefined ? "is ready" : `says '${said}'`}`);
      }
      const edit = await this.#edit().then(
        () => true,
        () => false,
      );
      if (edit !== isConfigStored)
        throw new Error(`without ${server}, a change of the config was ${edit ? "stored" : "refused"}`);
    } finally {
      await back();
    }
    for (const { name, notReady: reason } of watched)
      await until(`${name} is ready again`, async () => (await reason()) === undefined);
    await this.#edit();
    await this.#served();
    await this.#call(20);
    await this.#counted();
    this.#checkProcesses(watched, pids);
  }

  /** Every process is the same as before, and none of its errors went unhandled. */
  #checkProcesses(watched: readonly Watched[], pids: readonly (number | undefined)[]): void {
    for (const [i, { name, part }] of watched.entries()) {
      const { child, output } = part();
      if (child.pid !== pids[i] || child.exitCode !== null || child.signalCode !== null)
        throw new Error(`${name} has ended: ${output().slice(-4_000)}`);
      // What a client of Redis says of a connection that was cut is logged as it is.
      const said = output().replaceAll("Socket closed unexpectedly", "");
      const unexpected = /^.*(unhandled|uncaught|unexpectedly|MaxListeners|TimeoutNegative).*$/im.exec(
        said,
      )?.[0];
      if (unexpected) throw new Error(`${name}: ${unexpected}`);
    }
  }

  async #edit(): Promise<void> {
    const { cluster } = this.#world;
    const text = `edit ${this.#edits + 1}`;
    await cluster.apply([resourceOf(API, EDITED, "/edited", { GET: mock(text) })]);
    await cluster.deploy(API, STAGE);
    this.#edits++;
  }

  /** The last edit is served by every node. */
  async #served(): Promise<void> {
    for (const node of this.#world.cluster.nodes)
      await until(`${node.id} serves edit ${this.#edits}`, async () => {
        const response = await this.#fetch(node);
        return (await response.text()) === `edit ${this.#edits}`;
      });
  }

  async #fetch(node: ClusterNode): Promise<Response> {
    const response = await fetch(`${stageUrl(node, API, STAGE)}/edited`);
    // Calls of an unknown API are not usage of it.
    if (response.status === 200) this.#calls++;
    return response;
  }

  async #call(count: number): Promise<void> {
    const { nodes } = this.#world.cluster;
    for (let i = 0; i < count; i++) {
      const response = await this.#fetch(nodes[i % nodes.length] as ClusterNode);
      if (response.status !== 200) throw new Error(`a call got ${response.status}`);
      await response.arrayBuffer();
    }
  }

  /** Every call is counted, once. */
  async #counted(): Promise<void> {
    let counted = 0;
    await until(
      () => `metering has counted ${counted} of ${this.#calls} calls`,
      async () => {
        const { rows } = await this.#world.cluster.usage.queryUsage({ apiId: API });
        counted = rows.reduce((sum, { callCount }) => sum + Number(callCount), 0);
        return counted >= this.#calls;
      },
      60_000,
    );
    if (counted !== this.#calls) throw new Error(`metering has counted ${counted} calls, not ${this.#calls}`);
  }
}

/** stopServers stops every server in every way, in a random order. It goes on after a failure, which may leave the next ones failing too. */
export async function stopServers(
  servers: Servers,
  { random, rounds }: { readonly random: () => number; readonly rounds: number },
): Promise<{ readonly stops: number; readonly failed: number; readonly details: readonly string[] }> {
  await servers.setUp();
  const details: string[] = [];
  let stops = 0;
  for (let round = 0; round < rounds; round++) {
    const cases = SERVERS.flatMap((row) => Object.keys(STOPS).map((how) => ({ row, how })));
    for (const { row, how } of inRandomOrder(cases, random)) {
      stops++;
      await servers
        .away(row, how)
        .catch((error: unknown) => details.push(`${row.server} ${how}: ${(error as Error).message}`));
    }
  }
  return { stops, failed: details.length, details };
}
