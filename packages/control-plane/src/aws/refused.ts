import {
  ACM_QUOTA,
  type AcmErrorCode,
  type ApiGatewayErrorCode,
  AwsError,
  acmError,
  apiGatewayError,
  type IdentityErrorCode,
  ImportRefusal,
  identityError,
  importError,
  invalidAt,
  type LogsErrorCode,
  logsError,
  type MonitoringErrorCode,
  monitoringError,
  type WafErrorCode,
  wafError,
  type XrayErrorCode,
  xrayError,
} from "@tollgate/aws-api";
import type { Problem } from "@tollgate/config";
import { Refusal, type RefusalReason } from "../refusal.ts";
import { inImportWords } from "./import-wording.ts";
import { inAwsWords, type Worded } from "./wording.ts";

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
  throttled: "ServiceUnavailable",
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

const WAF_CODES: Readonly<Partial<Record<RefusalReason, WafErrorCode>>> = {
  "not-found": "WAFNonexistentItemException",
  "already-exists": "WAFDuplicateItemException",
  conflict: "WAFOptimisticLockException",
  "in-use": "WAFAssociatedItemException",
  limit: "WAFLimitsExceededException",
  unavailable: "WAFInternalErrorException",
};

const LOGS_CODES: Readonly<Partial<Record<RefusalReason, LogsErrorCode>>> = {
  "not-found": "ResourceNotFoundException",
  "already-exists": "ResourceAlreadyExistsException",
  limit: "LimitExceededException",
  unavailable: "ServiceUnavailableException",
};

const MONITORING_CODES: Readonly<Partial<Record<RefusalReason, MonitoringErrorCode>>> = {
  "not-found": "ResourceNotFound",
  conflict: "ResourceConflict",
  limit: "LimitExceededFault",
  unavailable: "InternalServiceFault",
};

/** wafv2 names the first member that is wrong; what refers to what it deletes, or is not there, has errors of its own. */
function wafRefusal(reason: RefusalReason, message: string, [problem]: readonly Problem[]): AwsError {
  const code = WAF_CODES[reason];
  if (problem?.code === "STILL_REFERRED_TO") return wafError("WAFAssociatedItemException");
  if (problem?.code === "REFERENCE_MISSING") return wafError("WAFNonexistentItemException");
  if (code) return wafError(code);
  return problem ? invalidAt(problem.path, problem.message) : invalidAt("", message);
}

const ACM_CODES: Readonly<Partial<Record<RefusalReason, AcmErrorCode>>> = {
  "not-found": "ResourceNotFoundException",
  conflict: "ConflictException",
  "in-use": "ResourceInUseException",
  limit: "LimitExceededException",
  unavailable: "ThrottlingException",
};

/** ACM says what is wrong with the first part that is, in sentences of its own. */
function acmRefusal(reason: RefusalReason, message: string, [problem]: readonly Problem[]): AwsError {
  if (reason === "limit") return acmError("LimitExceededException", ACM_QUOTA);
  if (problem?.code === "STILL_REFERRED_TO") return acmError("ResourceInUseException", message);
  const code = ACM_CODES[reason];
  if (code) return acmError(code, message);
  return problem ? importError(problem) : acmError("ValidationException", message);
}

const XRAY_CODES: Readonly<Partial<Record<RefusalReason, XrayErrorCode>>> = {
  limit: "RuleLimitExceededException",
  unavailable: "ServiceUnavailableException",
};

/** An alarm that another one reads cannot be deleted; one that is not there is reported without a sentence. */
function monitoringRefusal(reason: RefusalReason, message: string, [problem]: readonly Problem[]): AwsError {
  if (problem?.code === "STILL_REFERRED_TO") return monitoringError("ResourceConflict", message);
  if (reason === "not-found") return monitoringError("ResourceNotFound", "");
  if (reason === "throttled") return new AwsError("ThrottlingException", 400, message);
  return reason === "invalid"
    ? new AwsError("ValidationException", 400, message)
    : monitoringError(MONITORING_CODES[reason] ?? "InvalidParameterValueException", message);
}

/** How each service reports a refusal. */
const SERVICES: Readonly<
  Record<string, (reason: RefusalReason, worded: Worded, problems: readonly Problem[]) => AwsError>
> = {
  apigateway: (reason, { message, hint }) =>
    apiGatewayError(API_GATEWAY_CODES[reason] ?? "BadRequestException", message, hint),
  // AWS reports the quotas of HTTP and WebSocket APIs as conflicts.
  apigatewayv2: (reason, { message, hint }) =>
    reason === "limit"
      ? new AwsError("ConflictException", 429, message, hint)
      : apiGatewayError(API_GATEWAY_CODES[reason] ?? "BadRequestException", message, hint),
  iam: (reason, { message }) => identityError(IDENTITY_CODES[reason], message),
  sts: (reason, { message }) => identityError(IDENTITY_CODES[reason], message),
  acm: (reason, { message }, problems) => acmRefusal(reason, message, problems),
  logs: (reason, { message }) => logsError(LOGS_CODES[reason] ?? "InvalidParameterException", message),
  monitoring: (reason, { message }, problems) => monitoringRefusal(reason, message, problems),
  xray: (reason, { message }) => xrayError(XRAY_CODES[reason] ?? "InvalidRequestException", message),
  wafv2: (reason, { message }, problems) => wafRefusal(reason, message, problems),
};

/** The problems are more specific than the message. A sentence that several problems have in common appears once. */
function wordedOf({ reason, message, problems }: Refusal): Worded {
  if (reason === "conflict") return { message: CONCURRENT };
  if (problems.length === 0) return { message };
  const worded = problems.map(inAwsWords);
  const hints = worded.flatMap(({ hint }) => hint ?? []);
  return {
    message: [...new Set(worded.map((one) => one.message))].join("; "),
    ...(hints.length > 0 ? { hint: hints.join("; ") } : {}),
  };
}

/** Only what is wrong with a definition has the words of an import; that it comes too often or too late has not. */
function importRefused(error: ImportRefusal, service: string): AwsError | undefined {
  const { cause } = error;
  if (cause === undefined) return SERVICES[service]?.("invalid", inImportWords(error, []), []);
  if (!(cause instanceof Refusal)) return undefined;
  return API_GATEWAY_CODES[cause.reason] === undefined && cause.problems.length > 0
    ? SERVICES[service]?.(cause.reason, inImportWords(error, cause.problems), cause.problems)
    : toAwsError(cause, service);
}

/** toAwsError converts a refusal to an error of a service. undefined: the error is not a refusal. */
export function toAwsError(error: unknown, service: string): AwsError | undefined {
  if (error instanceof ImportRefusal) return importRefused(error, service);
  return error instanceof Refusal
    ? SERVICES[service]?.(error.reason, wordedOf(error), error.problems)
    : undefined;
}
