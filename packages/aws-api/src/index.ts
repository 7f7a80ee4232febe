import { accountOperations } from "./apigateway/account.ts";
import { domainNameOperations } from "./apigateway/domain-name.ts";
import { gatewayResponseOperations } from "./apigateway/gateway-response.ts";
import { modelOperations } from "./apigateway/model.ts";
import { definitionOperations } from "./apigateway/definitions.ts";
import { deploymentOperations } from "./apigateway/deployment.ts";
import { importOperations } from "./apigateway/import-api.ts";
import { integrationOperations } from "./apigateway/integration.ts";
import { methodOperations } from "./apigateway/method.ts";
import { resourceOperations } from "./apigateway/resource.ts";
import { restApiOperations } from "./apigateway/rest-api.ts";
import { stageOperations } from "./apigateway/stage.ts";
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
  ...vpcLinkOperations,
  ...accountOperations,
]);

export { AwsError, badRequest, conflict, notFound, type AwsErrorType } from "./aws-error.ts";
export type {
  AccountView,
  ApplicationPort,
  Change,
  DeploymentRequest,
  Draft,
  Stored,
  TestAnswer,
  TestRequest,
} from "./port.ts";
export type { AwsRequest, JsonObject, Operation } from "./rest-json/operation.ts";
export type { Service } from "./rest-json/service.ts";
