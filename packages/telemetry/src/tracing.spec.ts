import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, expect, it, vi } from "vitest";
import { recordSpan, startTracing } from "./tracing.ts";

afterEach(() => vi.unstubAllEnvs());

interface Export {
  readonly headers: IncomingHttpHeaders;
  readonly attributes: Readonly<Record<string, string>>;
}

interface OtlpTraces {
  resourceSpans: { resource: { attributes: { key: string; value: { stringValue: string } }[] } }[];
}

/** What a receiver gets of one span. */
async function exported(): Promise<readonly Export[]> {
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
      exports.push({ headers: request.headers, attributes: Object.fromEntries(attributes) });
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
    const ids = { root: "1-67a0b1c2-000000000000000000000001", id: "53995c3f42cd8ad8", parent: undefined };
    const times = { startUnixMs: 1, endUnixMs: 2, status: 200, attributes: { accountId: "0" } };
    recordSpan({ name: "a/s", isRemoteParent: true, ...ids, ...times });
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
