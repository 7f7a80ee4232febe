import { STATUS_CODES } from "node:http";
import type { Call } from "../call/call.ts";
import type { GatewayErrorType } from "../call/gateway-errors.ts";
import type { Reply } from "../call/reply.ts";
import { webSocketStateOf } from "./call-state.ts";

interface WebSocketError {
  readonly status: number;
  readonly message: string;
}

const forbidden: WebSocketError = { status: 403, message: "Forbidden" };

/** How a WebSocket API words what REST APIs call by these types. Those that are not here keep their status. */
const errors: Readonly<Partial<Record<GatewayErrorType, WebSocketError>>> = {
  ACCESS_DENIED: forbidden,
  INVALID_SIGNATURE: forbidden,
  EXPIRED_TOKEN: forbidden,
  MISSING_AUTHENTICATION_TOKEN: forbidden,
  INVALID_API_KEY: forbidden,
  RESOURCE_NOT_FOUND: forbidden,
  UNKNOWN_STAGE: forbidden,
  WAF_FILTERED: forbidden,
  UNAUTHORIZED: { status: 401, message: "Unauthorized" },
  THROTTLED: { status: 429, message: "Too Many Requests" },
  QUOTA_EXCEEDED: { status: 429, message: "Limit Exceeded" },
  BAD_REQUEST_BODY: { status: 400, message: "Bad request body" },
  INTEGRATION_TIMEOUT: { status: 504, message: "Endpoint request timed out" },
};

function errorOf({ status, refusal }: Reply): WebSocketError {
  const known = refusal && errors[refusal.type];
  if (known) return known;
  // Of the gateway itself, which has no room for it now.
  if (status === 503) return { status, message: "Service Unavailable" };
  if (status >= 500) return { status, message: "Internal server error" };
  return { status, message: refusal?.message ?? STATUS_CODES[status] ?? "" };
}

/** The text of a refusal, spaced as AWS spaces it. */
function textOf(call: Call, { message }: WebSocketError, type: GatewayErrorType | undefined): string {
  const { connection } = webSocketStateOf(call) ?? {};
  if (!connection) return `{"message":${JSON.stringify(message)}}`;
  const id = type === "BAD_REQUEST_BODY" ? "messageId" : "requestId";
  return `{"message": ${JSON.stringify(message)}, "connectionId":"${connection.id}", "${id}":"${call.requestId}"}`;
}

/** handshakeRefusal words the refusal of a handshake, which is a response of HTTP. */
export function handshakeRefusal(call: Call, reply: Reply): Reply {
  const error = errorOf(reply);
  return { ...reply, status: error.status, body: textOf(call, error, reply.refusal?.type) };
}

/** messageRefusal words the refusal of a message, which is a message to its sender. */
export function messageRefusal(call: Call, reply: Reply): Reply {
  const error = errorOf(reply);
  return { ...reply, status: error.status, headers: [], body: textOf(call, error, reply.refusal?.type) };
}

/** Error types of AWS's management API, by what REST APIs call them. */
const orderTypes: Readonly<Partial<Record<GatewayErrorType, string>>> = {
  ACCESS_DENIED: "ForbiddenException",
  THROTTLED: "LimitExceededException",
  REQUEST_TOO_LARGE: "PayloadTooLargeException",
};

/** orderRefusal words the refusal of an order for a connection (AWS: API Gateway management API). */
export function orderRefusal(reply: Reply): Reply {
  const { refusal, status } = reply;
  const type = refusal && orderTypes[refusal.type];
  if (type === undefined) return reply;
  const body = JSON.stringify({ message: refusal?.message });
  return { ...reply, status, headers: ["x-amzn-ErrorType", type, "Content-Type", "application/json"], body };
}
