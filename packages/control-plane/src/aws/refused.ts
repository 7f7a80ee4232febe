import {
  type ApiGatewayErrorCode,
  AwsError,
  apiGatewayError,
  type IdentityErrorCode,
  identityError,
} from "@tollgate/aws-api";
import { Refusal, type RefusalReason } from "../refusal.ts";
import { inAwsWords } from "./wording.ts";

const CONCURRENT = "Unable to complete operation due to concurrent modification. Please try again later.";

const API_GATEWAY_CODES: Readonly<Partial<Record<RefusalReason, ApiGatewayErrorCode>>> = {
  "not-found": "NotFoundException",
  conflict: "ConflictException",
  limit: "LimitExceededException",
  unavailable: "ServiceUnavailableException",
};

const IDENTITY_CODES: Readonly<Record<RefusalReason, IdentityErrorCode>> = {
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

/** How each service reports a refusal. */
const SERVICES: Readonly<Record<string, (reason: RefusalReason, message: string) => AwsError>> = {
  apigateway: (reason, message) =>
    apiGatewayError(API_GATEWAY_CODES[reason] ?? "BadRequestException", message),
  // AWS reports the quotas of HTTP and WebSocket APIs as conflicts.
  apigatewayv2: (reason, message) =>
    reason === "limit"
      ? new AwsError("ConflictException", 429, message)
      : apiGatewayError(API_GATEWAY_CODES[reason] ?? "BadRequestException", message),
  iam: (reason, message) => identityError(IDENTITY_CODES[reason], message),
  sts: (reason, message) => identityError(IDENTITY_CODES[reason], message),
};

/** The problems are more specific than the message. */
function messageOf({ reason, message, problems }: Refusal): string {
  if (reason === "conflict") return CONCURRENT;
  return problems.length > 0 ? problems.map(inAwsWords).join("; ") : message;
}

/** toAwsError converts a refusal to an error of a service. undefined: the error is not a refusal. */
export const toAwsError = (error: unknown, service: string): AwsError | undefined =>
  error instanceof Refusal ? SERVICES[service]?.(error.reason, messageOf(error)) : undefined;
