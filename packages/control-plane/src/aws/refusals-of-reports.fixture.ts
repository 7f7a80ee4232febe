import { BAD, INTEGRATION, METHOD, MISSING, patch, type Row, STAGE } from "./refusal-row.fixture.ts";

const MAPPING = "Invalid mapping expression specified: Validation Result: warnings : [], errors :";

const URI = "Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.";

const toFunction = (region: string) =>
  `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:us-west-2:123456789012:function:a/invocations`;

const authorizer = (authorizerUri: string) => ({
  name: "reported",
  type: "TOKEN",
  identitySource: "method.request.header.Authorization",
  authorizerUri,
});

/** What public reports quote of AWS's responses, by the reports. */
export const refusalsOfReports: Readonly<Record<string, readonly Row[]>> = {
  "(aws/aws-cdk #11306 and #20274)": [
    [
      "PUT /restapis/$api/gatewayresponses/UNAUTHORIZED",
      { responseParameters: { "gatewayresponse.header.test-key": "test-value" } },
      BAD,
      `${MAPPING} [Invalid mapping expression specified: test-value]`,
    ],
  ],
  "(aws/aws-cli #2879)": [
    [
      "PUT /restapis/$api/gatewayresponses/UNAUTHORIZED",
      { responseParameters: { "method.response.header.Access-Control-Allow-Origin": "'*'" } },
      BAD,
      `${MAPPING} [Invalid mapping expression specified: method.response.header.Access-Control-Allow-Origin]`,
    ],
  ],
  "(olegabu/cognito-helper #13)": [
    [
      `PUT ${INTEGRATION}/responses/200`,
      { responseParameters: { "method.response.header.Access-Control-Allow-Methods": "'GET'" } },
      BAD,
      `${MAPPING} [Invalid mapping expression parameter specified: method.response.header.Access-Control-Allow-Methods]`,
    ],
  ],
  "(amazon-archives/aws-apigateway-importer #121)": [
    [
      `PUT ${INTEGRATION}/responses/401`,
      { responseParameters: { "method.response.header.WWW-Authenticate": "'realm'" } },
      BAD,
      `${MAPPING} [No method response exists for method.]`,
    ],
  ],
  "(boto/boto3 #435)": [
    [
      "POST /restapis/$api/models",
      { name: "Login", contentType: "application/json", schema: "{'title': 'login'}" },
      BAD,
      "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]",
    ],
  ],
  "(hashicorp/terraform-provider-aws #48053)": [
    [
      METHOD.replace("methods/GET", "methods/POST").replace("/restapis", "PUT /restapis"),
      { authorizationType: "CUSTOM" },
      BAD,
      "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
    ],
  ],
  "(aws/aws-sdk #354, aws/aws-cdk #6169)": [
    [
      "POST /usageplans",
      { name: "reported", apiStages: [{ stage: "dev" }] },
      BAD,
      "Invalid API Stage {api: %s, stage: %s} specified for usageplan %s",
    ],
  ],
  "(serverless/serverless #13332)": [
    [
      "POST /domainnames",
      { domainName: "reported.example.com", securityPolicy: "SecurityPolicy_TLS13_2025_EDGE" },
      BAD,
      "Endpoint access mode is required for the specified security policy",
    ],
  ],
  "(hashicorp/terraform-provider-aws #37869)": [
    [
      "POST /v2/domainnames",
      { domainName: "reported.example.com", domainNameConfigurations: [{ securityPolicy: "TLS_1_0" }] },
      BAD,
      "TLS_1_0 is not supported for APIGatewayV2 domainName.",
    ],
  ],
  "(hashicorp/terraform-provider-aws #1757)": [
    [
      "POST /restapis/$api/authorizers",
      authorizer(toFunction("region")),
      BAD,
      `Invalid Authorizer URI: ${toFunction("region")}. ${URI}`,
    ],
  ],
  "(serverless-heaven/serverless-aws-alias #101)": [
    [
      "POST /restapis/$api/authorizers",
      authorizer(`:\${stageVariables.ALIAS}${toFunction("us-west-2")}`),
      BAD,
      `Invalid Authorizer URI: :\${stageVariables.ALIAS}${toFunction("us-west-2")}. ${URI}`,
    ],
  ],
  "(hashicorp/terraform #32281)": [
    [
      "POST /restapis?mode=import",
      JSON.stringify(JSON.stringify({ swagger: "2.0", info: {}, paths: {} })),
      BAD,
      "Invalid OpenAPI input.",
    ],
  ],
  "(aws/aws-cdk #13643)": [
    [
      "POST /v2/apis",
      {
        name: "reported",
        protocolType: "HTTP",
        corsConfiguration: { allowMethods: ["ANY"], allowOrigins: ["*"] },
      },
      BAD,
      "Method ANY is not supported",
    ],
  ],
  "(aws/aws-cdk #9076)": [
    [
      "POST /v2/apis",
      {
        name: "reported",
        protocolType: "HTTP",
        corsConfiguration: { allowCredentials: true, allowOrigins: ["*"] },
      },
      BAD,
      "allow-credentials is not supported if 'allow-origin' is *",
    ],
  ],
  "(aws/aws-cdk #12731)": [
    [
      "POST /usageplans",
      { name: "reported", apiStages: [{ apiId: "null", stage: "dev" }] },
      MISSING,
      "Invalid API identifier specified 000000000000:null",
    ],
  ],
  "(serverless/serverless #2831)": [
    [
      "POST /usageplans",
      { name: "reported", apiStages: [{ apiId: "$private", stage: "demo" }] },
      MISSING,
      /^API Stage not found: [a-z0-9]{10}:demo$/,
    ],
  ],
  "(hashicorp/terraform-provider-aws #15855)": [
    [
      `PATCH ${STAGE}`,
      patch(["replace", "/{proxy+}/ANY//throttling/burstLimit", "1"]),
      BAD,
      /^Invalid method setting path: \/\{proxy\+\}\/ANY\/\/throttling\/burstLimit\. Must be one of: \[\/deploymentId, /,
    ],
  ],
  "(pulumi/pulumi-aws #5711)": [
    [
      "DELETE /restapis/$api/deployments/$deployment",
      undefined,
      BAD,
      "Active stages pointing to this deployment must be moved or deleted",
    ],
  ],
};
