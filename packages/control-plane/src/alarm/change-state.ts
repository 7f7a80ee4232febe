import { randomUUID } from "node:crypto";
import type { AlarmState } from "@tollgate/config";
import { actionsAt, type ConfiguredAlarm } from "./alarm.ts";
import type { AlarmAction, AlarmRecord, AlarmWrite, HistoryItem, HistoryType } from "./alarm-records.ts";
import type { Notification } from "./notification.ts";

/** NewState is what an alarm becomes, and why. */
export interface NewState {
  readonly state: AlarmState;
  readonly reason: string;
  readonly reasonData: string;
}

export interface ChangeContext {
  readonly region: string;
  readonly nowMs: number;
}

/** CloudWatch's limit of what history says of a state. */
const HISTORY_VERSION = "1.0";

export const historyItem = (
  { accountId, alarmName, alarmType }: AlarmRecord,
  [itemType, summary, data]: readonly [HistoryType, string, object],
  timeUnixMs: number,
): HistoryItem => ({
  accountId,
  alarmName,
  alarmType,
  timeUnixMs,
  itemType,
  summary,
  data: JSON.stringify({ version: HISTORY_VERSION, ...data }),
});

const stateData = ({ state, reason, reasonData }: NewState) => ({
  stateValue: state,
  stateReason: reason,
  ...(reasonData === "" ? {} : { stateReasonData: JSON.parse(reasonData) as unknown }),
});

/** When the first attempt is: those of an alarm with a suppressor wait for it. */
function dueOf(alarm: ConfiguredAlarm, nowMs: number): number {
  const waitS = alarm.type === "CompositeAlarm" ? (alarm.spec.actionsSuppressorWaitPeriod ?? 0) : 0;
  return waitS === 0 ? 0 : nowMs + waitS * 1_000;
}

function actionsOf(
  alarm: ConfiguredAlarm,
  record: AlarmRecord,
  before: AlarmRecord,
  { region, nowMs }: ChangeContext,
): readonly AlarmAction[] {
  return actionsAt(alarm, record.state).map((target) => {
    const actionId = randomUUID();
    const { accountId, name, type, spec, updatedUnixMs } = alarm;
    const notification = {
      id: actionId,
      region,
      alarm: { accountId, name, type, spec, updatedUnixMs },
      state: { state: record.state, reason: record.reason, reasonData: record.reasonData, unixMs: nowMs },
      previous: {
        state: before.state,
        reason: before.reason,
        reasonData: before.reasonData,
        unixMs: before.transitionedUnixMs,
      },
    } as Notification;
    return {
      actionId,
      accountId,
      alarmName: name,
      alarmType: type,
      target,
      content: JSON.stringify(notification),
      dueUnixMs: dueOf(alarm, nowMs),
    };
  });
}

/**
 * changeState is what is written when an alarm comes to a state; undefined: nothing is, it is in that state already. Actions belong to a change: they
 * are written with it, or neither is.
 */
export function changeState(
  alarm: ConfiguredAlarm,
  before: AlarmRecord,
  next: NewState,
  context: ChangeContext,
): AlarmWrite | undefined {
  if (before.state === next.state) return undefined;
  const { nowMs } = context;
  const record: AlarmRecord = { ...before, ...next, updatedUnixMs: nowMs, transitionedUnixMs: nowMs };
  const item = historyItem(
    record,
    [
      "StateUpdate",
      `Alarm updated from ${before.state} to ${next.state}`,
      { oldState: stateData(before), newState: stateData(next) },
    ],
    nowMs,
  );
  return { record, history: [item], actions: actionsOf(alarm, record, before, context) };
}

/** noteConfig is what is written when an alarm was created or changed; undefined: it is known. */
export function noteConfig(
  alarm: ConfiguredAlarm,
  before: AlarmRecord,
  nowMs: number,
): AlarmWrite | undefined {
  if (before.configDigest === alarm.digest && before.alarmType === alarm.type) return undefined;
  const what = before.version === 0 ? "created" : "updated";
  const record = { ...before, alarmType: alarm.type, configDigest: alarm.digest };
  const data = { type: before.version === 0 ? "Create" : "Update" };
  const item = historyItem(record, ["ConfigurationUpdate", `Alarm "${alarm.name}" ${what}`, data], nowMs);
  return { record, history: [item] };
}

/** noteRemoval is what is written when an alarm was deleted. */
export const noteRemoval = (record: AlarmRecord, nowMs: number): AlarmWrite => ({
  record,
  isRemoved: true,
  history: [
    historyItem(
      record,
      ["ConfigurationUpdate", `Alarm "${record.alarmName}" deleted`, { type: "Delete" }],
      nowMs,
    ),
  ],
});
