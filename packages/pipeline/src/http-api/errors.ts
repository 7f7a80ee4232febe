import type { ResponseForm } from "../call/call.ts";
import type { GatewayErrorType } from "../call/gateway-errors.ts";
import type { Reply } from "../call/reply.ts";
import { failureReply } from "../upstream/failure.ts";

interface HttpError {
  readonly status: number;
  readonly message: string;
}

const forbidden: HttpError = { status: 403, message: "Forbidden" };
const failed: HttpError = { status: 500, message: "Internal Server Error" };
const unavailable: HttpError = { status: 503, message: "Service Unavailable" };

/** How an HTTP API words what REST APIs call by these types. Those that are not here keep their status and message. */
const errors: Readonly<Partial<Record<GatewayErrorType, HttpError>>> = {
  ACCESS_DENIED: forbidden,
  INVALID_SIGNATURE: forbidden,
  EXPIRED_TOKEN: forbidden,
  MISSING_AUTHENTICATION_TOKEN: forbidden,
  UNKNOWN_STAGE: forbidden,
  UNAUTHORIZED: { status: 401, message: "Unauthorized" },
  RESOURCE_NOT_FOUND: { status: 404, message: "Not Found" },
  THROTTLED: { status: 429, message: "Too Many Requests" },
  REQUEST_TOO_LARGE: { status: 413, message: "Request Entity Too Large" },
  INTEGRATION_TIMEOUT: unavailable,
  INTEGRATION_FAILURE: { status: 502, message: "Bad Gateway" },
  API_CONFIGURATION_ERROR: failed,
  AUTHORIZER_CONFIGURATION_ERROR: failed,
  AUTHORIZER_FAILURE: failed,
};

const own = new Set(["x-amzn-errortype", "content-type"]);

function errorOf(reply: Reply): HttpError {
  // An upstream that cannot be reached is not a fault of the configuration here.
  if (reply === failureReply.connect) return unavailable;
  const type = reply.refusal?.type ?? "DEFAULT_5XX";
  if (type === "DEFAULT_5XX") return reply.status === 503 ? unavailable : failed;
  return errors[type] ?? { status: reply.status, message: reply.refusal?.message ?? "" };
}

/** httpRefusal words a refusal as HTTP APIs do: status and message, nothing that can be customised. */
export const httpRefusal: ResponseForm["refused"] = (_call, reply) => {
  const { status, message } = errorOf(reply);
  const headers = ["content-type", "application/json"];
  for (let i = 0; i < reply.headers.length; i += 2)
    if (!own.has((reply.headers[i] as string).toLowerCase()))
      headers.push(reply.headers[i] as string, reply.headers[i + 1] as string);
  return { ...reply, status, headers, body: `{"message":${JSON.stringify(message)}}` };
};
