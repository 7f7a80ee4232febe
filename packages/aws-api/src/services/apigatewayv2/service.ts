import type { RestJsonService } from "../../protocol/rest-json/endpoint.ts";
import { tagging } from "../apigateway/tag-rules.ts";
import { tagOperationsOfVersion2 } from "../apigateway/tags.ts";
import { apiOperations } from "./api.ts";
import { apiMappingOperations } from "./api-mapping.ts";
import { authorizerOperations } from "./authorizer.ts";
import { deploymentOperations } from "./deployment.ts";
import { domainNameOperations } from "./domain-name.ts";
import { exportOperations } from "./export-api.ts";
import { importOperations } from "./import-api.ts";
import { inputsOf } from "./inputs.ts";
import { integrationOperations } from "./integration.ts";
import { integrationResponseOperations } from "./integration-response.ts";
import { withinLengths } from "./lengths.ts";
import { modelOperations } from "./model.ts";
import { portalOperations } from "./portal.ts";
import { routeOperations } from "./route.ts";
import { routeResponseOperations } from "./route-response.ts";
import { routingRuleOperations } from "./routing-rule.ts";
import { stageOperations } from "./stage.ts";
import { vpcLinkOperations } from "./vpc-link.ts";

/** apigatewayv2 is Amazon API Gateway's control API of HTTP and WebSocket APIs. */
export const apigatewayv2: RestJsonService = {
  name: "apigatewayv2",
  auditName: "apigateway",
  signingName: "apigateway",
  version: "2018-11-29",
  pathPrefix: "/v2/",
  // Policies contain HTTP methods and paths without the version, as for REST APIs.
  intent: ({ operation: { method }, resource, region }) => ({
    action: `apigateway:${method}`,
    resource: `arn:aws:apigateway:${region}::${resource.replace(/^\/v2/, "")}`,
  }),
  inputsOf,
  operations: [
    ...apiOperations,
    ...importOperations,
    ...exportOperations,
    ...routeOperations,
    ...routeResponseOperations,
    ...integrationOperations,
    ...integrationResponseOperations,
    ...modelOperations,
    ...authorizerOperations,
    ...deploymentOperations,
    ...stageOperations,
    ...domainNameOperations,
    ...apiMappingOperations,
    ...routingRuleOperations,
    ...vpcLinkOperations,
    ...tagOperationsOfVersion2,
    ...portalOperations,
  ]
    .map(tagging)
    .map(withinLengths),
};
