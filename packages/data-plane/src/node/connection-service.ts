import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type ConnectionOrder,
  type ConnectionStatus,
  DONE,
  type OrderOutcome,
} from "@tollgate/pipeline/node";
import type { ServiceImplementation } from "@tollgate/proto/grpc";
import {
  type ConnectionService,
  type ConnectionStatusSchema,
  type GiveOrderRequest,
  type GiveOrdersRequest,
  type ListConnectionsRequest,
  type ListConnectionsRequestSchema,
  type ListConnectionsResponse,
  type ListConnectionsResponseSchema,
  ConnectionOrder as Order,
  type OrderOutcomeSchema,
  type OrderOutcome as SentOutcome,
} from "@tollgate/proto/node";
import type { GiveOrder } from "../websocket/give-order.ts";
import type { OrderAsk } from "../worker/protocol.ts";
import { TurnQueue } from "../worker/turn-queue.ts";
import type { NodePage, PageAsk } from "./connection-pages.ts";

const NOTHING = Buffer.alloc(0);
const codes = { post: Order.POST, get: Order.GET, delete: Order.DELETE } as const;

/** toOrder is an order as it is sent to another node. */
export const toOrder = ({ address, order }: OrderAsk) => ({
  apiId: address.apiId,
  stage: address.stageName,
  connectionId: address.connectionId,
  order: codes[order.type],
  message: order.type === "post" ? order.message : NOTHING,
});

type SentOrder = Pick<GiveOrderRequest, "apiId" | "stage" | "connectionId" | "order" | "message">;

const askOf = ({ apiId, stage: stageName, connectionId, order, message }: SentOrder): OrderAsk => ({
  address: { apiId, stageName, connectionId },
  order: orderOf(order, message),
});

function orderOf(order: Order, message: Uint8Array): ConnectionOrder {
  if (order === Order.POST) {
    const { buffer, byteOffset, byteLength } = message;
    return { type: "post", message: Buffer.from(buffer, byteOffset, byteLength) };
  }
  return { type: order === Order.DELETE ? "delete" : "get" };
}

const toStatus = (status: ConnectionStatus): MessageInitShape<typeof ConnectionStatusSchema> => ({
  connectTimeUnixMs: BigInt(status.connectedAtUnixMs),
  lastActiveTimeUnixMs: BigInt(status.lastActiveAtUnixMs),
  sourceIp: status.sourceIp,
  userAgent: status.userAgent,
});

const toOutcome = (
  number: number,
  outcome: OrderOutcome | null,
): MessageInitShape<typeof OrderOutcomeSchema> => ({
  number,
  exists: outcome !== null,
  ...outcome?.key,
  ...(outcome?.status ? { connection: toStatus(outcome.status) } : {}),
});

/** outcomeOf is what another node says of an order; null: it has no such connection. */
export function outcomeOf({
  exists,
  connection,
  apiKeyId,
  usagePlanId,
}: Pick<SentOutcome, "exists" | "connection" | "apiKeyId" | "usagePlanId">): OrderOutcome | null {
  if (!exists) return null;
  const done = usagePlanId === "" ? DONE : { key: { apiKeyId, usagePlanId } };
  if (!connection) return done;
  const { connectTimeUnixMs, lastActiveTimeUnixMs, sourceIp, userAgent } = connection;
  return {
    ...done,
    status: {
      connectedAtUnixMs: Number(connectTimeUnixMs),
      lastActiveAtUnixMs: Number(lastActiveTimeUnixMs),
      sourceIp,
      userAgent,
    },
  };
}

/** toPageRequest is an ask for a page as it is sent to another node. */
export const toPageRequest = ({
  apiId,
  stageName: stage,
  after,
  limit,
}: PageAsk): MessageInitShape<typeof ListConnectionsRequestSchema> => ({
  apiId,
  stage,
  after: BigInt(after),
  limit,
});

const pageAskOf = ({ apiId, stage: stageName, after, limit }: ListConnectionsRequest): PageAsk => ({
  apiId,
  stageName,
  after: Number(after),
  limit,
});

const toPage = ({
  connections,
  nextAfter = 0,
}: NodePage): MessageInitShape<typeof ListConnectionsResponseSchema> => ({
  connections: connections.map(({ principalId, userArn, connectedAtUnixMs, ...connection }) => ({
    ...connection,
    connectTimeUnixMs: BigInt(connectedAtUnixMs),
    ...(principalId === undefined ? {} : { principalId }),
    ...(userArn === undefined ? {} : { userArn }),
  })),
  nextAfter: BigInt(nextAfter),
});

/** nodePageOf is a page that another node has sent. */
export const nodePageOf = ({ connections, nextAfter }: ListConnectionsResponse): NodePage => ({
  connections: connections.map(
    ({ connectionId, connectTimeUnixMs, sourceIp, userAgent, principalId, userArn }) => ({
      connectionId,
      connectedAtUnixMs: Number(connectTimeUnixMs),
      sourceIp,
      userAgent,
      principalId,
      userArn,
    }),
  ),
  nextAfter: nextAfter === 0n ? undefined : Number(nextAfter),
});

export interface ConnectionServiceOptions {
  /** Gives an order to a connection of this node. */
  readonly giveOrder: GiveOrder;
  /** Returns connections of this node. */
  readonly page: (ask: PageAsk) => NodePage;
}

/** connectionService serves other nodes. */
export const connectionService = ({
  giveOrder,
  page,
}: ConnectionServiceOptions): ServiceImplementation<typeof ConnectionService> => ({
  listConnections({ request }, reply) {
    reply(null, toPage(page(pageAskOf(request))));
  },
  giveOrders(stream) {
    const outcomes = new TurnQueue<MessageInitShape<typeof OrderOutcomeSchema>>((some) => {
      if (!stream.cancelled && !stream.writableEnded) stream.write({ outcomes: [...some] });
    });
    stream.on("data", ({ orders }: GiveOrdersRequest) => {
      for (const order of orders) {
        const { number } = order;
        giveOrder(askOf(order)).then(
          (outcome) => outcomes.add(toOutcome(number, outcome)),
          (error: unknown) => outcomes.add({ number, error: String(error) }),
        );
      }
    });
    stream.on("error", () => stream.end());
    stream.on("end", () => stream.end());
  },
  giveOrder({ request }, reply) {
    giveOrder(askOf(request)).then(
      (outcome) =>
        reply(
          null,
          outcome
            ? { connection: { ...(outcome.status ? toStatus(outcome.status) : {}), ...outcome.key } }
            : {},
        ),
      (error: unknown) => reply(error as Error),
    );
  },
});
