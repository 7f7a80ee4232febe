import { it } from "vitest";
import { FUNCTION_URI, lambda, restRoute } from "../kit/index.ts";
import { echo, expectReported, type ReportedCall } from "../reported-call.fixture.ts";

/*
 * What captures of AWS and recordings of its responses show: each row is one of them, with where it is from.
 */

const PETS = "http://pets.example";
const JSON_TYPE = "application/json";

/** A method with a proxied function. */
const proxied = { integration: { type: "AWS_PROXY", httpMethod: "POST", uri: FUNCTION_URI } };
const failing = lambda(() => {
  throw new Error("Boom");
});
/** A method with an HTTP integration. */
const http = (more: object = {}) => ({
  integration: { type: "HTTP", httpMethod: "ANY", uri: PETS, integrationResponses: { "200": {} }, ...more },
});
const images = { api: { binaryMediaTypes: ["image/png"] } };
/** A method with a MOCK integration that chooses one of these responses by its status. */
const mocked = (status: number, integrationResponses: object) => ({
  integration: {
    type: "MOCK",
    requestTemplates: { [JSON_TYPE]: `{"statusCode": ${status}}` },
    integrationResponses,
  },
});
/** A method whose body must fit a model. */
const validating = (schema: object) =>
  restRoute(
    "POST /",
    { ...proxied, requestValidatorId: "all", requestModels: { [JSON_TYPE]: "Body" } },
    {
      definitions: {
        RequestValidator: { all: { name: "all", validateRequestBody: true } },
        Model: { Body: { schema: JSON.stringify(schema) } },
      },
    },
  );
const post = (body: string, type = JSON_TYPE) => ({
  method: "POST",
  headers: { "Content-Type": type },
  body,
});
const inFront = {
  "X-Forwarded-For": "203.0.113.7",
  "X-Forwarded-Port": "1",
  "X-Forwarded-Proto": "ftp",
};
const failed = {
  body: '{"message": "Internal server error"}',
  headers: { "content-type": JSON_TYPE, "x-amzn-errortype": "InternalServerErrorException" },
  without: ["x-amzn-trace-id"],
} as const;

const rows: readonly ReportedCall[] = [
  {
    report: "logandk/serverless-wsgi #36: events keep what is in front, but neither port nor protocol",
    route: restRoute("GET /", proxied),
    request: { headers: inFront },
    upstream: echo,
    json: {
      headers: {
        "X-Forwarded-For": "203.0.113.7, 192.0.2.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
      },
      requestContext: { identity: { sourceIp: "192.0.2.1" } },
    },
  },
  {
    report: "ustayready/fireprox #12, #39: so do upstreams",
    route: restRoute("GET /", { integration: { type: "HTTP_PROXY", httpMethod: "GET", uri: PETS } }),
    request: { headers: inFront },
    sent: { headers: { "x-forwarded-for": "203.0.113.7, 192.0.2.1" } },
  },
  {
    report: "localstack test_apigw_s3_binary_support_request: text that is not base64 is not sent as bytes",
    route: restRoute("POST /", http({ contentHandling: "CONVERT_TO_BINARY" }), images),
    request: post("no base64!", "text/plain"),
    status: 500,
    json: { message: "Internal server error" },
    sent: null,
  },
  {
    report: "localstack test_apigw_s3_binary_support_response: neither is it returned",
    route: restRoute(
      "GET /",
      http({ integrationResponses: { "200": { contentHandling: "CONVERT_TO_BINARY" } } }),
      images,
    ),
    request: "GET /",
    upstream: () => ({ headers: { "Content-Type": "text/plain" }, body: "no base64!" }),
    status: 500,
    json: { message: "Internal server error" },
  },
  {
    report: "localstack test_apigw_s3_binary_support_request_with_template: a template over bytes is 500",
    route: restRoute(
      "POST /",
      http({ contentHandling: "CONVERT_TO_BINARY", requestTemplates: { "text/plain": "$input.body" } }),
      images,
    ),
    request: post(Buffer.from("bytes").toString("base64"), "text/plain"),
    status: 500,
    sent: null,
  },
  {
    report: "aws/aws-lambda-dotnet's captures: an error of a proxied function",
    route: restRoute("GET /", proxied),
    request: "GET /",
    upstream: failing,
    status: 502,
    ...failed,
  },
  {
    report: "aws/aws-lambda-dotnet's captures: a response that is not one of a proxy",
    route: restRoute("GET /", proxied),
    request: "GET /",
    upstream: lambda(() => ({ statusCode: 200, more: true })),
    status: 502,
    ...failed,
  },
  {
    report:
      "localstack test_lambda_aws_proxy_integration_non_post_method: a proxy that is not called by POST",
    route: restRoute("GET /", { integration: { ...proxied.integration, httpMethod: "GET" } }),
    request: "GET /",
    status: 500,
    ...failed,
  },
  {
    report: "localstack test_aws_proxy_binary_response: a type with a wildcard on the left matches nothing",
    route: restRoute("GET /", proxied, { api: { binaryMediaTypes: ["*/test"] } }),
    request: { headers: { Accept: "application/test" } },
    upstream: lambda(() => ({ statusCode: 200, body: "dGV4dA==", isBase64Encoded: true })),
    body: "dGV4dA==",
  },
  {
    report: "localstack test_http_integration: without a mapping and a body there is no Content-Type",
    route: restRoute("GET /", http()),
    request: { headers: { "Content-Type": "text/plain" } },
    sent: { headers: { accept: JSON_TYPE } },
    unsent: ["content-type"],
  },
  {
    report: "localstack test_apigateway_header_remapping_http: a mapped Trailer and Upgrade reach upstreams",
    route: restRoute(
      "GET /",
      http({
        requestParameters: {
          "integration.request.header.Trailer": "'X-Sum'",
          "integration.request.header.Upgrade": "'later'",
        },
      }),
    ),
    request: "GET /",
    sent: { headers: { trailer: "X-Sum" }, request: { upgrade: "later" } },
  },
  {
    report: "localstack test_apigateway_header_remapping_aws: a mapped Host does a function no harm",
    route: restRoute("POST /", {
      integration: {
        ...proxied.integration,
        type: "AWS",
        requestParameters: { "integration.request.header.Host": "'pets.example'" },
        integrationResponses: { "200": {} },
      },
    }),
    request: post("{}"),
    upstream: lambda(() => ({ fine: true })),
    json: { fine: true },
  },
  {
    report: "ministackorg/ministack #1756: of several patterns, the one whose own status it is",
    route: restRoute(
      "GET /",
      mocked(404, { "400": { selectionPattern: "4\\d\\d" }, "404": { selectionPattern: "4.*" } }),
    ),
    request: "GET /",
    status: 404,
  },
  {
    report:
      "localstack test_import_with_circular_models: formats that draft 4 does not know are not enforced",
    route: validating({
      properties: { a: { type: "string", format: "byte" }, b: { type: "string", format: "uuid" } },
    }),
    request: post('{"a": "!", "b": "none"}'),
    upstream: echo,
    status: 200,
  },
  {
    report: "json-schema-org/JSON-Schema-Test-Suite: members may be called as those of every object",
    route: validating({ properties: { constructor: { type: "string" } }, required: ["constructor"] }),
    request: post('{"points": 3}'),
    status: 400,
    json: { message: "Invalid request body" },
  },
  {
    report: "cburgmer/json-path-comparison: names in brackets behind a dot, and slices without their step",
    route: restRoute("POST /", {
      integration: {
        ...proxied.integration,
        type: "AWS",
        requestTemplates: {
          [JSON_TYPE]: "[$input.json(\"$.['k']\"), $input.json(\"$.a.['b-c']\"), $input.json('$.l[0:3:2]')]",
        },
        integrationResponses: { "200": {} },
      },
    }),
    request: post('{"k": 1, "a": {"b-c": 2}, "l": [1, 2, 3]}'),
    sent: { body: "[1, 2, [1,2,3]]" },
  },
  {
    report: "dherault/serverless-offline #236: WWW-Authenticate of a function is remapped",
    route: restRoute("GET /", proxied),
    request: "GET /",
    upstream: lambda(() => ({ statusCode: 401, headers: { "WWW-Authenticate": "Basic" }, body: "" })),
    status: 401,
    headers: { "x-amzn-remapped-www-authenticate": "Basic" },
  },
  {
    report: "ministackorg/ministack #1746: a media type without a template is 415 where nothing passes",
    route: restRoute("POST /", {
      integration: {
        ...mocked(200, { "200": {} }).integration,
        passthroughBehavior: "NEVER",
      },
    }),
    request: post("<a/>", "text/xml"),
    status: 415,
    json: { message: "Unsupported Media Type" },
    headers: { "x-amzn-errortype": "BadRequestException" },
  },
  {
    report: "floci-io/floci #3399: a path that has not the method leaves it to a less exact one that has",
    route: restRoute("PATCH /users/me", proxied, { others: { "GET /users/{id}": proxied } }),
    request: "GET /users/me",
    upstream: echo,
    json: { resource: "/users/{id}", pathParameters: { id: "me" } },
  },
  {
    report: "floci-io/floci #2878: MOCK returns the headers that a preflight is configured with",
    route: restRoute("OPTIONS /", {
      methodResponses: {
        "200": { responseParameters: { "method.response.header.Access-Control-Allow-Headers": true } },
      },
      ...mocked(200, {
        "200": { responseParameters: { "method.response.header.Access-Control-Allow-Headers": "'X-Own'" } },
      }),
    }),
    request: { method: "OPTIONS", headers: { Origin: "https://app.example" } },
    headers: { "access-control-allow-headers": "X-Own" },
    without: ["access-control-allow-origin"],
  },
  {
    report: "floci-io/floci #2050: Authorization is an ordinary header where nothing authorizes",
    route: restRoute("GET /", proxied),
    request: { headers: { Authorization: "Bearer anything" } },
    upstream: echo,
    json: { headers: { Authorization: "Bearer anything" } },
  },
  {
    report: "floci-io/floci #2048: a function behind a template is given what the template makes",
    route: restRoute("POST /", {
      integration: {
        ...proxied.integration,
        type: "AWS",
        requestTemplates: { [JSON_TYPE]: '{"body": $input.body}' },
        integrationResponses: { "200": { responseTemplates: { [JSON_TYPE]: "$input.json('$.body')" } } },
      },
    }),
    request: post('{"a":1}'),
    upstream: lambda((event: unknown) => event),
    body: '{"a":1}',
  },
  {
    report: "aws/aws-sam-cli #1124: a body that is a number is no response of a proxy",
    route: restRoute("GET /", proxied),
    request: "GET /",
    upstream: lambda(() => ({ statusCode: 200, body: 5 })),
    status: 502,
    ...failed,
  },
];

it.each(rows)("$report", expectReported);
