import {
  CloudWatchClient,
  GetMetricDataCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { describe, expect, it, vi } from "vitest";
import { readBody } from "../../kit/upstream.ts";
import { useBoto, useGateway, useUpstream } from "../../kit/use.ts";
import { callMetricsAreRead, dimensions, range, WAIT } from "./call-metrics.contract.ts";

const MINUTE_MS = 60_000;

const upstream = useUpstream((_request, response) => response.writeHead(404).end("missing"));
const gateway = useGateway();
const apigateway = useBoto(gateway);
const cloudwatch = () => apigateway.as("cloudwatch");

callMetricsAreRead({ gateway, cloudwatch, upstream });

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
