import { beforeEach, describe, expect, it } from "vitest";
import { type Entity, type Kind, kinds } from "@tollgate/config";
import type { UpstreamRequest } from "@tollgate/pipeline";
import { AccountState } from "../mirror/mirror.ts";
import { draftEntity } from "../mirror/stored-entity.ts";
import { newRecord } from "./alarm.ts";
import { MemoryRecords } from "./alarm-records.fixture.ts";
import { changeState } from "./change-state.ts";
import { AlarmDelivery } from "./deliver.ts";

const ACCOUNT = "000000000000";
const T = Date.parse("2026-11-29T10:15:30Z");
const logger = { info() {}, warn() {}, error() {}, debug() {} } as never;
const TARGET = "arn:aws:tollgate:us-east-1:000000000000:notification-target/";
const TOPIC = "arn:aws:sns:us-east-1:000000000000:alerts";
const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:page";

const metricSpec = kinds.Alarm.spec.parse({
  namespace: "AWS/ApiGateway",
  metricName: "5XXError",
  dimensions: [{ name: "ApiName", value: "pets" }],
  statistic: "SampleCount",
  period: 60,
  evaluationPeriods: 1,
  threshold: 4,
  comparisonOperator: "GreaterThanThreshold",
});
const next = { state: "ALARM", reason: "too many", reasonData: "" } as const;

let account: AccountState;
let records: MemoryRecords;
let status: number;
/** What the transport throws; undefined: nothing. */
let broken: Error | undefined;
let sent: UpstreamRequest[];
let produced: { topic: string; key: string; value: string }[];

const put = (kind: Kind, id: string, spec: object) =>
  account.set(draftEntity({ kind, apiId: "", id, labels: {}, spec } as Entity));

const delivery = () =>
  new AlarmDelivery({
    mirror: { account: () => account },
    records,
    upstreams: {
      transport: {
        send(request, handler) {
          if (broken) throw broken;
          sent.push(request);
          queueMicrotask(() => {
            handler.onHead(status, "", []);
            handler.onEnd();
          });
          return { resume() {}, abort() {} };
        },
      },
      credentials: () => ({ accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret", sessionToken: undefined }),
      defaultServiceEndpoints: (service) => (service === "lambda" ? "http://functions:9001" : undefined),
    },
    mail: { server: undefined, from: undefined, allowsClear: false },
    sendToTopic: async (topic, key, value) => void produced.push({ topic, key, value: value.toString() }),
    ownTopics: new Set(["usage"]),
    nowMs: () => records.nowMs,
    logger,
  });

/** An alarm that has come to ALARM, with one action. */
async function alarmed(target: string, more: object = {}): Promise<void> {
  const head = { accountId: ACCOUNT, name: "errors", digest: "d", updatedUnixMs: T };
  const alarm = {
    ...head,
    type: "MetricAlarm" as const,
    spec: { ...metricSpec, alarmActions: [target], ...more },
  };
  const write = changeState(alarm, newRecord(alarm), next, { region: "us-east-1", nowMs: T });
  if (write) await records.write(write);
}
const told = () =>
  records.items.filter(({ itemType }) => itemType === "Action").map(({ summary }) => summary);

beforeEach(() => {
  account = new AccountState(ACCOUNT);
  records = new MemoryRecords();
  records.nowMs = T;
  status = 200;
  broken = undefined;
  sent = [];
  produced = [];
});

describe("an action of an alarm", () => {
  it("is published to an SNS topic, as CloudWatch does", async () => {
    put("ServiceEndpoint", "sns.*", { url: "http://sns:9911/base" });
    await alarmed(TOPIC);
    await delivery().run();
    const [request] = sent;
    expect(request).toMatchObject({ origin: "http://sns:9911", path: "/base/", isServiceCall: true });
    expect(request?.headers.join(" ")).toContain("Credential=AKIAEXAMPLE");
    const form = new URLSearchParams(request?.body?.toString());
    expect(form.get("TopicArn")).toBe(TOPIC);
    expect(form.get("Subject")).toBe('ALARM: "errors" in US East (N. Virginia)');
    expect(JSON.parse(form.get("Message") ?? "")).toEqual({
      AlarmName: "errors",
      AlarmDescription: null,
      AWSAccountId: ACCOUNT,
      AlarmConfigurationUpdatedTimestamp: "2026-11-29T10:15:30.000+0000",
      NewStateValue: "ALARM",
      NewStateReason: "too many",
      StateChangeTime: "2026-11-29T10:15:30.000+0000",
      Region: "US East (N. Virginia)",
      AlarmArn: "arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors",
      OldStateValue: "INSUFFICIENT_DATA",
      OKActions: [],
      AlarmActions: [TOPIC],
      InsufficientDataActions: [],
      Trigger: {
        MetricName: "5XXError",
        Namespace: "AWS/ApiGateway",
        StatisticType: "Statistic",
        Statistic: "SAMPLE_COUNT",
        Unit: null,
        Dimensions: [{ value: "pets", name: "ApiName" }],
        Period: 60,
        EvaluationPeriods: 1,
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: 4,
        TreatMissingData: "missing",
        EvaluateLowSampleCountPercentile: "",
      },
    });
    expect(told()).toEqual([`Successfully executed action ${TOPIC}`]);
    expect(records.actions.size).toBe(0);
  });

  it("invokes a Lambda function", async () => {
    await alarmed(FUNCTION);
    await delivery().run();
    expect(sent[0]).toMatchObject({
      origin: "http://functions:9001",
      path: `/2015-03-31/functions/${encodeURIComponent(FUNCTION)}/invocations`,
    });
    expect(JSON.parse(sent[0]?.body?.toString() ?? "")).toMatchObject({
      source: "aws.cloudwatch",
      alarmArn: "arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors",
      alarmData: {
        alarmName: "errors",
        state: { value: "ALARM", reason: "too many" },
        previousState: { value: "INSUFFICIENT_DATA" },
        configuration: {
          metrics: [
            {
              metricStat: {
                metric: { namespace: "AWS/ApiGateway", name: "5XXError", dimensions: { ApiName: "pets" } },
                period: 60,
                stat: "SampleCount",
              },
              returnData: true,
            },
          ],
        },
      },
    });
  });

  it("goes to a webhook or a topic of Kafka with its id", async () => {
    put("NotificationTarget", "hook", {
      webhook: { url: "https://alerts.example.com/a", secret: "s".repeat(16) },
    });
    put("NotificationTarget", "topic", { kafka: { topic: "alerts" } });
    await alarmed(`${TARGET}hook`, { alarmActions: [`${TARGET}hook`, `${TARGET}topic`] });
    const ids = [...records.actions.keys()];
    await delivery().run();
    const posted = JSON.parse(sent[0]?.body?.toString() ?? "");
    expect(posted).toMatchObject({ type: "alarm.state-change", AlarmName: "errors", NewStateValue: "ALARM" });
    expect(produced).toMatchObject([{ topic: "alerts", key: `${ACCOUNT}/errors` }]);
    expect([posted.id, JSON.parse(produced[0]?.value ?? "").id]).toEqual(ids);
  });

  it("is tried again with the same id until it arrives, and given up after a day", async () => {
    put("NotificationTarget", "hook", {
      webhook: { url: "https://alerts.example.com", secret: "s".repeat(16) },
    });
    await alarmed(`${TARGET}hook`);
    status = 503;
    await delivery().run();
    await delivery().run();
    expect(sent).toHaveLength(1);
    records.nowMs += 5_000;
    await delivery().run();
    records.nowMs += 9_999;
    await delivery().run();
    expect(sent).toHaveLength(2);
    status = 200;
    records.nowMs += 1;
    await delivery().run();
    expect(new Set(sent.map((one) => JSON.parse(one.body?.toString() ?? "").id)).size).toBe(1);
    expect(told()).toEqual([
      `Failed to execute action ${TARGET}hook. Received error: "https://alerts.example.com responded with status 503". It is tried again`,
      `Successfully executed action ${TARGET}hook`,
    ]);
    await alarmed(`${TARGET}hook`);
    records.records.clear();
    status = 503;
    await alarmed(`${TARGET}hook`);
    records.nowMs += 25 * 3_600_000;
    await delivery().run();
    expect(records.actions.size).toBe(0);
    expect(told().at(-1)).toContain("It is not tried again");
  });

  it("is tried again, and given up after a day, also where it fails by a mistake of the gateway's own", async () => {
    put("NotificationTarget", "odd", { webhook: { url: "not a URL", secret: "s".repeat(16) } });
    put("NotificationTarget", "topic", { kafka: { topic: "alerts" } });
    await alarmed(`${TARGET}odd`, { alarmActions: [`${TARGET}odd`, `${TARGET}topic`] });
    await delivery().run();
    expect(produced).toHaveLength(1);
    expect(told()[0]).toMatch(/^Failed to execute action .*odd\. Received error: ".+"\. It is tried again$/);
    expect([...records.actions.values()].map(({ dueUnixMs }) => dueUnixMs - records.nowMs)).toEqual([5_000]);
    records.nowMs += 25 * 3_600_000;
    await delivery().run();
    expect(records.actions.size).toBe(0);
  });

  it("whose content cannot be read is given up after a day", async () => {
    await alarmed(TOPIC);
    const [[id, action] = ["", undefined]] = records.actions;
    if (action) records.actions.set(id, { ...action, content: "{" });
    await delivery().run();
    expect(records.actions.size).toBe(1);
    records.nowMs += 25 * 3_600_000;
    await delivery().run();
    expect(records.actions.size).toBe(0);
  });

  it("is done by another process if the one that took it is gone", async () => {
    put("NotificationTarget", "topic", { kafka: { topic: "alerts" } });
    await alarmed(`${TARGET}topic`);
    expect(await records.takeActions(10, 60_000)).toHaveLength(1);
    await delivery().run();
    expect(produced).toEqual([]);
    records.nowMs += 60_000;
    await delivery().run();
    expect(produced).toHaveLength(1);
  });

  it.each([
    [
      TOPIC,
      "no endpoint of sns is known: apply a ServiceEndpoint 'sns.us-east-1', or set AWS_ENDPOINT_URL_SNS",
    ],
    [`${TARGET}usage`, "the topic usage is of Tollgate itself"],
    [`${TARGET}gone`, "there is no NotificationTarget 'gone'"],
    [
      "arn:aws:automate:us-east-1:ec2:stop",
      "an action must be an SNS topic, a Lambda function or a NotificationTarget",
    ],
  ])("says why it cannot be done: %s", async (target, message) => {
    put("NotificationTarget", "usage", { kafka: { topic: "usage" } });
    await alarmed(target);
    await delivery().run();
    expect(told()).toEqual([
      `Failed to execute action ${target}. Received error: "${message}". It is tried again`,
    ]);
  });

  it("that fails by an error of our own is given up like others, and its text stays in the log", async () => {
    put("NotificationTarget", "hook", {
      webhook: { url: "https://alerts.example.com", secret: "s".repeat(16) },
    });
    await alarmed(`${TARGET}hook`);
    broken = new TypeError("secret details");
    await delivery().run();
    await delivery().run();
    expect(told()).toEqual([
      `Failed to execute action ${TARGET}hook. Received error: "an action of an alarm failed by an internal error". It is tried again`,
    ]);
    records.nowMs += 25 * 3_600_000;
    await delivery().run();
    expect(records.actions.size).toBe(0);
  });

  it("is not done if the alarm's actions are disabled", async () => {
    await alarmed(TOPIC, { actionsEnabled: false });
    expect(records.actions.size).toBe(0);
  });
});

describe("the suppressor of a composite alarm", () => {
  const spec = kinds.CompositeAlarm.spec.parse({
    alarmRule: "ALARM(errors)",
    alarmActions: [`${TARGET}topic`],
    actionsSuppressor: "deploying",
    actionsSuppressorWaitPeriod: 30,
    actionsSuppressorExtensionPeriod: 60,
  });
  const alarm = {
    accountId: ACCOUNT,
    name: "top",
    digest: "d",
    updatedUnixMs: T,
    type: "CompositeAlarm" as const,
    spec,
  };
  const set = async (name: string, state: "OK" | "ALARM") => {
    const before = records.records.get(`${ACCOUNT} ${name}`);
    const record = { ...newRecord({ ...alarm, name, type: "MetricAlarm" }), ...before };
    await records.write({
      record: { ...record, state, transitionedUnixMs: records.nowMs, updatedUnixMs: records.nowMs },
      history: [],
    });
  };
  const run = async (afterS: number) => {
    records.nowMs += afterS * 1_000;
    await delivery().run();
    return produced.length;
  };

  beforeEach(async () => {
    put("NotificationTarget", "topic", { kafka: { topic: "alerts" } });
    await set("deploying", "OK");
    const write = changeState(alarm, newRecord(alarm), next, { region: "us-east-1", nowMs: T });
    if (write) await records.write(write);
  });

  it("is waited for", async () => {
    expect([await run(0), await run(29), await run(1)]).toEqual([0, 0, 1]);
  });

  it("keeps actions back while it is in ALARM, and for some time after", async () => {
    records.nowMs += 10_000;
    await set("deploying", "ALARM");
    expect([await run(20), await run(100)]).toEqual([0, 0]);
    await set("deploying", "OK");
    expect([await run(50), await run(20)]).toEqual([0, 1]);
  });

  it("drops what is not true any more", async () => {
    await set("deploying", "ALARM");
    await run(30);
    const before = records.records.get(`${ACCOUNT} top`);
    if (before) await records.write({ record: { ...before, state: "OK" }, history: [] });
    expect(await run(10)).toBe(0);
    expect(records.actions.size).toBe(0);
    expect(told()).toEqual([`Suppressed action ${TARGET}topic`]);
  });
});
