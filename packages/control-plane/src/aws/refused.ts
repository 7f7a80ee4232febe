import {
  AwsError,
  badRequest,
  conflict,
  IdentityError,
  notFound,
  type IdentityErrorCode,
} from "@tollgate/aws-api";
import { Refusal, type RefusalReason } from "../refusal.ts";
import { inAwsWords } from "./aws-words.ts";

const CONCURRENT = "Unable to complete operation due to concurrent modification. Please try again later.";

const messageOf = ({ problems, message }: Refusal) =>
  problems.length > 0 ? problems.map(inAwsWords).join("; ") : message;

/** toAwsError is a refusal as an error of API Gateway's control API. Other errors stay as they are. */
export function toAwsError(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  const { reason, message } = error;
  switch (reason) {
    case "not-found":
      return notFound(message);
    case "conflict":
      return conflict(CONCURRENT);
    case "limit":
      return new AwsError("LimitExceededException", message);
    case "unavailable":
      return new AwsError("ServiceUnavailableException", message);
    default:
      return badRequest(messageOf(error));
  }
}

const CODES: Readonly<Record<RefusalReason, IdentityErrorCode>> = {
  invalid: "ValidationError",
  "not-found": "NoSuchEntity",
  "already-exists": "EntityAlreadyExists",
  conflict: "EntityAlreadyExists",
  "in-use": "DeleteConflict",
  "failed-precondition": "ValidationError",
  limit: "LimitExceeded",
  "permission-denied": "AccessDenied",
  expired: "ValidationError",
  timeout: "ValidationError",
  unavailable: "ServiceUnavailable",
  "not-configured": "ServiceUnavailable",
  "malformed-policy": "MalformedPolicyDocument",
  "policy-too-large": "PackedPolicyTooLarge",
  "identity-token-invalid": "InvalidIdentityToken",
  "identity-token-expired": "ExpiredTokenException",
  "identity-provider-unreachable": "IDPCommunicationError",
};

/** toIdentityError is a refusal as an error of IAM and STS. Other errors stay as they are. */
export const toIdentityError = (error: unknown): unknown =>
  error instanceof Refusal
    ? new IdentityError(CODES[error.reason], error.reason === "conflict" ? CONCURRENT : messageOf(error))
    : error;
