import { beforeEach, describe, expect, it } from "vitest";
import { kinds } from "@tollgate/config";
import type { AlarmHistoryQuery, AlarmStateView } from "../../alarms-port.ts";
import type { Draft } from "../../port.ts";
import { cborEndpoint } from "../../protocol/cbor/endpoint.ts";
import { CALLER, RecordingHost, wireRequest } from "../../protocol/host.fixture.ts";
import { jsonEndpoint } from "../../protocol/json/endpoint.ts";
import { shapedQueryEndpoint } from "../../protocol/query/shaped-endpoint.ts";
import { monitoring } from "./service.ts";

const T = Date.parse("2026-11-29T10:15:00Z");
const json = jsonEndpoint({ ...monitoring, jsonVersion: "1.0", targetPrefix: monitoring.shapeName });
const ARN = `arn:aws:cloudwatch:eu-west-1:${CALLER.accountId}:alarm:`;
const TOPIC = "arn:aws:sns:us-east-1:000000000000:alerts";

/** An account in memory, with states of alarms. */
class AlarmHost extends RecordingHost {
  readonly entities = new Map<string, Draft & { spec: Record<string, unknown> }>();
  readonly states = new Map<string, AlarmStateView>();
  readonly asked: unknown[] = [];
  readonly #account = {
    accountId: CALLER.accountId,
    get: (kind: string, _api: string, id: string) => this.#stored(this.entities.get(`${kind} ${id}`)),
    list: (kind: string) =>
      [...this.entities.values()].filter((one) => one.kind === kind).map((one) => this.#stored(one)),
  };
  override readonly application = {
    account: () => this.#account,
    change: async (_account: string, decide: (account: unknown) => { puts?: Draft[]; deletes?: Draft[] }) => {
      const { puts = [], deletes = [] } = decide(this.#account);
      for (const { kind, id } of deletes) this.entities.delete(`${kind} ${id}`);
      for (const draft of puts) {
        const spec = kinds[draft.kind].spec.parse(draft.spec) as Record<string, unknown>;
        this.entities.set(`${draft.kind} ${draft.id}`, { ...draft, spec });
      }
    },
    alarms: {
      states: async () => this.states,
      setState: async (...args: unknown[]) => void this.asked.push(args),
      history: async (query: AlarmHistoryQuery) => {
        this.asked.push(query);
        const item = {
          alarmName: "errors",
          alarmType: "MetricAlarm",
          timeUnixMs: T,
          itemType: "StateUpdate",
          summary: "Alarm updated from OK to ALARM",
          data: "{}",
        };
        return { items: [item], hasMore: query.offset === 0 };
      },
    },
  } as never;

  #stored(entity: Draft | undefined) {
    return entity && { entity, createdUnixMs: T, updatedUnixMs: T };
  }
}

let host: AlarmHost;
beforeEach(() => {
  host = new AlarmHost();
});

async function call(operation: string, input: object) {
  const request = wireRequest({
    headers: ["X-Amz-Target", `${monitoring.shapeName}.${operation}`],
    body: JSON.stringify(input),
  });
  const { response, error, bug } = await json.serve(request, host);
  if (bug !== undefined) throw bug;
  const body =
    response.body.length === 0 ? {} : (JSON.parse(response.body.toString()) as Record<string, never>);
  return { status: response.status, error, body };
}
const ERRORS = {
  AlarmName: "errors",
  Namespace: "AWS/ApiGateway",
  MetricName: "5XXError",
  Statistic: "Sum",
  Period: 60,
  EvaluationPeriods: 2,
  Threshold: 4,
  ComparisonOperator: "GreaterThanThreshold",
  OKActions: [TOPIC],
  Tags: [{ Key: "team", Value: "pets" }],
};
const namesOf = (alarms: readonly { AlarmName: string }[]) => alarms.map(({ AlarmName }) => AlarmName);

describe("alarms", () => {
  it("are put and described with what was given, and their states", async () => {
    expect((await call("PutMetricAlarm", ERRORS)).body).toEqual({});
    const { body } = await call("DescribeAlarms", {});
    const at = T / 1_000;
    expect(body).toEqual({
      MetricAlarms: [
        {
          AlarmName: "errors",
          AlarmArn: `${ARN}errors`,
          ActionsEnabled: true,
          OKActions: [TOPIC],
          AlarmActions: [],
          InsufficientDataActions: [],
          Namespace: "AWS/ApiGateway",
          MetricName: "5XXError",
          Dimensions: [],
          Statistic: "Sum",
          Period: 60,
          EvaluationPeriods: 2,
          Threshold: 4,
          ComparisonOperator: "GreaterThanThreshold",
          AlarmConfigurationUpdatedTimestamp: at,
          StateValue: "INSUFFICIENT_DATA",
          StateReason: "Unchecked: Initial alarm creation",
          StateUpdatedTimestamp: at,
          StateTransitionedTimestamp: at,
        },
      ],
      CompositeAlarms: [],
      LogAlarms: [],
    });
    expect(host.calls.map((one) => one.intent?.())).toMatchObject([
      { action: "cloudwatch:PutMetricAlarm", resource: `${ARN}errors` },
      { action: "cloudwatch:DescribeAlarms", resource: `${ARN}*` },
    ]);
  });

  it("are found by name, prefix, state, action, type and relation, in pages", async () => {
    await call("PutMetricAlarm", ERRORS);
    await call("PutMetricAlarm", { ...ERRORS, AlarmName: "slow", OKActions: [] });
    await call("PutCompositeAlarm", { AlarmName: "top", AlarmRule: "ALARM(errors)" });
    host.states.set("slow", {
      state: "ALARM",
      reason: "r",
      reasonData: "{}",
      updatedUnixMs: T,
      transitionedUnixMs: T,
    });
    const find = async (input: object) => {
      const { MetricAlarms, CompositeAlarms } = (await call("DescribeAlarms", input)).body;
      return [...namesOf(MetricAlarms ?? []), ...namesOf(CompositeAlarms ?? [])];
    };
    expect(await find({})).toEqual(["errors", "slow"]);
    expect(await find({ AlarmNames: ["top", "slow", "none"] })).toEqual(["slow", "top"]);
    expect(await find({ AlarmNamePrefix: "s" })).toEqual(["slow"]);
    expect(await find({ StateValue: "ALARM" })).toEqual(["slow"]);
    expect(await find({ ActionPrefix: "arn:aws:sns:" })).toEqual(["errors"]);
    expect(await find({ AlarmTypes: ["CompositeAlarm"] })).toEqual(["top"]);
    expect(await find({ ChildrenOfAlarmName: "top" })).toEqual(["errors"]);
    expect(await find({ ParentsOfAlarmName: "errors" })).toEqual(["top"]);
    const { body } = await call("DescribeAlarms", { MaxRecords: 1 });
    expect(await find({ MaxRecords: 1, NextToken: body["NextToken"] })).toEqual(["slow"]);
    const metric = { Namespace: "AWS/ApiGateway", MetricName: "5XXError" };
    const ofMetric = async (more: object) =>
      namesOf((await call("DescribeAlarmsForMetric", { ...metric, ...more })).body["MetricAlarms"] ?? []);
    expect(await ofMetric({})).toEqual(["errors", "slow"]);
    expect(await ofMetric({ Statistic: "Average" })).toEqual([]);
    expect(await ofMetric({ Dimensions: [{ Name: "ApiName", Value: "pets" }] })).toEqual([]);
  });

  it("keep their tags when they are put again, and are switched and deleted by name", async () => {
    await call("PutMetricAlarm", ERRORS);
    await call("PutMetricAlarm", { ...ERRORS, Threshold: 5, Tags: [] });
    await call("TagResource", { ResourceARN: `${ARN}errors`, Tags: [{ Key: "env", Value: "prod" }] });
    await call("UntagResource", { ResourceARN: `${ARN}errors`, TagKeys: ["team"] });
    const tags = await call("ListTagsForResource", { ResourceARN: `${ARN}errors` });
    expect(tags.body).toEqual({ Tags: [{ Key: "env", Value: "prod" }] });
    await call("DisableAlarmActions", { AlarmNames: ["errors", "none"] });
    expect(host.entities.get("Alarm errors")?.spec).toMatchObject({ actionsEnabled: false, threshold: 5 });
    await call("EnableAlarmActions", { AlarmNames: ["errors"] });
    expect(host.entities.get("Alarm errors")?.spec["actionsEnabled"]).toBe(true);
    await call("DeleteAlarms", { AlarmNames: ["errors", "none"] });
    expect(host.entities.size).toBe(0);
    expect((await call("ListTagsForResource", { ResourceARN: `${ARN}errors` })).body).toEqual({ Tags: [] });
  });

  it("a policy must allow what is done to several of them for each", async () => {
    await call("DeleteAlarms", { AlarmNames: ["a", "b"] });
    const needed: string[] = [];
    for (let one = host.calls[0]?.intent?.(); one; one = one.and) needed.push(one.resource);
    expect([...new Set(needed)]).toEqual([`${ARN}a`, `${ARN}b`]);
  });

  it("have states that are set, and a history", async () => {
    const state = { AlarmName: "errors", StateValue: "ALARM", StateReason: "a drill", StateReasonData: "{}" };
    await call("SetAlarmState", state);
    const { body } = await call("DescribeAlarmHistory", { AlarmName: "errors", StartDate: T / 1_000 });
    expect(body).toMatchObject({
      AlarmHistoryItems: [
        {
          AlarmName: "errors",
          AlarmType: "MetricAlarm",
          Timestamp: T / 1_000,
          HistoryItemType: "StateUpdate",
          HistorySummary: "Alarm updated from OK to ALARM",
          HistoryData: "{}",
        },
      ],
    });
    const next = await call("DescribeAlarmHistory", {
      NextToken: body["NextToken"],
      ScanBy: "TimestampAscending",
    });
    expect(next.body["NextToken"]).toBeUndefined();
    expect(host.asked).toMatchObject([
      [CALLER.accountId, "errors", { state: "ALARM", reason: "a drill", reasonData: "{}" }],
      { alarmName: "errors", startUnixMs: T, offset: 0, limit: 100, isOldestFirst: false },
      { alarmName: "", offset: 100, isOldestFirst: true, alarmTypes: ["MetricAlarm"] },
    ]);
  });

  it.each([
    [
      "PutMetricAlarm",
      { ...ERRORS, TreatMissingData: "x" },
      "The value x is not supported for TreatMissingData parameter. Supported values are [breaching, notBreaching, ignore, missing].",
    ],
    ["PutMetricAlarm", { ...ERRORS, Period: 61 }, "Period must be 10, 30 or a multiple of 60"],
    [
      "PutMetricAlarm",
      { ...ERRORS, Statistic: "x" },
      "1 validation error detected: Value 'x' at 'statistic' failed to satisfy constraint: Member must satisfy enum value set: [Maximum, SampleCount, Sum, Minimum, Average]",
    ],
    [
      "PutMetricAlarm",
      { ...ERRORS, ExtendedStatistic: "q9" },
      "The value q9 for parameter ExtendedStatistic is not supported.",
    ],
    [
      "PutMetricAlarm",
      { ...ERRORS, EvaluateLowSampleCountPercentile: "x" },
      "Option x is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.",
    ],
    [
      "SetAlarmState",
      { AlarmName: "errors", StateValue: "INVALID", StateReason: "" },
      "1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]",
    ],
    [
      "SetAlarmState",
      { AlarmName: "errors", StateValue: "OK", StateReason: "", StateReasonData: "{" },
      "StateReasonData is not JSON.",
    ],
    [
      "DescribeAlarms",
      { MaxRecords: 101 },
      "1 validation error detected: Value '101' at 'maxRecords' failed to satisfy constraint: Member must have value less than or equal to 100",
    ],
    [
      "TagResource",
      { ResourceARN: "arn:aws:sns:a:b:c", Tags: [] },
      "The value arn:aws:sns:a:b:c for parameter ResourceARN is not the ARN of an alarm.",
    ],
    ["TagResource", { ResourceARN: `${ARN}none`, Tags: [] }, "Unknown"],
  ])("%s refuses %j", async (operation, input, message) => {
    expect((await call(operation, input)).error?.message).toBe(message);
  });
});

it("alarms are written and read in the query protocol and in CBOR", async () => {
  const query = shapedQueryEndpoint(monitoring);
  const form = (parameters: Record<string, string>) =>
    wireRequest({ body: new URLSearchParams({ Version: "2010-08-01", ...parameters }).toString() });
  const put = await query.serve(
    form({
      Action: "PutMetricAlarm",
      ...Object.fromEntries(
        Object.entries(ERRORS)
          .filter(([, value]) => !Array.isArray(value))
          .map(([name, value]) => [name, String(value)]),
      ),
      "Dimensions.member.1.Name": "ApiName",
      "Dimensions.member.1.Value": "pets",
      "AlarmActions.member.1": TOPIC,
    }),
    host,
  );
  expect(put.response.body.toString()).toMatch(/^<PutMetricAlarmResponse[^>]*><ResponseMetadata>/);
  const { response } = await query.serve(form({ Action: "DescribeAlarms" }), host);
  const text = response.body.toString();
  expect(text).toContain("<Threshold>4.0</Threshold>");
  expect(text).toContain("<Dimensions><member><Name>ApiName</Name><Value>pets</Value></member></Dimensions>");
  expect(text).toContain("<AlarmConfigurationUpdatedTimestamp>2026-11-29T10:15:00Z<");
  const rpc = await cborEndpoint(monitoring).serve(
    {
      ...wireRequest({
        path: `/service/${monitoring.shapeName}/operation/DescribeAlarms`,
        headers: ["Smithy-Protocol", "rpc-v2-cbor"],
      }),
      // {}
      body: Buffer.from([0xa0]),
    },
    host,
  );
  expect(rpc.response.status).toBe(200);
  expect(rpc.response.body.includes("5XXError")).toBe(true);
});
