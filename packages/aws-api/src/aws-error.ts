/** Errors of the control API and their status (AWS: API Gateway V1 API reference, errors). */
const STATUS = {
  BadRequestException: 400,
  ValidationException: 400,
  SerializationException: 400,
  UnauthorizedException: 401,
  AccessDeniedException: 403,
  MissingAuthenticationTokenException: 403,
  IncompleteSignatureException: 403,
  InvalidSignatureException: 403,
  UnrecognizedClientException: 403,
  ExpiredTokenException: 403,
  NotFoundException: 404,
  UnknownOperationException: 404,
  ConflictException: 409,
  LimitExceededException: 429,
  TooManyRequestsException: 429,
  InternalFailure: 500,
  ServiceUnavailableException: 503,
} as const;

export type AwsErrorType = keyof typeof STATUS;

/** AwsError is an answer of the control API that is an error. */
export class AwsError extends Error {
  readonly type: AwsErrorType;

  constructor(type: AwsErrorType, message: string) {
    super(message);
    this.type = type;
  }

  get status(): number {
    return STATUS[this.type];
  }
}

export const badRequest = (message: string): AwsError => new AwsError("BadRequestException", message);
export const notFound = (message: string): AwsError => new AwsError("NotFoundException", message);
export const conflict = (message: string): AwsError => new AwsError("ConflictException", message);
