import {
  CloudWatchClient,
  GetMetricDataCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { tollgate } from "../../kit/cli.ts";
import { deployHttpApi, toUrl } from "../../kit/http-api.ts";
import { mock } from "../../kit/rest-api.ts";
import { readBody } from "../../kit/upstream.ts";
import { useBoto, useGateway, useUpstream } from "../../kit/use.ts";

const upstream = useUpstream((_request, response) => response.writeHead(404).end("missing"));
const gateway = useGateway();
const apigateway = useBoto(gateway);
const cloudwatch = () => apigateway.as("cloudwatch");

const MINUTE_MS = 60_000;
/** A call is visible seconds later: within half of the minute that AWS's metrics have as their shortest period. */
const WAIT = { timeout: 90_000, interval: 100 };
const range = () => ({
  StartTime: new Date(Date.now() - 10 * MINUTE_MS).toISOString(),
  EndTime: new Date(Date.now() + MINUTE_MS).toISOString(),
});
const dimensions = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([Name, Value]) => ({ Name, Value }));

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
const sum = (points: readonly Readonly<Record<string, number>>[], name = "Sum") =>
  points.reduce((all, point) => all + (point[name] ?? 0), 0);

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
    expect(stages).toContainEqual(expect.objectContaining({ api: ApiName, stage: "prod", protocol: "REST" }));
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

describe("metrics of clients, by AWS's client for JavaScript", () => {
  const client = () =>
    new CloudWatchClient({
      endpoint: gateway.controlUrl,
      region: "us-east-1",
      credentials: gateway.rootKey ?? { accessKeyId: "any", secretAccessKey: "any" },
    });
  const Metric = { Namespace: "Shop", MetricName: "Orders", Dimensions: dimensions({ Shop: "pets" }) };
  const get = async (queries: readonly object[]) => {
    const { StartTime, EndTime } = range();
    const { MetricDataResults = [] } = await client().send(
      new GetMetricDataCommand({
        MetricDataQueries: queries as [],
        StartTime: new Date(StartTime),
        EndTime: new Date(EndTime),
      }),
    );
    return MetricDataResults.map(({ Id, Values }) => [Id, Values]);
  };

  it("are put and read, also as expressions of each other", async () => {
    const Timestamp = new Date(Date.now() - 5 * MINUTE_MS);
    const { Dimensions, MetricName } = Metric;
    await client().send(
      new PutMetricDataCommand({
        Namespace: Metric.Namespace,
        MetricData: [
          { MetricName, Dimensions, Timestamp, Values: [1, 2, 4], Counts: [10, 5, 1] },
          ...Array.from({ length: 200 }, () => ({
            MetricName,
            Dimensions,
            Timestamp,
            Value: 8,
            Unit: "Count" as const,
          })),
        ],
      }),
    );
    const stat = (Id: string, Stat: string, Unit?: string) => ({
      Id,
      MetricStat: { Metric, Period: 60, Stat, ...(Unit ? { Unit } : {}) },
    });
    expect(
      await get([
        stat("sum", "Sum", "None"),
        stat("count", "SampleCount", "Count"),
        { Id: "both", Expression: "sum + count" },
        stat("none", "Sum", "Bytes"),
      ]),
    ).toEqual([
      ["sum", [24]],
      ["count", [200]],
      ["both", [224]],
      ["none", []],
    ]);
    const { Metrics } = await client().send(new ListMetricsCommand({ Namespace: "Shop" }));
    expect(Metrics).toEqual([Metric]);
  });

  it("an expression that means nothing is refused, with what is wrong with it", async () => {
    await expect(get([{ Id: "e1", Expression: "missing / 2" }])).rejects.toMatchObject({
      message: "Error in expression 'e1': there is no metric with the id 'missing'",
    });
    expect(
      await cloudwatch().refused("get_metric_statistics", {
        Namespace: "Shop",
        MetricName: "Orders",
        Period: 60,
        ...range(),
      }),
    ).toMatchObject({
      code: "InvalidParameterCombination",
      message: "Must specify either Statistics or ExtendedStatistics",
    });
  });
});

describe("alarms", () => {
  const published: URLSearchParams[] = [];
  const topics = useUpstream(async (request, response) => {
    published.push(new URLSearchParams((await readBody(request)).toString()));
    response.writeHead(200).end();
  });
  const TOPIC = "arn:aws:sns:us-east-1:000000000000:alerts";
  const stateOf = async (name: string) => {
    const { MetricAlarms, CompositeAlarms } = await cloudwatch().call("describe_alarms", {
      AlarmNames: [name],
    });
    return [...MetricAlarms, ...CompositeAlarms][0]?.StateValue as string | undefined;
  };

  it("are evaluated, recorded once, and published to a topic", async () => {
    await gateway.apply([{ kind: "ServiceEndpoint", id: "sns.*", spec: { url: topics.origin } }]);
    await cloudwatch().call("put_metric_alarm", {
      AlarmName: "shop/no orders",
      Namespace: "Shop",
      MetricName: "Orders",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
      AlarmActions: [TOPIC],
    });
    await cloudwatch().call("put_composite_alarm", {
      AlarmName: "shop",
      AlarmRule: 'ALARM("shop/no orders")',
    });
    await vi.waitFor(async () => expect(await stateOf("shop")).toBe("ALARM"), WAIT);
    await vi.waitFor(() => expect(published).toHaveLength(1), WAIT);
    expect(published[0]?.get("TopicArn")).toBe(TOPIC);
    expect(JSON.parse(published[0]?.get("Message") ?? "")).toMatchObject({
      AlarmName: "shop/no orders",
      NewStateValue: "ALARM",
      NewStateReason:
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching].",
    });
    await vi.waitFor(async () => {
      const { AlarmHistoryItems } = await cloudwatch().call("describe_alarm_history", {
        AlarmName: "shop/no orders",
      });
      expect(AlarmHistoryItems.map((one: { HistorySummary: string }) => one.HistorySummary)).toEqual([
        `Successfully executed action ${TOPIC}`,
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        'Alarm "shop/no orders" created',
      ]);
    }, WAIT);
    // What another alarm reads cannot be deleted before it.
    await expect(cloudwatch().call("delete_alarms", { AlarmNames: ["shop/no orders"] })).rejects.toThrow(
      "ResourceConflict",
    );
    await cloudwatch().call("delete_alarms", { AlarmNames: ["shop/no orders", "shop"] });
    expect(await stateOf("shop")).toBeUndefined();
  });
});
