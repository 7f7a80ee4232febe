import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, expect, it, vi } from "vitest";
import { type RecordedSpan, recordSpan, startTracing } from "./tracing.ts";

afterEach(() => vi.unstubAllEnvs());

interface Export {
  readonly headers: IncomingHttpHeaders;
  readonly spans: readonly object[];
  readonly attributes: Readonly<Record<string, string>>;
}

interface OtlpTraces {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] };
    scopeSpans: { spans: object[] }[];
  }[];
}

const ROOT = "1-67a0b1c2-000000000000000000000001";
const SPAN: RecordedSpan = {
  root: ROOT,
  id: "53995c3f42cd8ad8",
  parent: undefined,
  isRemoteParent: true,
  name: "a/s",
  startUnixMs: 1_790_000_000_001.25,
  endUnixMs: 1_790_000_000_003,
  status: 200,
  attributes: { accountId: "0" },
};

/** What a receiver gets of spans. */
async function exported(recorded: readonly RecordedSpan[] = [SPAN]): Promise<readonly Export[]> {
  const exports: Export[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      const { resourceSpans } = JSON.parse(text.toString()) as OtlpTraces;
      const attributes = resourceSpans.flatMap(({ resource }) =>
        resource.attributes.map(({ key, value }) => [key, value.stringValue] as const),
      );
      const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
      exports.push({ headers: request.headers, attributes: Object.fromEntries(attributes), spans });
      response.setHeader("content-type", "application/json").end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  {
    await using _tracing = await startTracing({
      url,
      protocol: "http/json",
      batching: {
        maxQueueSize: 8,
        maxExportBatchSize: 8,
        scheduledDelayMillis: 500,
        exportTimeoutMillis: 30_000,
      },
      serviceName: "tollgate",
      nodeId: "node-1",
    });
    for (const span of recorded) recordSpan(span);
  }
  server.close();
  return exports;
}

it("the standard variables of the resource and the exporter hold", async () => {
  vi.stubEnv("OTEL_SERVICE_NAME", "edge");
  vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod,team=a%20b");
  vi.stubEnv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc,x-tenant=7");
  vi.stubEnv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
  const [got] = await exported();
  expect(got?.headers).toMatchObject({
    authorization: "Bearer abc",
    "x-tenant": "7",
    "content-encoding": "gzip",
  });
  expect(got?.attributes).toMatchObject({
    "service.name": "edge",
    "service.instance.id": "node-1",
    "deployment.environment.name": "prod",
    team: "a b",
  });
});

it.each<[string, Record<string, string>, object]>([
  [
    "headers of traces win over those of all signals, which stay",
    { OTEL_EXPORTER_OTLP_HEADERS: "a=1,b=2", OTEL_EXPORTER_OTLP_TRACES_HEADERS: "b=3" },
    { headers: { a: "1", b: "3" } },
  ],
  [
    "so does their compression",
    { OTEL_EXPORTER_OTLP_COMPRESSION: "none", OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: "gzip" },
    { headers: { "content-encoding": "gzip" } },
  ],
  [
    "the name of the service may be an attribute",
    { OTEL_RESOURCE_ATTRIBUTES: "service.name=edge" },
    { attributes: { "service.name": "edge" } },
  ],
  [
    "its own variable wins",
    { OTEL_RESOURCE_ATTRIBUTES: "service.name=edge", OTEL_SERVICE_NAME: "gateway" },
    { attributes: { "service.name": "gateway" } },
  ],
])("%s", async (_what, env, expected) => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  expect((await exported())[0]).toMatchObject(expected);
});

it("without them, spans are those of tollgate on this node", async () => {
  const [got] = await exported();
  expect(got?.attributes).toMatchObject({ "service.name": "tollgate", "service.instance.id": "node-1" });
});

it("a span is exported as it was recorded, and none after the end", async () => {
  const child = { ...SPAN, id: "00000000000000c1", parent: SPAN.id, isRemoteParent: false, status: 503 };
  const [got] = await exported([SPAN, child]);
  recordSpan(SPAN);
  const traceId = "67a0b1c2000000000000000000000001";
  const times = { startTimeUnixNano: "1790000000001250000", endTimeUnixNano: "1790000000003000000" };
  const account = { key: "aws.api_gateway.account_id", value: { stringValue: "0" } };
  const status = (intValue: number) => ({ key: "http.response.status_code", value: { intValue } });
  const [server, client, unset, error] = [2, 3, 0, 2];
  expect(got?.spans).toMatchObject([
    { traceId, spanId: SPAN.id, name: "a/s", kind: server, ...times, attributes: [account, status(200)] },
    { traceId, spanId: child.id, parentSpanId: SPAN.id, kind: client, attributes: [account, status(503)] },
  ]);
  expect(got?.spans).toMatchObject([{ status: { code: unset } }, { status: { code: error } }]);
});

it("a span that seems to end before it began has no length", async () => {
  const [got] = await exported([{ ...SPAN, endUnixMs: SPAN.startUnixMs - 5 }]);
  const time = "1790000000001250000";
  expect(got?.spans).toMatchObject([{ startTimeUnixNano: time, endTimeUnixNano: time }]);
});
