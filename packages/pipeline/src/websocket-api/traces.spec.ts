import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTracing } from "@tollgate/telemetry";
import { FUNCTION_URI, type WebSocketApiParts, WebSocketRunner } from "../kit/index.ts";

const TRACE = "67a0b1c2000000000000000000000001";
const ROOT = "1-67a0b1c2-000000000000000000000001";
const PARENT = "53995c3f42cd8ad8";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

interface Traces {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

const spans: Span[] = [];
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const { resourceSpans } = JSON.parse(Buffer.concat(parts).toString()) as Traces;
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response.setHeader("content-type", "application/json").end("{}");
  });
});

const integration = {
  integrationType: "HTTP_PROXY",
  integrationUri: "http://chat.example/messages",
  integrationMethod: "POST",
};
const requestTemplates = { $default: "{}" };
const integrations = [
  { ...integration, integrationType: "HTTP", requestTemplates },
  { integrationType: "AWS_PROXY", integrationUri: FUNCTION_URI },
  { integrationType: "AWS", integrationUri: FUNCTION_URI, integrationMethod: "POST", requestTemplates },
];
const parts: WebSocketApiParts = {
  routes: { $connect: { integration }, $disconnect: { integration }, join: { integration }, $default: {} },
};
const sampled = (ratio: number) => ({ ports: { traceSampling: { ratio, ignoresCaller: false } } });

/** Whoever connects is in a trace. Then come a message to an integration, one to none, and the end. */
async function callsOf(ratio: number) {
  const runner = new WebSocketRunner(parts, sampled(ratio));
  const headers = ratio > 0 ? { "X-Amzn-Trace-Id": `Root=${ROOT};Parent=${PARENT};Sampled=1` } : {};
  const { connected, send, close } = await runner.connect({ headers });
  const outcomes = [
    connected,
    await send('{"action":"join"}'),
    await send("hello"),
    await close({ code: 1000, reason: "" }),
  ];
  return outcomes.flatMap((outcome) => {
    outcome?.call.endTrace();
    return outcome ?? [];
  });
}

/** A message to each of the other integrations. */
async function callsOfOthers() {
  const routes = Object.fromEntries(
    integrations.map((one) => [one.integrationType, { integration: one }] as const),
  );
  const { send } = await new WebSocketRunner({ routes }, sampled(1)).connect();
  const outcomes = [];
  for (const { integrationType } of integrations)
    outcomes.push(await send(JSON.stringify({ action: integrationType })));
  for (const { call } of outcomes) call.endTrace();
  return outcomes.map(({ sent }) => sent[0]?.headers);
}

let others: Awaited<ReturnType<typeof callsOfOthers>>;
let traced: Awaited<ReturnType<typeof callsOf>>;
let untraced: Awaited<ReturnType<typeof callsOf>>;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  await using _tracing = await startTracing({
    url,
    protocol: "http/json",
    batching: {
      maxQueueSize: 1_000,
      maxExportBatchSize: 512,
      scheduledDelayMillis: 500,
      exportTimeoutMillis: 30_000,
    },
    serviceName: "spec",
    nodeId: "n",
  });
  traced = await callsOf(1);
  untraced = await callsOf(0);
  others = await callsOfOthers();
});
afterAll(() => {
  server.close();
});

const attributesOf = ({ attributes }: Span): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
const isOfOthers = (span: Span) =>
  integrations.some(({ integrationType }) => integrationType === attributesOf(span)["http.route"]);
const ofCalls = () => spans.filter((span) => span.name === "tested/test" && !isOfOthers(span));

it("a handshake, each message and the end of a connection have a span", () => {
  expect(
    ofCalls().map((span) => [attributesOf(span)["http.request.method"], attributesOf(span)["http.route"]]),
  ).toEqual([
    ["GET", "$connect"],
    ["MESSAGE", "join"],
    ["MESSAGE", "$default"],
    ["DISCONNECT", "$disconnect"],
  ]);
  for (const [i, { call }] of traced.entries())
    expect(Object.values(attributesOf(ofCalls()[i] as Span))).toContain(call.requestId);
});

it("the handshake goes on with the trace of its client, and what follows on the connection has traces of its own", () => {
  const [handshake, ...others] = ofCalls();
  expect(handshake).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
  expect(new Set(others.map(({ traceId }) => traceId)).size).toBe(3);
  for (const { traceId, parentSpanId = "" } of others)
    expect([traceId === TRACE, parentSpanId]).toEqual([false, ""]);
});

it("an integration has a span below its call's, and its upstream gets the ids of that", () => {
  const integrated = traced.filter(({ sent }) => sent.length > 0);
  const ofIntegrations = spans.filter(({ name }) => name === "HTTP_PROXY");
  expect(ofIntegrations).toHaveLength(3);
  for (const [i, { sent }] of integrated.entries()) {
    const { traceId, spanId, parentSpanId } = ofIntegrations[i] as Span;
    expect(ofCalls().find((span) => span.spanId === parentSpanId)?.traceId).toBe(traceId);
    const root = `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
    expect(sent[0]?.headers).toMatchObject({
      "x-amzn-trace-id": `Root=${root};Parent=${spanId};Sampled=1`,
      traceparent: `00-${traceId}-${spanId}-01`,
    });
  }
});

it("what is not sampled has no span, but a trace id for its upstream", () => {
  expect(ofCalls()).toHaveLength(4);
  const integrated = untraced.filter(({ sent }) => sent.length > 0);
  expect(integrated).toHaveLength(3);
  for (const { sent } of integrated) {
    expect(sent[0]?.headers["x-amzn-trace-id"]).toMatch(
      /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
    );
    expect(sent[0]?.headers.traceparent).toBeUndefined();
  }
});

it.each(integrations.map(({ integrationType }, i) => [integrationType, i] as const))(
  "the upstream of an integration of type %s gets the ids of its span",
  (integrationType, i) => {
    const { traceId, spanId } = spans.find(({ name }) => name === integrationType) as Span;
    const root = `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
    expect(others[i]?.["x-amzn-trace-id"]).toBe(`Root=${root};Parent=${spanId};Sampled=1`);
  },
);
