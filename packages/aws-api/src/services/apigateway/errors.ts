import { AwsError } from "../../aws-error.ts";

/** Errors of the control API with their status (AWS: API Gateway V1 API reference, errors). */
const STATUS = {
  BadRequestException: 400,
  AccessDeniedException: 403,
  NotFoundException: 404,
  ConflictException: 409,
  LimitExceededException: 429,
  ServiceUnavailableException: 503,
} as const;

export type ApiGatewayErrorCode = keyof typeof STATUS;

/** apiGatewayError is an error response of API Gateway's control API. */
export const apiGatewayError = (code: ApiGatewayErrorCode, message: string, hint?: string): AwsError =>
  new AwsError(code, STATUS[code], message, hint);

export const badRequest = (message: string, hint?: string): AwsError =>
  apiGatewayError("BadRequestException", message, hint);
export const notFound = (message: string): AwsError => apiGatewayError("NotFoundException", message);
export const conflict = (message: string): AwsError => apiGatewayError("ConflictException", message);
