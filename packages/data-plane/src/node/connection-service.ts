import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectionOrder } from "@tollgate/pipeline";
import type { ServiceImplementation } from "@tollgate/proto/grpc";
import {
  type ConnectionService,
  type GiveOrderRequestSchema,
  ConnectionOrder as Order,
} from "@tollgate/proto/node";
import type { GiveOrder } from "../websocket/give-order.ts";
import type { OrderAsk } from "../worker/protocol.ts";

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

/** connectionService serves orders of other nodes. */
export const connectionService = (giveOrder: GiveOrder): ServiceImplementation<typeof ConnectionService> => ({
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
                },
              }
            : {},
        ),
      (error: unknown) => reply(error as Error),
    );
  },
});
