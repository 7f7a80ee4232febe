import { BAD, INTEGRATION, INVALID, METHOD, patch, type Row, TYPE } from "./refusal-row.fixture.ts";

const OPS = "Member must satisfy enum value set: [add, remove, move, test, replace, copy]";

const NOT_A_STATUS =
  "Value 'wrong' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\\d\\d";

const WRONG_TYPES =
  "Value '[wrong]' at 'createRestApiInput.endpointConfiguration.types' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]";

const WRONG_IP =
  "Value 'wrong' at 'createRestApiInput.endpointConfiguration.ipAddressType' failed to satisfy constraint: Member must satisfy enum value set: [ipv4, dualstack]";

const WRONG_POLICY =
  "Member must satisfy enum value set: [TLS_1_0, TLS_1_2, SecurityPolicy_TLS13_1_3_2025_09, SecurityPolicy_TLS13_1_3_FIPS_2025_09, SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09, SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09, SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09, SecurityPolicy_TLS13_1_2_PQ_2025_09, SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09, SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09, SecurityPolicy_TLS13_1_2_2021_06, SecurityPolicy_TLS13_2025_EDGE, SecurityPolicy_TLS12_PFS_2025_EDGE, SecurityPolicy_TLS12_2018_EDGE]";

export const refusalsOfInputs: Readonly<Record<string, readonly Row[]>> = {
  "against AWS's model, all together and before anything is looked up": [
    [
      "POST /restapis",
      { name: "x", description: "", endpointConfiguration: { types: ["wrong"], ipAddressType: "wrong" } },
      INVALID,
      `2 validation errors detected: ${WRONG_TYPES}; ${WRONG_IP}`,
    ],
    [
      "POST /restapis",
      { name: "x", description: "", endpointConfiguration: { types: ["wrong"] } },
      INVALID,
      `1 validation error detected: ${WRONG_TYPES}`,
    ],
    [
      "POST /restapis",
      { name: "x", securityPolicy: "WRONG", endpointAccessMode: "LOOSE" },
      INVALID,
      `2 validation errors detected: Value 'WRONG' at 'createRestApiInput.securityPolicy' failed to satisfy constraint: ${WRONG_POLICY}; Value 'LOOSE' at 'createRestApiInput.endpointAccessMode' failed to satisfy constraint: Member must satisfy enum value set: [BASIC, STRICT]`,
    ],
    [
      "POST /domainnames",
      { domainName: "tls.example.com", securityPolicy: "WRONG" },
      INVALID,
      `1 validation error detected: Value 'WRONG' at 'createDomainNameInput.securityPolicy' failed to satisfy constraint: ${WRONG_POLICY}`,
    ],
    [
      "PATCH /restapis/none",
      patch(["wrong", "/name"], ["replace", "/name"], ["drop", "/name"]),
      INVALID,
      `2 validation errors detected: Value 'wrong' at 'updateRestApiInput.patchOperations.1.member.op' failed to satisfy constraint: ${OPS}; Value 'drop' at 'updateRestApiInput.patchOperations.3.member.op' failed to satisfy constraint: ${OPS}`,
    ],
    [
      `PATCH ${METHOD}/responses/wrong`,
      patch(["wrong_op", "/responseModels/a", "b"]),
      INVALID,
      `2 validation errors detected: Value 'wrong_op' at 'updateMethodResponseInput.patchOperations.1.member.op' failed to satisfy constraint: ${OPS}; ${NOT_A_STATUS}`,
    ],
    [
      "GET /restapis/none/resources/none/methods/GET/integration/responses/wrong",
      undefined,
      INVALID,
      `1 validation error detected: ${NOT_A_STATUS}`,
    ],
    [
      "DELETE /restapis/none/resources/none/methods/GET/responses/wrong",
      undefined,
      INVALID,
      `1 validation error detected: ${NOT_A_STATUS}`,
    ],
    [
      `PUT ${INTEGRATION}`,
      { type: "HTTPS_PROXY" },
      INVALID,
      "1 validation error detected: Value 'HTTPS_PROXY' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]",
    ],
    [
      `PUT ${INTEGRATION}`,
      {},
      INVALID,
      "1 validation error detected: Value null at 'putIntegrationInput.type' failed to satisfy constraint: Member must not be null",
    ],
    // awsdocs/aws-cloudformation-user-guide #483 quotes AWS.
    [
      `PUT ${METHOD}`,
      {},
      INVALID,
      "1 validation error detected: Value null at 'putMethodInput.authorizationType' failed to satisfy constraint: Member must not be null",
    ],
    [
      "POST /restapis/$api/authorizers",
      { name: null, type: "COOKIE" },
      INVALID,
      "2 validation errors detected: Value null at 'createAuthorizerInput.name' failed to satisfy constraint: Member must not be null; Value 'COOKIE' at 'createAuthorizerInput.type' failed to satisfy constraint: Member must satisfy enum value set: [TOKEN, REQUEST, COGNITO_USER_POOLS]",
    ],
    [
      "GET /usageplans/$plan/usage?startDate=2026-11-01",
      undefined,
      INVALID,
      "1 validation error detected: Value null at 'endDate' failed to satisfy constraint: Member must not be null",
    ],
    [
      "GET /restapis/none/gatewayresponses/FAKE",
      undefined,
      INVALID,
      /^1 validation error detected: Value 'FAKE' at 'responseType' failed to satisfy constraint: Member must satisfy enum value set: \[REQUEST_TOO_LARGE, RESOURCE_NOT_FOUND, AUTHORIZER_CONFIGURATION_ERROR, .*, INTEGRATION_FAILURE, EXPIRED_TOKEN\]$/,
    ],
    [
      "PUT /restapis/$api/gatewayresponses/FAKE",
      { statusCode: "wrong" },
      INVALID,
      /^2 validation errors detected: Value 'wrong' at 'putGatewayResponseInput.statusCode' .*; Value 'FAKE' at 'responseType'/,
    ],
    [
      "POST /restapis/none/documentation/parts",
      { location: { type: "INVALID" }, properties: "{}" },
      INVALID,
      "1 validation error detected: Value 'INVALID' at 'createDocumentationPartInput.location.type' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, QUERY_PARAMETER, API, REQUEST_HEADER]",
    ],
    [
      "PUT /restapis/none?mode=replace",
      "{}",
      INVALID,
      "1 validation error detected: Value 'replace' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [merge, overwrite]",
    ],
    [
      "POST /usageplans",
      { name: "x", quota: { limit: 1, period: "YEAR" } },
      INVALID,
      "1 validation error detected: Value 'YEAR' at 'createUsagePlanInput.quota.period' failed to satisfy constraint: Member must satisfy enum value set: [DAY, WEEK, MONTH]",
    ],
    [
      "POST /restapis/none/stages",
      { stageName: "x", deploymentId: "y", cacheClusterSize: "3" },
      INVALID,
      /at 'createStageInput.cacheClusterSize' failed to satisfy constraint/,
    ],
  ],
  "of tags, which begin as AWS's own (serverless/serverless #9223 quotes AWS)": [
    ...[
      ["POST /restapis", { name: "x" }],
      ["POST /apikeys", { name: "x" }],
      ["POST /usageplans", { name: "x" }],
      ["POST /domainnames", { domainName: "new.example.com" }],
      ["PUT /tags/arn:aws:apigateway:us-east-1::%2Frestapis%2F$api", {}],
      ["POST /v2/apis", { name: "x", protocolType: "HTTP" }],
      ["POST /v2/domainnames", { domainName: "new.example.com" }],
    ].map(
      ([request, body]): Row => [
        String(request),
        { ...(body as object), tags: { "AWS:x": "1" } },
        BAD,
        "Invalid tag key. Tag keys cannot start with 'aws:' (case insensitive)",
      ],
    ),
    [
      "POST /restapis",
      { name: "x", tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, "v"])) },
      BAD,
      "A resource can have at most 50 tags",
    ],
  ],
  "of JSON types, at every depth and before everything else": [
    [
      "POST /restapis",
      { name: 7, description: "" },
      TYPE,
      "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
    ],
    [
      "PUT /restapis/none/resources/none/methods/GET/integration",
      { type: "wrong", requestParameters: { "integration.request.header.a": true } },
      TYPE,
      "class java.lang.Boolean can not be converted to an String",
    ],
    [
      `PUT ${INTEGRATION}/responses/200`,
      { responseTemplates: { "application/json": 123 } },
      TYPE,
      "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
    ],
    [
      `PUT ${METHOD}`,
      { authorizationType: "NONE", requestModels: { "application/json": ["Pet"] } },
      TYPE,
      "class java.util.ArrayList can not be converted to an String",
    ],
    [
      "PATCH /restapis/none",
      patch(["replace", "/name", 7]),
      TYPE,
      "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
    ],
    [
      "PATCH /restapis/none",
      { patchOperations: "x" },
      TYPE,
      "class java.lang.String can not be converted to a List",
    ],
    [
      "PATCH /restapis/none",
      { patchOperations: ["x"] },
      TYPE,
      "class java.lang.String can not be converted to a Map",
    ],
  ],
};
