import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrate } from "../usage-store/migrate.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { type AlarmRecord, AlarmStore, type HistoryItem, type NewAction } from "./alarm-store.ts";

const T = 1_700_000_000_000;
const DAY_MS = 86_400_000;

const RECORD: AlarmRecord = {
  accountId: "000000000000",
  alarmName: "many errors",
  alarmType: "MetricAlarm",
  state: "OK",
  reason: "it is fine",
  reasonData: "{}",
  updatedUnixMs: T,
  transitionedUnixMs: T,
  configDigest: "d1",
  version: 0,
};
const item = (more: Partial<HistoryItem>): HistoryItem => ({
  accountId: RECORD.accountId,
  alarmName: RECORD.alarmName,
  alarmType: RECORD.alarmType,
  timeUnixMs: T,
  itemType: "StateUpdate",
  summary: "",
  data: "{}",
  ...more,
});
const action = (actionId: string): NewAction => ({
  actionId,
  accountId: RECORD.accountId,
  alarmName: RECORD.alarmName,
  alarmType: RECORD.alarmType,
  target: "arn:aws:sns:us-east-1:000000000000:alerts",
  content: "{}",
  dueUnixMs: 0,
});
const NOTHING = { isRemoved: false, history: [], actions: [] };
const QUERY = {
  accountId: RECORD.accountId,
  alarmName: "",
  itemType: "",
  alarmTypes: [],
  startUnixMs: 0,
  endUnixMs: Number.MAX_SAFE_INTEGER,
  isOldestFirst: false,
  offset: 0,
  limit: 10,
};

/** describeAlarmStore is the contract of what is kept of alarms on a database. */
export function describeAlarmStore(name: string, open: OpenDatabase): void {
  describe(name, () => {
    let opened: Awaited<ReturnType<OpenDatabase>>;
    let store: AlarmStore;
    let nowMs = T;

    beforeEach(async () => {
      nowMs = T;
      opened = await open();
      await migrate(opened.database);
      store = new AlarmStore(opened.database, () => nowMs);
    });
    afterEach(async () => {
      await opened.database[Symbol.asyncDispose]();
      await opened.close();
    });

    it("writes an alarm once of what several read", async () => {
      const first = await Promise.all([1, 2, 3].map(() => store.record({ ...NOTHING, record: RECORD })));
      expect(first.filter(Boolean)).toHaveLength(1);
      expect(await store.records("")).toEqual([{ ...RECORD, version: 1 }]);
      const changes = ["ALARM", "OK", "INSUFFICIENT_DATA"].map((state, i) =>
        store.record({
          record: { ...RECORD, state, version: 1 },
          isRemoved: false,
          history: [item({ summary: state })],
          actions: [action(`a${i}`)],
        }),
      );
      expect((await Promise.all(changes)).filter(Boolean)).toHaveLength(1);
      const [record] = await store.records(RECORD.accountId);
      const { items } = await store.history(QUERY);
      // Whoever was too late has written nothing at all.
      expect(items.map(({ summary }) => summary)).toEqual([record?.state]);
      expect(await store.take(10, 1_000)).toHaveLength(1);
      expect(await store.records("111111111111")).toEqual([]);
    });

    it("removes an alarm, and keeps its history", async () => {
      await store.record({ ...NOTHING, record: RECORD });
      const record = { ...RECORD, version: 1 };
      const history = [item({ itemType: "ConfigurationUpdate" })];
      expect(await store.record({ record: RECORD, isRemoved: true, history, actions: [] })).toBe(false);
      expect(await store.record({ record, isRemoved: true, history, actions: [] })).toBe(true);
      expect(await store.records("")).toEqual([]);
      expect((await store.history(QUERY)).items).toHaveLength(1);
    });

    it("finds history by alarm, type and time, in pages", async () => {
      await store.record({
        ...NOTHING,
        record: RECORD,
        history: [
          item({ summary: "1" }),
          item({ summary: "2", itemType: "Action" }),
          item({ summary: "3", timeUnixMs: T + 1, alarmName: "other", alarmType: "CompositeAlarm" }),
        ],
      });
      const find = async (more: object) => {
        const { items, hasMore } = await store.history({ ...QUERY, ...more });
        return [items.map(({ summary }) => summary).join(""), hasMore];
      };
      expect(await find({})).toEqual(["321", false]);
      expect(await find({ isOldestFirst: true })).toEqual(["123", false]);
      expect(await find({ limit: 2 })).toEqual(["32", true]);
      expect(await find({ limit: 2, offset: 2 })).toEqual(["1", false]);
      expect(await find({ alarmName: RECORD.alarmName })).toEqual(["21", false]);
      expect(await find({ itemType: "Action" })).toEqual(["2", false]);
      expect(await find({ alarmTypes: ["CompositeAlarm", "LogAlarm"] })).toEqual(["3", false]);
      expect(await find({ startUnixMs: T + 1 })).toEqual(["3", false]);
      expect(await find({ endUnixMs: T + 1 })).toEqual(["21", false]);
      nowMs = T + 31 * DAY_MS;
      await store.record({
        ...NOTHING,
        record: { ...RECORD, version: 1 },
        history: [item({ timeUnixMs: nowMs, summary: "4" })],
      });
      expect(await find({})).toEqual(["4", false]);
    });

    it("has one process evaluate, and another one when that is gone", async () => {
      expect([await store.lead("a", 1_000), await store.lead("b", 1_000)]).toEqual([true, false]);
      nowMs += 999;
      expect([await store.lead("b", 1_000), await store.lead("a", 1_000)]).toEqual([false, true]);
      nowMs += 1_000;
      expect([await store.lead("b", 1_000), await store.lead("a", 1_000)]).toEqual([true, false]);
      expect(await store.lead("b", 0)).toBe(false);
      expect(await store.lead("a", 1_000)).toBe(true);
    });

    it("hands an action to one at a time, and again if it is not settled", async () => {
      await store.record({ ...NOTHING, record: RECORD, actions: [action("a1"), action("a2")] });
      const taken = await Promise.all([store.take(2, 1_000), store.take(2, 1_000), store.take(2, 1_000)]);
      expect(
        taken
          .flat()
          .map(({ actionId }) => actionId)
          .sort(),
      ).toEqual(["a1", "a2"]);
      await store.settle("a1", 0, item({ itemType: "Action", summary: "done" }));
      nowMs += 1_000;
      expect(await store.take(10, 1_000)).toMatchObject([{ actionId: "a2", attempts: 2, createdUnixMs: T }]);
      await store.settle("a2", nowMs + 5_000, undefined);
      nowMs += 4_999;
      expect(await store.take(10, 1_000)).toEqual([]);
      nowMs += 1;
      expect(await store.take(10, 1_000)).toMatchObject([{ actionId: "a2", attempts: 3 }]);
      expect((await store.history(QUERY)).items.map(({ summary }) => summary)).toEqual(["done"]);
    });
  });
}
