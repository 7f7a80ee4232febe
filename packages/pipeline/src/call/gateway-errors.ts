export interface ErrorSpec {
  readonly status: number;
  readonly errorType: string;
  /** null is sent as JSON null. */
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
