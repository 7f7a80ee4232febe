import { alarm, compositeAlarm } from "./alarm/alarm.ts";
import { certificate } from "./certificate/certificate.ts";
import { api } from "./http-api/api.ts";
import { authorizer as httpAuthorizer } from "./http-api/authorizer.ts";
import { deployment as httpDeployment } from "./http-api/deployment.ts";
import { apiMapping, domainName as httpDomainName } from "./http-api/domain-name.ts";
import { integration, integrationResponse } from "./http-api/integration.ts";
import { model as webSocketModel } from "./http-api/model.ts";
import { route, routeResponse } from "./http-api/route.ts";
import { routingRule } from "./http-api/routing-rule.ts";
import { stage as httpStage } from "./http-api/stage.ts";
import { vpcLink as httpVpcLink } from "./http-api/vpc-link.ts";
import type { ResourceType } from "./resource-type.ts";
import { account } from "./rest-api/account.ts";
import { restApi } from "./rest-api/api.ts";
import { authorizer } from "./rest-api/authorizer.ts";
import { clientCertificate } from "./rest-api/client-certificate.ts";
import { deployment } from "./rest-api/deployment.ts";
import { documentationPart, documentationVersion } from "./rest-api/documentation.ts";
import {
  basePathMapping,
  basePathMappingV2,
  domainName,
  domainNameAccessAssociation,
  domainNameV2,
} from "./rest-api/domain-name.ts";
import { gatewayResponse } from "./rest-api/gateway-response.ts";
import { model } from "./rest-api/model.ts";
import { requestValidator } from "./rest-api/request-validator.ts";
import { method, resource } from "./rest-api/route.ts";
import { stage } from "./rest-api/stage.ts";
import { apiKey, usagePlan, usagePlanKey } from "./rest-api/usage-plan.ts";
import { vpcLink } from "./rest-api/vpc-link.ts";
import {
  ipSet,
  loggingConfiguration,
  regexPatternSet,
  ruleGroup,
  webAcl,
  webAclAssociation,
} from "./waf/web-acl.ts";

/** RESOURCE_TYPES are the types that become entities, in the order of their creation: parents come before their parts. */
export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType> = new Map(
  Object.entries<ResourceType>({
    "AWS::ApiGateway::Account": account,
    "AWS::ApiGateway::VpcLink": vpcLink,
    "AWS::ApiGateway::ClientCertificate": clientCertificate,
    "AWS::ApiGateway::RestApi": restApi,
    "AWS::ApiGateway::Resource": resource,
    "AWS::ApiGateway::Model": model,
    "AWS::ApiGateway::RequestValidator": requestValidator,
    "AWS::ApiGateway::Authorizer": authorizer,
    "AWS::ApiGateway::GatewayResponse": gatewayResponse,
    "AWS::ApiGateway::Method": method,
    "AWS::ApiGateway::DocumentationPart": documentationPart,
    "AWS::ApiGateway::DocumentationVersion": documentationVersion,
    "AWS::ApiGateway::Deployment": deployment,
    "AWS::ApiGateway::Stage": stage,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::CloudWatch::CompositeAlarm": compositeAlarm,
    "AWS::WAFv2::IPSet": ipSet,
    "AWS::WAFv2::RegexPatternSet": regexPatternSet,
    "AWS::WAFv2::RuleGroup": ruleGroup,
    "AWS::WAFv2::WebACL": webAcl,
    "AWS::WAFv2::WebACLAssociation": webAclAssociation,
    "AWS::WAFv2::LoggingConfiguration": loggingConfiguration,
    "AWS::ApiGateway::UsagePlan": usagePlan,
    "AWS::ApiGateway::ApiKey": apiKey,
    "AWS::ApiGateway::UsagePlanKey": usagePlanKey,
    "AWS::ApiGatewayV2::VpcLink": httpVpcLink,
    "AWS::ApiGatewayV2::Api": api,
    "AWS::ApiGatewayV2::Model": webSocketModel,
    "AWS::ApiGatewayV2::Authorizer": httpAuthorizer,
    "AWS::ApiGatewayV2::Integration": integration,
    "AWS::ApiGatewayV2::IntegrationResponse": integrationResponse,
    "AWS::ApiGatewayV2::Route": route,
    "AWS::ApiGatewayV2::RouteResponse": routeResponse,
    "AWS::ApiGatewayV2::Deployment": httpDeployment,
    "AWS::ApiGatewayV2::Stage": httpStage,
    "AWS::CertificateManager::Certificate": certificate,
    "AWS::ApiGatewayV2::DomainName": httpDomainName,
    "AWS::ApiGateway::DomainName": domainName,
    "AWS::ApiGateway::DomainNameV2": domainNameV2,
    "AWS::ApiGateway::DomainNameAccessAssociation": domainNameAccessAssociation,
    "AWS::ApiGateway::BasePathMapping": basePathMapping,
    "AWS::ApiGateway::BasePathMappingV2": basePathMappingV2,
    "AWS::ApiGatewayV2::ApiMapping": apiMapping,
    "AWS::ApiGatewayV2::RoutingRule": routingRule,
  }),
);

/** Types of the gateway itself that are not supported yet. */
const NOT_SERVED: readonly [type: RegExp, what: string][] = [
  [/^AWS::ApiGatewayV2::ApiGatewayManagedOverrides$/, "is not supported yet"],
  [/^AWS::WAFv2::/, "is not a known type of resource"],
  [/^AWS::ApiGateway(V2)?::/, "is not a known type of resource"],
];

/** notServed is the reason why a type of the gateway is not supported; undefined: the type does not belong to the gateway. */
export const notServed = (type: string): string | undefined =>
  NOT_SERVED.find(([pattern]) => pattern.test(type))?.[1];
