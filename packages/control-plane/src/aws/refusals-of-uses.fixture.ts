import type { AwsClient } from "./aws-client.fixture.ts";
import { BAD, CONFLICT, patch, type Row } from "./refusal-row.fixture.ts";

const FUNCTION =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:0:function:f/invocations";
const LOAD_BALANCER =
  "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/one/50dc6c495c0c9188";
const METHOD = "/restapis/$used/resources/$test/methods/GET";
const token = { type: "TOKEN", authorizerUri: FUNCTION };

/** makeWhatIsUsed makes an API whose parts are used: by its method GET /test, a stage, a plan and a domain. */
export async function makeWhatIsUsed({ ids, made }: AwsClient): Promise<void> {
  const api = await made("POST /restapis", { name: "used" });
  Object.assign(ids, { used: api.id, top: api.rootResourceId });
  ids.test = (await made("POST /restapis/$used/resources/$top", { pathPart: "test" })).id ?? "";
  ids.checked = (await made("POST /restapis/$used/requestvalidators", { name: "all" })).id ?? "";
  ids.guard = (await made("POST /restapis/$used/authorizers", { name: "guard", ...token })).id ?? "";
  ids.second = (await made("POST /restapis/$used/authorizers", { name: "second", ...token })).id ?? "";
  ids.link = (await made("POST /vpclinks", { name: "link", targetArns: [LOAD_BALANCER] })).id ?? "";
  await made(`PUT ${METHOD}`, {
    authorizationType: "CUSTOM",
    authorizerId: "$guard",
    requestValidatorId: "$checked",
  });
  await made(`PUT ${METHOD}/integration`, {
    type: "HTTP_PROXY",
    httpMethod: "GET",
    uri: "http://inner.example.com",
    connectionType: "VPC_LINK",
    connectionId: "$link",
  });
  await made("POST /restapis/$used/deployments", { stageName: "live" });
  await made("POST /domainnames", { domainName: "used.example.com" });
  await made("POST /domainnames/used.example.com/basepathmappings", { restApiId: "$used", stage: "live" });
  const apiStages = [{ apiId: "$used", stage: "live" }];
  ids.sold = (await made("POST /usageplans", { name: "sold", apiStages })).id ?? "";
}

/** AWS's sentences here are those of public reports, which stand beside the code that says them. */
export const refusalsOfUses: Readonly<Record<string, readonly Row[]>> = {
  "to delete because it is used": [
    [
      "DELETE /restapis/$used/authorizers/$guard",
      undefined,
      CONFLICT,
      "Cannot delete authorizer 'guard', is referenced in method: GET//test",
    ],
    [
      "DELETE /restapis/$used/requestvalidators/$checked",
      undefined,
      CONFLICT,
      "Cannot delete request validator 'all', is referenced in method: GET//test",
    ],
    [
      "DELETE /vpclinks/$link",
      undefined,
      BAD,
      /^Cannot delete vpc link\. Vpc link '\w{10}', is referenced in \[\w{10}:GET:\w{6}:live\] in format of \[RESTApiId:Method:Resource:Stage\]\.$/,
    ],
    [
      "DELETE /restapis/$used",
      undefined,
      BAD,
      /^Deleting RestApi \w{10} failed\. Please remove all base path mappings related to the RestApi in your domains\.$/,
    ],
    [
      "DELETE /restapis/$used/stages/live",
      undefined,
      BAD,
      "Deleting stage live failed. Please remove all base path mappings related to the stage in your domains.",
    ],
    [
      "DELETE /usageplans/$sold",
      undefined,
      BAD,
      /^Cannot delete Usage Plan \w{10} because there are API Stages associated with it, including \w{10}:live$/,
    ],
  ],
  "of authorizers": [
    ...[{ authorizerUri: "arn:aws:lambda:us-east-1:0:function:f" }, { authorizerUri: undefined }].map(
      (changed): Row => [
        "POST /restapis/$used/authorizers",
        { name: "other", ...token, ...changed },
        BAD,
        `Invalid Authorizer URI: ${changed.authorizerUri ?? null}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.`,
      ],
    ),
    [
      "POST /restapis/$used/authorizers",
      { name: "other", ...token, authorizerResultTtlInSeconds: 3601 },
      BAD,
      "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.",
    ],
    [
      "PATCH /restapis/$used/authorizers/$guard",
      patch(["replace", "/authorizerResultTtlInSeconds", "-1"]),
      BAD,
      "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.",
    ],
    [
      "POST /restapis/$used/authorizers",
      { name: "other", ...token, type: "REQUEST" },
      BAD,
      "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)",
    ],
    [
      "POST /restapis/$used/authorizers",
      { name: "guard", ...token },
      BAD,
      "Authorizer name must be unique. Authorizer guard already exists in this RestApi.",
    ],
    ["PATCH /restapis/$used/authorizers/$second", patch(["replace", "/type", "OTHER"]), BAD, /\.type: /],
    [
      "PATCH /restapis/$used/authorizers/$second",
      patch(["replace", "/name", "guard"]),
      BAD,
      "Authorizer name must be unique. Authorizer guard already exists in this RestApi.",
    ],
  ],
  "of names, policies and definitions": [
    // Miserlou/Zappa#356, klothoplatform/klotho#235
    ...["$default", "a b", ""].map(
      (stageName): Row => [
        "POST /restapis/$api/stages",
        { stageName, deploymentId: "$deployment" },
        BAD,
        "Stage name only allows a-zA-Z0-9_",
      ],
    ),
    // What is called as the name's own place is.
    [
      "POST /restapis/$api/stages",
      { stageName: "tagged", deploymentId: "$deployment", tags: { id: "x".repeat(300) } },
      BAD,
      /tags\.id: /,
    ],
    ["POST /restapis/$api/deployments", { stageName: "a b" }, BAD, "Stage name only allows a-zA-Z0-9_"],
    // edx/api-manager#259
    [
      "POST /restapis/$api/models",
      { name: "body_1", contentType: "application/json", schema: "{}" },
      BAD,
      "Model name must be alphanumeric: body_1",
    ],
    // aws/chalice#2065
    ...["x", '{"Version":"2012-10-17"}', '{"Statement":[{"Effect":"Allow"}]}'].map(
      (policy): Row => [
        "PATCH /restapis/$api",
        patch(["replace", "/policy", policy]),
        BAD,
        "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
      ],
    ),
    [
      "POST /restapis?mode=import",
      {
        swagger: "2.0",
        info: { title: "x", version: "1" },
        "x-amazon-apigateway-policy": 5,
        paths: {},
      },
      BAD,
      /^Errors found during import:\n\tline 1, /,
    ],
  ],
};
