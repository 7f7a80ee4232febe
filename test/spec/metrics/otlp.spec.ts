import { expect, it } from "vitest";
import { startCollector } from "../../kit/collector.ts";
import { mock } from "../../kit/rest-api.ts";
import { readBody } from "../../kit/upstream.ts";
import { use, useGateway, useUpstream } from "../../kit/use.ts";

interface Point {
  readonly attributes?: readonly {
    readonly key: string;
    readonly value: { readonly stringValue?: string };
  }[];
  readonly asDouble?: number;
  readonly asInt?: string;
  readonly count?: string;
  readonly sum?: number;
}

interface Metric {
  readonly name: string;
  readonly sum?: { readonly isMonotonic?: boolean; readonly dataPoints: readonly Point[] };
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly Point[] };
}

interface Exported {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[];
  }[];
}

/** What the collector passed on last, by name. */
const last = new Map<string, Metric>();
const receiver = useUpstream(async (request, response) => {
  const { resourceMetrics } = JSON.parse((await readBody(request)).toString()) as Exported;
  for (const { scopeMetrics } of resourceMetrics)
    for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) last.set(metric.name, metric);
  response.writeHead(200, { "content-type": "application/json" }).end("{}");
});
const collector = use(() => startCollector(`${receiver.origin}/v1/metrics`));
const gateway = useGateway({
  embeddedOnly: "processes export each for themselves: two nodes show no more than one",
  env: () => ({
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${collector.url}/v1/metrics`,
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/protobuf",
    OTEL_METRIC_EXPORT_INTERVAL: "500",
    OTEL_METRIC_EXPORT_TIMEOUT: "500",
  }),
});

/** The points of a metric that an API has. */
const pointsOf = (name: string, api: string): readonly Point[] => {
  const { sum, gauge, histogram } = last.get(name) ?? {};
  const points = (sum ?? gauge ?? histogram)?.dataPoints ?? [];
  return points.filter(({ attributes = [] }) =>
    attributes.some(({ key, value }) => key === "ApiName" && value.stringValue === api),
  );
};

it("a collector of OpenTelemetry receives the metrics of a gateway, and their figures are the calls that were made", async () => {
  const api = await gateway.deploy({ "GET /x": mock("x") }, { api: { name: "collected" } });
  for (const path of ["/x", "/x", "/missing"]) await gateway.invoke(api, path);
  const figures = () => {
    const [count] = pointsOf("Count", "collected");
    const [errors] = pointsOf("4XXError", "collected");
    const [latency] = pointsOf("Latency.milliseconds", "collected");
    return [count?.asDouble, errors?.asDouble, Number(latency?.count)];
  };
  await expect.poll(figures).toEqual([3, 1, 3]);
  expect(last.get("Count")?.sum?.isMonotonic).toBe(true);
  expect(pointsOf("Latency.milliseconds", "collected")[0]?.sum).toBeGreaterThan(0);
  expect([...last.keys()]).toEqual(expect.arrayContaining(["tollgate.workers", "tollgate.store.entities"]));
});
