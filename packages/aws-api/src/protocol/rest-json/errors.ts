import type { CommonErrors } from "../../aws-error.ts";

/** REST_JSON_ERRORS is the common errors as services of the REST JSON protocol name them (AWS: API Gateway API reference, common errors). */
export const REST_JSON_ERRORS: CommonErrors = {
  "missing-authentication": { code: "MissingAuthenticationTokenException", status: 403 },
  "incomplete-signature": { code: "IncompleteSignatureException", status: 403 },
  "unrecognized-client": { code: "UnrecognizedClientException", status: 403 },
  "invalid-signature": { code: "InvalidSignatureException", status: 403 },
  "expired-token": { code: "ExpiredTokenException", status: 403 },
  "access-denied": { code: "AccessDeniedException", status: 403 },
  "read-only-account": { code: "UnauthorizedException", status: 401 },
  throttled: { code: "TooManyRequestsException", status: 429 },
  "too-large": { code: "BadRequestException", status: 400 },
  "unknown-operation": { code: "UnknownOperationException", status: 404 },
  serialization: { code: "SerializationException", status: 400 },
  validation: { code: "ValidationException", status: 400 },
  internal: { code: "InternalFailure", status: 500 },
};
