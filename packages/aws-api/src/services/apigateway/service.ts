import type { RestJsonService } from "../../protocol/rest-json/endpoint.ts";
import { accessAssociationOperations } from "./access-association.ts";
import { accountOperations } from "./account.ts";
import { clientCertificateOperations } from "./client-certificate.ts";
import { constrained } from "./constraint.ts";
import { definitionOperations } from "./definitions.ts";
import { deploymentOperations } from "./deployment.ts";
import { documentationPartOperations } from "./documentation-part.ts";
import { documentationVersionOperations } from "./documentation-version.ts";
import { domainNameOperations } from "./domain-name.ts";
import { exportOperations } from "./export-api.ts";
import { gatewayResponseOperations } from "./gateway-response.ts";
import { importOperations } from "./import-api.ts";
import { importApiKeysOperation } from "./import-api-keys.ts";
import { inputsOf } from "./inputs.ts";
import { integrationOperations } from "./integration.ts";
import { methodOperations } from "./method.ts";
import { modelOperations } from "./model.ts";
import { resourceOperations } from "./resource.ts";
import { restApiOperations } from "./rest-api.ts";
import { sdkOperations } from "./sdk.ts";
import { stageOperations } from "./stage.ts";
import { tagging } from "./tag-rules.ts";
import { tagOperations } from "./tags.ts";
import { testInvokeOperations } from "./test-invoke.ts";
import { usageOperations } from "./usage.ts";
import { usagePlanOperations } from "./usage-plan.ts";
import { vpcLinkOperations } from "./vpc-link.ts";

/** apigateway is Amazon API Gateway's control API of REST APIs. */
export const apigateway: RestJsonService = {
  name: "apigateway",
  signingName: "apigateway",
  version: "2015-07-09",
  pathPrefix: "/",
  // Policies contain HTTP methods and paths, not operations.
  intent: ({ operation: { method }, resource, region }) => ({
    action: `apigateway:${method}`,
    resource: `arn:aws:apigateway:${region}::${resource}`,
  }),
  inputsOf,
  operations: [
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
    ...tagOperations,
  ]
    .map(tagging)
    .map(constrained),
};
