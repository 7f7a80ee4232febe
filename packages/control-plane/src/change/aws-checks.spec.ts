import { beforeEach, describe, expect, it } from "vitest";
import { toAwsError } from "../aws/refused.ts";
import { Refusal } from "../refusal.ts";
import {
  account,
  applied,
  byAws,
  type Draft,
  deployed,
  deployedByAws,
  imported,
  mock,
  pets,
  REST,
  restApi,
  stacked,
  stage,
  useApplication,
  type Way,
} from "./ways-in.contract.ts";

/*
 * What AWS refuses of stages, private APIs, domains and mappings is refused on every way in, and AWS's clients get AWS's sentence.
 */

useApplication();

/** The problems of a refusal, and AWS's sentence for them; undefined: it was not refused. */
async function refused({ attempt }: Way) {
  try {
    await attempt();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {
      codes: error.problems.map(({ code }) => code),
      sentence: toAwsError(error, "apigateway")?.message,
    };
  }
  return undefined;
}

const mapped = {
  integration: {
    type: "HTTP",
    httpMethod: "GET",
    uri: "http://example.com",
    requestParameters: { "integration.request.querystring.a": "method.request.querystring.page" },
  },
};
const resource = (methods: object): Draft => ({
  kind: "Resource",
  apiId: REST,
  id: "mapped",
  spec: { path: "/mapped", methods },
});
const domain: Draft = {
  kind: "DomainName",
  id: "tls.example.com",
  spec: { mutualTlsAuthentication: { truststoreUri: "https://example.com/ca.pem" } },
};
const hidden: Draft = {
  kind: "RestApi",
  id: REST,
  spec: { name: "hidden", endpointConfiguration: { types: ["PRIVATE"] } },
};

const stageOf = (properties: object) => ({
  Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "stacked" } },
  Method: {
    Type: "AWS::ApiGateway::Method",
    Properties: {
      RestApiId: { Ref: "Api" },
      ResourceId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
      HttpMethod: "GET",
      AuthorizationType: "NONE",
      Integration: { Type: "MOCK" },
    },
  },
  Deployment: {
    Type: "AWS::ApiGateway::Deployment",
    DependsOn: "Method",
    Properties: { RestApiId: { Ref: "Api" } },
  },
  Stage: {
    Type: "AWS::ApiGateway::Stage",
    Properties: {
      RestApiId: { Ref: "Api" },
      DeploymentId: { Ref: "Deployment" },
      StageName: "live",
      ...properties,
    },
  },
});

let deploymentId = "";

/** Each way to bring a stage with these settings. */
const stages = (spec: object, properties: object): Way[] => [
  { way: "apply", attempt: () => applied([stage(REST, { ...spec, deploymentId })]) },
  { way: "the API of AWS", attempt: () => byAws([stage(REST, { ...spec, deploymentId })]) },
  { way: "the API of AWS, with a deployment", attempt: () => deployedByAws(REST, "live", spec) },
  { way: "a template", attempt: () => stacked(stageOf(properties)) },
];

const chat: Draft = {
  kind: "Api",
  id: "chat000001",
  spec: { name: "chat", protocolType: "WEBSOCKET", routeSelectionExpression: "$request.body.action" },
};
/** A stage of a WebSocket API with these settings of its routes. */
const chatStage = (spec: object): Draft => ({ kind: "ApiStage", apiId: chat.id, id: "live", spec });
const chatLogs: readonly object[] = [
  { defaultRouteSettings: { loggingLevel: "INFO" } },
  { defaultRouteSettings: { dataTraceEnabled: true } },
  { routeSettings: { $connect: { loggingLevel: "ERROR" } } },
];

const BEHIND = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [";

const cases: readonly { what: string; code: string; sentence: string; ways: readonly Way[] }[] = [
  {
    what: "a format of access logs without a request id",
    code: "ACCESS_LOG_UNIDENTIFIED",
    sentence:
      "Access Log format must include either $context.requestId or $context.extendedRequestId : '$context.status'",
    ways: stages(
      { accessLogSettings: { format: "$context.status" } },
      { AccessLogSetting: { Format: "$context.status" } },
    ),
  },
  {
    what: "a destination of access logs of another kind",
    code: "ACCESS_LOG_DESTINATION",
    sentence: "Invalid ARN specified in the request",
    ways: stages(
      { accessLogSettings: { destinationArn: "arn:aws:s3:::logs" } },
      { AccessLogSetting: { DestinationArn: "arn:aws:s3:::logs" } },
    ),
  },
  {
    what: "logs without the account's role",
    code: "LOGGING_ROLE_MISSING",
    sentence: "CloudWatch Logs role ARN must be set in account settings to enable logging",
    ways: stages({ methodSettings: { "*/*": { loggingLevel: "INFO" } } }, {}).filter(
      ({ way }) => way !== "a template",
    ),
  },
  {
    what: "logs of a WebSocket API without the account's role",
    code: "LOGGING_ROLE_MISSING",
    sentence: "CloudWatch Logs role ARN must be set in account settings to enable logging",
    ways: chatLogs.flatMap((spec): Way[] => [
      { way: `apply: ${JSON.stringify(spec)}`, attempt: () => applied([chat, chatStage(spec)]) },
      { way: `the API of AWS: ${JSON.stringify(spec)}`, attempt: () => byAws([chat, chatStage(spec)]) },
    ]),
  },
  {
    what: "a mapping from a parameter that the method does not declare",
    code: "PARAMETERS_UNDECLARED",
    sentence: `${BEHIND}Invalid mapping expression parameter specified: method.request.querystring.page]`,
    ways: [
      { way: "apply", attempt: () => applied([resource({ GET: mapped })]) },
      { way: "the API of AWS", attempt: () => byAws([resource({ GET: mapped })]) },
      {
        way: "a template",
        attempt: () =>
          stacked({
            ...stageOf({}),
            Method: {
              Type: "AWS::ApiGateway::Method",
              Properties: {
                RestApiId: { Ref: "Api" },
                ResourceId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
                HttpMethod: "GET",
                AuthorizationType: "NONE",
                Integration: {
                  Type: "HTTP",
                  IntegrationHttpMethod: "GET",
                  Uri: "http://example.com",
                  RequestParameters: mapped.integration.requestParameters,
                },
              },
            },
          }),
      },
      {
        way: "import",
        attempt: () =>
          imported({
            paths: {
              "/mapped": { get: { responses: {}, "x-amazon-apigateway-integration": mapped.integration } },
            },
          }),
      },
    ],
  },
  {
    what: "a truststore by https",
    code: "TRUSTSTORE_URI_INVALID",
    sentence: "Invalid S3 URL",
    ways: [
      { way: "apply", attempt: () => applied([domain]) },
      { way: "the API of AWS", attempt: () => byAws([domain]) },
    ],
  },
];

describe.each(cases)("$what", ({ code, sentence, ways }) => {
  beforeEach(async () => {
    await applied([restApi(), pets("1")]);
    deploymentId = await deployedByAws(REST);
    await applied([stage(REST, { deploymentId })]);
  });

  it.each(ways)("is refused by $way", async (way) => {
    expect(await refused(way)).toEqual({ codes: [code], sentence });
  });
});

describe("a PRIVATE API without a policy", () => {
  const ways: Way[] = [
    { way: "gRPC", attempt: () => deployed(REST) },
    { way: "the API of AWS", attempt: () => deployedByAws(REST) },
  ];
  it.each(ways)("is not deployed by $way", async (way) => {
    await applied([hidden, pets("1")]);
    expect(await refused(way)).toEqual({
      codes: ["POLICY_REQUIRED"],
      sentence: "Private REST API doesn't have a resource policy attached to it",
    });
  });
});

it("logs without the account's role are a warning for a template", async () => {
  const logged = stageOf({
    MethodSettings: [{ ResourcePath: "/*", HttpMethod: "*", LoggingLevel: "INFO" }],
  });
  const warnings = async () =>
    (await stacked(logged)).findings.filter(({ message }) => message.includes("cloudwatchRoleArn"));
  expect(await warnings()).toHaveLength(1);
  await applied([{ ...account({}), spec: { cloudwatchRoleArn: "arn:aws:iam::000000000000:role/logs" } }]);
  expect(await warnings()).toEqual([]);
});

describe("what was stored before these checks", () => {
  it("does not keep a stage from being changed", async () => {
    await applied([{ ...account({}), spec: { cloudwatchRoleArn: "arn:aws:iam::000000000000:role/logs" } }]);
    await applied([restApi(), pets("1")]);
    const logging = {
      methodSettings: { "*/*": { loggingLevel: "INFO" } },
      deploymentId: await deployedByAws(REST),
    };
    await applied([stage(REST, logging)]);
    await applied([account({})]);
    await applied([stage(REST, { ...logging, description: "changed" })]);
  });

  it("does not keep a stage of a WebSocket API from being changed", async () => {
    const [logs = {}] = chatLogs;
    await applied([{ ...account({}), spec: { cloudwatchRoleArn: "arn:aws:iam::000000000000:role/logs" } }]);
    await applied([chat, chatStage(logs)]);
    await applied([account({})]);
    await applied([chatStage({ ...logs, description: "changed" })]);
  });

  it("does not keep a parameter from being removed before its mapping", async () => {
    await applied([
      restApi(),
      resource({ GET: { ...mapped, requestParameters: { "method.request.querystring.page": false } } }),
    ]);
    await applied([resource({ GET: mapped })]);
    await applied([resource({ GET: mock("1") })]);
  });
});
