import { AwsError } from "../../aws-error.ts";

/** Errors of IAM and STS with their status (AWS: IAM and STS API references, errors). */
const STATUS = {
  AccessDenied: 403,
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  ExpiredTokenException: 400,
  IDPCommunicationError: 400,
  InvalidIdentityToken: 400,
  LimitExceeded: 409,
  MalformedPolicyDocument: 400,
  NoSuchEntity: 404,
  PackedPolicyTooLarge: 400,
  ServiceUnavailable: 503,
  ValidationError: 400,
} as const;

export type IdentityErrorCode = keyof typeof STATUS;

/** identityError is an error response of IAM or STS. */
export const identityError = (code: IdentityErrorCode, message: string): AwsError =>
  new AwsError(code, STATUS[code], message);
