export { AwsError, CommonError, type CommonReason } from "./aws-error.ts";
export type {
  AccessKey,
  AccessKeyPort,
  Holder,
  HolderPolicyPort,
  HolderPort,
  IdentityPort,
  IdentityProviderPort,
  ManagedPolicy,
  ManagedPolicyPort,
  NewHolder,
  PolicyVersion,
} from "./identity-port.ts";
export type {
  AccountView,
  ApplicationPort,
  Change,
  DeploymentDraft,
  Draft,
  KeyUsage,
  KeyUsageRequest,
  NewCertificate,
  Stored,
  TestResult,
  TestAuthorizerResult,
  TestAuthorizerRequest,
  TestRequest,
  ServedStage,
} from "./port.ts";
export {
  isPostToRoot,
  type Call,
  type Endpoint,
  type Host,
  type Served,
  type ServiceHead,
  type WireRequest,
  type WireResponse,
} from "./protocol/endpoint.ts";
export { jsonEndpoint, type JsonService } from "./protocol/json/endpoint.ts";
export { queryEndpoint, type QueryService } from "./protocol/query/endpoint.ts";
export { restJsonEndpoint, type RestJsonService } from "./protocol/rest-json/endpoint.ts";
export { apiGatewayError, type ApiGatewayErrorCode } from "./services/apigateway/errors.ts";
export { apigateway } from "./services/apigateway/service.ts";
export { identityError, type IdentityErrorCode } from "./services/iam/errors.ts";
export { iam } from "./services/iam/service.ts";
export { sts } from "./services/sts/service.ts";
export type {
  AssumeRoleRequest,
  Caller,
  IssuedSession,
  SessionCredentials,
  SessionsPort,
  WebIdentityRequest,
  WebIdentitySession,
} from "./session-port.ts";
