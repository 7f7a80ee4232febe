import type { Peer } from "@tollgate/config-stream";
import type { OrderOutcome } from "@tollgate/pipeline";
import { createClient, type ServiceClient } from "@tollgate/proto/grpc";
import { ConnectionService } from "@tollgate/proto/node";
import { RpcCode } from "@tollgate/proto/rpc";
import type { DataPlaneSettings } from "../settings.ts";
import type { OrderAsk } from "../worker/protocol.ts";
import type { NodePage, PageAsk } from "./connection-pages.ts";
import { nodePageOf, outcomeOf, toOrder, toPageRequest } from "./connection-service.ts";
import { OrderStream } from "./order-stream.ts";

/** So long another node may take for an order, and for a page of its connections, which it has in memory. */
const ORDER_MS = 5_000;
const PAGE_MS = 2_000;
/** So long for either if it is missing, and so long it is taken for gone if it was not there. */
const MISSING_MS = 1_000;
const GONE_MS = 2_000;

const NO_PAGE: NodePage = { connections: [], nextAfter: undefined };

/** KnownPeer is another node, as far as a control plane knows it. */
export class KnownPeer {
  readonly nodeId: string;
  readonly address: string;
  /** It has lost the control planes: it may serve its clients all the same, or be gone. */
  isMissing = false;
  readonly #client: ServiceClient<typeof ConnectionService>;
  readonly #orders: OrderStream;
  /** It is of the version before, which takes one order at a time. */
  #takesOne = false;
  #goneUntilMs = 0;

  constructor(
    { nodeId, address }: Peer,
    { token, tls, peer }: Pick<DataPlaneSettings, "token" | "tls" | "peer">,
  ) {
    this.nodeId = nodeId;
    this.address = address;
    const client = createClient(ConnectionService, { address, token, tls, serverName: peer.serverName });
    this.#client = client;
    this.#orders = new OrderStream(() => client.giveOrders());
  }

  /** giveOrder gives it an order; null: it has no such connection, or is gone. Rejects if it cannot be reached. */
  giveOrder(ask: OrderAsk): Promise<OrderOutcome | null> {
    return this.#ask(null, ORDER_MS, (timeoutMs) => this.#give(ask, timeoutMs));
  }

  /** page asks for a page of its connections; empty, if it is gone. */
  page(ask: PageAsk): Promise<NodePage> {
    return this.#ask(NO_PAGE, PAGE_MS, async (timeoutMs) =>
      nodePageOf(await this.#client.listConnections(toPageRequest(ask), deadlineIn(timeoutMs))),
    );
  }

  /** One that is missing and does not respond is gone; whoever is not missing only cannot be reached. */
  async #ask<T>(gone: T, timeoutMs: number, ask: (timeoutMs: number) => Promise<T>): Promise<T> {
    if (!this.isMissing) return ask(timeoutMs);
    if (performance.now() < this.#goneUntilMs) return gone;
    try {
      return await ask(MISSING_MS);
    } catch {
      this.#goneUntilMs = performance.now() + GONE_MS;
      return gone;
    }
  }

  async #give(ask: OrderAsk, timeoutMs: number): Promise<OrderOutcome | null> {
    if (this.#takesOne) return this.#giveOne(ask, timeoutMs);
    try {
      return await this.#orders.give(ask, timeoutMs);
    } catch (error) {
      if ((error as { readonly code?: number }).code !== RpcCode.UNIMPLEMENTED) throw error;
      this.#takesOne = true;
      return this.#giveOne(ask, timeoutMs);
    }
  }

  async #giveOne(ask: OrderAsk, timeoutMs: number): Promise<OrderOutcome | null> {
    const { connection } = await this.#client.giveOrder(toOrder(ask), deadlineIn(timeoutMs));
    // It describes the connection, whatever was ordered.
    const { apiKeyId = "", usagePlanId = "" } = connection ?? {};
    const described = ask.order.type === "get" ? connection : undefined;
    return outcomeOf({ exists: connection !== undefined, connection: described, apiKeyId, usagePlanId });
  }

  close(): void {
    this.#orders.close();
    this.#client.close();
  }
}

const deadlineIn = (timeoutMs: number) => ({ deadline: new Date(Date.now() + timeoutMs) });
