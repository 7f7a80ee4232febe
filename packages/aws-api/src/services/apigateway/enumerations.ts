import { DOCUMENTATION_PART_TYPES, SECURITY_POLICIES } from "@tollgate/config";

/** Enumerations of AWS's model, each in the order in which AWS lists it. */
export const OPS = ["add", "remove", "move", "test", "replace", "copy"];
const ENDPOINT_TYPES = ["PRIVATE", "EDGE", "REGIONAL"];
const IP_ADDRESS_TYPES = ["ipv4", "dualstack"];
const CONTENT_HANDLING = ["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"];
export const GATEWAY_RESPONSE_TYPES = [
  "REQUEST_TOO_LARGE",
  "RESOURCE_NOT_FOUND",
  "AUTHORIZER_CONFIGURATION_ERROR",
  "MISSING_AUTHENTICATION_TOKEN",
  "BAD_REQUEST_BODY",
  "INVALID_SIGNATURE",
  "INVALID_API_KEY",
  "BAD_REQUEST_PARAMETERS",
  "AUTHORIZER_FAILURE",
  "UNAUTHORIZED",
  "INTEGRATION_TIMEOUT",
  "ACCESS_DENIED",
  "DEFAULT_4XX",
  "DEFAULT_5XX",
  "WAF_FILTERED",
  "QUOTA_EXCEEDED",
  "THROTTLED",
  "API_CONFIGURATION_ERROR",
  "UNSUPPORTED_MEDIA_TYPE",
  "INTEGRATION_FAILURE",
  "EXPIRED_TOKEN",
];
const CACHE_SIZES = ["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"];
const ENDPOINT_ACCESS_MODES = ["BASIC", "STRICT"];
const ROUTING_MODES = ["BASE_PATH_MAPPING_ONLY", "ROUTING_RULE_ONLY", "ROUTING_RULE_THEN_BASE_PATH_MAPPING"];
const endpoint = {
  "endpointConfiguration.types": ENDPOINT_TYPES,
  "endpointConfiguration.ipAddressType": IP_ADDRESS_TYPES,
  securityPolicy: Object.keys(SECURITY_POLICIES),
  endpointAccessMode: ENDPOINT_ACCESS_MODES,
};
const OWNERS = { resourceOwner: ["SELF", "OTHER_ACCOUNTS"] };

type Enumerations = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** The enumerations in the body of an operation, by the path of their member (AWS: API Gateway V1 API reference). */
export const ENUMERATIONS_IN_BODY: Enumerations = {
  CreateRestApi: { ...endpoint, apiKeySource: ["HEADER", "AUTHORIZER"] },
  CreateDomainName: { ...endpoint, routingMode: ROUTING_MODES },
  PutIntegration: {
    type: ["HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"],
    connectionType: ["INTERNET", "VPC_LINK"],
    contentHandling: CONTENT_HANDLING,
    responseTransferMode: ["BUFFERED", "STREAM"],
  },
  PutIntegrationResponse: { contentHandling: CONTENT_HANDLING },
  CreateAuthorizer: { type: ["TOKEN", "REQUEST", "COGNITO_USER_POOLS"] },
  CreateDeployment: { cacheClusterSize: CACHE_SIZES },
  CreateDocumentationPart: { "location.type": DOCUMENTATION_PART_TYPES },
  CreateDomainNameAccessAssociation: { accessAssociationSourceType: ["VPCE"] },
  CreateStage: { cacheClusterSize: CACHE_SIZES },
  CreateUsagePlan: { "quota.period": ["DAY", "WEEK", "MONTH"] },
};

/** The same in its query. */
export const ENUMERATIONS_IN_QUERY: Enumerations = {
  GetDocumentationParts: {
    type: DOCUMENTATION_PART_TYPES,
    locationStatus: ["DOCUMENTED", "UNDOCUMENTED"],
  },
  GetDomainNames: OWNERS,
  GetDomainNameAccessAssociations: OWNERS,
  ImportApiKeys: { format: ["csv"] },
  ImportDocumentationParts: { mode: ["merge", "overwrite"] },
  PutRestApi: { mode: ["merge", "overwrite"] },
};
