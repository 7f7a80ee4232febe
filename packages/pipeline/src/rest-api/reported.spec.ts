import { expect, it } from "vitest";
import { FUNCTION_URI, lambda, restRoute } from "../kit/index.ts";
import { echo, echoed, expectReported, type ReportedCall } from "../reported-call.fixture.ts";

/*
 * What users of other emulators of API Gateway reported as different from AWS: each row is one public report and what AWS does.
 */

/** A method with a proxied function. */
const proxied = { integration: { type: "AWS_PROXY", httpMethod: "POST", uri: FUNCTION_URI } };
/** A method whose function gets what a template makes, and whose responses are chosen by patterns. */
const mapped = (integrationResponses: object, requestTemplate = "$input.json('$')") => ({
  integration: {
    type: "AWS",
    httpMethod: "POST",
    uri: FUNCTION_URI,
    requestTemplates: { "application/json": requestTemplate },
    integrationResponses,
  },
});
/** A method that renders a template. */
const rendering = (template: string) => ({
  integration: {
    type: "MOCK",
    requestTemplates: {
      "application/json": '#set($context.requestOverride.path.body = $input.body){"statusCode": 200}',
    },
    integrationResponses: { "200": { responseTemplates: { "application/json": template } } },
  },
});
const validating = (method: object, models: object = {}) =>
  restRoute(
    "POST /{id}",
    { ...proxied, requestValidatorId: "all", ...method },
    {
      definitions: {
        RequestValidator: {
          all: { name: "all", validateRequestBody: true, validateRequestParameters: true },
        },
        Model: models as Record<string, object>,
      },
    },
  );
/** A method that a function guards by a policy for these resources of the API's stage. */
const guardedBy = (decide: () => unknown, key = "GET /organizations/{id}") => ({
  route: restRoute(
    key,
    { ...proxied, authorizationType: "CUSTOM", authorizerId: "auth01" },
    {
      definitions: {
        Authorizer: {
          auth01: {
            name: "a",
            authorizerUri: FUNCTION_URI,
            type: "TOKEN",
            identitySource: "method.request.header.Authorization",
          },
        },
      },
    },
  ),
  upstream: lambda((event: { type?: string }) => (event.type === "TOKEN" ? decide() : echoed(event))),
});
const STAGE = "arn:aws:execute-api:us-east-1:000000000000:api123/test";
const allow = (...Resource: string[]) => ({ Effect: "Allow", Action: "execute-api:Invoke", Resource });
const deny = (...Resource: string[]) => ({ ...allow(...Resource), Effect: "Deny" });
const policy = (Statement: object[], context?: object) => () => ({
  principalId: "me",
  policyDocument: { Version: "2012-10-17", Statement },
  ...(context ? { context } : {}),
});
const AUTHORIZED = { headers: { Authorization: "token" } };

const json = (body: unknown) => ({
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

const rows: readonly ReportedCall[] = [
  {
    report: "localstack #12574: the pattern .+ is for errors, not for what a function returns",
    route: restRoute("GET /", mapped({ "200": {}, "500": { selectionPattern: ".+" } })),
    request: "GET /",
    upstream: lambda(() => ({ message: "good" })),
    json: { message: "good" },
  },
  {
    report: "localstack #12574: an error of the function matches it",
    route: restRoute("GET /", mapped({ "200": {}, "500": { selectionPattern: ".+" } })),
    request: "GET /",
    upstream: lambda(() => {
      throw new Error("Boom");
    }),
    status: 500,
  },
  {
    report: "localstack #5850: a request template replaces the whole event",
    route: restRoute("POST /", mapped({ "200": {} }, '{"only": "$input.params(\'q\')"}')),
    request: { method: "POST", path: "/?q=1", ...json({ a: 1 }) },
    sent: { body: '{"only": "1"}' },
  },
  {
    report: "localstack #10310: a function may return a status only",
    route: restRoute("GET /", proxied),
    request: "GET /",
    upstream: lambda(() => ({ statusCode: 204 })),
    status: 204,
    body: "",
  },
  {
    report: "localstack #6532, floci #1557: a slash at the end stays in event.path",
    route: restRoute("GET /thing", proxied),
    request: "GET /thing/",
    upstream: echo,
    json: { path: "/thing/", resource: "/thing", requestContext: { path: "/test/thing/" } },
  },
  {
    report: "localstack #10451: :// in a query reaches the upstream",
    route: restRoute("POST /", {
      integration: { type: "HTTP_PROXY", httpMethod: "POST", uri: "http://pets.example/in" },
    }),
    request: { method: "POST", path: "/?to=https://a.example/b&c=1" },
    sent: {
      url: expect.stringMatching(
        /^http:\/\/pets\.example\/in\?to=https(:|%3A)(\/|%2F){2}a\.example(\/|%2F)b&c=1$/,
      ),
    },
  },
  {
    report: "localstack #5041: a parameter called Signature is one like others",
    route: restRoute("GET /test", proxied),
    request: "GET /test?Signature=1&TestSignature=2",
    upstream: echo,
    json: { queryStringParameters: { Signature: "1", TestSignature: "2" } },
  },
  {
    report:
      "localstack #7842, #7846: a validator without a model takes any body, and path parameters that are there",
    route: validating({ requestParameters: { "method.request.path.id": true } }),
    request: { method: "POST", path: "/world", ...json({ any: 1 }) },
    upstream: echo,
    status: 200,
  },
  {
    report: "localstack #4028: a body without a required member is refused",
    route: validating(
      { requestModels: { "application/json": "Order" } },
      { Order: { schema: '{"type": "object", "required": ["a", "b"]}' } },
    ),
    request: { method: "POST", path: "/1", ...json({ a: 1 }) },
    status: 400,
    json: { message: "Invalid request body" },
  },
  {
    report: "localstack #10021, serverless #5034: a required parameter that is missing",
    route: validating({ requestParameters: { "method.request.querystring.page": true } }),
    request: { method: "POST", path: "/1" },
    status: 400,
    json: { message: "Missing required request parameters: [page]" },
  },
  {
    report: "localstack #10021: one that is blank counts as missing",
    route: validating({ requestParameters: { "method.request.querystring.page": true } }),
    request: { method: "POST", path: "/1?page=" },
    status: 400,
    json: { message: "Missing required request parameters: [page]" },
  },
  {
    report: "serverless-offline #533: a nested context of an authorizer is 500",
    ...guardedBy(policy([allow(`${STAGE}/*`)], { a: ["hello"] })),
    request: { path: "/organizations/1", ...AUTHORIZED },
    status: 500,
    headers: { "x-amzn-errortype": "AuthorizerConfigurationException" },
  },
  {
    report: "serverless-offline #1376: numbers and booleans of a context are strings in events",
    ...guardedBy(policy([allow(`${STAGE}/*`)], { n: 5, yes: true, s: "t" })),
    request: { path: "/organizations/1", ...AUTHORIZED },
    json: { requestContext: { authorizer: { n: "5", yes: "true", s: "t", principalId: "me" } } },
  },
  {
    report: "serverless-offline #1191: a resource without a wildcard is that resource only",
    ...guardedBy(policy([allow(`${STAGE}/GET/organizations`)])),
    request: { path: "/organizations/0000", ...AUTHORIZED },
    status: 403,
    json: { Message: "User is not authorized to access this resource" },
  },
  {
    report: "serverless-offline #340: a Deny of one resource wins over an Allow of all",
    ...guardedBy(policy([allow(`${STAGE}/*/*`), deny(`${STAGE}/GET/organizations/*`)])),
    request: { path: "/organizations/1", ...AUTHORIZED },
    status: 403,
    json: { Message: "User is not authorized to access this resource with an explicit deny" },
  },
  {
    report: "serverless-offline #523: arn:aws:execute-api:** names everything",
    ...guardedBy(policy([allow("arn:aws:execute-api:**")])),
    request: { path: "/organizations/1", ...AUTHORIZED },
    status: 200,
  },
  {
    report: "serverless-offline #1794: a wildcard within a segment",
    ...guardedBy(policy([allow(`${STAGE}/GET/organ*`)])),
    request: { path: "/organizations/1", ...AUTHORIZED },
    status: 200,
  },
  {
    report: "serverless-offline #1586: a wildcard in front of a fixed part",
    ...guardedBy(policy([allow(`${STAGE}/GET/base/*/fixed/*`)]), "GET /base/{a}/{b}/{c}"),
    request: { path: "/base/1/fixed/3", ...AUTHORIZED },
    status: 200,
  },
  {
    report: "serverless-offline #1259: /dashboard/* is not /dashboard",
    ...guardedBy(policy([allow(`${STAGE}/*/dashboard/*`)]), "GET /dashboard"),
    request: { path: "/dashboard", ...AUTHORIZED },
    status: 403,
  },
  {
    report: "serverless-offline #418: a thrown Unauthorized is 401 with a message only",
    ...guardedBy(() => {
      throw new Error("Unauthorized");
    }),
    request: { path: "/organizations/1", ...AUTHORIZED },
    status: 401,
    body: '{"message":"Unauthorized"}',
  },
  {
    report: "serverless-offline #278: methodArn has the values of path parameters",
    ...guardedBy(policy([allow(`${STAGE}/*`)])),
    request: { path: "/organizations/12", ...AUTHORIZED },
    sent: { body: expect.stringContaining(`"methodArn":"${STAGE}/GET/organizations/12"`) },
  },
  {
    report: "serverless-offline #536: a greedy parameter is as it was sent, without stage and base path",
    route: restRoute("GET /{proxy+}", proxied),
    request: "GET /users/get%20me",
    upstream: echo,
    json: { pathParameters: { proxy: "users/get%20me" } },
  },
  {
    report: "sam-cli #696: of what a function returns, Server is remapped and Authorization is not",
    route: restRoute("GET /", proxied),
    request: "GET /",
    upstream: lambda(() => ({ statusCode: 200, headers: { Authorization: "a", Server: "s" }, body: "" })),
    headers: { authorization: "a", "x-amzn-remapped-server": "s" },
  },
  {
    report: "sam-cli #312: a response is decoded where the client accepts a binary type first",
    route: restRoute("GET /", proxied, { api: { binaryMediaTypes: ["image/png"] } }),
    request: { headers: { Accept: "image/png,*/*" } },
    upstream: lambda(() => ({
      statusCode: 200,
      body: Buffer.from("png").toString("base64"),
      isBase64Encoded: true,
    })),
    body: "png",
  },
  {
    report: "sam-cli #2420: a multipart body is base64 where it is a binary type",
    route: restRoute("POST /", proxied, { api: { binaryMediaTypes: ["multipart/form-data"] } }),
    request: { method: "POST", headers: { "Content-Type": "multipart/form-data; boundary=x" }, body: "--x" },
    upstream: echo,
    json: { body: Buffer.from("--x").toString("base64"), isBase64Encoded: true },
  },
  {
    report: "serverless-application-model #3794: so is JSON where it is a binary type",
    route: restRoute("POST /", proxied, { api: { binaryMediaTypes: ["application/json"] } }),
    request: { method: "POST", ...json({ a: 1 }) },
    upstream: echo,
    json: { body: Buffer.from('{"a":1}').toString("base64"), isBase64Encoded: true },
  },
  {
    report: "serverless #6510: events have null for what is not there",
    route: restRoute("GET /", proxied),
    request: "GET /",
    upstream: echo,
    json: {
      body: null,
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
      isBase64Encoded: false,
    },
  },
  {
    report: "fakecloud #2246: an HTTP integration is called by its own method",
    route: restRoute("GET /", {
      integration: {
        type: "HTTP",
        httpMethod: "PUT",
        uri: "http://pets.example",
        integrationResponses: { "200": {} },
      },
    }),
    request: "GET /",
    sent: { method: "PUT" },
  },
  {
    report: "fakecloud #2246: headers of a response are set by its parameters, also of MOCK",
    route: restRoute("OPTIONS /", {
      methodResponses: {
        "200": { responseParameters: { "method.response.header.Access-Control-Allow-Origin": true } },
      },
      integration: {
        type: "MOCK",
        requestTemplates: { "application/json": '{"statusCode": 200}' },
        integrationResponses: {
          "200": { responseParameters: { "method.response.header.Access-Control-Allow-Origin": "'*'" } },
        },
      },
    }),
    request: "OPTIONS /",
    headers: { "access-control-allow-origin": "*" },
  },
  {
    report: "fakecloud #2246: a static path is nearer than a variable one, and that than a greedy one",
    route: restRoute("GET /{proxy+}", proxied, {
      others: { "GET /{id}": proxied, "GET /pets": proxied },
    }),
    request: "GET /pets",
    upstream: echo,
    json: { resource: "/pets" },
  },
  {
    report: "localstack #5587: a macro goes over headers, query and path",
    route: restRoute(
      "GET /{id}",
      rendering(
        '#macro(loop $map){#foreach($key in $map.keySet())"$key": "$util.escapeJavaScript($map.get($key))"#if($foreach.hasNext),#end#end}#end' +
          '{"query": #loop($input.params().querystring), "path": #loop($input.params().path)}',
      ),
    ),
    request: "GET /7?a=it's",
    body: '{"query": {"a": "it\\\'s"}, "path": {"id": "7"}}',
  },
  {
    report: "localstack #2716: a formal reference behind text",
    route: restRoute("GET /", rendering('#set($foo = {"bar": "value"})test#${foo.bar}')),
    request: "GET /",
    body: "test#value",
  },
  {
    report: "localstack #7557: booleans of templates are those of JSON",
    route: restRoute("GET /", rendering('#set($on = true){"key": $on, "not": #if(!$on)1#{else}false#end}')),
    request: "GET /",
    body: '{"key": true, "not": false}',
  },
  {
    report: "localstack #10369: methods of strings",
    route: restRoute(
      "GET /",
      rendering('#set($s = " Ab ")$s.trim() $s.contains("A") $s.toString().replaceAll("[A-Z]", "x").trim()'),
    ),
    request: "GET /",
    body: "Ab true xb",
  },
];

it.each(rows)("$report", expectReported);
