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
import { stageOperations } from "./apigateway/stage.ts";
import { testInvokeOperations } from "./apigateway/test-invoke.ts";
import { usagePlanOperations } from "./apigateway/usage-plan.ts";
import { vpcLinkOperations } from "./apigateway/vpc-link.ts";
import { Service } from "./rest-json/service.ts";

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
  ...domainNameOperations,
  ...accessAssociationOperations,
  ...vpcLinkOperations,
  ...clientCertificateOperations,
  ...documentationPartOperations,
  ...documentationVersionOperations,
  ...exportOperations,
  ...testInvokeOperations,
  importApiKeysOperation,
  ...accountOperations,
]);

export { AwsError, badRequest, conflict, notFound, type AwsErrorType } from "./aws-error.ts";
export type {
  AccountView,
  ApplicationPort,
  Change,
  DeploymentRequest,
  Draft,
  NewCertificate,
  Stored,
  TestAnswer,
  TestAuthorizerAnswer,
  TestAuthorizerRequest,
  TestRequest,
} from "./port.ts";
export { RawAnswer, type AwsRequest, type JsonObject, type Operation } from "./rest-json/operation.ts";
export type { Service } from "./rest-json/service.ts";
