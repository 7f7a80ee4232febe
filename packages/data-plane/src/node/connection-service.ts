import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectionOrder } from "@tollgate/pipeline";
import type { ServiceImplementation } from "@tollgate/proto/grpc";
import {
  type ConnectionService,
  type GiveOrderRequestSchema,
  type ListConnectionsRequest,
  type ListConnectionsRequestSchema,
  type ListConnectionsResponse,
  type ListConnectionsResponseSchema,
  ConnectionOrder as Order,
} from "@tollgate/proto/node";
import type { GiveOrder } from "../websocket/give-order.ts";
import type { OrderAsk } from "../worker/protocol.ts";
import type { NodePage, PageAsk } from "./connection-pages.ts";

const NOTHING = Buffer.alloc(0);
const codes = { post: Order.POST, get: Order.GET, delete: Order.DELETE } as const;

/** toOrder is an order as it is sent to another node. */
export const toOrder = ({ address, order }: OrderAsk): MessageInitShape<typeof GiveOrderRequestSchema> => ({
  apiId: address.apiId,
  stage: address.stageName,
  connectionId: address.connectionId,
  order: codes[order.type],
  message: order.type === "post" ? order.message : NOTHING,
});

function orderOf(order: Order, message: Uint8Array): ConnectionOrder {
  if (order === Order.POST) return { type: "post", message: Buffer.from(message) };
  return { type: order === Order.DELETE ? "delete" : "get" };
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
  giveOrder({ request }, reply) {
    const { apiId, stage: stageName, connectionId, order, message } = request;
    giveOrder({ address: { apiId, stageName, connectionId }, order: orderOf(order, message) }).then(
      (status) =>
        reply(
          null,
          status
            ? {
                connection: {
                  connectTimeUnixMs: BigInt(status.connectedAtUnixMs),
                  lastActiveTimeUnixMs: BigInt(status.lastActiveAtUnixMs),
                  sourceIp: status.sourceIp,
                  userAgent: status.userAgent,
                  apiKeyId: status.key?.apiKeyId ?? "",
                  usagePlanId: status.key?.usagePlanId ?? "",
                },
              }
            : {},
        ),
      (error: unknown) => reply(error as Error),
    );
  },
});
