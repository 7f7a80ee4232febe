import { beforeAll, describe, expect, it } from "vitest";
import { createMockApi, JSON_TYPE, patchOf } from "../../kit/mock-api.ts";
import { useBoto, useGateway } from "../../kit/use.ts";

const gateway = useGateway();
const boto = useBoto(gateway);
/** What the rows of the tables name: ids that are made once. */
let ids: Readonly<Record<string, string>> = {};

const BAD = ["BadRequestException", 400] as const;
const MISSING = ["NotFoundException", 404] as const;
const CONFLICT = ["ConflictException", 409] as const;
const INVALID = ["ValidationException", 400] as const;

type Row = readonly [
  call: string,
  params: Readonly<Record<string, unknown>>,
  error: readonly [code: string, status: number],
  message: string | RegExp,
];

const LAMBDA =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";
const patch = (...operations: readonly object[]) => ({ patchOperations: operations });

beforeAll(async () => {
  const { restApiId, rootResourceId, resourceId } = await createMockApi(boto);
  const greedy = await boto.call("create_resource", {
    restApiId,
    parentId: resourceId,
    pathPart: "{rest+}",
  });
  const { id: deploymentId } = await boto.call("create_deployment", { restApiId, stageName: "prod" });
  const validator = await boto.call("create_request_validator", { restApiId, name: "all" });
  await boto.call("create_model", {
    restApiId,
    name: "Used",
    contentType: JSON_TYPE,
    schema: '{"type":"object"}',
  });
  await boto.call("put_method", {
    restApiId,
    resourceId,
    httpMethod: "POST",
    authorizationType: "NONE",
    requestModels: { [JSON_TYPE]: "Used" },
  });
  const empty = await boto.call("create_rest_api", { name: "empty" });
  const key = await boto.call("create_api_key", { name: "key", value: "01234567890123456789abcd" });
  const plan = await boto.call("create_usage_plan", {
    name: "plan",
    apiStages: [{ apiId: restApiId, stage: "prod" }],
  });
  await boto.call("create_usage_plan_key", { usagePlanId: plan.id, keyId: key.id, keyType: "API_KEY" });
  await boto.call("create_domain_name", { domainName: "taken.example.com" });
  await boto.call("create_base_path_mapping", {
    domainName: "taken.example.com",
    restApiId,
    basePath: "taken",
  });
  ids = {
    api: restApiId,
    root: rootResourceId,
    hello: resourceId,
    greedy: greedy.id,
    deployment: deploymentId,
    validator: validator.id,
    empty: empty.id,
    emptyRoot: empty.rootResourceId,
    key: key.id,
    plan: plan.id,
  };
});

/** Puts the made ids where a row says $name. */
function filled<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replace(/\$(\w+)/g, (all, name: string) => ids[name] ?? all)) as T;
}

const API = { restApiId: "$api" };
const HELLO = { ...API, resourceId: "$hello" };
const GET = { ...HELLO, httpMethod: "GET" };
const POST = { ...HELLO, httpMethod: "POST" };
const HTTP = { ...POST, type: "HTTP", integrationHttpMethod: "POST", uri: "http://example.com/" };
const STAGE = { ...API, stageName: "prod" };
const NO_API = { restApiId: "nosuchapi0" };
const NO_API_MESSAGE = "Invalid API identifier specified 000000000000:nosuchapi0";

const REST_APIS: Row[] = [
  ["get_rest_api", NO_API, MISSING, NO_API_MESSAGE],
  ["delete_rest_api", NO_API, MISSING, NO_API_MESSAGE],
  ["update_rest_api", { ...NO_API, ...patch(patchOf("replace", "/name", "x")) }, MISSING, NO_API_MESSAGE],
  ["get_rest_api", { restApiId: "$api".toUpperCase() }, MISSING, /^Invalid API identifier/],
  ["create_rest_api", { name: "" }, BAD, /name/],
  ["create_rest_api", { name: "x", description: "" }, BAD, "Description cannot be an empty string"],
  ...[-1, 10_485_761].map(
    (minimumCompressionSize): Row => [
      "create_rest_api",
      { name: "x", minimumCompressionSize },
      BAD,
      "Invalid minimum compression size, must be between 0 and 10485760",
    ],
  ),
  [
    "create_rest_api",
    { name: "x", description: "", minimumCompressionSize: -1 },
    BAD,
    "Description cannot be an empty string",
  ],
  [
    "create_rest_api",
    { name: "x", endpointConfiguration: { types: ["EDGE", "REGIONAL"] } },
    BAD,
    "Cannot create an api with multiple Endpoint Types.",
  ],
  [
    "create_rest_api",
    { name: "x", endpointConfiguration: { types: [] } },
    BAD,
    "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.",
  ],
  [
    "create_rest_api",
    { name: "x", endpointConfiguration: { types: ["FAR"] } },
    INVALID,
    /'\[FAR\]'.*\[PRIVATE, EDGE, REGIONAL\]/,
  ],
  ["create_rest_api", { name: "x", apiKeySource: "COOKIE" }, BAD, /apiKeySource/],
  ["create_rest_api", { name: "x", cloneFrom: "nosuchapi0" }, MISSING, /nosuchapi0/],
  ["create_rest_api", { name: "x", policy: "{" }, BAD, /policy/],
  [
    "create_rest_api",
    { name: "x", endpointConfiguration: { types: ["PRIVATE"], ipAddressType: "ipv4" } },
    BAD,
    "Only dualstack ipAddressType is supported for Private APIs.",
  ],
  [
    "create_rest_api",
    { name: "x", endpointConfiguration: { types: ["REGIONAL"], ipAddressType: "ipv6" } },
    INVALID,
    "1 validation error detected: Value 'ipv6' at 'createRestApiInput.endpointConfiguration.ipAddressType' failed to satisfy constraint: Member must satisfy enum value set: [ipv4, dualstack]",
  ],
  [
    "create_rest_api",
    { name: "x", endpointConfiguration: { types: ["PRIVATE"], vpcEndpointIds: ["eni-1"] } },
    BAD,
    /must be the id of a VPC endpoint/,
  ],
  [
    "update_rest_api",
    { ...API, ...patch(patchOf("replace", "/nothing", "x")) },
    BAD,
    "Invalid patch path /nothing",
  ],
  [
    "update_rest_api",
    { ...API, ...patch(patchOf("remove", "/name")) },
    BAD,
    "Invalid patch operation specified. Must be one of: [replace]",
  ],
  [
    "update_rest_api",
    { ...API, ...patch(patchOf("replace", "/minimumCompressionSize", "-1")) },
    BAD,
    /compression/i,
  ],
  ["update_rest_api", { ...API, ...patch(patchOf("replace", "/apiKeySource", "X")) }, BAD, /apiKeySource/],
];

const RESOURCES: Row[] = [
  ["get_resources", NO_API, MISSING, NO_API_MESSAGE],
  ["get_resource", { ...API, resourceId: "nosuch" }, MISSING, "Invalid Resource identifier specified"],
  ["get_resource", { ...NO_API, resourceId: "nosuch" }, MISSING, "Invalid Resource identifier specified"],
  [
    "create_resource",
    { ...API, parentId: "nosuch", pathPart: "x" },
    MISSING,
    "Invalid Resource identifier specified",
  ],
  [
    "create_resource",
    { ...API, parentId: "$root", pathPart: "hello" },
    CONFLICT,
    "Another resource with the same parent already has this name: hello",
  ],
  [
    "create_resource",
    { ...API, parentId: "$hello", pathPart: "{other}" },
    BAD,
    "A sibling ({rest+}) of this resource already has a variable path part -- only one is allowed",
  ],
  [
    "create_resource",
    { ...API, parentId: "$greedy", pathPart: "x" },
    BAD,
    "Cannot create a child of a resource with a greedy path variable: {rest+}",
  ],
  ...["a b", "a/b", "{a", "a{b}", "", "ü"].map(
    (pathPart): Row => [
      "create_resource",
      { ...API, parentId: "$root", pathPart },
      BAD,
      /^Resource's path part only allow/,
    ],
  ),
  ["delete_resource", { ...API, resourceId: "$root" }, BAD, /Root resource cannot be deleted/],
  ["delete_resource", { ...API, resourceId: "nosuch" }, MISSING, "Invalid Resource identifier specified"],
  [
    "update_resource",
    { ...HELLO, ...patch(patchOf("replace", "/parentId", "$greedy")) },
    BAD,
    "Resources cannot be cyclical.",
  ],
  [
    "update_resource",
    { ...API, resourceId: "$root", ...patch(patchOf("replace", "/pathPart", "x")) },
    BAD,
    "Root resource cannot update its pathPart.",
  ],
  [
    "update_resource",
    { ...API, resourceId: "$root", ...patch(patchOf("replace", "/parentId", "x")) },
    BAD,
    "Root resource cannot update its parentId.",
  ],
  [
    "update_resource",
    { ...HELLO, ...patch(patchOf("remove", "/pathPart")) },
    BAD,
    "Invalid patch path  '/pathPart' specified for op 'remove'. Please choose supported operations",
  ],
  [
    "update_resource",
    { ...HELLO, ...patch(patchOf("replace", "/path", "x")) },
    BAD,
    "Invalid patch path  '/path' specified for op 'replace'. Must be one of: [/parentId, /pathPart]",
  ],
  [
    "update_resource",
    { ...HELLO, ...patch(patchOf("replace", "/parentId", "nosuch")) },
    MISSING,
    "Invalid Resource identifier specified",
  ],
];

const METHODS: Row[] = [
  ["get_method", { ...HELLO, httpMethod: "PUT" }, MISSING, "Invalid Method identifier specified"],
  ["delete_method", { ...HELLO, httpMethod: "PUT" }, MISSING, "Invalid Method identifier specified"],
  ["get_method", { ...GET, resourceId: "nosuch" }, MISSING, "Invalid Resource identifier specified"],
  ["get_method", { ...GET, ...NO_API }, MISSING, "Invalid Resource identifier specified"],
  [
    "put_method",
    { ...HELLO, httpMethod: "FETCH", authorizationType: "NONE" },
    BAD,
    "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
  ],
  ["put_method", { ...GET, authorizationType: "NONE" }, CONFLICT, "Method already exists for this resource"],
  [
    "put_method",
    { ...GET, resourceId: "nosuch", authorizationType: "NONE" },
    MISSING,
    "Invalid Resource identifier specified",
  ],
  ...["CUSTOM", "COGNITO_USER_POOLS"].flatMap((authorizationType): Row[] =>
    [{}, { authorizerId: "nosuch" }].map((more) => [
      "put_method",
      { ...HELLO, httpMethod: "PUT", authorizationType, ...more },
      BAD,
      "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
    ]),
  ),
  [
    "put_method",
    { ...HELLO, httpMethod: "PUT", authorizationType: "PASSWORD" },
    BAD,
    /authorizationType.*COGNITO_USER_POOLS/,
  ],
  [
    "put_method",
    { ...HELLO, httpMethod: "PUT", authorizationType: "NONE", requestModels: { [JSON_TYPE]: "Nothing" } },
    BAD,
    "Invalid model identifier specified: Nothing",
  ],
  [
    "put_method",
    { ...HELLO, httpMethod: "PUT", authorizationType: "NONE", requestValidatorId: "nosuch" },
    BAD,
    "Invalid Request Validator identifier specified",
  ],
  [
    "put_method",
    {
      ...HELLO,
      httpMethod: "PUT",
      authorizationType: "NONE",
      requestParameters: { "method.request.header.a": true, "method.request.querystring.a": true },
    },
    BAD,
    "Parameter names must be unique across querystring, header and path",
  ],
  [
    "put_method",
    { ...HELLO, httpMethod: "PUT", authorizationType: "NONE", requestParameters: { "request.a": true } },
    BAD,
    /request\.a/,
  ],
  [
    "update_method",
    { ...GET, ...patch(patchOf("add", "/apiKeyRequired", "true")) },
    BAD,
    "Invalid patch operation specified. Must be one of: [replace]",
  ],
  ["update_method", { ...GET, ...patch(patchOf("replace", "/x", "y")) }, BAD, "Invalid patch path /x"],
  ["update_method", { ...GET, patchOperations: [{ op: "replace" }] }, BAD, "Invalid patch path null"],
  [
    "update_method",
    { ...GET, ...patch(patchOf("replace", "/authorizationType", "CUSTOM")) },
    BAD,
    /^Invalid authorizer ID specified/,
  ],
  [
    "update_method",
    { ...GET, ...patch(patchOf("replace", "/requestValidatorId", "nosuch")) },
    BAD,
    "Invalid Request Validator identifier specified",
  ],
  [
    "update_method",
    { ...GET, ...patch(patchOf("remove", "/requestParameters/method.request.header.x")) },
    MISSING,
    "Invalid parameter name specified",
  ],
  [
    "update_method",
    { ...GET, patchOperations: [{ op: "wrong", path: "/apiKeyRequired", value: "true" }] },
    INVALID,
    "1 validation error detected: Value 'wrong' at 'updateMethodInput.patchOperations.1.member.op' failed to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]",
  ],
  [
    "update_method",
    {
      ...GET,
      patchOperations: [
        { op: "wrong", path: "/a" },
        { op: "bad", path: "/b" },
      ],
    },
    INVALID,
    /^2 validation errors detected: Value 'wrong' .*; Value 'bad' at 'updateMethodInput\.patchOperations\.2\.member\.op'/,
  ],
  ["get_method_response", { ...GET, statusCode: "404" }, MISSING, "Invalid Response status code specified"],
  [
    "delete_method_response",
    { ...GET, statusCode: "404" },
    MISSING,
    "Invalid Response status code specified",
  ],
  [
    "put_method_response",
    { ...HELLO, httpMethod: "PUT", statusCode: "200" },
    MISSING,
    "Invalid Method identifier specified",
  ],
  ["put_method_response", { ...GET, statusCode: "666" }, INVALID, /'666' at 'statusCode'.*\[1-5\]/],
  [
    "put_method_response",
    { ...GET, statusCode: "201", responseModels: { [JSON_TYPE]: "Nothing" } },
    BAD,
    "Invalid model identifier specified: Nothing",
  ],
  [
    "update_method_response",
    {
      ...GET,
      statusCode: "200",
      ...patch(patchOf("remove", "/responseParameters/method.response.header.x")),
    },
    MISSING,
    "Invalid parameter name specified",
  ],
  [
    "update_method_response",
    { ...GET, statusCode: "200", ...patch(patchOf("remove", "/responseModels/text~1plain")) },
    MISSING,
    "Content-Type specified was not found",
  ],
];

const INTEGRATIONS: Row[] = [
  ["get_integration", POST, MISSING, "Invalid Integration identifier specified"],
  ["delete_integration", POST, MISSING, "Invalid Integration identifier specified"],
  [
    "put_integration",
    { ...HELLO, httpMethod: "PUT", type: "MOCK" },
    MISSING,
    "Invalid Method identifier specified",
  ],
  ...["HTTP", "HTTP_PROXY", "AWS", "AWS_PROXY"].map(
    (type): Row => [
      "put_integration",
      { ...POST, type, uri: "http://example.com/" },
      BAD,
      "Enumeration value for HttpMethod must be non-empty",
    ],
  ),
  [
    "put_integration",
    { ...HTTP, type: "FTP" },
    INVALID,
    "1 validation error detected: Value 'FTP' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]",
  ],
  ["put_integration", { ...HTTP, uri: "example.com" }, BAD, "Invalid HTTP endpoint specified for URI"],
  ["put_integration", { ...HTTP, type: "AWS" }, BAD, /^Invalid ARN specified in the request/],
  [
    "put_integration",
    { ...HTTP, type: "AWS", uri: "arn:aws:apigateway:us-east-1:sqs:queue/x" },
    BAD,
    /^AWS ARN for integration must contain path or action/,
  ],
  [
    "put_integration",
    { ...HTTP, type: "AWS_PROXY", uri: "arn:aws:apigateway:us-east-1:sqs:path/000000000000/x" },
    BAD,
    "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
  ],
  ["put_integration", { ...HTTP, timeoutInMillis: 49 }, BAD, /timeout/i],
  ["put_integration", { ...HTTP, passthroughBehavior: "MAYBE" }, BAD, /passthroughBehavior/],
  ["put_integration", { ...HTTP, contentHandling: "CONVERT" }, BAD, /contentHandling/],
  [
    "put_integration",
    { ...HTTP, requestParameters: { "integration.request.header.a": "method.request.cookie.b" } },
    BAD,
    "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: method.request.cookie.b]",
  ],
  [
    "put_integration",
    { ...HTTP, requestTemplates: { [JSON_TYPE]: "#if($x" } },
    BAD,
    /requestTemplates.*line 1|line 1/,
  ],
  ["update_integration", { ...GET, ...patch(patchOf("replace", "/timeoutInMillis", "soon")) }, BAD, /'soon'/],
  [
    "update_integration",
    { ...GET, ...patch(patchOf("replace", "/integrationResponses", "x")) },
    BAD,
    "Invalid patch path /integrationResponses",
  ],
  [
    "update_integration",
    { ...GET, ...patch(patchOf("remove", "/requestTemplates/text~1plain")) },
    MISSING,
    "Content-Type specified was not found",
  ],
  [
    "get_integration_response",
    { ...GET, statusCode: "404" },
    MISSING,
    "Invalid Response status code specified",
  ],
  [
    "put_integration_response",
    { ...POST, statusCode: "200" },
    MISSING,
    "Invalid Integration identifier specified",
  ],
  [
    "put_integration_response",
    { ...GET, statusCode: "200", responseTemplates: { "123": "x" } },
    BAD,
    "Validation Result: warnings : [], errors : [Invalid content type specified: 123]",
  ],
  ["put_integration_response", { ...GET, statusCode: "200", selectionPattern: "(" }, BAD, /selectionPattern/],
  [
    "update_integration_response",
    { ...GET, statusCode: "200", ...patch(patchOf("remove", "/selectionPattern")) },
    BAD,
    "Invalid patch operation specified. Must be one of: [replace]",
  ],
];

const DEPLOYMENTS: Row[] = [
  ["create_deployment", NO_API, MISSING, NO_API_MESSAGE],
  ["create_deployment", { restApiId: "$empty" }, BAD, "The REST API doesn't contain any methods"],
  ["create_deployment", API, BAD, /^No integration defined for method/],
  ["get_deployment", { ...API, deploymentId: "nosuch" }, MISSING, "Invalid Deployment identifier specified"],
  [
    "delete_deployment",
    { ...API, deploymentId: "$deployment" },
    BAD,
    "Active stages pointing to this deployment must be moved or deleted",
  ],
  [
    "update_deployment",
    { ...API, deploymentId: "$deployment", ...patch(patchOf("replace", "/id", "x")) },
    BAD,
    /^Invalid patch path {2}'\/id'/,
  ],
];

const STAGES: Row[] = [
  ["get_stage", { ...API, stageName: "none" }, MISSING, "Invalid stage identifier specified"],
  ["delete_stage", { ...API, stageName: "none" }, MISSING, "Invalid stage identifier specified"],
  ["get_stages", NO_API, MISSING, NO_API_MESSAGE],
  ["create_stage", { ...STAGE, deploymentId: "$deployment" }, CONFLICT, "Stage already exists"],
  ["create_stage", { ...API, stageName: "new", deploymentId: "nosuch" }, BAD, "Deployment id does not exist"],
  ["create_stage", { ...API, stageName: "a b", deploymentId: "$deployment" }, BAD, /stage/i],
  [
    "create_stage",
    { ...API, stageName: "new", deploymentId: "$deployment", variables: { a: "<x>" } },
    BAD,
    /variables/,
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("replace", "/deploymentId", "nosuch")) },
    BAD,
    "Deployment id does not exist",
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("replace", "/nothing", "x")) },
    BAD,
    /^Invalid method setting path: \/nothing\. Must be one of: \[\/deploymentId, \/description, /,
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("replace", "/*/*/logging/colour", "x")) },
    BAD,
    /^Invalid method setting path: /,
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("remove", "/~1hello/GET")) },
    BAD,
    /^Cannot remove method setting .* because there is no method setting for this method $/,
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("add", "/canarySettings/percentTraffic", "1")) },
    BAD,
    /^Invalid add operation with path: /,
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("replace", "/canarySettings/deploymentId", "nosuch")) },
    BAD,
    "Deployment id does not exist",
  ],
  [
    "update_stage",
    { ...STAGE, ...patch(patchOf("copy", "/deploymentId", undefined, "/canarySettings/deploymentId")) },
    BAD,
    "Promotion not available. Canary does not exist.",
  ],
  ["flush_stage_cache", { ...API, stageName: "none" }, MISSING, "Invalid stage identifier specified"],
  [
    "flush_stage_authorizers_cache",
    { ...API, stageName: "none" },
    MISSING,
    "Invalid stage identifier specified",
  ],
];

const DEFINITIONS: Row[] = [
  ["get_model", { ...API, modelName: "Nothing" }, MISSING, "Invalid model name specified: Nothing"],
  ["get_model", { ...NO_API, modelName: "Nothing" }, MISSING, "Invalid model name specified: Nothing"],
  [
    "create_model",
    { ...API, name: "", contentType: JSON_TYPE, schema: "{}" },
    BAD,
    "Model name must be non-empty",
  ],
  [
    "create_model",
    { ...API, name: "New", contentType: JSON_TYPE, schema: "" },
    BAD,
    "Model schema must have at least 1 property or array items defined",
  ],
  [
    "create_model",
    { ...API, name: "New", contentType: JSON_TYPE },
    BAD,
    "Model schema must have at least 1 property or array items defined",
  ],
  [
    "create_model",
    { ...API, name: "Used", contentType: JSON_TYPE, schema: '{"type":"object"}' },
    CONFLICT,
    "Model name already exists for this REST API",
  ],
  [
    "create_model",
    { ...API, name: "a-b", contentType: JSON_TYPE, schema: '{"type":"object"}' },
    BAD,
    /a-b|name/i,
  ],
  ["create_model", { ...API, name: "New", contentType: JSON_TYPE, schema: "{" }, BAD, /schema/],
  [
    "delete_model",
    { ...API, modelName: "Used" },
    CONFLICT,
    "Cannot delete model 'Used', is referenced in method request: /hello/POST",
  ],
  [
    "update_model",
    { ...API, modelName: "Used", ...patch(patchOf("replace", "/name", "x")) },
    BAD,
    "Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]",
  ],
  [
    "get_request_validator",
    { ...API, requestValidatorId: "nosuch" },
    MISSING,
    "Invalid Request Validator identifier specified",
  ],
  ["create_request_validator", NO_API, BAD, "Invalid REST API identifier specified"],
  [
    "update_request_validator",
    { ...API, requestValidatorId: "$validator", patchOperations: [{ op: "replace", path: "/name" }] },
    BAD,
    "Request Validator name cannot be blank",
  ],
  [
    "update_request_validator",
    { ...API, requestValidatorId: "$validator", ...patch(patchOf("add", "/validateRequestBody", "true")) },
    BAD,
    "Invalid patch path  '/validateRequestBody' specified for op 'add'. Please choose supported operations",
  ],
  ["get_authorizer", { ...API, authorizerId: "nosuch" }, MISSING, "Invalid Authorizer identifier specified"],
  [
    "create_authorizer",
    { ...NO_API, name: "a", type: "TOKEN", authorizerUri: LAMBDA },
    CONFLICT,
    "Unable to complete operation due to concurrent modification. Please try again later.",
  ],
  ["create_authorizer", { ...API, name: "a", type: "PASSWORD" }, BAD, /type/],
  ["create_authorizer", { ...API, name: "a", type: "TOKEN", authorizerUri: "f" }, BAD, /authorizerUri/],
  ["create_authorizer", { ...API, name: "a", type: "COGNITO_USER_POOLS" }, BAD, /providerARNs/],
  [
    "create_authorizer",
    { ...API, name: "a", type: "TOKEN", authorizerUri: LAMBDA, authorizerResultTtlInSeconds: 3601 },
    BAD,
    /authorizerResultTtlInSeconds/,
  ],
  ["get_gateway_response", { ...API, responseType: "TEAPOT" }, INVALID, /responseType/],
  ["put_gateway_response", { ...API, responseType: "DEFAULT_4XX", statusCode: "999" }, INVALID, /statusCode/],
  [
    "update_gateway_response",
    { ...API, responseType: "DEFAULT_5XX", ...patch(patchOf("replace", "/responseParameters/x", "y")) },
    MISSING,
    "Invalid parameter name specified",
  ],
  [
    "update_gateway_response",
    { ...API, responseType: "DEFAULT_5XX", ...patch(patchOf("replace", "/responseType", "y")) },
    BAD,
    "Invalid patch path /responseType",
  ],
];

const KEYS: Row[] = [
  ["get_api_key", { apiKey: "nosuch" }, MISSING, "Invalid API Key identifier specified"],
  ["delete_api_key", { apiKey: "nosuch" }, MISSING, "Invalid API Key identifier specified"],
  ["create_api_key", { value: "1".repeat(19) }, BAD, "API Key value should be at least 20 characters"],
  ["create_api_key", { value: "1".repeat(129) }, BAD, "API Key value exceeds maximum size of 128 characters"],
  ["create_api_key", { value: "01234567890123456789abcd" }, CONFLICT, "API Key already exists"],
  ["create_api_key", { name: "n".repeat(1025) }, BAD, /name/],
  [
    "update_api_key",
    { apiKey: "$key", ...patch(patchOf("replace", "/value", "x")) },
    BAD,
    /^Invalid patch path {2}'\/value' specified for op 'replace'\. Must be one of: \[/,
  ],
  ["get_usage_plan", { usagePlanId: "nosuch" }, MISSING, "Invalid Usage Plan ID specified"],
  ["create_usage_plan", { name: "" }, BAD, /name/],
  ["create_usage_plan", { name: "x", quota: { limit: 1, period: "YEAR" } }, BAD, /quota\.period/],
  ["create_usage_plan", { name: "x", quota: { limit: -1, period: "DAY" } }, BAD, /quota\.limit/],
  [
    "create_usage_plan",
    { name: "x", apiStages: [{ apiId: "nosuchapi0", stage: "prod" }] },
    BAD,
    /nosuchapi0/,
  ],
  ["delete_usage_plan", { usagePlanId: "$plan" }, BAD, /Cannot delete Usage Plan/],
  [
    "create_usage_plan_key",
    { usagePlanId: "$plan", keyId: "nosuch", keyType: "API_KEY" },
    MISSING,
    "Invalid API Key identifier specified",
  ],
  [
    "create_usage_plan_key",
    { usagePlanId: "nosuch", keyId: "$key", keyType: "API_KEY" },
    MISSING,
    "Invalid Usage Plan ID specified",
  ],
  [
    "create_usage_plan_key",
    { usagePlanId: "$plan", keyId: "$key", keyType: "API_KEY" },
    CONFLICT,
    /\$?\w+ already exists$/,
  ],
  ["create_usage_plan_key", { usagePlanId: "$plan", keyId: "$key", keyType: "COIN" }, BAD, /API_KEY/],
  [
    "get_usage_plan_key",
    { usagePlanId: "$plan", keyId: "nosuch" },
    MISSING,
    "Invalid API Key identifier specified",
  ],
  [
    "update_usage_plan",
    { usagePlanId: "$plan", ...patch(patchOf("replace", "/colour", "x")) },
    BAD,
    /^Invalid patch path {2}'\/colour'/,
  ],
  [
    "update_usage_plan",
    { usagePlanId: "$plan", ...patch(patchOf("add", "/apiStages", "$api:prod")) },
    CONFLICT,
    /already/,
  ],
  [
    "update_usage_plan",
    { usagePlanId: "$plan", ...patch(patchOf("replace", "/throttle/rateLimit", "fast")) },
    BAD,
    /'fast'/,
  ],
];

const ACCOUNT: Row[] = [
  ["update_account", patch(patchOf("remove", "/features", "UsagePlans")), BAD, /cannot be disabled/],
  ["update_account", patch(patchOf("replace", "/throttle/rateLimit", "1")), BAD, /^Invalid patch path/],
  ["get_tags", { resourceArn: "arn:nothing" }, BAD, /ARN/],
  ["get_tags", { resourceArn: "arn:aws:apigateway:us-east-1::/restapis/nosuchapi0" }, MISSING, /identifier/],
  [
    "tag_resource",
    { resourceArn: "arn:aws:apigateway:us-east-1::/restapis/$api", tags: { "aws:x": "1" } },
    BAD,
    /aws:/,
  ],
  ["test_invoke_method", { ...HELLO, httpMethod: "PUT" }, MISSING, "Invalid Method identifier specified"],
];

/** JSON of every type, for members that are of one. */
const ODD: readonly unknown[] = [
  true,
  -1.5,
  "",
  "\u0000",
  [],
  [null],
  [[]],
  {},
  { a: null },
  { a: [1] },
  { __proto__: 1 },
];

it("no body, whatever is in it, is an internal failure", async () => {
  const { restApiId, resourceId } = await createMockApi(boto);
  const names: Readonly<Record<string, string>> = {
    restapi_id: restApiId,
    resource_id: resourceId,
    parent_id: resourceId,
    http_method: "GET",
    status_code: "200",
    response_type: "DEFAULT_4XX",
    model_name: "Empty",
    domain_name: "taken.example.com",
    base_path: "taken",
    usageplanId: ids.plan ?? "",
    api_Key: ids.key ?? "",
    resource_arn: `arn:aws:apigateway:us-east-1::/restapis/${restApiId}`,
  };
  const operations = (await boto.operations()).filter(
    ({ method }) => method !== "GET" && method !== "DELETE",
  );
  const failures: string[] = [];
  let asked = 0;
  for (const { name, method, requestUri, members } of operations) {
    const url = `http://127.0.0.1:${gateway.controlPort}${requestUri.replace(
      /\{(\w+)\+?\}/g,
      (_all, parameter: string) => encodeURIComponent(names[parameter] ?? "nosuch"),
    )}`;
    const bodies = members.flatMap((member) => ODD.map((value) => JSON.stringify({ [member]: value })));
    const patches = ODD.flatMap((value) => [
      { patchOperations: [value] },
      ...["op", "path", "value", "from"].map((part) => ({
        patchOperations: [{ op: "replace", path: "/name", value: "x", [part]: value }],
      })),
    ]);
    for (const body of [
      "",
      "null",
      ...bodies,
      ...(method === "PATCH" ? patches.map((one) => JSON.stringify(one)) : []),
    ]) {
      const response = await fetch(url, { method, body });
      const text = await response.text();
      asked++;
      if (response.status >= 500) failures.push(`${name} ${body}: ${response.status} ${text}`);
    }
  }
  expect(failures).toEqual([]);
  expect(asked).toBeGreaterThan(1_500);
}, 60_000);

const LINKS: Row[] = [
  ["get_vpc_link", { vpcLinkId: "nosuch" }, MISSING, "Invalid Vpc Link identifier specified"],
  ["create_vpc_link", { name: "", targetArns: ["http://a"] }, BAD, "Name cannot be empty"],
  [
    "create_vpc_link",
    { name: "x", targetArns: ["arn:x"] },
    BAD,
    /^Invalid ARN\. ARN is not well formed arn:x/,
  ],
  ["create_vpc_link", { name: "x", targetArns: [] }, BAD, /targets/],
  ["create_vpc_link", { name: "x", targetArns: ["http://a/path"] }, BAD, /without a path/],
];

const DOMAINS: Row[] = [
  ["get_domain_name", { domainName: "no.example.com" }, MISSING, "Invalid domain name identifier specified"],
  ["create_domain_name", { domainName: "taken.example.com" }, CONFLICT, /already exists/],
  ["create_domain_name", { domainName: "not a host" }, BAD, /host name/],
  [
    "create_domain_name",
    { domainName: "x.example.com", endpointConfiguration: { types: ["PRIVATE"], ipAddressType: "ipv4" } },
    BAD,
    /Only dualstack ipAddressType is supported for Private APIs\./,
  ],
  [
    "create_domain_name",
    { domainName: "x.example.com", policy: "[" },
    BAD,
    /policy: must be a policy document as JSON/,
  ],
  [
    "update_domain_name",
    {
      domainName: "taken.example.com",
      ...patch(patchOf("replace", "/mutualTlsAuthentication/nothing", "x")),
    },
    BAD,
    /^Invalid patch path/,
  ],
  [
    "create_base_path_mapping",
    { domainName: "taken.example.com", restApiId: "nosuchapi0" },
    BAD,
    "Invalid REST API identifier specified",
  ],
  [
    "create_base_path_mapping",
    { domainName: "taken.example.com", ...API, stage: "none" },
    BAD,
    "Invalid stage identifier specified",
  ],
  [
    "create_base_path_mapping",
    { domainName: "taken.example.com", ...API, basePath: "a/b" },
    BAD,
    /^API Gateway V1 doesn't support the slash character/,
  ],
  [
    "create_base_path_mapping",
    { domainName: "taken.example.com", ...API, basePath: "taken" },
    CONFLICT,
    "Base path already exists for this domain name",
  ],
  [
    "get_base_path_mapping",
    { domainName: "taken.example.com", basePath: "none" },
    MISSING,
    "Invalid base path mapping identifier specified",
  ],
];

describe.each([
  ["REST APIs", REST_APIS],
  ["resources", RESOURCES],
  ["methods", METHODS],
  ["integrations", INTEGRATIONS],
  ["deployments", DEPLOYMENTS],
  ["stages", STAGES],
  ["models, validators, authorizers, gateway responses", DEFINITIONS],
  ["keys and plans", KEYS],
  ["custom domains", DOMAINS],
  ["VPC links", LINKS],
  ["account, tags, test invocations", ACCOUNT],
] as const)("%s: the problem is reported in AWS's words, and nothing is stored", (_name, rows) => {
  it.each(rows.map((row) => [`${row[0]} ${JSON.stringify(row[1])}`, row] as const))(
    "%s",
    async (_title, [call, params, [code, status], message]) => {
      const { revision } = await gateway.config.list({ kind: "RestApi" });
      expect(await boto.refused(call, filled(params))).toMatchObject({
        code,
        status,
        message: typeof message === "string" ? filled(message) : expect.stringMatching(message),
      });
      expect((await gateway.config.list({ kind: "RestApi" })).revision).toBe(revision);
    },
  );
});
