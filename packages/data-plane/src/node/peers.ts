import { hostname } from "node:os";
import type { Peer } from "@tollgate/config-stream";
import type { ConnectionKey, ConnectionStatus } from "@tollgate/pipeline";
import type { BearerToken } from "@tollgate/proto/access";
import { addService, createClient, type ServiceClient } from "@tollgate/proto/grpc";
import { type GrpcServer, startGrpcServer } from "@tollgate/proto/grpc-server";
import { ConnectionService, type ConnectionStatus as SentStatus } from "@tollgate/proto/node";
import type { Logger } from "@tollgate/telemetry";
import type { DataPlaneSettings } from "../settings.ts";
import { nodeTag, nodeTagOf } from "../websocket/owner.ts";
import type { OrderAsk } from "../worker/protocol.ts";
import type { ListingNode } from "./connection-pages.ts";
import {
  type ConnectionServiceOptions,
  connectionService,
  nodePageOf,
  toOrder,
  toPageRequest,
} from "./connection-service.ts";

/** So long another node may take for an order, and for a page of its connections, which it has in memory. */
const ORDER_MS = 5_000;
const PAGE_MS = 2_000;

type Client = ServiceClient<typeof ConnectionService>;

interface KnownPeer {
  readonly nodeId: string;
  readonly address: string;
  readonly client: Client;
}

export interface PeersOptions extends ConnectionServiceOptions {
  readonly logger: Logger;
}

type PeerSettings = Pick<DataPlaneSettings, "nodeId" | "token" | "tls" | "peer">;

const keyOf = ({ apiKeyId, usagePlanId }: SentStatus): ConnectionKey | undefined =>
  usagePlanId === "" ? undefined : { apiKeyId, usagePlanId };

/** Peers are the other nodes of the cluster, as far as this one can reach them. */
export class Peers implements AsyncDisposable {
  /** Where others reach this node; empty: they cannot. */
  readonly address: string;
  readonly #settings: PeerSettings;
  readonly #server: GrpcServer | undefined;
  /** By the tags of their ids. undefined: no control plane has said which there are. */
  #byTag: Map<string, KnownPeer> | undefined = undefined;

  constructor(settings: PeerSettings, address: string, server: GrpcServer | undefined) {
    this.#settings = settings;
    this.address = address;
    this.#server = server;
  }

  /** Where this node listens for others, where it does: no integration may go there. */
  get ports(): readonly number[] {
    return this.#server ? [this.#server.port] : [];
  }

  /** know takes over which nodes there are, as a control plane says. */
  know(peers: readonly Peer[]): void {
    const { nodeId: own, token, tls, peer } = this.#settings;
    const before = this.#byTag ?? new Map<string, KnownPeer>();
    const after = new Map<string, KnownPeer>();
    for (const { nodeId, address } of peers) {
      const tag = nodeTag(nodeId);
      const known = before.get(tag);
      if (nodeId === own) continue;
      after.set(
        tag,
        known?.address === address
          ? known
          : {
              nodeId,
              address,
              client: createClient(ConnectionService, { address, token, tls, serverName: peer.serverName }),
            },
      );
    }
    this.#byTag = after;
    for (const [tag, peer] of before) if (after.get(tag) !== peer) peer.client.close();
  }

  #known(): ReadonlyMap<string, KnownPeer> {
    if (!this.#byTag) throw new Error("no control plane has said yet which nodes there are");
    return this.#byTag;
  }

  /** listing are the other nodes, to list their connections. Throws while it is not known which there are. */
  listing(): ListingNode[] {
    return [...this.#known().values()].map(({ nodeId, client }) => ({
      nodeId,
      page: async (ask) =>
        nodePageOf(
          await client.listConnections(toPageRequest(ask), { deadline: new Date(Date.now() + PAGE_MS) }),
        ),
    }));
  }

  /** giveOrder hands an order to the node that a connection's id names; null: there is no such node. Rejects if it cannot be reached. */
  async giveOrder(ask: OrderAsk): Promise<ConnectionStatus | null> {
    const tag = nodeTagOf(ask.address.connectionId);
    if (tag === nodeTag(this.#settings.nodeId)) return null;
    const peer = this.#known().get(tag);
    if (!peer) return null;
    const { connection } = await peer.client.giveOrder(toOrder(ask), {
      deadline: new Date(Date.now() + ORDER_MS),
    });
    return connection
      ? {
          connectedAtUnixMs: Number(connection.connectTimeUnixMs),
          lastActiveAtUnixMs: Number(connection.lastActiveTimeUnixMs),
          sourceIp: connection.sourceIp,
          userAgent: connection.userAgent,
          key: keyOf(connection),
        }
      : null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client } of this.#byTag?.values() ?? []) client.close();
    await this.#server?.[Symbol.asyncDispose]();
  }
}

/** Without a token, a certificate of the authorities says who calls; without both, only this machine can. */
function tokensOf({ token, tls }: PeerSettings): (() => readonly BearerToken[]) | undefined {
  if (token !== undefined) return () => [{ token: token(), name: "node", roles: ["node"] }];
  return tls?.authorities === undefined ? undefined : () => [];
}

const isAnyHost = (host: string) => ["0.0.0.0", "::", "[::]"].includes(host);

/** openPeers makes this node reachable for others, and others for this one. */
export async function openPeers(settings: PeerSettings, options: PeersOptions): Promise<Peers> {
  const { peer, tls, nodeId } = settings;
  const { logger } = options;
  if (tls && (!tls.certificate || !tls.key)) {
    logger.warn(
      { nodeId },
      "other nodes cannot reach connections of this node: its TLS settings have authorities, but no certificate",
    );
    return new Peers(settings, "", undefined);
  }
  const server = await startGrpcServer({
    host: peer.host,
    port: peer.port,
    tokens: tokensOf(settings),
    tls,
    services: [ConnectionService],
    register: (grpc) => addService(grpc, ConnectionService, connectionService(options)),
  });
  const host = isAnyHost(peer.host) ? hostname() : peer.host;
  return new Peers(settings, peer.address ?? `${host}:${server.port}`, server);
}
