import { CommonError, type CommonErrors } from "../../aws-error.ts";

/** QUERY_ERRORS is the common errors as services of the query protocol name them (AWS: IAM API reference, common errors). */
export const QUERY_ERRORS: CommonErrors = {
  "missing-authentication": { code: "MissingAuthenticationToken", status: 403 },
  "incomplete-signature": { code: "IncompleteSignature", status: 400 },
  "unrecognized-client": { code: "InvalidClientTokenId", status: 403 },
  "invalid-signature": { code: "SignatureDoesNotMatch", status: 403 },
  "expired-token": { code: "ExpiredTokenException", status: 400 },
  "access-denied": { code: "AccessDenied", status: 403 },
  "read-only-account": { code: "AccessDenied", status: 403 },
  throttled: { code: "Throttling", status: 400 },
  "too-large": { code: "ValidationError", status: 400 },
  "unknown-operation": { code: "InvalidAction", status: 400 },
  serialization: { code: "InvalidInput", status: 400 },
  validation: { code: "ValidationError", status: 400 },
  internal: { code: "InternalFailure", status: 500 },
};

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

/** invalidValue is the error for a value that AWS's model does not allow. */
export const invalidValue = (name: string, value: string | undefined, constraint: string): CommonError =>
  new CommonError(
    "validation",
    `1 validation error detected: Value ${value === undefined ? "null" : `'${value}'`} at '${lowerFirst(name)}' failed to satisfy constraint: ${constraint}`,
  );
