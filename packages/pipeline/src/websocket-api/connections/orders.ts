import type { Call, Integrate } from "../../call/call.ts";
import { deny, Refused } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import { readWholeBody } from "../../call/request-body.ts";
import { andThen, type Late } from "../../engine/late.ts";
import type { Ports } from "../../engine/ports.ts";
import type { ConnectionOrder, ConnectionStatus, OrderOutcome } from "../../runtime/connections.ts";
import { isConnectionId } from "../connection-id.ts";
import type { WebSocketContext } from "../context.ts";
import { MESSAGE_MAX_BYTES, messageUnits } from "../limits.ts";
import { tooLarge } from "./limit.ts";
import { timeText } from "./time-text.ts";

/** AWS's body is empty: clients find the error by its type alone. */
const gone: Reply = {
  status: 410,
  headers: ["x-amzn-ErrorType", "GoneException"],
  body: undefined,
};
const done: Reply = { status: 200, headers: [], body: undefined };
const deleted: Reply = { status: 204, headers: [], body: undefined };

function described({ connectedAtUnixMs, lastActiveAtUnixMs, sourceIp, userAgent }: ConnectionStatus): Reply {
  const body = JSON.stringify({
    connectedAt: timeText(connectedAtUnixMs),
    identity: { sourceIp, userAgent },
    lastActiveAt: timeText(lastActiveAtUnixMs),
  });
  return { status: 200, headers: ["Content-Type", "application/json"], body };
}

const postOf = (call: Call): Late<ConnectionOrder> =>
  andThen(readWholeBody(call), (message) => {
    if (message.length > MESSAGE_MAX_BYTES) throw new Refused(tooLarge, "the message is too large");
    call.requestBytes = message.length;
    return { type: "post", message };
  });

/** An order by its method: what is asked of the connection, and what its sender gets. */
interface OrderKind {
  readonly orderOf: (call: Call) => Late<ConnectionOrder>;
  readonly replyOf: (outcome: OrderOutcome) => Reply;
  readonly messagesOf: (call: Call) => number;
}

const noMessages = () => 0;

/** orderKinds are the orders of AWS's management API by their methods. */
export const orderKinds: Readonly<Record<"POST" | "GET" | "DELETE", OrderKind>> = {
  POST: {
    orderOf: postOf,
    replyOf: () => done,
    messagesOf: ({ status, requestBytes }) => (status === 200 ? messageUnits(requestBytes) : 0),
  },
  GET: {
    orderOf: () => ({ type: "get" }),
    replyOf: ({ status }) => (status ? described(status) : gone),
    messagesOf: noMessages,
  },
  DELETE: { orderOf: () => ({ type: "delete" }), replyOf: () => deleted, messagesOf: noMessages },
};

/** giveOrders hands the orders of a method to the connections that their paths name. */
export const giveOrders =
  ({ orderOf, replyOf }: OrderKind, { apiId, stageName }: WebSocketContext, ports: Ports): Integrate =>
  (call) => {
    const [connectionId = ""] = call.parameterValues;
    if (!isConnectionId(connectionId))
      return deny("DEFAULT_4XX", { message: `Invalid connectionId: ${connectionId}` });
    const address = { apiId, stageName, connectionId };
    return andThen(orderOf(call), (order) =>
      andThen(ports.connections.order(address, order), (outcome) => {
        if (!outcome) return gone;
        call.connectionKey = outcome.key;
        return replyOf(outcome);
      }),
    );
  };
