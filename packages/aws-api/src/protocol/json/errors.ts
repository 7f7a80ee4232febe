import type { CommonErrors } from "../../aws-error.ts";

/** JSON_ERRORS is the common errors as services of the JSON protocols name them (AWS: CloudWatch Logs API reference, common errors). */
export const JSON_ERRORS: CommonErrors = {
  "missing-authentication": { code: "MissingAuthenticationTokenException", status: 400 },
  "incomplete-signature": { code: "IncompleteSignatureException", status: 400 },
  "unrecognized-client": { code: "UnrecognizedClientException", status: 400 },
  "invalid-signature": { code: "InvalidSignatureException", status: 400 },
  "expired-token": { code: "ExpiredTokenException", status: 400 },
  "access-denied": { code: "AccessDeniedException", status: 400 },
  "read-only-account": { code: "AccessDeniedException", status: 400 },
  throttled: { code: "ThrottlingException", status: 400 },
  "too-large": { code: "ValidationException", status: 400 },
  "unknown-operation": { code: "UnknownOperationException", status: 400 },
  serialization: { code: "SerializationException", status: 400 },
  validation: { code: "ValidationException", status: 400 },
  internal: { code: "InternalFailure", status: 500 },
};
