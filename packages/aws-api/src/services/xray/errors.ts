import { AwsError } from "../../aws-error.ts";

/** Errors of X-Ray's API with their status (AWS: X-Ray API reference, common errors). */
const STATUS = {
  InvalidRequestException: 400,
  RuleLimitExceededException: 400,
  ResourceNotFoundException: 404,
  ThrottledException: 429,
  ServiceUnavailableException: 503,
} as const;

export type XrayErrorCode = keyof typeof STATUS;

/** xrayError is an error response of X-Ray's API. */
export const xrayError = (code: XrayErrorCode, message: string): AwsError =>
  new AwsError(code, STATUS[code], message);

export const invalidRequest = (message: string): AwsError => xrayError("InvalidRequestException", message);
