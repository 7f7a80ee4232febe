import { describe, expect, it } from "vitest";
import type { SegmentDocument } from "@tollgate/telemetry";
import {
  callOf,
  FUNCTION_URI,
  httpRoute,
  lambda,
  restRoute,
  type TestedRequest,
  type Upstream,
  WebSocketRunner,
} from "../kit/index.ts";
import type { LogSink } from "../logs/log-sink.ts";

function kept() {
  const segments: SegmentDocument[] = [];
  const texts: string[] = [];
  const logs: LogSink = {
    open: ({ name }) =>
      name === "aws/spans"
        ? (_unixMs, message) => {
            texts.push(message);
            segments.push(JSON.parse(message) as SegmentDocument);
          }
        : undefined,
  };
  return { segments, texts, logs };
}
const traceSampling = { ratio: 1, ignoresCaller: false };
const ROOT = "1-67a0b1c2-000000000000000000000001";
const PARENT = "53995c3f42cd8ad8";
const TRACED = { "X-Amzn-Trace-Id": `Root=${ROOT};Parent=${PARENT};Sampled=1` };
const tracedStage = { stage: { tracingEnabled: true } };
const proxy = { integration: { type: "AWS_PROXY", uri: FUNCTION_URI, httpMethod: "POST" } };

async function segmentsOf(
  route: Parameters<typeof callOf>[0],
  request: string | TestedRequest,
  upstream?: Upstream,
) {
  const { segments, texts, logs } = kept();
  const outcome = await callOf(route, request, {
    ...(upstream ? { upstream } : {}),
    ports: { logs, traceSampling },
  });
  outcome.call.endTrace();
  return { ...outcome, segments, texts };
}
const functions: Upstream = lambda(() => ({ statusCode: 200, body: "x" }));

describe("the segment of a call", () => {
  it("has what X-Ray's has, and the subsegment of its function, whose id the function is given", async () => {
    const request = { method: "GET", path: "/pets", headers: { ...TRACED, "User-Agent": "spec" } };
    const { segments, sent } = await segmentsOf(
      restRoute("GET /pets", proxy, tracedStage),
      request,
      functions,
    );
    const [segment] = segments;
    const [called] = segment?.subsegments ?? [];
    expect(segment).toMatchObject({
      name: "tested/test",
      trace_id: ROOT,
      parent_id: PARENT,
      origin: "AWS::ApiGateway::Stage",
      resource_arn: "arn:aws:apigateway:us-east-1::/restapis/api123/stages/test",
      http: {
        request: { method: "GET", client_ip: "192.0.2.1", user_agent: "spec", x_forwarded_for: true },
        response: { status: 200 },
      },
      aws: { api_gateway: { account_id: "000000000000", rest_api_id: "api123", stage: "test" } },
      annotations: { "aws:api_id": "api123", "aws:api_stage": "test" },
    });
    expect(segment?.http?.request?.url).toMatch(/^https?:\/\/[^/]+\/test\/pets$/);
    expect(segment?.end_time).toBeDefined();
    expect(called).toMatchObject({
      name: "Lambda",
      namespace: "aws",
      aws: { operation: "Invoke", region: "us-east-1" },
      http: { request: { method: "POST" }, response: { status: 200 } },
    });
    expect(sent[0]?.headers["x-amzn-trace-id"]).toBe(`Root=${ROOT};Parent=${called?.id};Sampled=1`);
  });

  it("has those of its authorizer and its mappings, each with what it called", async () => {
    const AUTHORIZER = {
      type: "TOKEN",
      authorizerUri: FUNCTION_URI,
      identitySource: "method.request.header.Authorization",
    };
    const allowed = {
      principalId: "ada",
      policyDocument: { Version: "2012-10-17", Statement: [{ Action: "*", Effect: "Allow", Resource: "*" }] },
    };
    const template = { "application/json": "{}" };
    const integration = {
      type: "AWS",
      uri: FUNCTION_URI,
      httpMethod: "POST",
      requestTemplates: template,
      integrationResponses: { "200": { responseTemplates: template } },
    };
    const method = {
      authorizationType: "CUSTOM",
      authorizerId: "auth01",
      integration,
      methodResponses: { "200": {} },
    };
    const route = restRoute("GET /pets", method, {
      ...tracedStage,
      definitions: { Authorizer: { auth01: { name: "a", ...AUTHORIZER } } },
    });
    const request = { method: "GET", path: "/pets", headers: { Authorization: "planted-token" } };
    let asked = 0;
    const { segments, sent, status } = await segmentsOf(
      route,
      request,
      lambda(() => (asked++ === 0 ? allowed : {})),
    );
    expect(status).toBe(200);
    const parts = segments[0]?.subsegments ?? [];
    expect(parts.map(({ metadata }) => metadata?.["tollgate"])).toEqual([
      { step: "authorizer" },
      { step: "mapping" },
      { step: "integration" },
      { step: "mapping" },
    ]);
    expect(sent.map(({ headers }) => /Parent=(\w+)/.exec(headers["x-amzn-trace-id"] ?? "")?.[1])).toEqual([
      parts[0]?.id,
      parts[2]?.id,
    ]);
  });

  it.each([
    ["an error of the caller", 404, { error: true }],
    ["too many calls", 429, { error: true, throttle: true }],
    ["a fault of the upstream", 502, { fault: true }],
  ])("says what went wrong: %s", async (_what, statusCode, expected) => {
    const { segments } = await segmentsOf(
      restRoute("GET /a", proxy, tracedStage),
      "GET /a",
      lambda(() => ({ statusCode, body: "" })),
    );
    const { error, throttle, fault } = segments[0] ?? {};
    expect({ error, throttle, fault }).toEqual({
      error: undefined,
      throttle: undefined,
      fault: undefined,
      ...expected,
    });
  });

  it("shows no query, no header that identifies, and no body", async () => {
    const request = {
      method: "POST",
      path: "/a?token=planted-query",
      headers: { Authorization: "planted-header", Cookie: "c=planted-cookie", "x-api-key": "planted-key" },
      body: "planted-body",
    };
    const { texts } = await segmentsOf(
      restRoute(
        "POST /a",
        { integration: { type: "HTTP_PROXY", uri: "http://pets.example/a", httpMethod: "POST" } },
        tracedStage,
      ),
      request,
    );
    expect(texts).toHaveLength(1);
    expect(texts[0]).not.toContain("planted");
  });

  it("is written whatever the path of an upstream is", async () => {
    const uri = "http://pets.example/2015-03-31/functions/%E0%A4/invocations";
    const integration = { type: "HTTP", uri, httpMethod: "GET", integrationResponses: { "200": {} } };
    const method = { integration, methodResponses: { "200": {} } };
    const { segments } = await segmentsOf(restRoute("GET /a", method, tracedStage), "GET /a");
    expect(segments).toHaveLength(1);
  });

  it("is not there for stages that are not traced, or calls that are not sampled", async () => {
    expect((await segmentsOf(restRoute("GET /a", proxy), "GET /a", functions)).segments).toEqual([]);
    const unsampled = { method: "GET", path: "/a", headers: { "X-Amzn-Trace-Id": `Root=${ROOT};Sampled=0` } };
    expect(
      (await segmentsOf(restRoute("GET /a", proxy, tracedStage), unsampled, functions)).segments,
    ).toEqual([]);
  });
});

describe("a stage of an HTTP API", () => {
  const integration = {
    integrationType: "AWS_PROXY",
    integrationUri: FUNCTION_URI,
    payloadFormatVersion: "2.0",
  };
  const rule = {
    name: "mine",
    priority: 1,
    reservoirSize: 0,
    fixedRate: 1,
    serviceType: "*",
    resourceArn: "*",
    host: "*",
    httpMethod: "*",
    urlPath: "*",
    attributes: {},
  };
  const onlyStored = { ratio: 1, ignoresCaller: false, isStoredOnly: true };

  it.each([
    ["tested/*", 1],
    ["other/*", 0],
  ])("is traced into the store where a rule names it: %s", async (serviceName, count) => {
    const { segments, logs } = kept();
    const route = httpRoute("GET /pets", integration, {
      account: { samplingRules: [{ ...rule, serviceName }] },
    });
    const { call } = await callOf(route, "GET /pets", {
      upstream: functions,
      ports: { logs, traceSampling: onlyStored },
    });
    call.endTrace();
    expect(segments).toHaveLength(count);
    if (count > 0)
      expect(segments[0]).toMatchObject({
        aws: { api_gateway: { api_id: "api123" }, xray: { sampling_rule_name: "mine" } },
        subsegments: [{ name: "Lambda" }],
      });
  });
});

it("each event of a WebSocket connection is a segment, where traces are received", async () => {
  const { segments, logs } = kept();
  const parts = { routes: { $connect: {}, $default: {} } };
  const { connected, send } = await new WebSocketRunner(parts, { ports: { logs, traceSampling } }).connect();
  for (const { call } of [connected, await send("hello")]) call.endTrace();
  expect(segments.map(({ http }) => http?.request?.method)).toEqual(["GET", "MESSAGE"]);
});
