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

const ENDPOINT_CONFIGURATION = structure({
  ...strings("ipAddressType"),
  types: STRINGS,
  vpcEndpointIds: STRINGS,
});
const THROTTLE = structure(numbers("burstLimit", "rateLimit"));

/** What every update takes. */
const PATCH: Inputs = { patchOperations: listOf(structure(strings("from", "op", "path", "value"))) };

/** The members of JSON bodies by operation (AWS: API Gateway V1 API reference). */
const INPUTS: Readonly<Record<string, Inputs>> = {
  CreateApiKey: {
    ...strings("customerId", "description", "name", "value"),
    ...booleans("enabled", "generateDistinctId"),
    stageKeys: listOf(structure(strings("restApiId", "stageName"))),
    tags: STRINGS_BY_NAME,
  },
  CreateAuthorizer: {
    ...strings(
      "authType",
      "authorizerCredentials",
      "authorizerUri",
      "identitySource",
      "identityValidationExpression",
      "name",
      "type",
    ),
    ...numbers("authorizerResultTtlInSeconds"),
    providerARNs: STRINGS,
  },
  CreateBasePathMapping: strings("basePath", "restApiId", "stage"),
  CreateDeployment: {
    ...strings("cacheClusterSize", "description", "stageDescription", "stageName"),
    ...booleans("cacheClusterEnabled", "tracingEnabled"),
    canarySettings: structure({
      ...booleans("useStageCache"),
      ...numbers("percentTraffic"),
      stageVariableOverrides: STRINGS_BY_NAME,
    }),
    variables: STRINGS_BY_NAME,
  },
  CreateDocumentationPart: {
    ...strings("properties"),
    location: structure(strings("method", "name", "path", "statusCode", "type")),
  },
  CreateDocumentationVersion: strings("description", "documentationVersion", "stageName"),
  CreateDomainName: {
    ...strings(
      "certificateArn",
      "certificateBody",
      "certificateChain",
      "certificateName",
      "certificatePrivateKey",
      "domainName",
      "endpointAccessMode",
      "ownershipVerificationCertificateArn",
      "policy",
      "regionalCertificateArn",
      "regionalCertificateName",
      "routingMode",
      "securityPolicy",
    ),
    endpointConfiguration: ENDPOINT_CONFIGURATION,
    mutualTlsAuthentication: structure(strings("truststoreUri", "truststoreVersion")),
    tags: STRINGS_BY_NAME,
  },
  CreateDomainNameAccessAssociation: {
    ...strings("accessAssociationSource", "accessAssociationSourceType", "domainNameArn"),
    tags: STRINGS_BY_NAME,
  },
  CreateModel: strings("contentType", "description", "name", "schema"),
  CreateRequestValidator: {
    ...strings("name"),
    ...booleans("validateRequestBody", "validateRequestParameters"),
  },
  CreateResource: strings("pathPart"),
  CreateRestApi: {
    ...strings(
      "apiKeySource",
      "cloneFrom",
      "description",
      "endpointAccessMode",
      "name",
      "policy",
      "securityPolicy",
      "version",
    ),
    ...booleans("disableExecuteApiEndpoint"),
    ...numbers("minimumCompressionSize"),
    binaryMediaTypes: STRINGS,
    endpointConfiguration: ENDPOINT_CONFIGURATION,
    tags: STRINGS_BY_NAME,
  },
  CreateStage: {
    ...strings("cacheClusterSize", "deploymentId", "description", "documentationVersion", "stageName"),
    ...booleans("cacheClusterEnabled", "tracingEnabled"),
    canarySettings: structure({
      ...strings("deploymentId"),
      ...booleans("useStageCache"),
      ...numbers("percentTraffic"),
      stageVariableOverrides: STRINGS_BY_NAME,
    }),
    tags: STRINGS_BY_NAME,
    variables: STRINGS_BY_NAME,
  },
  CreateUsagePlan: {
    ...strings("description", "name"),
    apiStages: listOf(structure({ ...strings("apiId", "stage"), throttle: mapOf(THROTTLE) })),
    quota: structure({ ...strings("period"), ...numbers("limit", "offset") }),
    tags: STRINGS_BY_NAME,
    throttle: THROTTLE,
  },
  CreateUsagePlanKey: strings("keyId", "keyType"),
  CreateVpcLink: { ...strings("description", "name"), tags: STRINGS_BY_NAME, targetArns: STRINGS },
  GenerateClientCertificate: { ...strings("description"), tags: STRINGS_BY_NAME },
  PutGatewayResponse: {
    ...strings("statusCode"),
    responseParameters: STRINGS_BY_NAME,
    responseTemplates: STRINGS_BY_NAME,
  },
  PutIntegration: {
    ...strings(
      "cacheNamespace",
      "connectionId",
      "connectionType",
      "contentHandling",
      "credentials",
      "httpMethod",
      "integrationTarget",
      "passthroughBehavior",
      "responseTransferMode",
      "type",
      "uri",
    ),
    ...numbers("timeoutInMillis"),
    cacheKeyParameters: STRINGS,
    requestParameters: STRINGS_BY_NAME,
    requestTemplates: STRINGS_BY_NAME,
    tlsConfig: structure(booleans("insecureSkipVerification")),
  },
  PutIntegrationResponse: {
    ...strings("contentHandling", "selectionPattern"),
    responseParameters: STRINGS_BY_NAME,
    responseTemplates: STRINGS_BY_NAME,
  },
  PutMethod: {
    ...strings("authorizationType", "authorizerId", "operationName", "requestValidatorId"),
    ...booleans("apiKeyRequired"),
    authorizationScopes: STRINGS,
    requestModels: STRINGS_BY_NAME,
    requestParameters: mapOf("boolean"),
  },
  PutMethodResponse: { responseModels: STRINGS_BY_NAME, responseParameters: mapOf("boolean") },
  TagResource: { tags: STRINGS_BY_NAME },
  TestInvokeAuthorizer: {
    ...strings("body", "pathWithQueryString"),
    additionalContext: STRINGS_BY_NAME,
    headers: STRINGS_BY_NAME,
    multiValueHeaders: mapOf(STRINGS),
    stageVariables: STRINGS_BY_NAME,
  },
  TestInvokeMethod: {
    ...strings("body", "clientCertificateId", "pathWithQueryString"),
    headers: STRINGS_BY_NAME,
    multiValueHeaders: mapOf(STRINGS),
    stageVariables: STRINGS_BY_NAME,
  },
};

/** inputsOf are the members of an operation's body; undefined: it has none, or it is not JSON. */
export const inputsOf = (operation: string): Inputs | undefined =>
  operation.startsWith("Update") ? PATCH : INPUTS[operation];
