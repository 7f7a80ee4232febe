import { BAD, METHOD, patch, type Row } from "./refusal-row.fixture.ts";

const MAPPING = "Invalid mapping expression specified: Validation Result: warnings : [], errors :";
const NAMES = "Parameter name should match the following regular expression: ^[a-zA-Z0-9:._$-]+$";
const FUNCTION =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

/** A definition with operations by path and method. */
const definition = (paths: Readonly<Record<string, object>>, more: object = {}) => ({
  openapi: "3.0.1",
  info: { title: "imported", version: "1" },
  paths,
  ...more,
});

/** An operation with an integration. */
const operation = (integration: object, more: object = {}) => ({
  responses: { 200: { description: "" } },
  "x-amazon-apigateway-integration": integration,
  ...more,
});

const http = (uri: string) => operation({ type: "http_proxy", httpMethod: "GET", uri });
const lambda = (uri: string) => operation({ type: "aws_proxy", httpMethod: "POST", uri });

const errors = (...lines: readonly string[]) => ["Errors found during import:", ...lines].join("\n\t");

const refused = (paths: Readonly<Record<string, object>>, ...lines: readonly string[]): Row => [
  "POST /restapis?mode=import",
  definition(paths),
  BAD,
  errors(...lines),
];

/** What public reports quote of AWS's responses to imports, by the reports; those of one kind have one row. */
export const refusalsOfImports: Readonly<Record<string, readonly Row[]>> = {
  "of definitions (Testlio/lambda-tools #56)": [
    refused(
      {
        "/": {
          get: operation({
            type: "http",
            httpMethod: "GET",
            uri: "http://example.com",
            requestParameters: {
              "integration.request.header.Authorization": "method.request.header.Authorization",
            },
          }),
        },
      },
      `Unable to put integration on 'GET' for resource at path '/': ${MAPPING} [Invalid mapping expression parameter specified: method.request.header.Authorization]`,
    ),
  ],
  "of definitions (ustayready/fireprox #37)": [
    refused(
      {
        "/": { get: http("/") },
        "/{proxy+}": { "x-amazon-apigateway-any-method": http("/{proxy}") },
      },
      "Unable to put integration on 'GET' for resource at path '/': Invalid HTTP endpoint specified for URI",
      "Unable to put integration on 'ANY' for resource at path '/{proxy+}': Invalid HTTP endpoint specified for URI",
    ),
  ],
  "of definitions (CodeGenieApp/serverless-express #169)": [
    refused(
      {
        "/": { "x-amazon-apigateway-any-method": lambda(FUNCTION.replace("arn:aws:apigateway", "bad-arn")) },
      },
      "Unable to put integration on 'ANY' for resource at path '/': Invalid ARN specified in the request",
    ),
  ],
  "of definitions (alexcasalboni/serverless-data-pipeline-sam #1)": [
    refused(
      { "/track": { post: lambda("arn:aws:lambda:us-east-1:000000000000:function:f") } },
      "Unable to put integration on 'POST' for resource at path '/track': AWS ARN for integration must contain path or action",
    ),
  ],
  "of definitions (amazon-archives/aws-apigateway-importer #209)": [
    refused(
      {
        "/foo": {
          post: operation(
            {
              type: "aws",
              httpMethod: "POST",
              uri: FUNCTION,
              responses: {
                "https://.*": {
                  statusCode: "302",
                  responseParameters: {
                    "method.response.header.Location": "integration.response.body.errorMessage",
                  },
                },
              },
            },
            { responses: { 302: { description: "" } } },
          ),
        },
      },
      `Unable to put integration response on 'POST' for resource at path '/foo': ${MAPPING} [Invalid mapping expression parameter specified: method.response.header.Location]`,
    ),
  ],
  "of parameters of methods (floci-io/floci #3549)": [
    [
      METHOD.replace("methods/GET", "methods/HEAD").replace("/restapis", "PUT /restapis"),
      { authorizationType: "NONE", requestParameters: { "method.request.querystring.filter[a]": true } },
      BAD,
      `${MAPPING} [${NAMES}]`,
    ],
    refused(
      {
        "/items": {
          get: operation(
            { type: "mock" },
            { parameters: [{ name: "filter[a]", in: "query", schema: { type: "string" } }] },
          ),
        },
      },
      `Unable to put method 'GET' on resource at path '/items': ${MAPPING} [${NAMES}]`,
    ),
  ],
  "of paths of definitions (awslabs/aws-api-gateway-developer-portal #424)": [
    refused(
      { "/version/v4 0": { get: operation({ type: "mock" }) } },
      "Unable to create resource at path '/version/v4 0': Resource's path part only allow a-zA-Z0-9._-:, or a valid greedy path variable and curly braces at the beginning and the end.",
    ),
  ],
  "of what is no definition (cloudposse/terraform-aws-api-gateway #20)": [
    ["POST /restapis?mode=import", {}, BAD, "Invalid OpenAPI input."],
    ["PUT /restapis/$api", { swagger: "1.2", paths: {} }, BAD, "Invalid OpenAPI input."],
  ],
  "of models that refer to other documents (dod-ccpo/atat-web-api #350)": [
    [
      "POST /restapis?mode=import",
      definition(
        { "/": { get: operation({ type: "mock" }) } },
        { components: { schemas: { Draft: { $ref: "./schemas/Step.yaml" } } } },
      ),
      BAD,
      `${errors("Unable to create model for 'Draft': Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified, Model reference must be in canonical form]")}\nAdditionally, these warnings were found:\n\tReference to model 'Step.yaml' not found. Ignoring.`,
    ],
    ...["POST /restapis/$api/models", "PATCH /restapis/$api/models/Pet"].map((call): Row => {
      const schema = JSON.stringify({ properties: { $ref: { $ref: "https://example.com/a.json" } } });
      return [
        call,
        call.startsWith("POST")
          ? { name: "Far", contentType: "application/json", schema }
          : patch(["replace", "/schema", schema]),
        BAD,
        "Invalid model specified: Validation Result: warnings : [], errors : [Model reference must be in canonical form]",
      ];
    }),
  ],
  "of malformed integrations (localstack/localstack #4619, aws/serverless-application-model #79)": [
    { type: "aws", httpMethod: "POST", uri: { "Fn::Sub": FUNCTION } },
    "aws",
    [],
  ].map(
    (integration): Row => [
      "POST /restapis?mode=import",
      definition({ "/": { get: operation(integration as object) } }),
      BAD,
      "Unable to parse API definition because of a malformed integration at path /.",
    ],
  ),
  "of what is not there for a definition": [
    refused(
      { "/a/{rest+}/b": { get: operation({ type: "mock" }) } },
      "Unable to create resource at path '/a/{rest+}/b': Cannot create a child of a resource with a greedy path variable: {rest+}",
    ),
    refused(
      {
        "/a": {
          get: operation({
            type: "http_proxy",
            httpMethod: "GET",
            uri: "http://example.com",
            connectionType: "VPC_LINK",
            connectionId: "none",
          }),
        },
      },
      "Resource '/a'.methods.GET.integration.connectionId: there is no VpcLink 'none': apply it before, or in the same request",
    ),
    refused(
      {
        "/a": {
          get: operation({
            type: "http_proxy",
            httpMethod: "GET",
            uri: "http://example.com",
            timeoutInMillis: 60_000,
          }),
        },
      },
      "Unable to put integration on 'GET' for resource at path '/a': Timeout should be between 50 ms and 29000 ms",
    ),
  ],
  "of definitions that have several faults": [
    refused(
      {
        "/a": { get: operation({ type: "http_proxy", httpMethod: "GET", uri: "a" }) },
        "/b": { get: operation({ type: "aws_proxy", uri: "b" }) },
      },
      "Unable to put integration on 'GET' for resource at path '/a': Invalid HTTP endpoint specified for URI",
      "Unable to put integration on 'GET' for resource at path '/b': Enumeration value for HttpMethod must be non-empty",
    ),
    [
      "PUT /restapis/$api?mode=merge",
      definition(
        {
          "/a": {
            get: operation(
              { type: "http_proxy", httpMethod: "GET", uri: "a" },
              {
                security: [{ login: [] }],
                responses: {
                  200: {
                    description: "",
                    content: { "application/json": { schema: { $ref: "#/components/schemas/Pet" } } },
                  },
                },
              },
            ),
          },
        },
        { components: { securitySchemes: { login: { type: "oauth2", flows: {} } } } },
      ),
      BAD,
      `${errors("Unable to put integration on 'GET' for resource at path '/a': Invalid HTTP endpoint specified for URI")}\n${[
        "Additionally, these warnings were found:",
        "Unsupported security definition type 'oauth2' for 'login'. Ignoring.",
        "Reference to model 'Pet' not found. Ignoring.",
      ].join("\n\t")}`,
    ],
    [
      "PUT /restapis/$api?mode=merge&failonwarnings=true",
      definition(
        { "/a": { get: operation({ type: "mock" }, { security: [{ basic: [] }] }) } },
        { components: { securitySchemes: { basic: { type: "http", scheme: "basic" } } } },
      ),
      BAD,
      "Warnings found during import:\n\tUnsupported security definition type 'http' for 'basic'. Ignoring.",
    ],
  ],
};
