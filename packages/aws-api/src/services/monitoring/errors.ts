import { AwsError, CommonError, inSet, invalid, violation } from "../../aws-error.ts";

const STATUSES = {
  InvalidParameterValueException: 400,
  InvalidParameterCombinationException: 400,
  MissingRequiredParameterException: 400,
  ResourceNotFound: 404,
  ResourceNotFoundException: 404,
  LimitExceededFault: 400,
  InvalidFormatFault: 400,
  InvalidNextToken: 400,
  ResourceConflict: 409,
  InternalServiceFault: 500,
} as const;

export type MonitoringErrorCode = keyof typeof STATUSES;

/** QUERY_CODES are the codes of errors in the query protocol by the names of their shapes. */
export const QUERY_CODES: Readonly<Record<string, string>> = {
  ValidationException: "ValidationError",
  InvalidParameterValueException: "InvalidParameterValue",
  InvalidParameterCombinationException: "InvalidParameterCombination",
  MissingRequiredParameterException: "MissingParameter",
  LimitExceededFault: "LimitExceeded",
  InvalidFormatFault: "InvalidFormat",
  InternalServiceFault: "InternalServiceError",
};

/** monitoringError is an error response of CloudWatch (AWS: CloudWatch API reference). */
export const monitoringError = (code: MonitoringErrorCode, message: string): AwsError =>
  new AwsError(code, STATUSES[code], message);

export const invalidValue = (message: string): AwsError =>
  monitoringError("InvalidParameterValueException", message);

export const invalidCombination = (message: string): AwsError =>
  monitoringError("InvalidParameterCombinationException", message);

/** validation is the error for a request that CloudWatch refuses in words of its own. */
export const validation = (message: string): CommonError => new CommonError("validation", message);

/** notOneOf is the error for a value that is not one of AWS's. */
export const notOneOf = (value: unknown, place: string, values: readonly string[]): CommonError =>
  invalid([violation(value, place, inSet(values))]);

/** violates is the error for a value outside of AWS's constraints. */
export const violates = (value: unknown, place: string, constraint: string): CommonError =>
  invalid([violation(value, place, constraint)]);
