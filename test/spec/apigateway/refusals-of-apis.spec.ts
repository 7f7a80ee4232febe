import { JSON_TYPE, patchOf } from "../../kit/mock-api.ts";
import {
  API,
  BAD,
  CONFLICT,
  HELLO,
  INVALID,
  MISSING,
  NO_API,
  NO_API_MESSAGE,
  POST,
  patch,
  type Row,
  useRefusals,
} from "../../kit/refusals.ts";

const { refuses } = useRefusals();

const LAMBDA =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";
const GET = { ...HELLO, httpMethod: "GET" };
const HTTP = { ...POST, type: "HTTP", integrationHttpMethod: "POST", uri: "http://example.com/" };

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
  ["create_rest_api", { name: "x", apiKeySource: "COOKIE" }, INVALID, /apiKeySource/],
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
  ["put_integration", { ...HTTP, contentHandling: "CONVERT" }, INVALID, /contentHandling/],
  [
    "put_integration",
    { ...HTTP, requestParameters: { "integration.request.header.a": "method.request.cookie.b" } },
    BAD,
    "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: method.request.cookie.b]",
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
  ["create_authorizer", { ...API, name: "a", type: "PASSWORD" }, INVALID, /type/],
  ["create_authorizer", { ...API, name: "a", type: "TOKEN", authorizerUri: "f" }, BAD, /Authorizer URI/],
  ["create_authorizer", { ...API, name: "a", type: "COGNITO_USER_POOLS" }, BAD, /providerARNs/],
  [
    "create_authorizer",
    { ...API, name: "a", type: "TOKEN", authorizerUri: LAMBDA, authorizerResultTtlInSeconds: 3601 },
    BAD,
    /^Authorizer result TTL outside allowable range/,
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

refuses("REST APIs", REST_APIS);
refuses("resources", RESOURCES);
refuses("methods", METHODS);
refuses("integrations", INTEGRATIONS);
refuses("models, validators, authorizers, gateway responses", DEFINITIONS);
