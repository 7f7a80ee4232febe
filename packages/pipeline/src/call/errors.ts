import { type ErrorSpec, type GatewayErrorType, gatewayErrors } from "./gateway-errors.ts";
import type { Reply } from "./reply.ts";

/** The body of ACCESS_DENIED says Message with a capital M, as AWS's does. */
const memberOf = (type: GatewayErrorType) => (type === "ACCESS_DENIED" ? "Message" : "message");

interface Overriding {
  readonly status?: number;
  readonly message?: string;
  readonly errorType?: string;
  readonly validationError?: string;
}

function build(type: GatewayErrorType, given: Overriding): Reply {
  const spec: ErrorSpec = gatewayErrors[type];
  const errorType = given.errorType ?? spec.errorType;
  const message = given.message ?? spec.message;
  return {
    status: given.status ?? spec.status,
    headers: ["x-amzn-ErrorType", errorType, "Content-Type", "application/json"],
    body: `{"${memberOf(type)}":${JSON.stringify(message)}}`,
    refusal: {
      type,
      message,
      errorType,
      ...(given.validationError === undefined ? {} : { validationError: given.validationError }),
    },
  };
}

const defaults = new Map<GatewayErrorType, Reply>(
  (Object.keys(gatewayErrors) as GatewayErrorType[]).map((type) => [type, build(type, {})]),
);

/** deny is the reply of a gateway response type; without overrides it is shared, not built. */
export const deny = (type: GatewayErrorType, overriding?: Overriding): Reply =>
  overriding ? build(type, overriding) : (defaults.get(type) as Reply);

/** INTEGRATION_FAILURE as it acts when a Lambda function's response cannot be used. */
export const malformedProxyReply: Reply = deny("INTEGRATION_FAILURE", {
  status: 502,
  message: "Internal server error",
});

const unavailable = deny("DEFAULT_5XX", { status: 503, message: "Service Unavailable" });

/** serviceUnavailable is the reply where the gateway has no room for a call, or cannot ask what it has to: the client may come back. */
export const serviceUnavailable: Reply = {
  ...unavailable,
  headers: [...unavailable.headers, "Retry-After", "1"],
};

/** Refused ends a call from anywhere below run.ts, which sends its reply. */
export class Refused extends Error {
  readonly reply: Reply;
  constructor(reply: Reply, why: string) {
    super(why);
    this.reply = reply;
  }
}

/** Unavailable: what a call needs besides its upstream cannot be had now, through no fault of the call: 503. */
export class Unavailable extends Error {}
