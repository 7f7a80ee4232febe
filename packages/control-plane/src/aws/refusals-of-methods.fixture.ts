import { BAD, CONFLICT, INTEGRATION, METHOD, MISSING, patch, type Row } from "./refusal-row.fixture.ts";

const FUNCTION_PATH = "2015-03-31/functions/arn:aws:lambda:us-east-1:0:function:f/invocations";

const invalidExpression = (expression: string) =>
  `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: ${expression}]`;

export const refusalsOfMethods: Readonly<Record<string, readonly Row[]>> = {
  "of methods and integrations": [
    [
      "PUT /restapis/$api/resources/$root/methods/FETCH",
      { authorizationType: "NONE" },
      BAD,
      "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
    ],
    [`PUT ${METHOD}`, { authorizationType: "NONE" }, CONFLICT, "Method already exists for this resource"],
    [
      "PUT /restapis/$api/resources/$root/methods/POST",
      { authorizationType: "CUSTOM" },
      BAD,
      "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
    ],
    [
      "PUT /restapis/$api/resources/$root/methods/POST",
      { authorizationType: "CUSTOM", authorizerId: "none" },
      BAD,
      "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
    ],
    [
      "PUT /restapis/$api/resources/$root/methods/POST",
      { authorizationType: "NONE", requestValidatorId: "none" },
      BAD,
      "Invalid Request Validator identifier specified",
    ],
    [
      "PUT /restapis/$api/resources/$root/methods/POST",
      { authorizationType: "NONE", requestModels: { "application/json": "none" } },
      BAD,
      "Invalid model identifier specified: none",
    ],
    [
      "PUT /restapis/$api/resources/$root/methods/POST",
      { authorizationType: "NONE", requestParameters: { true: true } },
      BAD,
      invalidExpression("true"),
    ],
    [
      "PUT /restapis/$api/resources/$root/methods/POST",
      {
        authorizationType: "NONE",
        requestParameters: { "method.request.header.a": true, "method.request.querystring.a": true },
      },
      BAD,
      "Parameter names must be unique across querystring, header and path",
    ],
    [`PATCH ${METHOD}`, patch(["add", "/httpMethod", "POST"]), BAD, "Invalid patch path /httpMethod"],
    [
      `PATCH ${METHOD}`,
      patch(["replace", "/requestParameters/method.request.header.a", "true"]),
      MISSING,
      "Invalid parameter name specified",
    ],
    [
      `PATCH ${METHOD}`,
      patch(["replace", "/requestModels/text~1plain", "Empty"]),
      MISSING,
      "Content-Type specified was not found",
    ],
    [
      `PATCH ${METHOD}/responses/200`,
      patch(["replace", "/wrong/x", "true"]),
      BAD,
      "Invalid patch path /wrong/x",
    ],
    [
      "GET /restapis/$api/resources/$root/methods/PUT",
      undefined,
      MISSING,
      "Invalid Method identifier specified",
    ],
    [`PUT ${INTEGRATION}`, { type: "HTTP" }, BAD, "Enumeration value for HttpMethod must be non-empty"],
    [
      `PUT ${INTEGRATION}`,
      { type: "HTTP", httpMethod: "GET", uri: "example.com" },
      BAD,
      "Invalid HTTP endpoint specified for URI",
    ],
    [
      `PUT ${INTEGRATION}`,
      { type: "AWS", httpMethod: "POST", uri: "not-an-arn" },
      BAD,
      "Invalid ARN specified in the request",
    ],
    [
      `PUT ${INTEGRATION}`,
      { type: "AWS", httpMethod: "POST", uri: "arn:aws:iam::0000000000:role/pets" },
      BAD,
      "AWS ARN for integration must contain path or action",
    ],
    ...[
      `arn:aws:lambda:us-east-1:0:function:f`,
      `arn:aws:apigateway:us-east-1:lambda:test/${FUNCTION_PATH}`,
    ].map(
      (uri): Row => [
        `PUT ${INTEGRATION}`,
        { type: "AWS_PROXY", httpMethod: "POST", uri },
        BAD,
        "AWS ARN for integration must contain path or action",
      ],
    ),
    [
      `PUT ${INTEGRATION}`,
      { type: "AWS_PROXY", httpMethod: "POST", uri: `bad-arn:lambda:path/${FUNCTION_PATH}` },
      BAD,
      "Invalid ARN specified in the request",
    ],
    ...[
      "dynamodb:action/PutItem",
      `firehose:path/${FUNCTION_PATH}`,
      "lambda:path/random/value/arn:aws:lambda:us-east-1:0:function:f/invocations",
    ].map(
      (target): Row => [
        `PUT ${INTEGRATION}`,
        { type: "AWS_PROXY", httpMethod: "POST", uri: `arn:aws:apigateway:us-east-1:${target}` },
        BAD,
        "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
      ],
    ),
    [
      `PUT ${INTEGRATION}`,
      {
        type: "HTTP",
        httpMethod: "GET",
        uri: "http://example.com",
        requestParameters: { "integration.request.header.a": "wrong" },
      },
      BAD,
      invalidExpression("wrong"),
    ],
    [
      `PUT ${INTEGRATION}`,
      {
        type: "HTTP",
        httpMethod: "GET",
        uri: "http://example.com",
        requestParameters: {
          "integration.request.querystring.a": "method.request.querystring.page",
          "integration.request.path.a": "method.request.path.page",
        },
      },
      BAD,
      "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.request.path.page]",
    ],
    [
      `PATCH ${INTEGRATION}`,
      patch(["add", "/requestParameters/integration.request.header.a", "method.request.header.a"]),
      BAD,
      "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.request.header.a]",
    ],
    [
      `PUT ${INTEGRATION}/responses/200`,
      { responseTemplates: { 123: "" } },
      BAD,
      "Validation Result: warnings : [], errors : [Invalid content type specified: 123]",
    ],
    [
      "GET /restapis/$api/resources/$pets/methods/GET/integration",
      undefined,
      MISSING,
      "Invalid Integration identifier specified",
    ],
    [
      "DELETE /restapis/$api/resources/$root/methods/PUT/integration/responses/200",
      undefined,
      MISSING,
      "Invalid Integration identifier specified",
    ],
    [`GET ${INTEGRATION}/responses/201`, undefined, MISSING, "Invalid Response status code specified"],
  ],
};
