import { gzipSync } from "node:zlib";
import { cbor, tag } from "@smithy/core/cbor";
import { beforeEach, describe, expect, it } from "vitest";
import type { MetricsPort } from "../../metrics-port.ts";
import { cborEndpoint } from "../../protocol/cbor/endpoint.ts";
import type { Endpoint, WireRequest, WireResponse } from "../../protocol/endpoint.ts";
import { CALLER, RecordingHost, wireRequest } from "../../protocol/host.fixture.ts";
import { jsonEndpoint } from "../../protocol/json/endpoint.ts";
import { shapedQueryEndpoint } from "../../protocol/query/shaped-endpoint.ts";
import { monitoring } from "./service.ts";

const T = 1_795_000_020;
const SHAPE = "GraniteServiceVersion20100801";

/** Names of a structure as the query protocol flattens it. */
function flat(value: unknown, name = ""): [string, string][] {
  if (value instanceof Date) return [[name, value.toISOString()]];
  if (Array.isArray(value)) return value.flatMap((item, i) => flat(item, `${name}.member.${i + 1}`));
  if (typeof value !== "object" || value === null) return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, item]) => flat(item, name === "" ? key : `${name}.${key}`));
}

/** Replaces dates by what a protocol has for them. */
function dated(value: unknown, of: (date: Date) => unknown): unknown {
  if (value instanceof Date) return of(value);
  if (Array.isArray(value)) return value.map((item) => dated(item, of));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, dated(item, of)]));
}

interface Wire {
  readonly endpoint: Endpoint;
  readonly request: (operation: string, input: object) => WireRequest;
  /** What a response says, as JSON. */
  readonly read: (response: WireResponse) => unknown;
}

const json: Wire = {
  endpoint: jsonEndpoint({ ...monitoring, jsonVersion: "1.0", targetPrefix: monitoring.shapeName }),
  request: (operation, input) =>
    wireRequest({
      headers: ["X-Amz-Target", `${SHAPE}.${operation}`, "x-amzn-query-mode", "true"],
      body: JSON.stringify(dated(input, (date) => date.getTime() / 1000)),
    }),
  read: ({ body }) => (body.length === 0 ? {} : JSON.parse(body.toString())),
};
const rpc: Wire = {
  endpoint: cborEndpoint(monitoring),
  request: (operation, input) => ({
    ...wireRequest({
      path: `/service/${SHAPE}/operation/${operation}`,
      headers: ["Smithy-Protocol", "rpc-v2-cbor", "x-amzn-query-mode", "true"],
    }),
    body: Buffer.from(cbor.serialize(dated(input, (date) => tag({ tag: 1, value: date.getTime() / 1000 })))),
  }),
  read: ({ body }) =>
    JSON.parse(
      JSON.stringify(cbor.deserialize(body), (_name, value: unknown) =>
        typeof value === "object" && value !== null && "tag" in value
          ? (value as { value?: unknown }).value
          : value,
      ),
    ),
};
const query: Wire = {
  endpoint: shapedQueryEndpoint(monitoring),
  request: (operation, input) =>
    wireRequest({
      body: new URLSearchParams([
        ["Action", operation],
        ["Version", "2010-08-01"],
        ...flat(input),
      ]).toString(),
    }),
  read: ({ body }) => body.toString(),
};
const WIRES = [
  ["JSON 1.0", json],
  ["RPC v2 CBOR", rpc],
  ["the query protocol", query],
] as const;

class Host extends RecordingHost {
  readonly asked: unknown[] = [];
  override readonly application = {
    metrics: {
      data: async (...args) => {
        this.asked.push(args);
        return [
          { id: "m1", label: "Count", unixS: [T, T + 60, T + 120], values: [41, 1.5, 7], messages: [] },
          { id: "e1", label: "e1", unixS: [], values: [], messages: [] },
        ];
      },
      statistics: async (...args) => {
        this.asked.push(args);
        return [{ unixS: T, unit: "Count", values: { Sum: 41, p99: 2.5 } }];
      },
      sets: async () => [
        {
          namespace: "AWS/ApiGateway",
          dimensions: [
            { name: "ApiName", value: "pets" },
            { name: "Stage", value: "prod" },
          ],
          metricNames: ["Count", "4XXError"],
        },
      ],
      put: async (...args) => void this.asked.push(args),
    } satisfies MetricsPort,
  } as never;
}

let host: Host;
beforeEach(() => {
  host = new Host();
});

const STAGE = [
  { Name: "ApiName", Value: "pets" },
  { Name: "Stage", Value: "prod" },
];
const RANGE = { StartTime: new Date(T * 1000), EndTime: new Date((T + 600) * 1000) };
const METRIC = { Namespace: "AWS/ApiGateway", MetricName: "Count", Dimensions: STAGE };
const STAT = { Id: "m1", MetricStat: { Metric: METRIC, Period: 60, Stat: "Sum" } };
const EXPRESSION = { Id: "e1", Expression: "m1 * 100", Label: "percent", ReturnData: true };

describe.each(WIRES)("CloudWatch in %s", (_name, { endpoint, request, read }) => {
  const call = async (operation: string, input: object) => {
    const asked = request(operation, input);
    expect([endpoint.accepts(asked), endpoint.claims(asked)]).toEqual([true, true]);
    const { response, error, bug } = await endpoint.serve(asked, host);
    expect(bug).toBeUndefined();
    return { response, error, body: read(response) };
  };

  it("reads queries, and returns points", async () => {
    const { body } = await call("GetMetricData", {
      MetricDataQueries: [STAT, EXPRESSION],
      ...RANGE,
      ScanBy: "TimestampAscending",
    });
    expect(host.asked).toEqual([
      [
        CALLER.accountId,
        [
          {
            id: "m1",
            label: undefined,
            isHidden: false,
            periodS: 0,
            of: {
              case: "metricStat",
              value: {
                namespace: "AWS/ApiGateway",
                metricName: "Count",
                dimensions: [
                  { name: "ApiName", value: "pets" },
                  { name: "Stage", value: "prod" },
                ],
                periodS: 60,
                stat: "Sum",
                unit: "",
              },
            },
          },
          {
            id: "e1",
            label: "percent",
            isHidden: false,
            periodS: 0,
            of: { case: "expression", value: "m1 * 100" },
          },
        ],
        { startUnixS: T, endUnixS: T + 600 },
      ],
    ]);
    expect(host.calls[0]?.intent?.()).toEqual({ action: "cloudwatch:GetMetricData", resource: "*" });
    expect(body).toMatchSnapshot();
  });

  it("has several statistics of a metric", async () => {
    const { body } = await call("GetMetricStatistics", {
      ...METRIC,
      ...RANGE,
      Period: 60,
      Statistics: ["Sum"],
      ExtendedStatistics: ["p99"],
    });
    expect(host.asked[0]).toMatchObject([CALLER.accountId, { statistics: ["Sum", "p99"], periodS: 60 }]);
    expect(body).toMatchSnapshot();
  });

  it("lists metrics", async () => {
    const { body } = await call("ListMetrics", {
      Namespace: "AWS/ApiGateway",
      MetricName: "Count",
      Dimensions: [{ Name: "ApiName" }],
    });
    expect(body).toMatchSnapshot();
  });

  it("takes values", async () => {
    const data = [
      { MetricName: "Orders", Value: 2.5, Unit: "Count", Dimensions: STAGE },
      { MetricName: "Orders", Values: [1, 2], Counts: [3, 4] },
      {
        MetricName: "Orders",
        StatisticValues: { SampleCount: 2, Sum: 5, Minimum: 1, Maximum: 4 },
        Timestamp: new Date(),
      },
    ];
    const { response } = await call("PutMetricData", { Namespace: "Shop", MetricData: data });
    expect(response.status).toBe(200);
    expect(host.asked).toMatchObject([
      [
        CALLER.accountId,
        "Shop",
        [
          { unit: "Count", values: [2.5], counts: [1], dimensions: [{ name: "ApiName" }, { name: "Stage" }] },
          { unit: "None", values: [1, 2], counts: [3, 4], dimensions: [] },
          { statistics: { sampleCount: 2, sum: 5, minimum: 1, maximum: 4 } },
        ],
      ],
    ]);
    expect(host.begun).toEqual([{ Namespace: "Shop" }]);
  });

  it("says what is wrong by the names that its clients know", async () => {
    const { response, body } = await call("GetMetricStatistics", { ...METRIC, ...RANGE, Period: 60 });
    expect(response.status).toBe(400);
    expect([body, response.headers["x-amzn-query-error"]]).toMatchSnapshot();
  });
});

describe("what CloudWatch refuses", () => {
  const datum = (more: object) => ({ Namespace: "Shop", MetricData: [{ MetricName: "Orders", ...more }] });
  const statistics = (more: object) => ({ ...METRIC, ...RANGE, Period: 60, Statistics: ["Sum"], ...more });
  const queries = (more: object) => ({ MetricDataQueries: [{ Id: "m1", ...more }], ...RANGE });

  it.each<[string, object, string, string]>([
    [
      "GetMetricStatistics",
      statistics({ EndTime: new Date((T + 60 * 1441) * 1000) }),
      "InvalidParameterCombinationException",
      "You have requested up to 1441 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
    ],
    [
      "GetMetricStatistics",
      statistics({ EndTime: new Date(0) }),
      "InvalidParameterValueException",
      "The parameter StartTime must be less than the parameter EndTime.",
    ],
    [
      "GetMetricStatistics",
      statistics({ Statistics: ["p99"] }),
      "ValidationException",
      "1 validation error detected: Value 'p99' at 'statistics' failed to satisfy constraint: Member must satisfy enum value set: [Maximum, SampleCount, Sum, Minimum, Average]",
    ],
    [
      "GetMetricStatistics",
      statistics({ Period: 90 }),
      "InvalidParameterValueException",
      "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.",
    ],
    [
      "GetMetricData",
      queries({}),
      "ValidationException",
      "The parameter MetricDataQueries.member.1.MetricStat is required.\n",
    ],
    [
      "GetMetricData",
      { ...queries({ Expression: "1" }), EndTime: RANGE.StartTime },
      "ValidationException",
      "The parameter StartTime must not equal parameter EndTime.",
    ],
    [
      "GetMetricData",
      { ...queries({ Expression: "1" }), NextToken: "nonsense" },
      "InvalidNextToken",
      "The value of NextToken is invalid.",
    ],
    [
      "GetMetricData",
      { ...queries({ Expression: "1" }), MaxDatapoints: 0 },
      "ValidationException",
      "1 validation error detected: Value '0' at 'maxDatapoints' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      "PutMetricData",
      datum({ Value: 1, Values: [1] }),
      "InvalidParameterCombinationException",
      "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.",
    ],
    [
      "PutMetricData",
      datum({ Values: [1, 2], Counts: [1] }),
      "InvalidParameterValueException",
      "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.",
    ],
    [
      "PutMetricData",
      datum({ Value: 1e300 }),
      "InvalidParameterValueException",
      "The value 1e+300 for parameter MetricData.member.1.Value is invalid.",
    ],
    [
      "PutMetricData",
      { ...datum({ Value: 1 }), Namespace: "AWS/ApiGateway" },
      "InvalidParameterValueException",
      "The value AWS/ for parameter Namespace is invalid.",
    ],
    [
      "PutMetricData",
      datum({ Value: 1, Timestamp: new Date(0) }),
      "InvalidParameterValueException",
      "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks and no more than two hours in the future.",
    ],
    [
      "DescribeAnomalyDetectors",
      {},
      "UnknownOperationException",
      `the operation ${SHAPE}.DescribeAnomalyDetectors does not exist or is not supported yet`,
    ],
  ])("%s %j", async (operation, input, code, message) => {
    const { error } = await json.endpoint.serve(json.request(operation, input), host);
    expect(error).toEqual({ code, message });
  });

  it.each<[string, Wire, string]>([
    ["JSON", json, "{"],
    ["CBOR", rpc, "\xff"],
    ["CBOR that ends early", rpc, "\u00bf"],
  ])("a body that is not %s", async (_what, { endpoint, request }, body) => {
    const asked = { ...request("ListMetrics", {}), body: Buffer.from(body, "latin1") };
    expect((await endpoint.serve(asked, host)).error?.code).toBe("SerializationException");
  });
});

describe("pages of points", () => {
  const page = async (more: object) => {
    const input = { MetricDataQueries: [STAT, EXPRESSION], ...RANGE, MaxDatapoints: 2, ...more };
    const { response } = await json.endpoint.serve(json.request("GetMetricData", input), host);
    return json.read(response) as {
      MetricDataResults: { Values: number[]; StatusCode: string }[];
      NextToken?: string;
    };
  };

  it("continue where the one before ended, newest first", async () => {
    const { MetricDataResults: first, NextToken = "" } = await page({});
    expect(first[0]).toMatchObject({ Values: [7, 1.5], StatusCode: "PartialData" });
    const { MetricDataResults: second, NextToken: last } = await page({ NextToken });
    expect(second[0]).toMatchObject({ Values: [41], StatusCode: "Complete" });
    expect(last).toBeUndefined();
  });
});

it.each<[string, Wire]>([
  ["JSON", json],
  ["CBOR", rpc],
])("a time that is no time in %s", async (_name, { endpoint, request }) => {
  const asked = request("GetMetricData", { MetricDataQueries: [STAT], ...RANGE, EndTime: 1e300 });
  const { error, bug } = await endpoint.serve(asked, host);
  expect([error?.code, bug]).toEqual(["SerializationException", undefined]);
});

it("bodies may be compressed", async () => {
  for (const { endpoint, request } of [json, rpc, query]) {
    const plain = request("PutMetricData", {
      Namespace: "Shop",
      MetricData: [{ MetricName: "A", Value: 1 }],
    });
    const headers = [...plain.headers, "Content-Encoding", "gzip"];
    const { response } = await endpoint.serve({ ...plain, headers, body: gzipSync(plain.body) }, host);
    expect(response.status).toBe(200);
    const bomb = gzipSync(Buffer.alloc(11 * 1024 * 1024));
    expect((await endpoint.serve({ ...plain, headers, body: bomb }, host)).response.status).toBe(400);
  }
});
