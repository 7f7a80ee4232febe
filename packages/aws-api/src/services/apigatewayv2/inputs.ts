import {
  booleans,
  bounded,
  type Inputs,
  lengths,
  listOf,
  mapOf,
  numbers,
  STRINGS,
  STRINGS_BY_NAME,
  strings,
  structure,
} from "../../protocol/rest-json/input.ts";

/** In characters. */
const SCHEMA_LONGEST = 32 * 1024;
// The pages of quotas allow more than the model, which has 32 KB and 1 KB: what worked under either must be taken.
const TEMPLATE_LONGEST = 300 * 1024;
const ACCESS_LOG_FORMAT_LONGEST = 3 * 1024;
const PARAMETERS = mapOf(bounded(512));
const TEMPLATES = mapOf(bounded(TEMPLATE_LONGEST));
const MODELS = mapOf(bounded(128));

const ROUTE_SETTINGS = structure({
  ...strings("loggingLevel"),
  ...booleans("dataTraceEnabled", "detailedMetricsEnabled"),
  ...numbers("throttlingBurstLimit", "throttlingRateLimit"),
});
const AUTHORIZER: Inputs = {
  ...strings("authorizerCredentialsArn", "authorizerType"),
  ...lengths({
    authorizerPayloadFormatVersion: 64,
    authorizerUri: 2048,
    identityValidationExpression: 1024,
    name: 128,
  }),
  ...booleans("enableSimpleResponses"),
  ...numbers("authorizerResultTtlInSeconds"),
  identitySource: STRINGS,
  jwtConfiguration: structure({ ...lengths({ issuer: 2048 }), audience: STRINGS }),
};
const INTEGRATION: Inputs = {
  ...strings(
    "connectionType",
    "contentHandlingStrategy",
    "credentialsArn",
    "integrationType",
    "passthroughBehavior",
    "templateSelectionExpression",
  ),
  ...lengths({
    connectionId: 1024,
    description: 1024,
    integrationMethod: 64,
    integrationSubtype: 128,
    integrationUri: 2048,
    payloadFormatVersion: 64,
  }),
  ...numbers("timeoutInMillis"),
  requestParameters: PARAMETERS,
  requestTemplates: TEMPLATES,
  responseParameters: mapOf(PARAMETERS),
  tlsConfig: structure(lengths({ serverNameToVerify: 512 })),
};
const INTEGRATION_RESPONSE: Inputs = {
  ...strings("contentHandlingStrategy", "integrationResponseKey", "templateSelectionExpression"),
  responseParameters: PARAMETERS,
  responseTemplates: TEMPLATES,
};
const ROUTE: Inputs = {
  ...strings(
    "authorizationType",
    "authorizerId",
    "modelSelectionExpression",
    "routeKey",
    "routeResponseSelectionExpression",
  ),
  ...lengths({ operationName: 64, target: 128 }),
  ...booleans("apiKeyRequired"),
  authorizationScopes: listOf(bounded(64)),
  requestModels: MODELS,
  requestParameters: mapOf(structure(booleans("required"))),
};
const ROUTE_RESPONSE: Inputs = {
  ...strings("modelSelectionExpression", "routeResponseKey"),
  responseModels: MODELS,
  responseParameters: mapOf(structure(booleans("required"))),
};
const API: Inputs = {
  ...strings(
    "apiKeySelectionExpression",
    "credentialsArn",
    "ipAddressType",
    "routeKey",
    "routeSelectionExpression",
  ),
  ...lengths({ description: 1024, name: 128, target: 2048, version: 64 }),
  ...booleans("disableExecuteApiEndpoint", "disableSchemaValidation"),
  corsConfiguration: structure({
    ...booleans("allowCredentials"),
    ...numbers("maxAge"),
    allowHeaders: STRINGS,
    allowMethods: listOf(bounded(64)),
    allowOrigins: STRINGS,
    exposeHeaders: STRINGS,
  }),
};
const DOMAIN_NAME: Inputs = {
  ...strings("routingMode"),
  domainNameConfigurations: listOf(
    structure({
      ...strings(
        "apiGatewayDomainName",
        "certificateArn",
        "certificateUploadDate",
        "domainNameStatus",
        "domainNameStatusMessage",
        "endpointType",
        "hostedZoneId",
        "ipAddressType",
        "ownershipVerificationCertificateArn",
        "securityPolicy",
      ),
      ...lengths({ certificateName: 128 }),
    }),
  ),
  mutualTlsAuthentication: structure(lengths({ truststoreUri: 2048, truststoreVersion: 64 })),
};
const STAGE: Inputs = {
  ...strings("clientCertificateId", "deploymentId"),
  ...lengths({ description: 1024 }),
  ...booleans("autoDeploy"),
  accessLogSettings: structure({
    ...strings("destinationArn"),
    ...lengths({ format: ACCESS_LOG_FORMAT_LONGEST }),
  }),
  defaultRouteSettings: ROUTE_SETTINGS,
  routeSettings: mapOf(ROUTE_SETTINGS),
  stageVariables: mapOf(bounded(2048)),
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
    structure({
      invokeApi: structure({ ...strings("apiId"), ...lengths({ stage: 128 }), ...booleans("stripBasePath") }),
    }),
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

const API_MAPPING: Inputs = { ...strings("apiId", "apiMappingKey"), ...lengths({ stage: 128 }) };
const MODEL: Inputs = lengths({ contentType: 256, description: 1024, name: 128, schema: SCHEMA_LONGEST });

/** The members of JSON bodies by operation (AWS: API Gateway V2 API reference). */
const INPUTS: Readonly<Record<string, Inputs>> = {
  CreateApi: { ...API, ...strings("protocolType"), tags: STRINGS_BY_NAME },
  CreateApiMapping: API_MAPPING,
  CreateAuthorizer: AUTHORIZER,
  CreateDeployment: lengths({ description: 1024, stageName: 128 }),
  CreateDomainName: { ...DOMAIN_NAME, ...lengths({ domainName: 512 }), tags: STRINGS_BY_NAME },
  CreateIntegration: INTEGRATION,
  CreateIntegrationResponse: INTEGRATION_RESPONSE,
  CreateModel: MODEL,
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
  CreateStage: { ...STAGE, ...lengths({ stageName: 128 }), tags: STRINGS_BY_NAME },
  CreateVpcLink: {
    ...lengths({ name: 128 }),
    securityGroupIds: STRINGS,
    subnetIds: STRINGS,
    tags: STRINGS_BY_NAME,
  },
  ImportApi: strings("body"),
  PublishPortal: strings("description"),
  PutPortalProductSharingPolicy: strings("policyDocument"),
  PutRoutingRule: ROUTING_RULE,
  ReimportApi: strings("body"),
  TagResource: { tags: STRINGS_BY_NAME },
  UpdateApi: API,
  UpdateApiMapping: API_MAPPING,
  UpdateAuthorizer: AUTHORIZER,
  UpdateDeployment: lengths({ description: 1024 }),
  UpdateDomainName: DOMAIN_NAME,
  UpdateIntegration: INTEGRATION,
  UpdateIntegrationResponse: INTEGRATION_RESPONSE,
  UpdateModel: MODEL,
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
  UpdateVpcLink: lengths({ name: 128 }),
};

/** inputsOf are the members of an operation's body; undefined: it has none. */
export const inputsOf = (operation: string): Inputs | undefined => INPUTS[operation];
