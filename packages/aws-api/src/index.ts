export type { AlarmHistoryQuery, AlarmHistoryView, AlarmStateView, AlarmsPort } from "./alarms-port.ts";
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
export type { LogsPort } from "./logs-port.ts";
export type { MetricsPort } from "./metrics-port.ts";
export type {
  AccountView,
  ApplicationPort,
  Change,
  DeploymentDraft,
  Draft,
  IssuedCertificate,
  IssueRequest,
  KeyUsage,
  KeyUsageRequest,
  NewCertificate,
  SampledRequest,
  SampledRequests,
  SampleRequest,
  ServedStage,
  Stored,
  TestAuthorizerRequest,
  TestAuthorizerResult,
  TestRequest,
  TestResult,
} from "./port.ts";
export { cborEndpoint } from "./protocol/cbor/endpoint.ts";
export {
  type Call,
  type Endpoint,
  type Host,
  isPostToRoot,
  type ResponseStream,
  type Served,
  type ServiceHead,
  type WireRequest,
  type WireResponse,
} from "./protocol/endpoint.ts";
export { type JsonService, jsonEndpoint } from "./protocol/json/endpoint.ts";
export { type QueryService, queryEndpoint } from "./protocol/query/endpoint.ts";
export { shapedQueryEndpoint } from "./protocol/query/shaped-endpoint.ts";
export { type RestJsonService, restJsonEndpoint } from "./protocol/rest-json/endpoint.ts";
export type { Inputs, InputType } from "./protocol/rest-json/input.ts";
export type { ShapedService } from "./protocol/shaped/service.ts";
export { type AcmErrorCode, acmError, importError, QUOTA as ACM_QUOTA } from "./services/acm/errors.ts";
export { acm } from "./services/acm/service.ts";
export { type ApiGatewayErrorCode, apiGatewayError } from "./services/apigateway/errors.ts";
export { apigateway } from "./services/apigateway/service.ts";
export { apigatewayv2 } from "./services/apigatewayv2/service.ts";
export { type IdentityErrorCode, identityError } from "./services/iam/errors.ts";
export { iam } from "./services/iam/service.ts";
export { linesOf, listedErrors, placed } from "./services/import-findings.ts";
export { ImportRefusal } from "./services/import-refusal.ts";
export { type LogsErrorCode, logsError } from "./services/logs/errors.ts";
export { logs } from "./services/logs/service.ts";
export { type MonitoringErrorCode, monitoringError } from "./services/monitoring/errors.ts";
export { monitoring } from "./services/monitoring/service.ts";
export { sts } from "./services/sts/service.ts";
export { invalidAt, type WafErrorCode, wafError } from "./services/wafv2/errors.ts";
export { wafv2 } from "./services/wafv2/service.ts";
export { type XrayErrorCode, xrayError } from "./services/xray/errors.ts";
export { xray } from "./services/xray/service.ts";
export type {
  AssumeRoleRequest,
  Caller,
  IssuedSession,
  SessionCredentials,
  SessionsPort,
  WebIdentityRequest,
  WebIdentitySession,
} from "./session-port.ts";
export type { RejectedSegment, SummaryPage, SummaryQuery, TracesPort, TraceView } from "./traces-port.ts";
