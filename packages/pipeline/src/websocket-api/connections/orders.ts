import type { Call, Integrate } from "../../call/call.ts";
import { deny, Refused } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import { readWholeBody } from "../../call/request-body.ts";
import type { Ports } from "../../engine/ports.ts";
import type { ConnectionOrder, ConnectionStatus } from "../../runtime/connections.ts";
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

async function postOf(call: Call): Promise<ConnectionOrder> {
  const message = await readWholeBody(call);
  if (message.length > MESSAGE_MAX_BYTES) throw new Refused(tooLarge, "the message is too large");
  call.requestBytes = message.length;
  return { type: "post", message };
}

/** An order by its method: what is asked of the connection, and what its sender gets. */
interface OrderKind {
  readonly orderOf: (call: Call) => ConnectionOrder | Promise<ConnectionOrder>;
  readonly replyOf: (status: ConnectionStatus) => Reply;
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
  GET: { orderOf: () => ({ type: "get" }), replyOf: described, messagesOf: noMessages },
  DELETE: { orderOf: () => ({ type: "delete" }), replyOf: () => deleted, messagesOf: noMessages },
};

/** giveOrders hands the orders of a method to the connections that their paths name. */
export const giveOrders =
  ({ orderOf, replyOf }: OrderKind, { apiId, stageName }: WebSocketContext, ports: Ports): Integrate =>
  async (call) => {
    const [connectionId = ""] = call.parameterValues;
    if (!isConnectionId(connectionId))
      return deny("DEFAULT_4XX", { message: `Invalid connectionId: ${connectionId}` });
    const order = await orderOf(call);
    const status = await ports.connections.order({ apiId, stageName, connectionId }, order);
    if (!status) return gone;
    call.connectionKey = status.key;
    return replyOf(status);
  };
