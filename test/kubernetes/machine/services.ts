import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { ApiObject, ApiServer, Meta } from "./api.ts";
import type { Network } from "./network.ts";

interface Service extends ApiObject {
  readonly metadata: Meta & { readonly namespace: string };
  readonly spec: {
    readonly clusterIP?: string;
    readonly ports?: readonly { readonly name?: string; readonly port: number }[];
  };
}

interface Slice extends ApiObject {
  readonly endpoints:
    | readonly {
        readonly addresses: readonly string[];
        readonly conditions?: { readonly ready?: boolean };
      }[]
    | null;
  readonly ports: readonly { readonly name?: string; readonly port: number }[] | null;
}

const SERVICE_NAME = "kubernetes.io/service-name";
const CLUSTER_DOMAIN = "cluster.local";

/** forward connects two sockets until both have ended. */
function forward(client: Socket, upstream: Socket): void {
  client.setNoDelay();
  upstream.setNoDelay();
  client.pipe(upstream);
  upstream.pipe(client);
  const end = () => {
    client.destroy();
    upstream.destroy();
  };
  client.on("error", end);
  upstream.on("error", end);
  client.on("close", end);
  upstream.on("close", end);
}

/** listenAt passes the connections to an address on to what `target` says of each; undefined: it is refused. */
export async function listenAt(
  host: string,
  port: number,
  target: () => { readonly host: string; readonly port: number } | undefined,
): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const to = target();
    if (to) forward(client, connect({ ...to, allowHalfOpen: true }));
    else client.resetAndDestroy();
  });
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

/**
 * ServiceProxy is what kube-proxy is on a real machine: it has the addresses of all services, and gives each new connection to one of the ready pods. Those
 * that are there stay where they are, as they do with the tables of a kernel.
 */
export class ServiceProxy implements AsyncDisposable {
  readonly #network: Network;
  readonly #services = new Map<string, { readonly address: string; readonly servers: Promise<Server[]> }>();
  readonly #slices = new Map<string, Slice>();
  #turn = 0;

  constructor(api: ApiServer, network: Network) {
    this.#network = network;
    api.follow<Service>("/api/v1/services", (service, isGone) => this.#seeService(service, isGone));
    api.follow<Slice>("/apis/discovery.k8s.io/v1/endpointslices", (slice, isGone) => {
      if (isGone) this.#slices.delete(slice.metadata.uid);
      else this.#slices.set(slice.metadata.uid, slice);
    });
  }

  #seeService({ metadata, spec }: Service, isGone: boolean): void {
    const { name, namespace, uid } = metadata;
    const address = spec.clusterIP;
    if (!address || address === "None") return;
    const full = [
      `${name}.${namespace}`,
      `${name}.${namespace}.svc`,
      `${name}.${namespace}.svc.${CLUSTER_DOMAIN}`,
    ];
    const setNames = (to: string | undefined) => {
      this.#network.setNames(full, to);
      this.#network.setNames([name], to, namespace);
    };
    const known = this.#services.get(uid);
    if (isGone) {
      this.#services.delete(uid);
      setNames(undefined);
      void known?.servers.then(async (servers) => {
        for (const server of servers) server.close();
        await this.#network.removeAddress(address);
      });
    } else if (!known) {
      this.#services.set(uid, { address, servers: this.#serve(namespace, name, address, spec.ports ?? []) });
      setNames(address);
    }
  }

  async #serve(
    namespace: string,
    name: string,
    address: string,
    ports: NonNullable<Service["spec"]["ports"]>,
  ): Promise<Server[]> {
    await this.#network.addAddress(address);
    return await Promise.all(
      ports.map((port) =>
        listenAt(address, port.port, () => {
          const ready = this.readyOf(namespace, name, port.name ?? "");
          return ready[this.#turn++ % Math.max(ready.length, 1)];
        }),
      ),
    );
  }

  /** Where the ready pods of a service are. */
  readyOf(
    namespace: string,
    service: string,
    portName: string,
  ): { readonly host: string; readonly port: number }[] {
    return [...this.#slices.values()]
      .filter(
        ({ metadata }) => metadata.namespace === namespace && metadata.labels?.[SERVICE_NAME] === service,
      )
      .flatMap(({ endpoints, ports }) => {
        const port = ports?.find((one) => (one.name ?? "") === portName)?.port;
        if (port === undefined) return [];
        return (endpoints ?? [])
          .filter(({ conditions }) => conditions?.ready)
          .flatMap(({ addresses }) => addresses.map((host) => ({ host, port })));
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { servers } of this.#services.values())
      for (const server of await servers.catch(() => [])) server.close();
  }
}
