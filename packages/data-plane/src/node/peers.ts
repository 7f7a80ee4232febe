import { hostname } from "node:os";
import type { Peer } from "@tollgate/config-stream";
import type { OrderOutcome } from "@tollgate/pipeline";
import type { BearerToken } from "@tollgate/proto/access";
import { addService } from "@tollgate/proto/grpc";
import { type GrpcServer, startGrpcServer } from "@tollgate/proto/grpc-server";
import { ConnectionService, SampleService } from "@tollgate/proto/node";
import type { Logger } from "@tollgate/telemetry";
import type { DataPlaneSettings } from "../settings.ts";
import { nodeTag, nodeTagOf } from "../websocket/owner.ts";
import type { OrderAsk } from "../worker/protocol.ts";
import type { ListingNode } from "./connection-pages.ts";
import { type ConnectionServiceOptions, connectionService } from "./connection-service.ts";
import { KnownPeer } from "./known-peer.ts";
import { type SampleServiceOptions, sampleService } from "./sample-service.ts";

export interface PeersOptions extends ConnectionServiceOptions, SampleServiceOptions {
  readonly logger: Logger;
}

type PeerSettings = Pick<DataPlaneSettings, "nodeId" | "token" | "nodeTokens" | "tls" | "peer">;

/** Peers are the other nodes of the cluster, as far as this one can reach them. */
export class Peers implements AsyncDisposable {
  /** Where others reach this node; empty: they cannot. */
  readonly address: string;
  readonly #settings: PeerSettings;
  readonly #ownTag: string;
  readonly #server: GrpcServer | undefined;
  /** By the tags of their ids. undefined: no control plane has said which there are. */
  #byTag: Map<string, KnownPeer> | undefined = undefined;

  constructor(settings: PeerSettings, address: string, server: GrpcServer | undefined) {
    this.#settings = settings;
    this.#ownTag = nodeTag(settings.nodeId);
    this.address = address;
    this.#server = server;
  }

  /** Where this node listens for others, where it does: no integration may go there. */
  get ports(): readonly number[] {
    return this.#server ? [this.#server.port] : [];
  }

  /**
   * know takes over which nodes there are, as a control plane says. Those that are missing have lost the control planes: their connections are
   * theirs as long as they can be reached.
   */
  know(peers: readonly Peer[], missing: readonly Peer[]): void {
    const before = this.#byTag ?? new Map<string, KnownPeer>();
    const after = new Map<string, KnownPeer>();
    const add = (given: Peer, isMissing: boolean): void => {
      const tag = nodeTag(given.nodeId);
      if (tag === this.#ownTag) return;
      const known = before.get(tag);
      const peer = known?.address === given.address ? known : new KnownPeer(given, this.#settings);
      peer.isMissing = isMissing;
      after.set(tag, peer);
    };
    for (const peer of missing) add(peer, true);
    for (const peer of peers) add(peer, false);
    this.#byTag = after;
    for (const [tag, peer] of before) if (after.get(tag) !== peer) peer.close();
  }

  #known(): ReadonlyMap<string, KnownPeer> {
    if (!this.#byTag) throw new Error("no control plane has said yet which nodes there are");
    return this.#byTag;
  }

  /** listing are the other nodes, to list their connections. Throws while it is not known which there are. */
  listing(): ListingNode[] {
    return [...this.#known().values()];
  }

  /** giveOrder hands an order to the node that a connection's id names; null: there is no such node. Rejects if it cannot be reached. */
  async giveOrder(ask: OrderAsk): Promise<OrderOutcome | null> {
    const tag = nodeTagOf(ask.address.connectionId);
    if (tag === this.#ownTag) return null;
    return this.#known().get(tag)?.giveOrder(ask) ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#byTag?.values() ?? []) peer.close();
    await this.#server?.[Symbol.asyncDispose]();
  }
}

/** Without a token, a certificate of the authorities says who calls; without both, only this machine can. */
function tokensOf({ nodeTokens, tls }: PeerSettings): (() => readonly BearerToken[]) | undefined {
  if (nodeTokens) return () => nodeTokens().map((token) => ({ token, name: "node", roles: ["node"] }));
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
    services: [ConnectionService, SampleService],
    register: (grpc) => {
      addService(grpc, ConnectionService, connectionService(options));
      addService(grpc, SampleService, sampleService(options));
    },
  });
  const host = isAnyHost(peer.host) ? hostname() : peer.host;
  return new Peers(settings, peer.address ?? `${host}:${server.port}`, server);
}
