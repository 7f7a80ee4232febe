import { beforeAll, describe, expect, it } from "vitest";
import { startPrometheus } from "../../kit/prometheus.ts";
import { mock } from "../../kit/rest-api.ts";
import { use, useBoto, useGateway, useUpstream } from "../../kit/use.ts";
import { callMetricsAreRead, dimensions, range, WAIT } from "./call-metrics.contract.ts";

const prometheus = use(startPrometheus);
const upstream = useUpstream((_request, response) => response.writeHead(404).end("missing"));
const gateway = useGateway({
  embeddedOnly: "a second Prometheus would show the same of two nodes as of one",
  env: () => ({ TOLLGATE_METRICS_URL: prometheus.url }),
});
const apigateway = useBoto(gateway);
const cloudwatch = () => apigateway.as("cloudwatch");

describe("with TOLLGATE_METRICS_URL, a Prometheus that scrapes the nodes has the metrics:", () => {
  beforeAll(() => prometheus.scrape([...gateway.adminPorts, gateway.controlPort]));

  callMetricsAreRead({ gateway, cloudwatch, upstream });

  it("it has every series that the processes expose", async () => {
    const texts = await Promise.all(
      [...gateway.adminPorts, gateway.controlPort].map(async (port) =>
        (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
      ),
    );
    const exposed = new Set([...texts.join("\n").matchAll(/^([A-Za-z_]\w*)[ {]/gm)].map(([, name]) => name));
    expect(exposed.size).toBeGreaterThan(30);
    await expect.poll(() => prometheus.names()).toEqual(expect.arrayContaining([...exposed]));
  });

  it("what clients put is kept by metering, and is found beside the metrics of calls", async () => {
    const MetricName = "Orders";
    await cloudwatch().call("put_metric_data", { Namespace: "Shop", MetricData: [{ MetricName, Value: 7 }] });
    const { Metrics } = await cloudwatch().call("list_metrics", {});
    const names = Metrics.map(({ Namespace }: { Namespace: string }) => Namespace);
    expect(new Set(names)).toEqual(new Set(["AWS/ApiGateway", "Shop"]));
  });

  it("calls are served while it is away, and requests for metrics fail with the reason", async () => {
    const api = await gateway.deploy({ "GET /x": mock("x") }, { api: { name: "away" } });
    const count = {
      Namespace: "AWS/ApiGateway",
      MetricName: "Count",
      Dimensions: dimensions({ ApiName: "away", Stage: "prod" }),
      Period: 3600,
      Statistics: ["Sum"],
      ...range(),
    };
    await prometheus.kill();
    expect((await gateway.invoke(api, "/x")).status).toBe(200);
    expect(await cloudwatch().refused("get_metric_statistics", count)).toMatchObject({
      code: "InternalServiceError",
      message: expect.stringContaining(
        `the metrics backend at ${prometheus.url} cannot be reached: ECONNREFUSED`,
      ),
    });
    await prometheus.restart();
    await expect
      .poll(async () => (await cloudwatch().call("get_metric_statistics", count)).Datapoints, WAIT)
      .toMatchObject([{ Sum: 1 }]);
  });
});
