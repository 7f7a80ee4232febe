import { describe, expect, it } from "vitest";
import { callOf, FUNCTION_URI, lambda, restRoute, type UpstreamResponse } from "../../kit/index.ts";

const toService = (uri: string, more: object = {}) => ({
  integration: {
    type: "AWS",
    httpMethod: "POST",
    uri: `arn:aws:apigateway:us-east-1:${uri}`,
    integrationResponses: { "200": {} },
    ...more,
  },
});
const POST = { method: "POST", path: "/a", body: '{"x":1}' };
const sentBy = async (method: object) => {
  const { sent } = await callOf(restRoute("POST /a", method), POST);
  return sent[0];
};

describe("the request of an AWS integration", () => {
  it.each([
    ["sqs:path/000000000000/queue", "http://sqs.us-east-1.example/000000000000/queue"],
    ["s3:path/bucket/key?x=1", "http://s3.us-east-1.example/bucket/key?x=1"],
    ["sns:action/Publish", "http://sns.us-east-1.example/?Action=Publish"],
    ["sns:action/Publish&Message=hi", "http://sns.us-east-1.example/?Action=Publish&Message=hi"],
  ])("of %s goes to %s", async (uri, wanted) => {
    expect((await sentBy(toService(uri)))?.url).toBe(wanted);
  });

  it.each([
    ["dynamodb:action/GetItem", "DynamoDB_20120810.GetItem", "application/x-amz-json-1.0"],
    ["kinesis:action/PutRecord", "Kinesis_20131202.PutRecord", "application/x-amz-json-1.1"],
    ["states:action/StartExecution", "AWSStepFunctions.StartExecution", "application/x-amz-json-1.0"],
    ["sns:action/Publish", undefined, "application/x-www-form-urlencoded"],
    ["sqs:path/q", undefined, "application/json"],
  ])("of %s has the target %s and the type %s", async (uri, target, type) => {
    const { headers } = (await sentBy(toService(uri))) ?? {};
    expect([headers?.["x-amz-target"], headers?.["content-type"]]).toEqual([target, type]);
  });

  it("goes to the service, whatever Host is mapped", async () => {
    const requestParameters = { "integration.request.header.Host": "method.request.header.Host" };
    const headers = (await sentBy(toService("sqs:path/q", { requestParameters })))?.headers;
    expect(headers?.host).toBe("sqs.us-east-1.example");
  });

  it("is signed where the node has credentials", async () => {
    const credentials = () => ({
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "secret",
      sessionToken: undefined,
    });
    const { sent } = await callOf(restRoute("POST /a", toService("sqs:path/q")), POST, {
      ports: { credentials },
    });
    expect(sent[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/sqs\/aws4_request, /,
    );
  });
});

describe("the response of an AWS integration", () => {
  const responses = { "200": {}, "400": { selectionPattern: "4\\d{2}|.*broken.*" } };
  it.each([
    ["a service's status", "sqs:path/q", (): UpstreamResponse => ({ status: 404 }), 400],
    ["a service's status", "sqs:path/q", (): UpstreamResponse => ({ status: 503 }), 200],
    [
      "the error message of a function",
      undefined,
      lambda(() => {
        throw new Error("it is broken");
      }),
      400,
    ],
    ["an empty string where the function returns", undefined, lambda(() => "broken"), 200],
  ])("is selected by %s", async (_what, uri, upstream, status) => {
    const method = toService(uri ?? FUNCTION_URI.replace("arn:aws:apigateway:us-east-1:", ""), {
      integrationResponses: responses,
    });
    expect((await callOf(restRoute("POST /a", method), POST, { upstream })).status).toBe(status);
  });

  it("is 500 where nothing is known of the service's endpoint", async () => {
    const ports = { defaultServiceEndpoints: () => undefined };
    const outcome = await callOf(restRoute("POST /a", toService("sqs:path/q")), POST, { ports });
    expect({ status: outcome.status, sent: outcome.sent }).toEqual({ status: 500, sent: [] });
  });
});
