import { beforeEach, describe, expect, it } from "vitest";
import { type Entity, kinds } from "@tollgate/config";
import { AccountState } from "../mirror/mirror.ts";
import { draftEntity } from "../mirror/stored-entity.ts";
import { Refusal } from "../refusal.ts";
import { MemoryRecords } from "./alarm-records.fixture.ts";
import { createAlarms } from "./alarms.ts";
import { AlarmEvaluator } from "./evaluator.ts";

const ACCOUNT = "000000000000";
const T = Date.parse("2026-11-29T10:15:30Z");
const TOPIC = "arn:aws:sns:us-east-1:000000000000:alerts";
const logger = { info() {}, warn() {}, error() {}, debug() {} } as never;

const metricSpec = (more: object = {}) =>
  kinds.Alarm.spec.parse({
    namespace: "AWS/ApiGateway",
    metricName: "5XXError",
    statistic: "Sum",
    period: 60,
    evaluationPeriods: 1,
    threshold: 4,
    comparisonOperator: "GreaterThanThreshold",
    alarmActions: [TOPIC],
    ...more,
  });
const entityOf = (kind: "Alarm" | "CompositeAlarm", id: string, spec: object) =>
  ({ kind, apiId: "", id, labels: {}, spec }) as Entity;

let account: AccountState;
let records: MemoryRecords;
let value: number | undefined;
let reads: number;
let failure: Error | undefined;
/** Names of metrics that cannot be read. */
let failing: ReadonlySet<string>;

const evaluator = (plane: string) =>
  new AlarmEvaluator({
    mirror: { accounts: new Map([[ACCOUNT, account]]) },
    records,
    metrics: {
      data: async (_account, queries, { endUnixS }) => {
        reads++;
        if (failure) throw failure;
        for (const { of } of queries)
          if (of.case === "metricStat" && failing.has(of.value.metricName))
            throw new Error(`no ${of.value.metricName}`);
        return queries.map(({ id }) => ({
          id,
          label: id,
          messages: [],
          unixS: value === undefined ? [] : [endUnixS - 60],
          values: value === undefined ? [] : [value],
        })) as never;
      },
    },
    region: "us-east-1",
    plane,
    nowMs: () => records.nowMs,
    logger,
  });
const states = () =>
  Object.fromEntries([...records.records.values()].map((one) => [one.alarmName, one.state]));
const summaries = () => records.items.map(({ alarmName, summary }) => `${alarmName}: ${summary}`);

beforeEach(() => {
  account = new AccountState(ACCOUNT);
  records = new MemoryRecords();
  records.nowMs = T;
  value = 5;
  reads = 0;
  failure = undefined;
  failing = new Set();
});

describe("alarms are evaluated", () => {
  it("once a minute, and a change is recorded once with its actions", async () => {
    account.set(draftEntity(entityOf("Alarm", "errors", metricSpec())));
    const one = evaluator("a");
    await one.run();
    records.nowMs += 10_000;
    await one.run();
    expect(reads).toBe(1);
    expect(states()).toEqual({ errors: "ALARM" });
    records.nowMs += 60_000;
    await one.run();
    expect(reads).toBe(2);
    expect(summaries()).toEqual([
      'errors: Alarm "errors" created',
      "errors: Alarm updated from INSUFFICIENT_DATA to ALARM",
    ]);
    expect([...records.actions.values()].map(({ target }) => target)).toEqual([TOPIC]);
    value = 0;
    records.nowMs += 60_000;
    await one.run();
    expect(states()).toEqual({ errors: "OK" });
    expect(records.actions.size).toBe(1);
  });

  it("by one of several processes, and by another one after that has died or ended", async () => {
    account.set(draftEntity(entityOf("Alarm", "errors", metricSpec())));
    const [a, b] = [evaluator("a"), evaluator("b")];
    expect([await a.run(), await b.run()]).toEqual([true, false]);
    records.nowMs += 31_000;
    expect([await b.run(), await a.run()]).toEqual([true, false]);
    await b.stop();
    expect(await a.run()).toBe(true);
    expect(summaries()).toHaveLength(2);
    expect(records.actions.size).toBe(1);
  });

  it("without doubling a change that another process has recorded", async () => {
    account.set(draftEntity(entityOf("Alarm", "errors", metricSpec())));
    const list = records.list.bind(records);
    // Both have read before either of them writes.
    const stale = await list("");
    await evaluator("a").run();
    records.nowMs += 31_000;
    records.list = async () => stale;
    await evaluator("b").run();
    expect(records.actions.size).toBe(1);
    expect(summaries()).toHaveLength(2);
  });

  it("anew when they are changed, and forgotten when they are deleted", async () => {
    account.set(draftEntity(entityOf("Alarm", "errors", metricSpec())));
    const one = evaluator("a");
    await one.run();
    account.set(draftEntity(entityOf("Alarm", "errors", metricSpec({ threshold: 6 }))));
    await one.run();
    expect(states()).toEqual({ errors: "OK" });
    account.delete("alarms/errors");
    await one.run();
    expect(states()).toEqual({ errors: "OK" });
    records.nowMs += 61_000;
    await one.run();
    expect(states()).toEqual({});
    expect(summaries().slice(2)).toEqual([
      'errors: Alarm "errors" updated',
      "errors: Alarm updated from ALARM to OK",
      'errors: Alarm "errors" deleted',
    ]);
  });

  it("not without the metrics; an expression that cannot be computed is what the alarm says", async () => {
    account.set(draftEntity(entityOf("Alarm", "errors", metricSpec())));
    const one = evaluator("a");
    await one.run();
    records.nowMs += 60_000;
    failure = new Refusal("unavailable", "away");
    await expect(one.run()).rejects.toThrow("away");
    expect(states()).toEqual({ errors: "ALARM" });
    failure = new Refusal("invalid", "there is no function HUGO");
    await one.run();
    expect([...records.records.values()][0]).toMatchObject({
      state: "INSUFFICIENT_DATA",
      reason: "Unchecked: there is no function HUGO",
    });
  });
});

describe("an alarm whose metric cannot be read", () => {
  const named = (id: string, metricName: string) =>
    account.set(draftEntity(entityOf("Alarm", id, metricSpec({ metricName }))));

  it("is reported when all others have been evaluated, and tried again", async () => {
    failing = new Set(["Broken"]);
    named("a", "Broken");
    for (const id of ["b", "c", "d", "e", "f"]) named(id, "5XXError");
    account.set(
      draftEntity(
        entityOf("CompositeAlarm", "top", kinds.CompositeAlarm.spec.parse({ alarmRule: "ALARM(f)" })),
      ),
    );
    const one = evaluator("a");
    await expect(one.run()).rejects.toThrow("no Broken");
    expect(states()).toEqual({
      a: "INSUFFICIENT_DATA",
      ...Object.fromEntries(["b", "c", "d", "e", "f", "top"].map((id) => [id, "ALARM"])),
    });
    failing = new Set();
    await one.run();
    expect(states()).toMatchObject({ a: "ALARM" });
  });

  it("is not asked for again and again where it asks for too much", async () => {
    named("a", "5XXError");
    const one = evaluator("a");
    await one.run();
    failure = new Refusal("limit", "too many points");
    records.nowMs += 60_000;
    await one.run();
    await one.run();
    expect(reads).toBe(2);
    expect([...records.records.values()][0]?.reason).toBe("Unchecked: too many points");
  });

  it("leaves the rest of its account for later where it is one of many", async () => {
    failure = new Refusal("unavailable", "away");
    for (let i = 0; i < 100; i++) named(`a${i}`, "5XXError");
    await expect(evaluator("a").run()).rejects.toThrow("away");
    expect(reads).toBeLessThan(20);
  });
});

describe("composite alarms", () => {
  it("stay as they were set until one of their children changes", async () => {
    account.set(draftEntity(entityOf("Alarm", "errors", metricSpec())));
    account.set(
      draftEntity(
        entityOf("CompositeAlarm", "top", kinds.CompositeAlarm.spec.parse({ alarmRule: "ALARM(errors)" })),
      ),
    );
    const one = evaluator("a");
    await one.run();
    const alarms = createAlarms({
      mirror: { account: () => account },
      records,
      region: "us-east-1",
      nowMs: () => records.nowMs,
    });
    records.nowMs += 60_000;
    await alarms.setState(ACCOUNT, "top", { state: "OK", reason: "a drill", reasonData: "" });
    await one.run();
    expect(states()).toEqual({ errors: "ALARM", top: "OK" });
    value = 0;
    records.nowMs += 60_000;
    await one.run();
    value = 5;
    records.nowMs += 60_000;
    await one.run();
    expect(states()).toEqual({ errors: "ALARM", top: "ALARM" });
  });

  it("follow their children in the same evaluation, whatever their order is", async () => {
    const rule = (alarmRule: string) => kinds.CompositeAlarm.spec.parse({ alarmRule });
    account.set(draftEntity(entityOf("CompositeAlarm", "a-top", rule("ALARM(z-middle)"))));
    account.set(
      draftEntity(entityOf("CompositeAlarm", "z-middle", rule("ALARM(errors) AND NOT OK(errors)"))),
    );
    account.set(draftEntity(entityOf("Alarm", "errors", metricSpec())));
    await evaluator("a").run();
    expect(states()).toEqual({ errors: "ALARM", "z-middle": "ALARM", "a-top": "ALARM" });
    const top = records.records.get(`${ACCOUNT} a-top`);
    expect(top?.reason).toBe(
      "arn:aws:cloudwatch:us-east-1:000000000000:alarm:z-middle transitioned to ALARM at Sunday 29 November, 2026 10:15:30 UTC",
    );
    expect(JSON.parse(top?.reasonData ?? "")).toEqual({
      triggeringAlarms: [
        {
          arn: "arn:aws:cloudwatch:us-east-1:000000000000:alarm:z-middle",
          state: { value: "ALARM", timestamp: "2026-11-29T10:15:30.000+0000" },
        },
      ],
    });
  });
});

describe("SetAlarmState", () => {
  const alarms = () =>
    createAlarms({
      mirror: { account: () => account },
      records,
      region: "us-east-1",
      nowMs: () => records.nowMs,
    });
  const next = { state: "ALARM", reason: "a drill", reasonData: '{"who":"me"}' } as const;

  it("sets a state with its actions, until the next evaluation", async () => {
    account.set(draftEntity(entityOf("Alarm", "errors", metricSpec())));
    value = 0;
    const one = evaluator("a");
    await one.run();
    await alarms().setState(ACCOUNT, "errors", next);
    await alarms().setState(ACCOUNT, "errors", { ...next, reason: "again" });
    expect((await alarms().states(ACCOUNT)).get("errors")).toMatchObject({ state: "ALARM", reason: "again" });
    expect(records.actions.size).toBe(1);
    expect(JSON.parse([...records.actions.values()][0]?.content ?? "")).toMatchObject({
      alarm: { name: "errors" },
      state: next,
      previous: { state: "OK" },
    });
    records.nowMs += 60_000;
    await one.run();
    expect(states()).toEqual({ errors: "OK" });
  });

  it("refuses an alarm that is not there", async () => {
    await expect(alarms().setState(ACCOUNT, "errors", next)).rejects.toMatchObject({ reason: "not-found" });
  });
});
