import { describe, expect, it } from "vitest";
import { deny } from "./errors.ts";
import { type GatewayErrorType, gatewayErrors } from "./gateway-errors.ts";

/** AWS's table of gateway responses: type, status, x-amzn-ErrorType, body. */
const catalogue: readonly (readonly [GatewayErrorType, number, string, string])[] = [
  [
    "ACCESS_DENIED",
    403,
    "AccessDeniedException",
    '{"Message":"User is not authorized to access this resource"}',
  ],
  ["API_CONFIGURATION_ERROR", 500, "InternalServerErrorException", '{"message":"Internal server error"}'],
  ["AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException", '{"message":null}'],
  ["AUTHORIZER_FAILURE", 500, "AuthorizerFailureException", '{"message":null}'],
  ["BAD_REQUEST_BODY", 400, "BadRequestException", '{"message":"Invalid request body"}'],
  [
    "BAD_REQUEST_PARAMETERS",
    400,
    "BadRequestException",
    '{"message":"Missing required request parameters: []"}',
  ],
  ["DEFAULT_4XX", 400, "BadRequestException", '{"message":"Bad Request"}'],
  ["DEFAULT_5XX", 500, "InternalServerErrorException", '{"message":"Internal server error"}'],
  [
    "EXPIRED_TOKEN",
    403,
    "ExpiredTokenException",
    '{"message":"The security token included in the request is expired"}',
  ],
  [
    "INTEGRATION_FAILURE",
    500,
    "InternalServerErrorException",
    '{"message":"Network error communicating with endpoint"}',
  ],
  ["INTEGRATION_TIMEOUT", 504, "InternalServerErrorException", '{"message":"Endpoint request timed out"}'],
  ["INVALID_API_KEY", 403, "ForbiddenException", '{"message":"Forbidden"}'],
  [
    "INVALID_SIGNATURE",
    403,
    "InvalidSignatureException",
    '{"message":"The request signature we calculated does not match the signature you provided."}',
  ],
  [
    "MISSING_AUTHENTICATION_TOKEN",
    403,
    "MissingAuthenticationTokenException",
    '{"message":"Missing Authentication Token"}',
  ],
  ["QUOTA_EXCEEDED", 429, "LimitExceededException", '{"message":"Limit Exceeded"}'],
  ["REQUEST_TOO_LARGE", 413, "RequestEntityTooLargeException", '{"message":"Request Too Long"}'],
  ["RESOURCE_NOT_FOUND", 404, "NotFoundException", '{"message":"Not Found"}'],
  ["THROTTLED", 429, "TooManyRequestsException", '{"message":"Too Many Requests"}'],
  ["UNAUTHORIZED", 401, "UnauthorizedException", '{"message":"Unauthorized"}'],
  ["UNSUPPORTED_MEDIA_TYPE", 415, "BadRequestException", '{"message":"Unsupported Media Type"}'],
  ["WAF_FILTERED", 403, "ForbiddenException", '{"message":"Forbidden"}'],
  ["UNKNOWN_STAGE", 403, "ForbiddenException", '{"message":"Forbidden"}'],
];

describe("the catalogue of gateway responses", () => {
  it.each(catalogue)("%s answers %i %s", (type, status, errorType, body) => {
    expect(deny(type)).toMatchObject({
      status,
      headers: ["x-amzn-ErrorType", errorType, "Content-Type", "application/json"],
      body,
    });
  });

  it("is the whole catalogue", () => {
    expect(catalogue.map(([type]) => type).sort()).toEqual(Object.keys(gatewayErrors).sort());
  });
});
