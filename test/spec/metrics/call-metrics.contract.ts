import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Boto } from "../../kit/boto.ts";
import { tollgate } from "../../kit/cli.ts";
import type { Gateway } from "../../kit/gateway.ts";
import { deployHttpApi, toUrl } from "../../kit/http-api.ts";
import { mock } from "../../kit/rest-api.ts";
import { type Upstream } from "../../kit/upstream.ts";

const MINUTE_MS = 60_000;
/** A call is visible seconds later: within half of the minute that AWS's metrics have as their shortest period. */
export const WAIT = { timeout: 90_000, interval: 100 };
export const range = () => ({
  StartTime: new Date(Date.now() - 10 * MINUTE_MS).toISOString(),
  EndTime: new Date(Date.now() + MINUTE_MS).toISOString(),
});
export const dimensions = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
const sum = (points: readonly Readonly<Record<string, number>>[], name = "Sum") =>
  points.reduce((all, point) => all + (point[name] ?? 0), 0);

/** MeasuredGateway is a gateway whose calls are measured, and AWS's client of its metrics. */
export interface MeasuredGateway {
  readonly gateway: Gateway;
  readonly cloudwatch: () => ReturnType<Boto["as"]>;
  /** Responds to each call with 404 and "missing". */
  readonly upstream: Upstream;
}

/** callMetricsAreRead says what is read of the metrics of calls, wherever they are kept. */
export function callMetricsAreRead({ gateway, cloudwatch, upstream }: MeasuredGateway): void {
  /** The statistics of a metric of the last minutes, once they have a value. */
  async function statistics(MetricName: string, of: Readonly<Record<string, string>>, more: object = {}) {
    return await vi.waitFor(async () => {
      const { Datapoints } = await cloudwatch().call("get_metric_statistics", {
        Namespace: "AWS/ApiGateway",
        MetricName,
        Dimensions: dimensions(of),
        Period: 3600,
        Statistics: ["Sum", "SampleCount", "Average"],
        ...range(),
        ...more,
      });
      expect(Datapoints.length).toBeGreaterThan(0);
      return Datapoints as Readonly<Record<string, number>>[];
    }, WAIT);
  }

  describe("metrics of calls", () => {
    let api = "";
    let http: Awaited<ReturnType<typeof deployHttpApi>>;
    const ApiName = "metrics of pets";
    beforeAll(async () => {
      api = await gateway.deploy(
        { "GET /fine": mock("fine"), "GET /other": mock("other") },
        { api: { name: ApiName }, stage: { methodSettings: { "fine/GET": { metricsEnabled: true } } } },
      );
      http = await deployHttpApi(gateway, { routes: { $default: { integration: toUrl(upstream.origin) } } });
      for (const path of ["/fine", "/fine", "/other", "/missing"]) await gateway.invoke(api, path);
      await http.call("/missing");
    });

    it("of a REST API are counted by API, stage and method, seconds later", async () => {
      await vi.waitFor(
        async () => expect(sum(await statistics("Count", { ApiName, Stage: "prod" }))).toBe(4),
        WAIT,
      );
      const errors = await statistics("4XXError", { ApiName, Stage: "prod" });
      expect([sum(errors), sum(errors, "SampleCount")]).toEqual([1, 4]);
      expect(sum(await statistics("Count", { ApiName }))).toBe(4);
      const top = await tollgate(["top", "--once", "-o", "json"], gateway.cliEnv);
      const { stages, nodes } = JSON.parse(top.stdout);
      expect(stages).toContainEqual(
        expect.objectContaining({ api: ApiName, stage: "prod", protocol: "REST" }),
      );
      expect(nodes).toHaveLength(1);
      expect(await tollgate(["top"], gateway.cliEnv)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining("top needs a terminal; --once prints what it shows"),
      });
      const method = { ApiName, Stage: "prod", Resource: "/fine", Method: "GET" };
      expect(sum(await statistics("Count", method))).toBe(2);
      const [latency] = await statistics(
        "Latency",
        { ApiName, Stage: "prod" },
        { Statistics: ["Maximum"], ExtendedStatistics: ["p50", "p99.9"] },
      );
      expect(latency).toMatchObject({
        Unit: "Milliseconds",
        ExtendedStatistics: { p50: expect.any(Number), "p99.9": expect.any(Number) },
      });
    });

    it("of an HTTP API have the names of HTTP APIs", async () => {
      const of = { ApiId: http.apiId, Stage: "$default" };
      expect(sum(await statistics("4xx", of))).toBe(1);
      expect(sum(await statistics("IntegrationLatency", of))).toBeGreaterThan(0);
      expect(sum(await statistics("DataProcessed", of))).toBe("missing".length);
    });

    it("are listed and searched", async () => {
      await statistics("Count", { ApiName, Stage: "prod" });
      const { Metrics } = await cloudwatch().call("list_metrics", {
        Namespace: "AWS/ApiGateway",
        Dimensions: [{ Name: "ApiName", Value: ApiName }, { Name: "Resource" }],
      });
      expect(Metrics.map(({ MetricName }: { MetricName: string }) => MetricName).sort()).toEqual([
        "4XXError",
        "5XXError",
        "Count",
        "Latency",
      ]);
      const { MetricDataResults } = await cloudwatch().call("get_metric_data", {
        MetricDataQueries: [
          {
            Id: "rate",
            Expression: `SUM(SEARCH('{AWS/ApiGateway,ApiName,Stage} MetricName="4XXError" ApiName="${ApiName}"', 'Sum', 3600)) / SUM(SEARCH('{AWS/ApiGateway,ApiName,Stage} MetricName="Count" ApiName="${ApiName}"', 'Sum', 3600)) * 100`,
          },
        ],
        ...range(),
      });
      expect(MetricDataResults).toMatchObject([{ Id: "rate", StatusCode: "Complete" }]);
      expect(MetricDataResults[0].Values.length).toBeGreaterThan(0);
    });
  });
}
