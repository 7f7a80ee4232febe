import { accessAssociationOperations } from "./apigateway/access-association.ts";
import { accountOperations } from "./apigateway/account.ts";
import { clientCertificateOperations } from "./apigateway/client-certificate.ts";
import { documentationPartOperations } from "./apigateway/documentation-part.ts";
import { documentationVersionOperations } from "./apigateway/documentation-version.ts";
import { domainNameOperations } from "./apigateway/domain-name.ts";
import { exportOperations } from "./apigateway/export-api.ts";
import { gatewayResponseOperations } from "./apigateway/gateway-response.ts";
import { modelOperations } from "./apigateway/model.ts";
import { definitionOperations } from "./apigateway/definitions.ts";
import { deploymentOperations } from "./apigateway/deployment.ts";
import { importApiKeysOperation } from "./apigateway/import-api-keys.ts";
import { importOperations } from "./apigateway/import-api.ts";
import { integrationOperations } from "./apigateway/integration.ts";
import { methodOperations } from "./apigateway/method.ts";
import { resourceOperations } from "./apigateway/resource.ts";
import { restApiOperations } from "./apigateway/rest-api.ts";
import { sdkOperations } from "./apigateway/sdk.ts";
import { stageOperations } from "./apigateway/stage.ts";
import { testInvokeOperations } from "./apigateway/test-invoke.ts";
import { usageOperations } from "./apigateway/usage.ts";
import { usagePlanOperations } from "./apigateway/usage-plan.ts";
import { vpcLinkOperations } from "./apigateway/vpc-link.ts";
import { accessKeyOperations } from "./iam/access-keys.ts";
import { groupOperations } from "./iam/groups.ts";
import { holderPolicyOperations } from "./iam/holder-policies.ts";
import { holderOperations } from "./iam/holders.ts";
import { identityProviderOperations } from "./iam/identity-providers.ts";
import { managedPolicyOperations } from "./iam/managed-policies.ts";
import { roleOperations } from "./iam/roles.ts";
import { QueryService } from "./query/query-service.ts";
import { Service } from "./rest-json/service.ts";
import { stsOperations } from "./sts/sts.ts";

/** apigateway is Amazon API Gateway's control API, version 2015-07-09. */
export const apigateway = new Service([
  ...restApiOperations,
  ...importOperations,
  ...resourceOperations,
  ...methodOperations,
  ...integrationOperations,
  ...deploymentOperations,
  ...stageOperations,
  ...definitionOperations,
  ...modelOperations,
  ...gatewayResponseOperations,
  ...usagePlanOperations,
  ...usageOperations,
  ...domainNameOperations,
  ...accessAssociationOperations,
  ...vpcLinkOperations,
  ...clientCertificateOperations,
  ...documentationPartOperations,
  ...documentationVersionOperations,
  ...exportOperations,
  ...sdkOperations,
  ...testInvokeOperations,
  importApiKeysOperation,
  ...accountOperations,
]);

/** iam is the part of AWS Identity and Access Management that a gateway's callers need. */
export const iam = new QueryService("iam", "2010-05-08", [
  ...holderOperations,
  ...holderPolicyOperations,
  ...groupOperations,
  ...roleOperations,
  ...accessKeyOperations,
  ...managedPolicyOperations,
  ...identityProviderOperations,
]);

/** sts gives credentials for a while. */
export const sts = new QueryService("sts", "2011-06-15", stsOperations);

export { exportSourceOf, type ServedStage } from "./apigateway/export-api.ts";
export { AwsError, badRequest, conflict, notFound, type AwsErrorType } from "./aws-error.ts";
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
  TestAnswer,
  TestAuthorizerAnswer,
  TestAuthorizerRequest,
  TestRequest,
} from "./port.ts";
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
export { RawAnswer, type AwsRequest, type JsonObject, type Operation } from "./rest-json/operation.ts";
export type { Service } from "./rest-json/service.ts";
export { IdentityError, type IdentityErrorCode } from "./query/identity-error.ts";
export { Parameters } from "./query/parameters.ts";
export type {
  AssumeRoleRequest,
  Caller,
  IssuedSession,
  QueryOperation,
  QueryService,
  SessionCredentials,
  SessionsPort,
  WebIdentityRequest,
  WebIdentitySession,
} from "./query/query-service.ts";
