import type { Reply } from "./reply.ts";

interface ErrorSpec {
  readonly status: number;
  readonly errorType: string;
  /** null is answered as JSON null. */
  readonly message: string | null;
}

/** gatewayErrors is AWS's catalogue of gateway responses: default status, x-amzn-ErrorType and message of every type. */
export const gatewayErrors = {
  ACCESS_DENIED: {
    status: 403,
    errorType: "AccessDeniedException",
    message: "User is not authorized to access this resource",
  },
  API_CONFIGURATION_ERROR: {
    status: 500,
    errorType: "InternalServerErrorException",
    message: "Internal server error",
  },
  AUTHORIZER_CONFIGURATION_ERROR: {
    status: 500,
    errorType: "AuthorizerConfigurationException",
    message: null,
  },
  AUTHORIZER_FAILURE: { status: 500, errorType: "AuthorizerFailureException", message: null },
  BAD_REQUEST_BODY: { status: 400, errorType: "BadRequestException", message: "Invalid request body" },
  BAD_REQUEST_PARAMETERS: {
    status: 400,
    errorType: "BadRequestException",
    message: "Missing required request parameters: []",
  },
  DEFAULT_4XX: { status: 400, errorType: "BadRequestException", message: "Bad Request" },
  DEFAULT_5XX: { status: 500, errorType: "InternalServerErrorException", message: "Internal server error" },
  EXPIRED_TOKEN: {
    status: 403,
    errorType: "ExpiredTokenException",
    message: "The security token included in the request is expired",
  },
  INTEGRATION_FAILURE: {
    status: 500,
    errorType: "InternalServerErrorException",
    message: "Network error communicating with endpoint",
  },
  INTEGRATION_TIMEOUT: {
    status: 504,
    errorType: "InternalServerErrorException",
    message: "Endpoint request timed out",
  },
  INVALID_API_KEY: { status: 403, errorType: "ForbiddenException", message: "Forbidden" },
  INVALID_SIGNATURE: {
    status: 403,
    errorType: "InvalidSignatureException",
    message: "The request signature we calculated does not match the signature you provided.",
  },
  MISSING_AUTHENTICATION_TOKEN: {
    status: 403,
    errorType: "MissingAuthenticationTokenException",
    message: "Missing Authentication Token",
  },
  QUOTA_EXCEEDED: { status: 429, errorType: "LimitExceededException", message: "Limit Exceeded" },
  REQUEST_TOO_LARGE: {
    status: 413,
    errorType: "RequestEntityTooLargeException",
    message: "Request Too Long",
  },
  RESOURCE_NOT_FOUND: { status: 404, errorType: "NotFoundException", message: "Not Found" },
  THROTTLED: { status: 429, errorType: "TooManyRequestsException", message: "Too Many Requests" },
  UNAUTHORIZED: { status: 401, errorType: "UnauthorizedException", message: "Unauthorized" },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    errorType: "BadRequestException",
    message: "Unsupported Media Type",
  },
  WAF_FILTERED: { status: 403, errorType: "ForbiddenException", message: "Forbidden" },
  /** No gateway response of AWS, but the same shape: a stage or API that is not there. */
  UNKNOWN_STAGE: { status: 403, errorType: "ForbiddenException", message: "Forbidden" },
} as const satisfies Record<string, ErrorSpec>;

export type GatewayErrorType = keyof typeof gatewayErrors;

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

/** INTEGRATION_FAILURE as it acts when a Lambda function's answer cannot be used. */
export const malformedProxyReply: Reply = deny("INTEGRATION_FAILURE", {
  status: 502,
  message: "Internal server error",
});

/** Refused ends a call from anywhere below run.ts, which answers its reply. */
export class Refused extends Error {
  readonly reply: Reply;
  constructor(reply: Reply, why: string) {
    super(why);
    this.reply = reply;
  }
}

/** Unavailable: what a call needs besides its upstream cannot be had now, through no fault of the call: 503. */
export class Unavailable extends Error {}
