import { describe, expect, it } from "vitest";
import { callOf, httpRoute, problemsOf, type TestedRequest } from "../../kit/index.ts";

const ROLE = "arn:aws:iam::123456789012:role/caller";
const QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/pets";
const action = (integrationSubtype: string, requestParameters: object, more: object = {}) => ({
  integrationType: "AWS_PROXY",
  integrationSubtype,
  credentialsArn: ROLE,
  payloadFormatVersion: "1.0",
  requestParameters,
  ...more,
});
const post = (body: object, path = "/a"): TestedRequest => ({
  method: "POST",
  path,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});
const sentBy = async (integration: object, request: TestedRequest = post({ message: "hi", id: "7" })) => {
  const { sent } = await callOf(httpRoute("POST /a", integration), request);
  expect(sent).toHaveLength(1);
  const { method, url, headers, body } = sent[0] as (typeof sent)[number];
  const { "x-amz-target": target, "content-type": type } = headers;
  return { line: `${method} ${url}`, target, type, body };
};
const form = (body: string) => Object.fromEntries(new URLSearchParams(body));

describe("a service integration calls", () => {
  it.each<[subtype: string, parameters: object, line: string, target: string, type: string, body: object]>([
    [
      "EventBridge-PutEvents",
      {
        Detail: "$request.body.detail",
        DetailType: "pet",
        Source: "shop",
        Time: "2026-01-02T03:04:05Z",
        Resources: "arn:a, arn:b",
      },
      "POST http://events.us-east-1.example/",
      "AWSEvents.PutEvents",
      "application/x-amz-json-1.1",
      {
        Entries: [
          {
            Detail: '{"id":7}',
            DetailType: "pet",
            Source: "shop",
            Time: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
            Resources: ["arn:a", "arn:b"],
          },
        ],
      },
    ],
    [
      "Kinesis-PutRecord",
      { StreamName: "s", Data: "$request.body.data", PartitionKey: "${request.body.id}-key" },
      "POST http://kinesis.us-east-1.example/",
      "Kinesis_20131202.PutRecord",
      "application/x-amz-json-1.1",
      { StreamName: "s", Data: "aGk=", PartitionKey: "7-key" },
    ],
    [
      "StepFunctions-StartExecution",
      { StateMachineArn: "arn:m", Input: "$request.body.detail", Region: "eu-west-1" },
      "POST http://states.eu-west-1.example/",
      "AWSStepFunctions.StartExecution",
      "application/x-amz-json-1.0",
      { stateMachineArn: "arn:m", input: '{"id":7}' },
    ],
    [
      "StepFunctions-StartSyncExecution",
      { StateMachineArn: "arn:m", Name: "$request.body.id" },
      "POST http://sync-states.us-east-1.example/",
      "AWSStepFunctions.StartSyncExecution",
      "application/x-amz-json-1.0",
      { stateMachineArn: "arn:m", name: "7" },
    ],
    [
      "StepFunctions-StopExecution",
      { ExecutionArn: "arn:e", Cause: "$request.body.none", Error: "stopped" },
      "POST http://states.us-east-1.example/",
      "AWSStepFunctions.StopExecution",
      "application/x-amz-json-1.0",
      { executionArn: "arn:e", error: "stopped" },
    ],
  ])("%s in JSON", async (subtype, parameters, line, target, type, body) => {
    const request = post({ detail: { id: 7 }, data: "aGk=", id: "7" });
    const sent = await sentBy(action(subtype, parameters), request);
    expect({ ...sent, body: JSON.parse(sent.body) }).toEqual({ line, target, type, body });
  });

  it.each<[subtype: string, parameters: object, body: object]>([
    [
      "SQS-SendMessage",
      {
        QueueUrl: QUEUE,
        MessageBody: "$request.body.message",
        DelaySeconds: "5",
        MessageGroupId: "$request.body.none",
        MessageAttributes: '{"id":{"DataType":"String","StringValue":"${request.body.id}"}}',
      },
      {
        Action: "SendMessage",
        MessageBody: "hi",
        DelaySeconds: "5",
        "MessageAttribute.1.Name": "id",
        "MessageAttribute.1.Value.DataType": "String",
        "MessageAttribute.1.Value.StringValue": "7",
      },
    ],
    [
      "SQS-ReceiveMessage",
      { QueueUrl: QUEUE, MaxNumberOfMessages: "2", AttributeNames: '["All"]' },
      { Action: "ReceiveMessage", MaxNumberOfMessages: "2", "AttributeName.1": "All" },
    ],
    [
      "SQS-DeleteMessage",
      { QueueUrl: QUEUE, ReceiptHandle: "$request.body.id" },
      { Action: "DeleteMessage", ReceiptHandle: "7" },
    ],
    ["SQS-PurgeQueue", { QueueUrl: QUEUE }, { Action: "PurgeQueue" }],
  ])("%s as a form", async (subtype, parameters, body) => {
    const sent = await sentBy(action(subtype, parameters));
    expect({ ...sent, body: form(sent.body) }).toEqual({
      line: "POST http://sqs.us-east-1.example/",
      target: undefined,
      type: "application/x-www-form-urlencoded",
      body: { Version: "2012-11-05", QueueUrl: QUEUE, ...body },
    });
  });

  it("AppConfig-GetConfiguration by its path", async () => {
    const parameters = {
      Application: "a/b",
      Environment: "$request.body.id",
      Configuration: "c",
      ClientId: "me",
    };
    expect(await sentBy(action("AppConfig-GetConfiguration", parameters))).toMatchObject({
      line: "GET http://appconfig.us-east-1.example/applications/a%2Fb/environments/7/configurations/c?client_id=me",
      body: "",
    });
  });
});

describe("the response of a service integration", () => {
  it("is the service's, mapped by its status", async () => {
    const integration = action(
      "SQS-PurgeQueue",
      { QueueUrl: QUEUE },
      { responseParameters: { "403": { "overwrite:statuscode": "500", "append:header.x-own": "1" } } },
    );
    const headers = { "Content-Type": "text/xml", "x-amzn-RequestId": "r", Connection: "close" };
    const upstream = () => ({ status: 403, headers, body: "<Error/>" });
    const outcome = await callOf(httpRoute("POST /a", integration), post({}), { upstream });
    expect(outcome).toMatchObject({ status: 500, body: "<Error/>" });
    expect(outcome.headers).toEqual({
      "content-type": "text/xml",
      "x-own": "1",
      "apigw-requestid": expect.any(String),
    });
  });

  it.each([
    ["attributes that are not JSON", { MessageAttributes: "$request.body.message" }, 400],
    ["attributes that are not an object", { MessageAttributes: "[]" }, 400],
  ])("is an error for %s", async (_what, more, status) => {
    const integration = action("SQS-SendMessage", { QueueUrl: QUEUE, MessageBody: "m", ...more });
    const outcome = await callOf(httpRoute("POST /a", integration), post({ message: "{" }));
    expect({ status: outcome.status, sent: outcome.sent }).toEqual({ status, sent: [] });
  });

  it("is 500 if the operator has not said where the service is", async () => {
    const integration = action("SQS-PurgeQueue", { QueueUrl: QUEUE });
    const ports = { defaultServiceEndpoints: () => undefined };
    expect(await callOf(httpRoute("POST /a", integration), post({}), { ports })).toMatchObject({
      status: 500,
    });
  });
});

describe("a service integration that cannot work", () => {
  it.each([
    ["an expression names nothing", { MessageBody: "$request.nothing" }, "MessageBody"],
    [
      "its region differs from call to call",
      { MessageBody: "m", Region: "$request.header.region" },
      "Region",
    ],
  ])("is a problem where %s", async (_what, more, name) => {
    const integration = action("SQS-SendMessage", { QueueUrl: QUEUE, ...more });
    expect(await problemsOf(httpRoute("POST /a", integration))).toMatchObject([
      { path: `Api/api123.integrations.integration1.requestParameters.${name}`, code: "EXPRESSION_INVALID" },
    ]);
  });
});
