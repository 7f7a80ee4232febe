import {
  booleans,
  type Inputs,
  listOf,
  mapOf,
  numbers,
  STRINGS,
  STRINGS_BY_NAME,
  strings,
  structure,
} from "../../protocol/rest-json/input.ts";

const ROUTE_SETTINGS = structure({
  ...strings("loggingLevel"),
  ...booleans("dataTraceEnabled", "detailedMetricsEnabled"),
  ...numbers("throttlingBurstLimit", "throttlingRateLimit"),
});
const AUTHORIZER: Inputs = {
  ...strings(
    "authorizerCredentialsArn",
    "authorizerPayloadFormatVersion",
    "authorizerType",
    "authorizerUri",
    "identityValidationExpression",
    "name",
  ),
  ...booleans("enableSimpleResponses"),
  ...numbers("authorizerResultTtlInSeconds"),
  identitySource: STRINGS,
  jwtConfiguration: structure({ ...strings("issuer"), audience: STRINGS }),
};
const INTEGRATION: Inputs = {
  ...strings(
    "connectionId",
    "connectionType",
    "contentHandlingStrategy",
    "credentialsArn",
    "description",
    "integrationMethod",
    "integrationSubtype",
    "integrationType",
    "integrationUri",
    "passthroughBehavior",
    "payloadFormatVersion",
    "templateSelectionExpression",
  ),
  ...numbers("timeoutInMillis"),
  requestParameters: STRINGS_BY_NAME,
  requestTemplates: STRINGS_BY_NAME,
  responseParameters: mapOf(STRINGS_BY_NAME),
  tlsConfig: structure(strings("serverNameToVerify")),
};
const INTEGRATION_RESPONSE: Inputs = {
  ...strings("contentHandlingStrategy", "integrationResponseKey", "templateSelectionExpression"),
  responseParameters: STRINGS_BY_NAME,
  responseTemplates: STRINGS_BY_NAME,
};
const ROUTE: Inputs = {
  ...strings(
    "authorizationType",
    "authorizerId",
    "modelSelectionExpression",
    "operationName",
    "routeKey",
    "routeResponseSelectionExpression",
    "target",
  ),
  ...booleans("apiKeyRequired"),
  authorizationScopes: STRINGS,
  requestModels: STRINGS_BY_NAME,
  requestParameters: mapOf(structure(booleans("required"))),
};
const ROUTE_RESPONSE: Inputs = {
  ...strings("modelSelectionExpression", "routeResponseKey"),
  responseModels: STRINGS_BY_NAME,
  responseParameters: mapOf(structure(booleans("required"))),
};
const API: Inputs = {
  ...strings(
    "apiKeySelectionExpression",
    "credentialsArn",
    "description",
    "ipAddressType",
    "name",
    "routeKey",
    "routeSelectionExpression",
    "target",
    "version",
  ),
  ...booleans("disableExecuteApiEndpoint", "disableSchemaValidation"),
  corsConfiguration: structure({
    ...booleans("allowCredentials"),
    ...numbers("maxAge"),
    allowHeaders: STRINGS,
    allowMethods: STRINGS,
    allowOrigins: STRINGS,
    exposeHeaders: STRINGS,
  }),
};
const DOMAIN_NAME: Inputs = {
  ...strings("routingMode"),
  domainNameConfigurations: listOf(
    structure(
      strings(
        "apiGatewayDomainName",
        "certificateArn",
        "certificateName",
        "certificateUploadDate",
        "domainNameStatus",
        "domainNameStatusMessage",
        "endpointType",
        "hostedZoneId",
        "ipAddressType",
        "ownershipVerificationCertificateArn",
        "securityPolicy",
      ),
    ),
  ),
  mutualTlsAuthentication: structure(strings("truststoreUri", "truststoreVersion")),
};
const STAGE: Inputs = {
  ...strings("clientCertificateId", "deploymentId", "description"),
  ...booleans("autoDeploy"),
  accessLogSettings: structure(strings("destinationArn", "format")),
  defaultRouteSettings: ROUTE_SETTINGS,
  routeSettings: mapOf(ROUTE_SETTINGS),
  stageVariables: STRINGS_BY_NAME,
};
const PORTAL: Inputs = {
  ...strings("logoUri", "rumAppMonitorName"),
  authorization: structure({
    cognitoConfig: structure(strings("appClientId", "userPoolArn", "userPoolDomain")),
    none: structure({}),
  }),
  endpointConfiguration: structure({
    acmManaged: structure(strings("certificateArn", "domainName")),
    none: structure({}),
  }),
  includedPortalProductArns: STRINGS,
  portalContent: structure({
    ...strings("description", "displayName"),
    theme: structure({
      ...strings("logoLastUploaded"),
      customColors: structure(
        strings(
          "accentColor",
          "backgroundColor",
          "errorValidationColor",
          "headerColor",
          "navigationColor",
          "textColor",
        ),
      ),
    }),
  }),
};
const ROUTING_RULE: Inputs = {
  ...numbers("priority"),
  actions: listOf(
    structure({ invokeApi: structure({ ...strings("apiId", "stage"), ...booleans("stripBasePath") }) }),
  ),
  conditions: listOf(
    structure({
      matchBasePaths: structure({ anyOf: STRINGS }),
      matchHeaders: structure({ anyOf: listOf(structure(strings("header", "valueGlob"))) }),
    }),
  ),
};
const PRODUCT_REST_ENDPOINT_PAGE: Inputs = {
  ...strings("tryItState"),
  displayContent: structure({
    none: structure({}),
    overrides: structure(strings("body", "endpoint", "operationName")),
  }),
};

/** The members of JSON bodies by operation (AWS: API Gateway V2 API reference). */
const INPUTS: Readonly<Record<string, Inputs>> = {
  CreateApi: { ...API, ...strings("protocolType"), tags: STRINGS_BY_NAME },
  CreateApiMapping: strings("apiId", "apiMappingKey", "stage"),
  CreateAuthorizer: AUTHORIZER,
  CreateDeployment: strings("description", "stageName"),
  CreateDomainName: { ...DOMAIN_NAME, ...strings("domainName"), tags: STRINGS_BY_NAME },
  CreateIntegration: INTEGRATION,
  CreateIntegrationResponse: INTEGRATION_RESPONSE,
  CreateModel: strings("contentType", "description", "name", "schema"),
  CreatePortal: { ...PORTAL, tags: STRINGS_BY_NAME },
  CreatePortalProduct: { ...strings("description", "displayName"), tags: STRINGS_BY_NAME },
  CreateProductPage: { displayContent: structure(strings("body", "title")) },
  CreateProductRestEndpointPage: {
    ...PRODUCT_REST_ENDPOINT_PAGE,
    restEndpointIdentifier: structure({
      identifierParts: structure(strings("method", "path", "restApiId", "stage")),
    }),
  },
  CreateRoute: ROUTE,
  CreateRouteResponse: ROUTE_RESPONSE,
  CreateRoutingRule: ROUTING_RULE,
  CreateStage: { ...STAGE, ...strings("stageName"), tags: STRINGS_BY_NAME },
  CreateVpcLink: { ...strings("name"), securityGroupIds: STRINGS, subnetIds: STRINGS, tags: STRINGS_BY_NAME },
  ImportApi: strings("body"),
  PublishPortal: strings("description"),
  PutPortalProductSharingPolicy: strings("policyDocument"),
  PutRoutingRule: ROUTING_RULE,
  ReimportApi: strings("body"),
  TagResource: { tags: STRINGS_BY_NAME },
  UpdateApi: API,
  UpdateApiMapping: strings("apiId", "apiMappingKey", "stage"),
  UpdateAuthorizer: AUTHORIZER,
  UpdateDeployment: strings("description"),
  UpdateDomainName: DOMAIN_NAME,
  UpdateIntegration: INTEGRATION,
  UpdateIntegrationResponse: INTEGRATION_RESPONSE,
  UpdateModel: strings("contentType", "description", "name", "schema"),
  UpdatePortal: PORTAL,
  UpdatePortalProduct: {
    ...strings("description", "displayName"),
    displayOrder: structure({
      ...strings("overviewPageArn"),
      contents: listOf(structure({ ...strings("sectionName"), productRestEndpointPageArns: STRINGS })),
      productPageArns: STRINGS,
    }),
  },
  UpdateProductPage: { displayContent: structure(strings("body", "title")) },
  UpdateProductRestEndpointPage: PRODUCT_REST_ENDPOINT_PAGE,
  UpdateRoute: ROUTE,
  UpdateRouteResponse: ROUTE_RESPONSE,
  UpdateStage: STAGE,
  UpdateVpcLink: strings("name"),
};

/** inputsOf are the members of an operation's body; undefined: it has none. */
export const inputsOf = (operation: string): Inputs | undefined => INPUTS[operation];
